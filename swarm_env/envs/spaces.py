"""Spaces of actions and observations, and the checks of a face's own arguments."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from swarm_env.config import WorldConfig
from swarm_env.engine.messages import TEXT_LIMIT
from swarm_env.engine.world import World
from swarm_env.errors import ConfigError

OBSERVATIONS = ("planes", "codes", "dict")
CHARACTERS = "".join(chr(c) for c in range(32, 127))  # of sampled texts; any text may be sent


def check_choice(name: str, value: Any, allowed: Sequence[str | None]) -> None:
    """Refuse a word that is not among those allowed.

    Raises:
        ConfigError: Naming the argument, what was given and what is allowed.
    """
    if not isinstance(value, str | None) or value not in allowed:
        raise ConfigError(f"{name}={value!r}: must be one of {', '.join(map(repr, allowed))}.")


def action_space(config: WorldConfig, num_actions: int) -> spaces.Space[Any]:
    """What an agent does in a round: its move, and its message if there is a channel.

    Args:
        config: Settings of the world.
        num_actions: Number of moves.

    Returns:
        Discrete(moves); MultiDiscrete([moves, V, …, V]) with tokens; Dict(move, message) with vectors (Box in
        [-1, 1]) or texts.
    """
    if config.message == "tokens":
        return spaces.MultiDiscrete([num_actions] + [config.vocabulary] * config.message_length)
    move = spaces.Discrete(num_actions)
    if config.message == "vector":
        return spaces.Dict(
            {"move": move, "message": spaces.Box(-1.0, 1.0, (config.message_dim,), np.float32)}
        )
    if config.message == "text":
        text = spaces.Text(TEXT_LIMIT, min_length=0, charset=CHARACTERS)
        return spaces.Dict({"move": move, "message": text})
    return move


def observation_space(world: World, obs: str) -> spaces.Space[Any]:
    """What an agent observes, in one of three forms (see `docs/observations.md`).

    Args:
        world: The batch.
        obs: "planes", "codes" or "dict".

    Returns:
        The space of one agent.
    """
    config, scenario = world.config, world.scenario
    k = config.view_size
    view = spaces.Box(0, len(scenario.kinds) - 1, (k, k), np.uint8)
    heard_low, heard_high = heard_bounds(config)
    if obs == "codes":
        return view
    if obs == "planes":
        planes, own, hears = world.parts
        low, high = np.zeros(world.num_features, np.float32), np.ones(world.num_features, np.float32)
        low[planes * k * k + own :], high[planes * k * k + own :] = heard_low, heard_high
        return spaces.Box(low, high, dtype=np.float32)
    parts: dict[str, spaces.Space[Any]] = {
        "view": view,
        "position": spaces.Box(
            np.array([-1, -1], np.int32), np.array([config.height, config.width], np.int32), dtype=np.int32
        ),
        "mark": spaces.Box(0, max(len(scenario.agents) - 1, 1), (1,), np.uint8),
    }
    if scenario.senses:
        most = np.array([sense.most for sense in scenario.senses], np.uint8)
        parts["sense"] = spaces.Box(np.zeros_like(most), most, dtype=np.uint8)
    if world.parts[2]:
        parts["heard"] = spaces.Box(heard_low, heard_high, (world.parts[2],), np.float32)
    if config.message == "none":
        parts["action_mask"] = spaces.Box(0, 1, (len(scenario.actions),), np.int8)
    return spaces.Dict(parts)


def heard_bounds(config: WorldConfig) -> tuple[float, float]:
    """Least and greatest number that can be heard: counts up to the other agents, means within [-1, 1]."""
    return (-1.0, 1.0) if config.message == "vector" else (0.0, float(max(config.num_agents - 1, 1)))


def read_seed(seed: Any) -> int | None:
    """Check a seed.

    Raises:
        ConfigError: If it is neither None nor a whole number from 0 to 2**64 - 1.
    """
    if seed is None:
        return None
    try:
        number = -1 if isinstance(seed, bool | np.bool_) else operator.index(seed)
    except TypeError:
        number = -1
    if not 0 <= number < 2**64:
        raise ConfigError(f"seed={seed!r:.80}: must be None or a whole number from 0 to 2**64 - 1.")
    return number
