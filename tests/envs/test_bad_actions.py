"""Actions and messages that are refused: the message names agent and choices, and nothing has changed."""

import math

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError, SwarmEnvError


def good(env):
    return dict.fromkeys(env.agents, 0)


ACTIONS = [
    ("a move too high", lambda env: {**good(env), "agent_2": 5}, ["agent_2", "5", "STAY", "RIGHT"]),
    ("a negative move", lambda env: {**good(env), "agent_0": -1}, ["agent_0", "-1", "STAY"]),
    ("a move by name", lambda env: {**good(env), "agent_0": "UP"}, ["agent_0", "'UP'", "1 UP"]),
    ("a fraction", lambda env: {**good(env), "agent_0": 1.0}, ["agent_0", "1.0"]),
    ("NaN", lambda env: {**good(env), "agent_0": math.nan}, ["agent_0", "nan"]),
    ("None", lambda env: {**good(env), "agent_0": None}, ["agent_0", "None"]),
    ("a bool", lambda env: {**good(env), "agent_0": True}, ["agent_0", "True"]),
    ("a list", lambda env: {**good(env), "agent_0": [1]}, ["agent_0", "[1]"]),
    ("an array of two", lambda env: {**good(env), "agent_0": np.array([1, 2])}, ["agent_0"]),
    ("a gigantic number", lambda env: {**good(env), "agent_0": 2**80}, ["agent_0"]),
    ("an unknown agent", lambda env: {**good(env), "agent_99": 0}, ["agent_99", "agent_0"]),
    ("an agent by number", lambda env: {0: 1, **good(env)}, ["0", "agent_0"]),
    ("a missing agent", lambda env: dict(list(good(env).items())[1:]), ["agent_0", "no action"]),
    ("no actions", lambda env: {}, ["no action", "agent_0"]),
    ("a list of actions", lambda env: [0] * 10, ["dict"]),
    ("an array of actions", lambda env: np.zeros(10, int), ["dict"]),
    ("actions as None", lambda env: None, ["None", "dict"]),
]


@pytest.mark.parametrize(
    ("actions", "words"), [case[1:] for case in ACTIONS], ids=[case[0] for case in ACTIONS]
)
def test_bad_actions_are_refused_and_change_nothing(actions, words):
    env = swarm_env.parallel_env("pursuit")
    env.reset(seed=1)
    before, snapshot = env.digest(), env.snapshot()
    with pytest.raises(ConfigError) as refused:
        env.step(actions(env))
    for word in words:
        assert word in str(refused.value), str(refused.value)
    assert env.digest() == before and env.round == 0
    env.step(dict.fromkeys(env.agents, 1))
    after = env.digest()
    env.restore(snapshot)
    env.step(dict.fromkeys(env.agents, 1))
    assert env.digest() == after, "not even hidden state was touched"


TALK = [
    ("tokens", 0, ["agent_1", "token"]),
    ("tokens", [0], ["agent_1", "token"]),
    ("tokens", [0, 1, 2], ["agent_1", "token"]),
    ("tokens", [0, 8], ["agent_1", "8", "7"]),
    ("tokens", [0, -1], ["agent_1", "-1", "7"]),
    ("tokens", [0, 0.5], ["agent_1", "0.5"]),
    ("tokens", [9, 0], ["agent_1", "9", "STAY"]),
    ("tokens", "ab", ["agent_1", "'ab'"]),
    ("tokens", None, ["agent_1", "None"]),
    ("vector", 0, ["agent_1", "move", "message"]),
    ("vector", {"move": 0}, ["agent_1", "message"]),
    ("vector", {"move": 0, "message": [0, 0, 0, 0], "loud": 1}, ["agent_1", "loud"]),
    ("vector", {"move": 0, "message": [0, 0, 0]}, ["agent_1", "4"]),
    ("vector", {"move": 0, "message": [0, 0, 0, math.nan]}, ["agent_1", "nan", "finite"]),
    ("vector", {"move": 0, "message": [0, 0, 0, math.inf]}, ["agent_1", "inf", "finite"]),
    ("vector", {"move": 0, "message": [0, 0, 0, 1.5]}, ["agent_1", "1.5", "[-1, 1]"]),
    ("vector", {"move": 0, "message": "loud"}, ["agent_1", "'loud'"]),
    ("vector", {"move": 0, "message": None}, ["agent_1", "None"]),
    ("vector", {"move": 7, "message": [0, 0, 0, 0]}, ["agent_1", "7", "STAY"]),
    ("text", "hello", ["agent_1", "move", "message"]),
    ("text", {"move": 0}, ["agent_1", "message"]),
    ("text", {"move": 0, "message": 7}, ["agent_1", "7", "string"]),
    ("text", {"move": 0, "message": None}, ["agent_1", "None", "string"]),
    ("text", {"move": 0, "message": b"hello"}, ["agent_1", "b'hello'", "string"]),
    ("text", {"move": "UP", "message": ""}, ["agent_1", "'UP'"]),
]


