"""Batches of worlds for the tests of the vector API, and random actions for them."""

from typing import Any

import numpy as np

import swarm_env
from swarm_env.registry import names

SCENARIOS = names("scenario")
SETTINGS: dict[str, Any] = {
    "num_agents": 6,
    "height": 10,
    "width": 12,
    "max_rounds": 9,
    "vocabulary": 3,
    "message_loss": 0.2,
}
OPEN = ["A..A..A..A", "..........", "A..A..A..A", *[".........."] * 4]


def vector(scenario, num_worlds, **settings):
    return swarm_env.vector_env(scenario, num_worlds=num_worlds, **{**SETTINGS, **settings})


def parallel(scenario, **settings):
    return swarm_env.parallel_env(scenario, **{**SETTINGS, **settings})


def drawn_actions(env, rng):
    """Actions for all slots, drawn from the numpy generator `rng`."""
    n, moves = env.num_envs, len(env.scenario.actions)
    chosen = rng.integers(0, moves, n)
    if env.config.message == "none":
        return chosen
    if env.config.message == "tokens":
        said = rng.integers(0, env.config.vocabulary, (n, env.config.message_length))
        return np.concatenate([chosen[:, None], said], axis=1)
    said = rng.uniform(-1, 1, (n, env.config.message_dim)).astype(np.float32)
    return {"move": chosen, "message": said}


def of_world(actions, w, env):
    """One world's part of the actions, as the PettingZoo API takes them."""
    n = env.config.num_agents
    slots = {agent: w * n + a for a, agent in enumerate(env.possible_agents)}
    if isinstance(actions, dict):
        return {a: {key: part[slots[a]] for key, part in actions.items()} for a in env.agents}
    return {agent: actions[slots[agent]] for agent in env.agents}
