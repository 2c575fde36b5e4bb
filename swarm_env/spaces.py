"""Spaces of actions and observations, and the reading of actions."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.errors import ConfigError
from swarm_env.messages import TEXT_LIMIT
from swarm_env.world import World

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
    if world.parts[2]:
        parts["heard"] = spaces.Box(heard_low, heard_high, (world.parts[2],), np.float32)
    if config.message == "none":
        parts["action_mask"] = spaces.Box(0, 1, (len(scenario.actions),), np.int8)
    return spaces.Dict(parts)


def heard_bounds(config: WorldConfig) -> tuple[float, float]:
    """Least and greatest number that can be heard: counts up to the other agents, means within [-1, 1]."""
    return (-1.0, 1.0) if config.message == "vector" else (0.0, float(max(config.num_agents - 1, 1)))


def read_move(agent: str, given: Any, names: Sequence[str]) -> int:
    """Check one move.

    Raises:
        ConfigError: If it is not a whole number that names a move.
    """
    try:
        if isinstance(given, bool | np.bool_):
            raise TypeError
        move = operator.index(given.item() if isinstance(given, np.ndarray) and given.ndim == 0 else given)
    except TypeError:
        move = -1
    if not 0 <= move < len(names):
        known = ", ".join(f"{i} {name}" for i, name in enumerate(names))
        raise ConfigError(f"Action of {agent}: {given!r:.80} is no move. Allowed: {known}.")
    return move


def read_tokens(agent: str, given: Any, names: Sequence[str], config: WorldConfig) -> tuple[int, list[int]]:
    """Check a move with tokens.

    Raises:
        ConfigError: If it is not (move, token, …) within the space.
    """
    shape = f"(move, {', '.join(['token'] * config.message_length)})"
    if (
        isinstance(given, str | bytes | Mapping)
        or not hasattr(given, "__len__")
        or len(given) != 1 + config.message_length
    ):
        raise ConfigError(
            f"Action of {agent}: {given!r:.80} must be {shape} with tokens from 0 to "
            f"{config.vocabulary - 1}, as "
            "action_space(agent).sample() gives it."
        )
    tokens = []
    for token in given[1:]:
        try:
            number = -1 if isinstance(token, bool | np.bool_) else operator.index(token)
        except TypeError:
            number = -1
        if not 0 <= number < config.vocabulary:
            raise ConfigError(
                f"Action of {agent}: {token!r:.80} is no token. Allowed: 0 to {config.vocabulary - 1}."
            )
        tokens.append(number)
    return read_move(agent, given[0], names), tokens


def read_parts(agent: str, given: Any) -> tuple[Any, Any]:
    """Split a Dict action.

    Raises:
        ConfigError: If it is not a mapping with the keys "move" and "message".
    """
    if not isinstance(given, Mapping) or set(given) != {"move", "message"}:
        raise ConfigError(
            f"Action of {agent}: {given!r:.80} must be a dict with the keys 'move' and 'message'."
        )
    return given["move"], given["message"]


def read_vector(agent: str, given: Any, size: int) -> NDArray[np.float32]:
    """Check a vector message.

    Raises:
        ConfigError: If it is not `size` finite numbers in [-1, 1].
    """
    try:
        vector = np.asarray(given, np.float32)
    except (TypeError, ValueError):
        vector = np.full(1, np.nan, np.float32)
    if vector.shape != (size,) or not np.isfinite(vector).all() or np.abs(vector).max(initial=0.0) > 1.0:
        raise ConfigError(f"Message of {agent}: {given!r:.80} must be {size} finite numbers in [-1, 1].")
    return vector


def read_text(agent: str, given: Any) -> str:
    """Check a text message (it may be of any length; what is too long is cut when it is sent).

    Raises:
        ConfigError: If it is not a string.
    """
    if not isinstance(given, str):
        raise ConfigError(f"Message of {agent}: {given!r:.80} must be a string.")
    return given


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