@pytest.mark.parametrize(
    ("message", "action", "words"), TALK, ids=[f"{case[0]} {case[1]!r}" for case in TALK]
)
def test_bad_messages_are_refused_and_change_nothing(message, action, words):
    env = swarm_env.parallel_env("pursuit", message=message, num_agents=3)
    env.reset(seed=1)
    fine = {
        "tokens": [0, 0],
        "vector": {"move": 0, "message": [0.5] * 4},
        "text": {"move": 0, "message": "hi"},
    }
    before = env.digest()
    with pytest.raises(ConfigError) as refused:
        env.step({**dict.fromkeys(env.agents, fine[message]), "agent_1": action})
    for word in words:
        assert word in str(refused.value), str(refused.value)
    assert env.digest() == before and env.round == 0


BATCH_ACTIONS = [
    ("none", np.zeros(19, int), ["20"]),
    ("none", np.zeros((2, 10), int), ["20"]),
    ("none", np.zeros(20), ["float64", "whole"]),
    ("none", np.zeros(20, bool), ["bool", "whole"]),
    ("none", None, ["20"]),
    ("none", "UP", ["20"]),
    ("none", [[1], [2, 3]], ["[[1], [2, 3]]", "equal length"]),
    ("tokens", np.zeros(20, int), ["20", "2"]),
    ("tokens", np.zeros((20, 3), int), ["20", "2"]),
    ("tokens", np.full((20, 2), 8), ["8", "7"]),
    ("vector", np.zeros(20, int), ["move", "message"]),
    (
        "vector",
        {"move": np.zeros(20, int), "message": np.full((20, 4), np.nan)},
        ["message", "slot 0", "nan", "[-1, 1]"],
    ),
    (
        "vector",
        {"move": np.zeros(20, int), "message": np.full((20, 4), 2.0)},
        ["message", "slot 0", "2.0", "[-1, 1]"],
    ),
    ("vector", {"move": np.zeros(20, int), "message": np.zeros((20, 3))}, ["message", "4"]),
    ("vector", {"move": np.full(20, 5), "message": np.zeros((20, 4))}, ["5", "STAY"]),
]


@pytest.mark.parametrize(("message", "actions", "words"), BATCH_ACTIONS, ids=range(len(BATCH_ACTIONS)))
def test_bad_actions_of_batches_are_refused_and_change_nothing(message, actions, words):
    batch = swarm_env.vector_env("pursuit", num_worlds=2, message=message)
    batch.reset(seed=1)
    before = batch.digests()
    with pytest.raises(ConfigError) as refused:
        batch.step(actions)
    for word in words:
        assert word in str(refused.value), str(refused.value)
    assert batch.digests() == before


def test_stepping_before_the_first_reset_is_refused():
    with pytest.raises(SwarmEnvError, match="reset"):
        swarm_env.parallel_env("pursuit").step({})
    with pytest.raises(SwarmEnvError, match="reset"):
        swarm_env.vector_env("pursuit").step(np.zeros(10, int))
