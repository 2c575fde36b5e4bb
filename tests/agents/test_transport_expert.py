"""The porters: they find the box, push it out and leave."""

import itertools

import numpy as np
import pytest
from swarm_env.agents.scripted import transport_box
from swarm_env.agents.scripted.experts.transport import Expert
from swarm_env.agents.scripted.map_extent import USUAL_SIDE, learn_extent, trusts

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


def table(height=12, width=12):
    """The places of an agent that has seen nothing."""
    return np.tile([height, width, 0, 0], (transport_box.VARIANTS, 1))


@pytest.mark.parametrize("variant", range(8))
def test_a_place_translates_there_and_back(variant):
    places = table(12, 17)
    for cell in [(0, 0), (3, 5), (11, 16)]:
        local = transport_box.local_of(places, variant, *cell)
        assert transport_box.cell_of_place(places, variant, *local) == cell


@pytest.mark.parametrize("variant", range(8))
def test_a_place_reads_the_stage_from_where_the_box_stands(variant):
    zone = list(itertools.product(range(transport_box.ZONE), repeat=2))
    for stage in range(transport_box.GONE + 1):
        places = table()
        view = np.full((12, 12), ord("*"))
        for local in zone:
            box, wall = transport_box.is_box(stage, *local), transport_box.is_wall(*local)
            symbol = "B" if box else "W" if wall else "."
            view[transport_box.cell_of_place(places, variant, *local)] = ord(symbol)
        for place in range(8):
            transport_box.learn_place(places, place, view, 0, 0)
        assert places[variant, transport_box.STAGE] == stage
        assert places[variant, transport_box.SHOWN]
        others = np.delete(places, variant, axis=0)
        fitting = others[:, transport_box.STAGE] != transport_box.NO_STAGE
        assert not (fitting & (others[:, transport_box.SHOWN] > 0)).any()


def test_the_extent_follows_what_is_seen():
    extent = np.array([USUAL_SIDE, USUAL_SIDE, 0, 0])

    def learn(top, left, *rows):
        learn_extent(extent, np.array([[ord(symbol) for symbol in row] for row in rows]), top, left)

    assert trusts(extent)
    learn(6, 2, "...", ".WW", "***")
    assert extent.tolist() == [8, 12, 1, 0]
    learn(2, 9, "...", "...", "...")
    assert extent.tolist() == [8, 13, 1, 0]
    assert not trusts(extent)
    learn(2, 16, "..W", "..W", "..W")
    assert extent.tolist() == [8, 19, 1, 1]
