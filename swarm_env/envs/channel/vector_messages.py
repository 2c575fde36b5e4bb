"""Messages of numbers, `message="vector"`, and all kinds by name."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.config import WorldConfig, integer
from swarm_env.engine.state import WorldArrays
from swarm_env.envs.action_arrays import MaskedDict, any_outside, as_array
from swarm_env.envs.channel.message_kinds import (
    PARTS,
    SILENT,
    SPEAK,
    Columns,
    Flags,
    Message,
    MessageKind,
    Texts,
    Tokens,
    Usual,
)
from swarm_env.errors import ConfigError, ContractError


class Vectors(MessageKind):
    """D numbers in [-1, 1]; shape is (D,). Whether an agent speaks is a flag: zeros can be said.

    Rows of numbers begin with the flag. An action without it is silent if all its numbers are zero.
    """

    name, numbers = "vector", "if"

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self.silence = (0.0,) * (1 + shape[0])
        self.expected = f"{shape[0]} finite number{'s' * (shape[0] > 1)} in [-1, 1]"

    @staticmethod
    def shape_of(config: WorldConfig) -> tuple[int, ...]:
        """(D,)."""
        return (config.message_dim,)

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """Dict(move, message, speak)."""
        message = spaces.Box(-1.0, 1.0, self.shape, np.float32)
        move, speak = spaces.Discrete(num_moves), spaces.Discrete(2)
        return MaskedDict({"move": move, "message": message, SPEAK: speak})

    def masks_to_sample(self, masks: Sequence[NDArray[np.int8]], may_speak: Flags = None) -> Sequence[Any]:
        """Dicts of masks."""
        if may_speak is None:
            return [{"move": mask, "message": None, SPEAK: None} for mask in masks]
        flags = [np.array([1, speaks], np.int8) for speaks in may_speak.tolist()]
        parts = zip(masks, flags, strict=True)
        return [{"move": mask, "message": None, SPEAK: flag} for mask, flag in parts]

    def split(self, action: Any) -> tuple[Any, Any]:
        """The move, and the vector or SILENT."""
        if not isinstance(action, Mapping) or not PARTS <= set(action) <= {*PARTS, SPEAK}:
            raise ContractError(
                f"{action!r:.80}; expected a dict with the keys 'move', 'message' and 'speak'"
            )
        vector = self.normal(action["message"])
        speaks = integer(action.get(SPEAK, int(any(vector or ()))))
        if speaks not in (0, 1):
            raise ContractError(f"speak {action[SPEAK]!r:.80}; expected 0 or 1")
        return action["move"], vector if speaks else SILENT

    def normal(self, given: Any) -> Message:
        """A tuple of floats of single precision; None for SILENT."""
        if given is SILENT:
            return None
        try:
            vector = np.asarray(None if isinstance(given, str | bytes | Mapping) else given)
        except ValueError:  # rows of different lengths
            raise self.refuse(given) from None
        if vector.shape != self.shape or vector.dtype.kind not in "fiu":
            raise self.refuse(given)
        if self.misfits(vector[None]) is not None:
            raise self.refuse(given)
        return tuple(vector.astype(np.float32).tolist())

    def usual(self, actions: list[Any]) -> Usual:
        """Dicts of arrays of floats, all with the flag or all without."""
        flagged = bool(actions) and type(actions[0]) is dict and SPEAK in actions[0]
        keys = {*PARTS, SPEAK} if flagged else PARTS
        if not all(type(action) is dict and action.keys() == keys for action in actions):
            return None
        said, form = [action["message"] for action in actions], (self.shape, "f")
        if not all(type(m) is np.ndarray and (m.shape, m.dtype.kind) == form for m in said):
            return None
        vectors = np.array(said).reshape(-1, *self.shape)
        flags = vectors.any(axis=1).astype(int).tolist()
        if flagged:
            flags = [integer(action[SPEAK]) for action in actions]
        if self.misfits(vectors) is not None or not {0, 1}.issuperset(flags):
            return None
        return [action["move"] for action in actions], self.flagged(flags, vectors)

    def columns(self, actions: Any, slots: int) -> Columns:
        """The values as arrays."""
        if not isinstance(actions, Mapping) or not PARTS <= set(actions) <= {*PARTS, SPEAK}:
            raise ConfigError(
                f"actions={actions!r:.80}: expected a dict with the keys 'move', 'message' and 'speak'."
            )
        said, shape = as_array(actions["message"], "actions['message']"), (slots, *self.shape)
        if said.shape != shape or said.dtype.kind not in "fiu":
            raise ConfigError(
                f"actions['message']: shape {said.shape} of {said.dtype}; expected numbers of shape {shape}."
            )
        flags = as_array(actions.get(SPEAK, said.any(axis=1)), "actions['speak']")
        if flags.shape != (slots,) or flags.dtype.kind not in "biu" or any_outside(flags.astype(np.int64), 2):
            raise ConfigError(f"actions['speak']={flags!r:.80}: expected {slots} numbers, each 0 or 1.")
        where = as_array(actions["move"], "actions['move']")
        return "actions['move']", where, self.flagged(flags, said)

    def flagged(self, flags: Any, vectors: NDArray[Any]) -> NDArray[Any]:
        """(slots, 1 + D) rows."""
        return np.concatenate([np.asarray(flags)[:, None], vectors], axis=1)

    def refuse_row(self, row: Any) -> ContractError:
        """The error without the flag."""
        return self.refuse(row[1:])

    def row(self, message: Any) -> Sequence[Any]:
        """The flag and the vector."""
        return self.silence if message is None else (1.0, *message)

    def all_speaking(self, said: NDArray[Any]) -> NDArray[Any]:
        """The flag before (agents, D) vectors; rows that have it stay as they are."""
        alone = said.ndim == 2 and said.shape[1:] == self.shape
        return self.flagged(np.ones(len(said), said.dtype), said) if alone else said

    def put(self, arrays: WorldArrays, where: Any, said: Any) -> None:
        """Write flags and vectors; who does not speak says +0, whose bits a digest can rely on."""
        rows = np.asarray(said)
        arrays.speaks[where], arrays.said[where] = rows[..., 0], np.where(rows[..., :1], rows[..., 1:], 0)

    def misfits(self, said: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Slots with a number outside [-1, 1] or NaN."""
        good = np.abs(said) <= 1.0
        return None if good.all() else ~np.all(good, axis=1)


MESSAGE_KINDS = {kind.name: kind for kind in (MessageKind, Tokens, Vectors, Texts)}
