"""The experts elsewhere: other sizes, views, numbers of agents, channels, drawn maps, and among others."""

from typing import Any

import pytest

import swarm_env
from swarm_env.errors import ConfigError
from tests.agents.games import CHANNELS, EXPERTS, mean_score, play
from tests.scenarios.pictures import random_picture

SMALLEST = {"flocking": (5, 5, 8), "foraging": (6, 6, 4), "pursuit": (8, 8, 4), "synchronization": (3, 3, 1)}
UNFIT = {("battle", 1), ("tag", 1), ("scout", 1), ("hats", 40)}  # scenario, number of agents it refuses
ROOM = {"hats": 6, "switch": 8}  # height and width for ten agents, where those by default are too small


@pytest.mark.parametrize("scenario", EXPERTS)
@pytest.mark.parametrize(
    "settings",
    [
        {"view_size": 1},
        {"view_size": 3},
        {"view_size": 9},
        {"num_agents": 1},
        {"num_agents": 40, "height": 16, "width": 16},
        {"height": 12, "width": 20},
        {"height": 21, "width": 13},
        {"height": 40, "width": 40, "num_agents": 5},
    ],
    ids=str,
)
def test_experts_play_other_worlds(scenario, settings):
    if (scenario, settings.get("num_agents")) in UNFIT:
        with pytest.raises(ConfigError, match="agent"):
            play("scripted", scenario, max_rounds=1, **settings)
        return
    play("scripted", scenario, max_rounds=40, **settings)


@pytest.mark.parametrize("scenario", SMALLEST)
def test_experts_play_the_smallest_worlds(scenario):
    height, width, num_agents = SMALLEST[scenario]
    play("scripted", scenario, height=height, width=width, num_agents=num_agents, max_rounds=60)


@pytest.mark.parametrize("scenario", EXPERTS)
@pytest.mark.parametrize("message", CHANNELS)
def test_channels_make_no_expert_worse(scenario, message):
    silent = mean_score("scripted", scenario, range(2), max_rounds=60)
    assert mean_score("scripted", scenario, range(2), max_rounds=60, message=message) >= 0.8 * silent


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("scenario", EXPERTS)
@pytest.mark.parametrize("seed", range(6))
def test_experts_play_on_drawn_maps(scenario, seed):
    drawn = random_picture(scenario, seed)
    sizes = {"height": len(drawn.rows), "width": len(drawn.rows[0]), "num_agents": len(drawn.agents)}
    options = {"layout": drawn.rows, "agents": drawn.agents}
    play("scripted", scenario, options=options, max_rounds=40, **sizes)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("settings", "least"),
    [
        ({"height": 9, "width": 9, "num_agents": 6}, 10),
        ({"height": 16, "width": 16, "num_agents": 20, "max_rounds": 200}, 40),
        ({"height": 12, "width": 20, "num_agents": 16, "max_rounds": 200}, 25),
        ({"view_size": 3}, 14),
        ({"num_agents": 25}, 10),
    ],
    ids=str,
)
def test_foraging_works_on_other_sizes(settings, least):
    assert mean_score("scripted", "foraging", range(3), **settings) >= least


def test_foraging_explores_a_maze_that_no_rule_draws():
    rows = [
        "WWWWWWWWWWWWWW",
        "WFFW.....W...W",
        "WFFW.WWW.W.W.W",
        "W..W.WNN.W.W.W",
        "W.WW.WNN.W.W.W",
        "W....WWWWW.W.W",
        "W.WW...a...W.W",
        "W..WWWWWWWWW.W",
        "WW...........W",
        "WWWWWWWWWWWWWW",
    ]
    sizes = {"height": 10, "width": 14, "num_agents": 1}
    game = play("scripted", "foraging", options={"layout": rows}, max_rounds=200, **sizes)
    assert game.score >= 4


def test_bodies_pass_each_other_in_a_dead_end():
    """All start before the food: who has taken must get out past those who wait."""
    rows = [
        "WWWWWWWWWWWW",
        "WFF.W....NNW",
        "WFFaW....NNW",
        "WaaaW......W",
        "WaaaW......W",
        "WaaaW......W",
        *["W...W......W"] * 3,
        "W..........W",
        "W..........W",
        "WWWWWWWWWWWW",
    ]
    assert play("scripted", "foraging", options={"layout": rows}).score >= 10


@pytest.mark.parametrize(
    ("settings", "rounds"),
    [
        ({"num_agents": 8}, 40),
        ({"num_agents": 5}, 40),
        ({"num_agents": 40, "height": 20, "width": 20}, 60),
        ({"height": 30, "width": 16}, 60),
        ({"view_size": 3}, 40),
        ({"num_agents": 16}, 60),
    ],
    ids=str,
)
def test_flocking_completes_other_outlines(settings, rounds):
    for seed in range(3):
        assert len(play("scripted", "flocking", seed, **settings).rounds) <= rounds


def test_flocking_finds_a_place_among_walls():
    """The first meeting places are built up; all find the same free one."""
    rows = ["WWWWWWWWWWWWWW"] + ["W............W"] * 12 + ["WWWWWWWWWWWWWW"]
    for row in (3, 4, 5, 6):
        rows[row] = "W..WW.W......W"
    rows[10] = "WAAAAAAAA....W"
    game = play(
        "scripted", "flocking", options={"layout": rows}, height=14, width=14, num_agents=8, max_rounds=200
    )
    assert len(game.rounds) < 200


@pytest.mark.parametrize("scenario", EXPERTS)
def test_experts_play_beside_others(scenario, tmp_path):
    sizes: dict[str, Any] = dict.fromkeys(("height", "width"), ROOM[scenario]) if scenario in ROOM else {}
    settings: dict[str, Any] = {"max_rounds": 40, "num_agents": 10, **sizes}
    swarm_env.play(scenario, "scripted*5, random*5", seed=1, out=tmp_path / "run", **settings)
