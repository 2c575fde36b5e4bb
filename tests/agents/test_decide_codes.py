"""Decisions from arrays are those from perceptions; views are made when they are first read."""

import copy
import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env import ConfigError, ContractError, Decision
from swarm_env.engine.state import PRESENT
from swarm_env.envs.perception import Codes
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.team import as_team
from swarm_env.registry import load
from swarm_env.training.code_decisions import CodeDecisions

CHANNELS = [
    {"message": "none"},
    {"message": "tokens", "vocabulary": 7, "message_length": 3},
    {"message": "tokens", "vocabulary": 1, "message_length": 2},
    {"message": "vector"},
]
SETTINGS: dict[str, Any] = {"num_agents": 5, "height": 10, "width": 10, "max_rounds": 90}
OPEN = ["A........A", *["A........."] * 3, *["." * 10] * 2]  # agents may walk off this map


def as_arrays(decisions, channel):
    """Moves and messages as `WorldArrays` has them."""
    silence = channel.messages.silence
    moves = [decision.move for decision in decisions]
    return moves, [channel.messages.row(decision.message) for decision in decisions] if silence else None


def same_from_arrays(team, scenario, settings, options=None):
    """Play with perceptions, and ask a second pool for arrays; returns how many agents decided last."""
    env = swarm_env.parallel_env(scenario, **settings)
    env.reset(seed=4, options=options)
    names, channel, world = env.possible_agents[1:], env.channel, env._world
    with AgentPool(as_team(team), names, 9) as one, AgentPool(as_team(team), names, 9) as other:
        one.reset(env.brief())
        other.reset(env.brief())
        codes = CodeDecisions.of(env.brief(), other.players())
        assert codes is not None
        while env.agents:
            perceptions = [seen for seen in env.perceptions() if seen.name in names]
            decided = one.decide(perceptions) if perceptions else {}
            codes.write(world)
            living = [int(name.rpartition("_")[2]) for name in decided]
            moves, said = as_arrays(decided.values(), channel)
            assert world.arrays.action[0, living].tolist() == moves
            if said is not None:
                width, heard = channel.shape[-1], world.arrays.said[0, living]
                assert np.array_equal(heard, np.float32(said).reshape(len(living), -1)[:, -width:])
            first = {"agent_0": Decision(env.round % 5)} if "agent_0" in env.agents else {}
            env.step_decisions({**first, **decided})
    return len(decided)


@pytest.mark.parametrize("scenario", ["foraging", "audit"])  # in audit some moves are illegal
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda one: f"{one['message']}{one.get('vocabulary', '')}")
def test_random_agents_decide_the_same_from_arrays(scenario, channel):
    assert same_from_arrays("random*2, random*2", scenario, SETTINGS | channel) == 4


def test_random_agents_decide_the_same_while_some_leave():
    settings = SETTINGS | {"height": len(OPEN)}
    last = same_from_arrays("random", "synchronization", settings, {"layout": OPEN})
    assert last < settings["num_agents"] - 1


@pytest.mark.parametrize("channel", CHANNELS[:2], ids=["none", "tokens"])
def test_the_clocks_of_synchronization_decide_the_same_from_arrays(channel):
    assert same_from_arrays("scripted, random*2", "synchronization", SETTINGS | channel) == 4


@pytest.mark.parametrize(
    "scenario", ["flocking", "foraging", "pursuit", "transport", "audit", "nest_site", "secrets"]
)
@pytest.mark.parametrize("view_size", [3, 5])
def test_compiled_experts_decide_the_same_from_arrays(scenario, view_size):
    settings = {"num_agents": 12, "height": 14, "width": 13, "max_rounds": 60, "view_size": view_size}
    same_from_arrays("scripted*4, scripted", scenario, settings)


@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
def test_codes_are_rows_of_perceptions(obs):
    env = swarm_env.parallel_env("nest_site", obs=obs, message="tokens", **SETTINGS)
    env.reset(seed=1)
    shown = swarm_env.parallel_env("nest_site", obs="codes", message="tokens", **SETTINGS)
    views, _ = shown.reset(seed=1)
    for number in range(20):
        agents = np.array([3, 1])
        codes, seen = Codes(env._world, agents), env.perceptions()
        assert (codes.round, codes.score) == (number, env.score)
        for row, a in enumerate(agents):
            assert np.array_equal(codes.views[row], views[f"agent_{a}"])
            numbered = [re.fullmatch(r"\$?(\d+)", symbol) for line in seen[a].view for symbol in line]
            assert codes.numbers[row].ravel().tolist() == [int(one[1]) if one else -1 for one in numbered]
            assert tuple(codes.positions[row]) == seen[a].position and codes.marks[row] == seen[a].mark
            assert tuple(codes.allowed[row].astype(bool)) == seen[a].allowed
            assert tuple(codes.senses[row]) == seen[a].senses and tuple(codes.heard[row]) == seen[a].heard
        moves = {name: [(number + i) % 5, number % 3] for i, name in enumerate(env.agents)}
        moves = {name: [move, *[token] * env.config.message_length] for name, (move, token) in moves.items()}
        env.step(moves)
        views, *_ = shown.step(moves)
    assert (env._world.arrays.active == PRESENT).all()


class Wrong:
    """Returns what it is made for."""

    given = (np.zeros(4, int), None)

    def reset(self, brief, agents, seed):
        """Nothing to forget."""

    def decide(self, perceptions):
        return [Decision(0) for _ in perceptions]

    def decide_codes(self, codes):
        return self.given


AGENT = Wrong
MINE = f"{__file__}:Wrong"


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ((np.zeros(3, int), None), "shape"),
        ((np.zeros(4), None), "float64"),
        ((np.full(4, 5), None), "expected each"),
        ((np.full(4, -1), None), "expected each"),
        ((np.zeros(4, int), np.full((4, 1), 99)), "token"),
        ((np.zeros(4, int), np.zeros((4, 3), int)), "token"),
    ],
)
def test_wrong_arrays_are_refused_with_the_name_of_the_agent(monkeypatch, given, word):
    monkeypatch.setattr(load("agent", MINE), "given", given)
    env = swarm_env.gym_env("foraging", others=MINE, message="tokens", message_length=1, **SETTINGS)
    env.reset(seed=1)
    with pytest.raises(ContractError, match=f"(?s)Wrong.*{word}"):
        env.step([0, 0])


def test_an_action_of_the_learner_is_checked_before_the_team_decides():
    env = swarm_env.gym_env("foraging", others="random", **SETTINGS)
    env.reset(seed=1)
    with pytest.raises(ConfigError, match="Action of agent_0"):
        env.step(99)


def test_a_view_is_of_the_round_of_its_perception():
    env = swarm_env.parallel_env("foraging", **SETTINGS)
    env.reset(seed=2)
    early, late = env.perceptions(), env.perceptions()
    wanted = [tuple(map(tuple, view)) for view in env.native_views()]
    env.step(dict.fromkeys(env.agents, 1))
    assert [seen.view for seen in late] == wanted and late == early
    env.reset(seed=2)
    for make in (copy.deepcopy, copy.copy, lambda seen: pickle.loads(pickle.dumps(seen)), replace):
        fresh = env.perceptions()[0]
        assert make(fresh).view == wanted[0] and make(fresh) == fresh
    with pytest.raises(AttributeError, match="vieww"):
        getattr(env.perceptions()[0], "view" + "w")
