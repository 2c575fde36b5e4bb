"""Declared bounds of scores hold in every round of every game."""

import random
from typing import Any

import pytest

import swarm_env
from swarm_env.api import list_scenarios
from tests.scenarios.play import make

WORLD = {"num_agents": 4, "height": 10, "width": 10, "max_rounds": 24}
SETTINGS = {
    "synchronization": {},
    "transport": {"num_agents": 6, "height": 12, "width": 12},
    "nest_site": {"interval": 5},
    "secrets": {"strangers": 2, "interval": 5},
    "levels": {"pieces": 2},
}
MOST = {
    "synchronization": 24.0, "transport": 6.0, "nest_site": 4.0, "secrets": 8.0, "scout": 3.0, "switch": 3.0,
    "hats": 6.0, "junction": 1.0, "profile": 3.0, "levels": 1.0,
    "vicsek": 1.0,
    "kuramoto": 1.0,
    "aggregation": 1.0,
    "couzin": 1.0,
}  # fmt: skip
LEAST = {"switch": -3.0}


def bounds(env):
    return env.scenario.score_bounds(env.config.max_rounds)


@pytest.mark.parametrize("scenario", sorted(list_scenarios()))
def test_which_scenarios_declare_bounds(scenario):
    env = make(scenario, **{**WORLD, **SETTINGS.get(scenario, {})})
    assert bounds(env) == ((LEAST.get(scenario, 0.0), MOST[scenario]) if scenario in MOST else None)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("crowd", ["alone", "together", "scripted"])
@pytest.mark.parametrize("scenario", sorted(MOST))
def test_no_score_is_ever_outside_its_bounds(scenario, crowd):
    settings: dict[str, Any] = {**WORLD, **SETTINGS.get(scenario, {})}
    if crowd == "scripted":
        scores = [swarm_env.play(scenario, "scripted", seed=seed, **settings).score for seed in range(3)]
        assert all(LEAST.get(scenario, 0.0) <= score <= MOST[scenario] for score in scores)
        return
    env, rng = make(scenario, **settings), random.Random(4)
    for seed in range(5):
        env.reset(seed=seed)
        while env.agents:
            one = rng.randrange(len(env.scenario.actions))
            moves = [
                one if crowd == "together" else rng.randrange(len(env.scenario.actions)) for _ in env.agents
            ]
            env.step(dict(zip(env.agents, moves, strict=True)))
            low, high = env.scenario.score_bounds(env.round)
            assert low <= env.score <= high


def test_the_bounds_of_synchronization_are_reached():
    env = make("synchronization", num_agents=1, height=5, width=5, max_rounds=9)
    env.reset(seed=1)
    while env.agents:
        env.step(dict.fromkeys(env.agents, env.scenario.actions.index("SWITCH")))
    assert env.score == 9.0


def test_a_quorum_lets_a_question_end_after_one_round():
    assert bounds(make("nest_site", **WORLD, interval=6, quorum=0.5)) == (0.0, 24.0)
