"""The worlds of the contract tests: every registered scenario, kind of messages and value of `death`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.envs.parallel import ParallelSwarmEnv, parallel_env
from swarm_env.registry import names

SCENARIOS = names("scenario")
GARDEN = str(Path(__file__).parent.parent.parent / "examples" / "garden.py")  # a third party's, with masks
CHANNELS = ("none", "tokens", "vector", "text")
DEATHS = ("remove", "ghost")
SMALL: dict[str, Any] = {"num_agents": 6, "height": 10, "width": 12, "max_rounds": 25}

every_scenario = pytest.mark.parametrize("scenario", [*SCENARIOS, pytest.param(GARDEN, id="garden")])
every_channel = pytest.mark.parametrize("message", CHANNELS)
every_death = pytest.mark.parametrize("death", DEATHS)


def small(scenario: str, **settings: Any) -> ParallelSwarmEnv:
    """A small world with short episodes."""
    return swarm_env.parallel_env(scenario, **{**SMALL, "vocabulary": 3, "message_length": 2, **settings})


# Only agents, all near the open border: random agents soon leave.
OPEN = ["A..A..A..A", "..........", "A..A..A..A", *[".........."] * 4]


class OpenWorld(ParallelSwarmEnv):
    """A world without walls, so that agents leave in the middle of an episode."""

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        return super().reset(seed, {"layout": OPEN, **(options or {})})


def open_world(**settings: Any) -> OpenWorld:
    """A world in which agents leave one after the other."""
    choices = {key: settings.pop(key) for key in ("obs", "death", "render_mode") if key in settings}
    wanted = {"num_agents": 8, "height": 7, "width": 10, "max_rounds": 40, **settings}
    return OpenWorld(parallel_env("synchronization", **wanted).config, **choices)


def sampled(env: Any, infos: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A random action for every agent in play, by its mask if there is one."""
    return {
        agent: env.action_space(agent).sample(infos[agent]["action_mask"] if infos else None)
        for agent in env.agents
    }


def seed_actions(env: Any, seed: int = 0) -> None:
    """Make `sampled` draw the same actions every time."""
    for number, agent in enumerate(env.possible_agents):
        env.action_space(agent).seed(seed + number)


def episode(env: Any, seed: int, rounds: int = 10**9) -> list[Any]:
    """All return values of an episode, round by round."""
    seed_actions(env, seed)
    seen: list[Any] = [(env.reset(seed=seed), env.grid(), env.digest())]
    infos = seen[0][0][1]
    while env.agents and len(seen) <= rounds:
        step = env.step(sampled(env, infos))
        infos = step[4]
        seen.append(
            (step, env.grid(), env.digest(), env.score, env.round, env.positions(), env.perceptions())
        )
    return seen


def same(a: Any, b: Any) -> bool:
    """Equality of nested tuples, lists, dictionaries and arrays, to the last bit."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(type(a) is type(b) and a == b)
