"""The porters: they find the box, push it out and leave."""

import pytest
from swarm_env.agents.scripted import transport_box
from swarm_env.agents.scripted.experts.transport import Expert
from swarm_env.agents.scripted.map_extent import Extent

from tests.agents.games import mean_score, play


@pytest.mark.slow
def test_the_score_holds_on_the_usual_map():
    assert mean_score(Expert, "transport", range(20)) >= 7.0


@pytest.mark.parametrize("seed", range(100, 112))
def test_everybody_leaves_whatever_the_place_of_the_box(seed):
    game = play(Expert, "transport", seed)
    assert len(game.rounds) < 60
    assert game.score > 5


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("settings", "least"),
    [
        ({"view_size": 3}, 5.0),
        ({"view_size": 9}, 7.5),
        ({"num_agents": 5}, 3.0),
        ({"height": 9, "width": 15}, 4.5),
        ({"height": 20, "width": 20}, 1.5),
        ({"num_agents": 16, "height": 14, "width": 14}, 3.0),
    ],
)
def test_other_worlds(settings, least):
    assert mean_score(Expert, "transport", range(5), **settings) >= least


@pytest.mark.parametrize(("height", "width", "view_size"), [(8, 8, 5), (8, 30, 7), (12, 12, 1), (40, 9, 3)])
def test_odd_worlds_break_nothing(height, width, view_size):
    play(Expert, "transport", height=height, width=width, view_size=view_size, num_agents=3, max_rounds=60)


@pytest.mark.parametrize("channel", ["tokens", "vector", "text"])
def test_it_is_silent_where_one_may_talk(channel):
    game = play(Expert, "transport", max_rounds=30, message=channel)
    assert all(decision.message is None for _, decisions in game.rounds for decision in decisions)


@pytest.mark.parametrize(
    "layout",
    [
        ["WWWWWWWW", "W.A....W", "W..W...W", "W.A..A.W", "W......W", "W.BB...W", "W......W", "WWWWWWWW"],
        ["........", "..A.....", "........", "....A...", "........", "........", "....B...", "........"],
        ["WWWWWWWW", "W.A....W", "W......W", "..A..A..", "W......W", "W......W", "W......W", "WWWWWWWW"],
    ],
    ids=["box in the middle", "no walls", "open sides, no box"],
)
def test_pictures_unlike_the_task_break_nothing(layout):
    agents = sum(row.count("A") for row in layout)
    options = {"layout": layout}
    play(Expert, "transport", options=options, num_agents=agents, height=8, width=8, max_rounds=40)


@pytest.mark.parametrize("variant", range(8))
def test_a_place_translates_there_and_back(variant):
    place = transport_box.Place(variant, 12, 17)
    for cell in [(0, 0), (3, 5), (11, 16)]:
        assert place.cell(place.local(cell)) == cell


@pytest.mark.parametrize("variant", range(8))
def test_a_place_reads_the_stage_from_where_the_box_stands(variant):
    for stage, box in enumerate(transport_box.BOXES):
        place = transport_box.Place(variant, 12, 12)
        view = {}
        for local in transport_box.ZONE:
            view[place.cell(local)] = "B" if local in box else "W" if transport_box.is_wall(local) else "."
        place.learn(view)
        assert place.stage == stage
        assert place.shown
        others = [transport_box.Place(other, 12, 12) for other in range(8) if other != variant]
        for other in others:
            other.learn(view)
        assert not any(other.shown and other.stage is not None for other in others)


def test_the_extent_follows_what_is_seen():
    extent = Extent()
    assert extent.sides == [12, 12]
    extent.learn({(7, 3): "W", (7, 4): "W", (6, 3): ".", (8, 3): "*", (8, 4): "*"})
    assert extent.sides == [8, 12]
    assert extent.trusts(0)
    extent.learn({(3, 11): ".", (3, 10): "."})
    assert extent.sides == [8, 13]
    assert not extent.trusts(1)
    extent.learn({(3, 18): "W", (4, 18): "W", (3, 17): "."})
    assert extent.sides == [8, 19]
    assert extent.trusts(1)
