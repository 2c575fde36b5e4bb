"""The reading of the dictionaries of actions that the PettingZoo face takes."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.engine.world import World
from swarm_env.errors import ConfigError

WHOLE_NUMBERS = frozenset(
    (int, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
)


def write_actions(
    world: World, agents: Sequence[str], numbers: Mapping[str, int], actions: Mapping[str, Any]
) -> dict[int, str]:
    """Check the actions of all agents and write them into the only world of a batch.

    Args:
        world: The batch.
        agents: Names of those who must act.
        numbers: Number of every possible agent by name.
        actions: An action by name. Those of agents that have left are ignored: TorchRL, for one, goes on
            giving them.

    Returns:
        The texts that are said, by number of the agent.

    Raises:
        ConfigError: If an agent is unknown or missing, or an action outside its space; nothing has changed
            then.
    """
    try:
        given = [actions[name] for name in agents] if isinstance(actions, Mapping) else []
    except KeyError:
        given = []
    if len(given) != len(agents) or (len(actions) > len(agents) and not actions.keys() <= numbers.keys()):
        raise ConfigError(_wrong_agents(actions, agents, numbers))
    config, arrays = world.config, world.arrays
    if config.message == "none":
        if not (WHOLE_NUMBERS.issuperset(map(type, given)) and world.legal_moves.issuperset(given)):
            names = world.scenario.actions
            given = [read_move(name, move, names) for name, move in zip(agents, given, strict=True)]
        if len(agents) == config.num_agents:
            arrays.action[0] = given
        else:
            arrays.action[0, [numbers[name] for name in agents]] = given
        return {}
    names, acting = world.scenario.actions, [numbers[name] for name in agents]
    texts: dict[int, str] = {}
    if config.message == "tokens":
        both = [read_tokens(name, action, names, config) for name, action in zip(agents, given, strict=True)]
        moves = [move for move, _ in both]
        arrays.said[0, acting] = [tokens for _, tokens in both]
    else:
        parts = [read_parts(name, action) for name, action in zip(agents, given, strict=True)]
        moves = [read_move(name, move, names) for name, (move, _) in zip(agents, parts, strict=True)]
        messages = [(name, message) for name, (_, message) in zip(agents, parts, strict=True)]
        if config.message == "vector":
            size = config.message_dim
            arrays.said[0, acting] = [read_vector(name, message, size) for name, message in messages]
        else:
            read = [read_text(name, message) for name, message in messages]
            texts = {a: text for a, text in zip(acting, read, strict=True) if text}
    arrays.action[0, acting] = moves
    return texts


def _wrong_agents(actions: Any, agents: Sequence[str], numbers: Mapping[str, int]) -> str:
    """What is wrong with whom the actions are for."""
    if not isinstance(actions, Mapping):
        return f"actions={actions!r:.80}: must be a dict with an action for each of {agents[:12]}."
    unknown = [name for name in actions if name not in numbers]
    missing = [name for name in agents if name not in actions]
    wrong = f"unknown agents {unknown[:5]}; " if unknown else ""
    wrong += f"no action for {missing[:5]}; " if missing else ""
    return f"actions: {wrong}give one action for each of env.agents: {agents[:12]}."


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
