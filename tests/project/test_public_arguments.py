"""Whatever is passed to the public API: it works, or raises an error of this package, never another one."""

import functools
import inspect
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.config import WorldConfig
from swarm_env.errors import ConfigError, SwarmEnvError
from swarm_env.playing.runner import fork, resume
from swarm_env.runs.recording import find_recordings, open_recording

SCENARIO = "synchronization"


class Plain:
    """An object that is nothing in particular."""


VALUES: list[Any] = [
    None, True, -1, 0, 3.5, float("nan"), float("inf"), 10**30, b"x", [], {}, {1, 2}, (1, 2), [None],
    {"a": None}, int, Plain(), np.array([3]), np.array(3), np.array(2.5), np.float32(2), np.array(["a"]),
    "", "?", ":", "x\0y", "a\0.py", "~nosuchuser/x.py", "~nosuchuser", "\udcff", "\udcff.py:A", "x" * 100_000,
    "a" * 300 + ".py", "scripted?a=b", "llm:?", "random*0",
]  # fmt: skip


def foreign_error(call, value):
    """The error that `call(value)` raises if it is not one of this package; its text is readable, too."""
    try:
        call(value)
    except SwarmEnvError as error:
        assert str(error)
    except Exception as error:  # noqa: BLE001 (any error is what is looked for)
        return error
    return None


def check(call):
    """`call` takes one value: no value makes it raise an error that is not of this package."""
    wrong = {f"{value!r:.60}": error for value in VALUES if (error := foreign_error(call, value))}
    assert not wrong


def arguments():
    """(function, argument) of everything public that makes an environment or plays."""
    settings = [name for name in WorldConfig.model_fields if name != "scenario"]
    for name in ("parallel_env", "vector_env", "gym_env", "env", "prompt_env", "play"):
        own = [
            parameter.name
            for parameter in inspect.signature(getattr(swarm_env, name)).parameters.values()
            if parameter.kind is parameter.KEYWORD_ONLY or parameter.default is not parameter.empty
        ]
        for argument in dict.fromkeys([*own, *settings, "obs", "nosuch"]):
            yield name, argument


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("name", "argument"), list(arguments()))
def test_arguments_of_environments_and_games(name, argument):
    plays = {"agents": "random", "max_rounds": 1} if name == "play" else {}
    if argument in ("observer", "notify") or (name, argument) == (
        "play",
        "reward",
    ):  # a callable is allowed, and its own errors are not ours
        return check(lambda value: callable(value) or swarm_env.play(SCENARIO, **{**plays, argument: value}))
    make = functools.partial(getattr(swarm_env, name), SCENARIO)
    return check(lambda value: make(**{"num_agents": 2, **plays, argument: value}))


@pytest.mark.parametrize(
    "call",
    [
        *(
            getattr(swarm_env, name)
            for name in ("make_agent", "rule", "warmup", "parallel_env", "vector_env")
        ),
        *(getattr(swarm_env, name) for name in ("gym_env", "env", "prompt_env", "play")),
        *(resume, open_recording, find_recordings),
        lambda value: fork(value, 0),
        lambda value: swarm_env.register(value, "a_name", Plain),
        lambda value: swarm_env.parallel_env(f"{value}"),
        lambda value: swarm_env.resolve_push(value, 3, (0, 1), []),
        lambda value: swarm_env.resolve_push(3, 3, value, []),
        lambda value: swarm_env.resolve_push(3, 3, (0, 1), value),
        lambda value: swarm_env.resolve_push(3, 3, (0, 1), [value]),
        lambda value: swarm_env.resolve_push(3, 3, (0, 1), [{"cells": value, "force": value}]),
    ],
)
def test_names_paths_and_pushes(call):
    check(call)


def test_names_to_register():
    for value in VALUES:
        with pytest.raises(ConfigError):
            swarm_env.register("agent", value, Plain)


@pytest.mark.parametrize("message", ["none", "tokens", "vector", "text"])
@pytest.mark.parametrize("name", ["parallel_env", "env", "gym_env", "prompt_env", "vector_env"])
def test_methods_of_environments(name, message):
    if (name, message) in {("vector_env", "text"), ("gym_env", "text")} or (name == "prompt_env") != (
        message == "text"
    ):
        return  # a channel that this environment does not have
    env = getattr(swarm_env, name)(SCENARIO, num_agents=2, message=message)

    def step(value):
        env.reset(seed=0)
        env.step(value)

    def step_one(value):
        env.reset(seed=0)
        env.step({env.agents[0]: value})

    def say(value):
        env.reset(seed=0)
        env.step({env.agents[0]: (0, value)})

    def say_by_name(value):
        env.reset(seed=0)
        env.step({env.agents[0]: {"move": 0, "message": value}})

    check(lambda value: env.reset(seed=value))
    check(lambda value: env.reset(seed=0, options=value))
    for option in ("layout", "agents", "marks", "respawns", "snapshot", "reset_mask"):
        check(lambda value, option=option: env.reset(seed=0, options={option: value}))
    check(step)
    if hasattr(env, "agents"):
        check(step_one)
        check(say)
        check(say_by_name)
    for method in ("restore", "action_space", "observation_space", "at", "judge", "grid"):
        found = getattr(env, method, None)
        if callable(found) and "()" not in str(inspect.signature(found)) and not hasattr(found, "sample"):
            check(getattr(env, method))
