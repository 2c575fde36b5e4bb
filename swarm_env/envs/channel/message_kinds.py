"""Kinds of messages: what `message=` names. Each is one class, so that adding one is adding a class here."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.config import WorldConfig, integer
from swarm_env.engine.state import WorldArrays
from swarm_env.envs.action_arrays import MaskedDict, MaskedMultiDiscrete, any_outside, as_array, is_row
from swarm_env.envs.channel.text_delivery import TEXT_LIMIT, cut_text
from swarm_env.errors import ConfigError, ContractError

Message: TypeAlias = str | tuple[int, ...] | tuple[float, ...] | None
Usual: TypeAlias = tuple[list[Any], Any] | None
Flags: TypeAlias = NDArray[np.uint8] | None  # (…,) whether each agent may speak; None: all may
Columns: TypeAlias = tuple[str, NDArray[Any], NDArray[Any] | None]

CHARACTERS = "".join(chr(c) for c in range(32, 127))  # of sampled texts; any text may be sent
PARTS = {"move", "message"}  # keys of a Dict action
SPEAK = "speak"  # another key, of vectors
SILENT = object()  # in place of a message, for an action that says that it has none


class MessageKind:
    """One kind of message with its sizes. This class is the kind of worlds without messages.

    Attributes:
        in_one: Whether an action is one number for move and message together.
        name: "none", "tokens", "vector" or "text".
        shape: Sizes of a message, as `Brief.message_shape`.
        numbers: Kinds of dtypes of those numbers: "i" and "f".
        silence: The numbers of no message, as in the rows of `put`; () if messages are no numbers.
        expected: What a message must be, for errors.
    """

    name: ClassVar[str] = "none"
    numbers: ClassVar[str] = ""
    in_one: ClassVar[bool] = False
    silence: tuple[int, ...] | tuple[float, ...] = ()
    expected: str = "no message"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    @staticmethod
    def shape_of(config: WorldConfig) -> tuple[int, ...]:
        """Sizes of a message in a world with these settings."""
        return ()

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """Space of what an agent gives `env.step`."""
        return spaces.Discrete(num_moves)

    def mask(self, allowed: NDArray[np.int8], may_speak: Flags = None) -> NDArray[np.int8]:
        """(…, choices) mask of an action from (…, moves) legal moves.

        Where an action is several numbers their masks follow each other. The result may be `allowed` itself.
        """
        return allowed

    def masks_to_sample(self, masks: Sequence[NDArray[np.int8]], may_speak: Flags = None) -> Sequence[Any]:
        """Masks of moves in the form that the space's `sample` takes."""
        return masks

    def masks_to_observe(self, masks: Sequence[NDArray[np.int8]]) -> Sequence[NDArray[np.int8]]:
        """`mask` of each; the same arrays where it does not change them, which saves as many new ones."""
        return masks if self.mask(masks[0]) is masks[0] else list(self.mask(np.array(masks)))

    def split(self, action: Any) -> tuple[Any, Any]:
        """Move and message of an action, neither checked.

        Raises `ContractError` if the action has another form.
        """
        return action, None

    def normal(self, given: Any) -> Message:
        """A message in its normal form; silence is None.

        Raises `ContractError` if it is no message of this kind.
        """
        return None

    def usual(self, actions: list[Any]) -> Usual:
        """Unchecked moves and checked messages of many actions at once, if all have their usual types.

        Messages are (actions, numbers) or a list of texts; None if one must be checked alone.
        """
        return actions, None

    def columns(self, actions: Any, slots: int) -> Columns:
        """Name of the moves in errors, moves, and (slots, numbers) messages of a batch, of the right type.

        Neither is checked further. Raises `ConfigError` if the actions have another form.
        """
        return "actions", as_array(actions, "actions"), None

    def misfits(self, said: NDArray[Any]) -> NDArray[np.bool_] | None:
        """(slots,) whether the (slots, numbers) messages are outside their range; None if all are inside."""
        return None

    def row(self, message: Any) -> Sequence[Any]:
        """The numbers of a message in its normal form."""
        return message or self.silence

    def put(self, arrays: WorldArrays, where: Any, said: Any) -> None:
        """Write (…, numbers) messages of some agents, an index into (worlds, agents), into the worlds."""
        arrays.said[where] = said

    def all_speaking(self, said: NDArray[Any]) -> NDArray[Any]:
        """(agents, numbers) rows for `put` of messages that are all said."""
        return said

    def rows(self, messages: Sequence[Message]) -> NDArray[Any] | None:
        """(messages, numbers) array of recorded messages; None if one is no message of this kind."""
        try:
            said = np.array([self.row(message) for message in messages])
        except ValueError:  # messages of different lengths
            return None
        usual = said.shape == (len(messages), len(self.silence)) and said.dtype.kind in self.numbers
        return said if usual and self.misfits(said) is None else None

    def refuse(self, message: Any) -> ContractError:
        """The error for something that is no message."""
        return ContractError(f"message {message!r:.80}; expected {self.expected}")

    def refuse_row(self, row: Any) -> ContractError:
        """`refuse` for a row of numbers."""
        return self.refuse(row)


