"""Actions without parts, for learners that take neither MultiDiscrete nor Dict: `flat_actions=True`.

Worlds without messages have them anyhow. A move and its tokens become one number, a move and its vector one
Box. All of this is our choice.
"""

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.config import integer
from swarm_env.envs.action_arrays import MaskedBox, as_array
from swarm_env.envs.channel.message_kinds import SILENT, Columns, Flags, MessageKind, Tokens, Usual
from swarm_env.envs.channel.vector_messages import Vectors
from swarm_env.errors import ConfigError, ContractError

MOST_CHOICES = 2**20  # of a product of moves and tokens


class FlatTokens(Tokens):
    """Move and tokens as one number: ((move * V + first token) * V + second token) …, a Discrete."""

    in_one = True

    def __init__(self, shape: tuple[int, ...], num_moves: int) -> None:
        """Sizes of a message, and the number of moves.

        Raises:
            ConfigError: If there are too many choices.
        """
        super().__init__(shape)
        vocabulary, length = shape
        self.said = vocabulary**length  # number of messages
        self.choices = num_moves * self.said
        if self.choices > MOST_CHOICES:
            raise ConfigError(
                f"flat_actions=True: {num_moves} moves with {length} of {vocabulary} tokens are "
                f"{self.choices} actions, and at most {MOST_CHOICES} are allowed. Lower vocabulary or "
                "message_length, or leave flat_actions out."
            )
        self._powers = vocabulary ** np.arange(length - 1, -1, -1)

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """Discrete(moves * V ** L)."""
        return spaces.Discrete(self.choices)

    def mask(self, allowed: NDArray[np.int8], may_speak: Flags = None) -> NDArray[np.int8]:
        """(…, moves * V ** L)."""
        every = np.repeat(allowed, self.said, axis=-1)
        if may_speak is not None:  # message 0 is silence
            every &= (may_speak[..., None] != 0) | (np.arange(self.choices) % self.said == 0)
        return every

    def masks_to_sample(self, masks: Any, may_speak: Flags = None) -> Any:
        """Masks of all actions."""
        return list(self.mask(np.stack(masks), may_speak)) if len(masks) else []

    def split(self, action: Any) -> tuple[Any, Any]:
        """Quotient and digits."""
        number = integer(action)
        if number is None or not 0 <= number < self.choices:
            raise ContractError(f"{action!r:.80}; expected an integer from 0 to {self.choices - 1}")
        return number // self.said, self._digits(np.array(number)).tolist()

    def usual(self, actions: list[Any]) -> Usual:
        """Python and NumPy integers."""
        if not all(
            isinstance(action, int | np.integer) and not isinstance(action, bool) for action in actions
        ):
            return None
        numbers = np.array(actions, np.int64) if actions else np.zeros(0, np.int64)
        return (numbers // self.said).tolist(), self._digits(numbers)

    def columns(self, actions: Any, slots: int) -> Columns:
        """Quotients and digits."""
        given = as_array(actions, "actions")
        if given.shape != (slots,) or given.dtype.kind not in "iu":
            return "actions", given, None
        return f"actions // {self.said}", given // self.said, self._digits(given)

    def _digits(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """(…, L) tokens of actions (…)."""
        digits: NDArray[Any] = numbers[..., None] // self._powers.astype(numbers.dtype) % self.shape[0]
        return digits


class FlatVectors(Vectors):
    """Preferences for the moves and for speaking, then the vector, as one Box.

    The move is the first most preferred; the agent speaks if that preference is not negative.
    """

    def __init__(self, shape: tuple[int, ...], num_moves: int) -> None:
        """Sizes of a message, and the number of moves."""
        super().__init__(shape)
        self._moves, self._length = num_moves, num_moves + 1 + shape[0]
        self._form = (
            f"{self._length} finite numbers in [-1, 1]: {num_moves} preferences, one for speaking, then the "
            "message"
        )

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """Box (moves + 1 + D,) in [-1, 1]."""
        return MaskedBox(-1.0, 1.0, (self._length,), np.float32)

    def masks_to_sample(self, masks: Any, may_speak: Flags = None) -> Any:
        """The masks of moves."""
        return masks

    def split(self, action: Any) -> tuple[Any, Any]:
        """The greatest of the first numbers, and the last ones or SILENT."""
        try:
            row = np.asarray(action)
        except ValueError:
            row = np.zeros(0)
        if row.shape != (self._length,) or row.dtype.kind not in "fiu" or self.misfits(row[None]) is not None:
            raise ContractError(f"{action!r:.80}; expected {self._form}")
        moves = self._moves
        return int(row[:moves].argmax()), row[moves + 1 :] if row[moves] >= 0 else SILENT

    def usual(self, actions: list[Any]) -> Usual:
        """Arrays of floats."""
        form = ((self._length,), "f")
        if not all(type(a) is np.ndarray and (a.shape, a.dtype.kind) == form for a in actions):
            return None
        rows = np.array(actions).reshape(-1, self._length)
        if self.misfits(rows) is not None:
            return None
        return rows[:, : self._moves].argmax(axis=1).tolist(), self._said(rows)

    def columns(self, actions: Any, slots: int) -> Columns:
        """The greatest of the first columns, and the last ones."""
        rows, shape = as_array(actions, "actions"), (slots, self._length)
        if rows.shape != shape or rows.dtype.kind not in "fiu":
            raise ConfigError(
                f"actions: shape {rows.shape} of {rows.dtype}; expected numbers of shape {shape}."
            )
        moves, said = rows[:, : self._moves].argmax(axis=1), self._said(rows)
        bad = self.misfits(rows)
        return "actions", moves, said if bad is None else np.where(bad[:, None], np.nan, said)

    def _said(self, rows: NDArray[Any]) -> NDArray[Any]:
        return self.flagged(rows[:, self._moves] >= 0, rows[:, self._moves + 1 :])


FLAT_KINDS = {"tokens": FlatTokens, "vector": FlatVectors}


def flat_kind(messages: MessageKind, num_moves: int) -> MessageKind:
    """The kind of messages with actions without parts.

    Raises:
        ConfigError: If messages are texts, or there are too many choices.
    """
    if messages.name == "text":
        raise ConfigError(
            "flat_actions=True: a text has no flat form. Use message='tokens', 'vector' or 'none'."
        )
    kind = FLAT_KINDS.get(messages.name)
    return messages if kind is None else kind(messages.shape, num_moves)
