"""Actions that are numbers: with action="box" an agent chooses D numbers from -1 to 1 in place of a move."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.engine.space.moving import TURNS
from swarm_env.engine.state import WorldArrays
from swarm_env.envs.action_arrays import MaskedBox, MaskedDict, as_array
from swarm_env.envs.channel.message_kinds import Columns, Flags, Message, MessageKind, Usual
from swarm_env.errors import ConfigError, ContractError


class Drives(MessageKind):
    """A kind of message whose actions hold D numbers where others hold a move.

    Without messages an action is a Box (D,), else a dict of it ("move") and what the kind of message has
    beside its move: "message", and "speak" of vectors. There are no illegal numbers: masks are ones.
    """

    in_one = True

    def __init__(self, inner: MessageKind, names: tuple[str, ...]) -> None:
        """Take the kind of message, and the names of the numbers."""
        super().__init__(inner.shape)
        self._inner, self.count = inner, len(names)
        self.name, self.numbers, self.silence = inner.name, inner.numbers, inner.silence  # type: ignore[misc]
        self.expected = inner.expected
        self.form = f"{self.count} number{'s' * (self.count > 1)} from -1 to 1 ({', '.join(names)})"

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """Box (D,), or a Dict."""
        box, beside = MaskedBox(-1.0, 1.0, (self.count,), np.float32), self._inner.space(num_moves)
        if self.name == "none":
            return box
        if isinstance(beside, spaces.Dict):
            return MaskedDict({**beside.spaces, "move": box})
        vocabulary, length = self.shape
        return MaskedDict({"move": box, "message": spaces.MultiDiscrete([vocabulary] * length)})

    def mask(self, allowed: NDArray[np.int8], may_speak: Flags = None) -> NDArray[np.int8]:
        """(…, D) ones."""
        return np.ones((*allowed.shape[:-1], self.count), np.int8)

    def masks_to_sample(self, masks: Any, may_speak: Flags = None) -> Any:
        """Ones."""
        ones = [self.mask(mask) for mask in masks]
        return ones if self.name == "none" else [{"move": mask} for mask in ones]

    def split(self, action: Any) -> tuple[Any, Any]:
        """The numbers, and the message as the kind of message takes it."""
        if self.name == "none":
            return action, None
        if not isinstance(action, Mapping) or not {"move", "message"} <= set(action):
            raise ContractError(f"{action!r:.80}; expected a dict with the keys 'move' and 'message'")
        if self.name == "vector":
            return action["move"], self._inner.split({**action, "move": 0})[1]
        return action["move"], action["message"]

    def normal(self, given: Any) -> Message:
        """As the kind of message."""
        return self._inner.normal(given)

    def usual(self, actions: list[Any]) -> Usual:
        """Arrays of floats, if there are no messages."""
        plain = self.name == "none" and all(
            type(a) is np.ndarray and a.shape == (self.count,) and a.dtype.kind == "f" for a in actions
        )
        rows = np.array(actions).reshape(-1, self.count) if plain else None
        return None if rows is None or self.outside(rows).any() else (rows.tolist(), None)

    def columns(self, actions: Any, slots: int) -> Columns:
        """The numbers as (slots, D), and the messages."""
        if self.name == "none":
            return "actions", as_array(actions, "actions"), None
        if not isinstance(actions, Mapping) or not {"move", "message"} <= set(actions):
            raise ConfigError(f"actions={actions!r:.80}: expected a dict with 'move' and 'message'.")
        moves, still = as_array(actions["move"], "actions['move']"), np.zeros(slots, np.int64)
        if self.name == "vector":
            return "actions['move']", moves, self._inner.columns({**actions, "move": still}, slots)[2]
        said = as_array(actions["message"], "actions['message']")
        if said.shape != (slots, len(self.silence)):
            raise ConfigError(
                f"actions['message']: shape {said.shape}; expected {(slots, len(self.silence))}."
            )
        return "actions['move']", moves, self._inner.columns(np.column_stack([still, said]), slots)[2]

    def misfits(self, said: NDArray[Any]) -> NDArray[np.bool_] | None:
        """As the kind of message."""
        return self._inner.misfits(said)

    def row(self, message: Any) -> Any:
        """As the kind of message."""
        return self._inner.row(message)

    def put(self, arrays: WorldArrays, where: Any, said: Any) -> None:
        """As the kind of message."""
        self._inner.put(arrays, where, said)

    def all_speaking(self, said: NDArray[Any]) -> NDArray[Any]:
        """As the kind of message."""
        return self._inner.all_speaking(said)

    def refuse_row(self, row: Any) -> ContractError:
        """As the kind of message."""
        return self._inner.refuse_row(row)

    # The numbers.

    def outside(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """(rows,) whether any number of a row lies outside [-1, 1], or is none."""
        bad: NDArray[np.bool_] = ~np.all(np.abs(rows) <= 1.0, axis=-1)
        return bad

    def drive(self, given: Any) -> tuple[float, ...]:
        """The numbers of one agent in single precision. Raises `ContractError` if they are something else."""
        try:
            row = np.asarray(None if isinstance(given, str | bytes | Mapping) else given)
        except ValueError:
            row = np.zeros(0)
        if row.shape != (self.count,) or row.dtype.kind not in "fiu" or self.outside(row[None])[0]:
            raise ContractError(f"{given!r:.80}; expected {self.form}")
        return tuple(row.astype(np.float32).tolist())

    def of_moves(self, moves: Any) -> NDArray[np.float32]:
        """(…, D) the numbers that mean the same as moves: shares of the greatest turn, and 1 for all others.

        A move of the scenario's own is no turn, and -1 in the others.
        """
        numbers = np.asarray(moves)
        own = numbers >= len(TURNS)
        rows = np.where(own, np.float32(-1.0), np.float32(1.0))[..., None].repeat(self.count, axis=-1)
        rows[..., 0] = np.where(own, 0.0, TURNS[np.where(own, 0, numbers)])
        return rows

    def batch(self, rows: NDArray[Any], where: str, acting: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Checked (slots, D) numbers; those of slots that do not act become 0. Raises `ConfigError`."""
        shape = (len(acting), self.count)
        if rows.shape != shape or rows.dtype.kind not in "fiu":
            raise ConfigError(
                f"{where}: shape {rows.shape} of {rows.dtype}; expected numbers of shape {shape}, "
                f"{self.form}."
            )
        bad = self.outside(rows)
        if (bad & acting).any():
            slot = int(np.argmax(bad & acting))
            raise ConfigError(f"{where}, slot {slot}: {rows[slot].tolist()}; expected {self.form}.")
        return np.where(bad[:, None], 0.0, rows).astype(np.float32)


def drives_of(messages: MessageKind, names: tuple[str, ...], flat: bool) -> MessageKind:
    """The actions of a world whose agents choose these numbers; the kind of messages if there are none.

    Raises:
        ConfigError: If they are to be flat, and there are messages beside them.
    """
    if not names:
        return messages
    if flat and messages.name != "none":
        raise ConfigError(
            "flat_actions=True: with action='box' and messages an action is a dict. Leave one of them out."
        )
    return Drives(messages, names)