class Tokens(MessageKind):
    """L tokens out of V; shape is (V, L). Token 0 everywhere is silence."""

    name, numbers = "tokens", "i"

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        vocabulary, length = shape
        self.silence = (0,) * length
        self.expected = f"{length} token{'s' * (length > 1)} from 0 to {vocabulary - 1}"

    @staticmethod
    def shape_of(config: WorldConfig) -> tuple[int, ...]:
        """(V, L)."""
        return config.vocabulary, config.message_length

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """MultiDiscrete([moves, V, …, V])."""
        vocabulary, length = self.shape
        return MaskedMultiDiscrete([num_moves] + [vocabulary] * length)

    def mask(self, allowed: NDArray[np.int8], may_speak: Flags = None) -> NDArray[np.int8]:
        """(…, moves + L * V)."""
        vocabulary, length = self.shape
        free = np.ones((*allowed.shape[:-1], length, vocabulary), np.int8)
        if may_speak is not None:
            free[..., 1:] = may_speak[..., None, None]
        return np.concatenate([allowed, free.reshape(*allowed.shape[:-1], -1)], axis=-1)

    def masks_to_sample(self, masks: Sequence[NDArray[np.int8]], may_speak: Flags = None) -> Sequence[Any]:
        """Tuples of a mask per number."""
        vocabulary, length = self.shape
        free = np.ones(vocabulary, np.int8)
        if may_speak is None:
            return [(mask, *[free] * length) for mask in masks]
        silent = (np.arange(vocabulary) == 0).astype(np.int8)
        speech = [free if speaks else silent for speaks in may_speak.tolist()]
        return [(mask, *[tokens] * length) for mask, tokens in zip(masks, speech, strict=True)]

    def split(self, action: Any) -> tuple[Any, Any]:
        """The first element and the rest."""
        if not is_row(action, 1 + len(self.silence)):
            raise ContractError(f"{action!r:.80}; expected a move and {self.expected}")
        return action[0], action[1:]

    def normal(self, given: Any) -> Message:
        """A tuple of ints."""
        if not is_row(given, len(self.silence)):
            raise self.refuse(given)
        tokens = [integer(token) for token in given]
        if not all(token is not None and 0 <= token < self.shape[0] for token in tokens):
            raise self.refuse(given)
        return tuple(token for token in tokens if token is not None) if any(tokens) else None

    def usual(self, actions: list[Any]) -> Usual:
        """Arrays of integers."""
        form = ((1 + len(self.silence),), True)
        if not all(type(a) is np.ndarray and (a.shape, a.dtype.kind in "iu") == form for a in actions):
            return None
        rows = np.array(actions)
        said = rows[:, 1:]
        return None if any_outside(said, self.shape[0]) else (rows[:, 0].tolist(), said)

    def columns(self, actions: Any, slots: int) -> Columns:
        """The first column and the others."""
        given, shape = as_array(actions, "actions"), (slots, 1 + len(self.silence))
        if given.shape != shape or given.dtype.kind not in "iu":
            raise ConfigError(
                f"actions: shape {given.shape} of {given.dtype}; expected integers of shape {shape}."
            )
        return "actions[:, 0]", given[:, 0], given[:, 1:]

    def misfits(self, said: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Slots with a token outside 0 … V - 1."""
        vocabulary = self.shape[0]
        if not any_outside(said, vocabulary):
            return None
        bad: NDArray[np.bool_] = np.any((said < 0) | (said >= vocabulary), axis=1)
        return bad


class Texts(MessageKind):
    """A text; shape is (120,), the characters that are delivered. The empty text is silence."""

    name = "text"
    expected = "a string"

    @staticmethod
    def shape_of(config: WorldConfig) -> tuple[int, ...]:
        """(120,)."""
        return (TEXT_LIMIT,)

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """Dict(move, message)."""
        message = spaces.Text(TEXT_LIMIT, min_length=0, charset=CHARACTERS)
        return MaskedDict({"move": spaces.Discrete(num_moves), "message": message})

    def split(self, action: Any) -> tuple[Any, Any]:
        """The two values."""
        if not isinstance(action, Mapping) or set(action) != PARTS:
            raise ContractError(f"{action!r:.80}; expected a dict with the keys 'move' and 'message'")
        return action["move"], action["message"]

    def masks_to_sample(self, masks: Sequence[NDArray[np.int8]], may_speak: Flags = None) -> Sequence[Any]:
        """Dicts of masks."""
        return [{"move": mask, "message": None} for mask in masks]

    def usual(self, actions: list[Any]) -> Usual:
        """Dicts whose messages are all strings."""
        if not all(type(action) is dict and action.keys() == PARTS for action in actions):
            return None
        said = [action["message"] for action in actions]
        if not all(type(message) is str for message in said):
            return None
        return [action["move"] for action in actions], [self.normal(message) for message in said]

    def normal(self, given: Any) -> Message:
        """At most 120 characters (and "..." if it was cut) that can be stored as UTF-8."""
        if not isinstance(given, str):
            raise self.refuse(given)
        if not given.isascii():
            given = given.encode("utf-8", "replace").decode()  # lone surrogates become "?"
        return cut_text(given) or None
