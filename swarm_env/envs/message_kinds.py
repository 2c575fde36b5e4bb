"""Kinds of messages: what `message=` names. Each is one class, so that adding one is adding a class here."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.config import WorldConfig, integer
from swarm_env.envs.action_arrays import MaskedDict, MaskedMultiDiscrete, any_outside, as_array, is_row
from swarm_env.envs.text_delivery import TEXT_LIMIT, cut_text
from swarm_env.errors import ConfigError, ContractError

Message: TypeAlias = str | tuple[int, ...] | tuple[float, ...] | None
Usual: TypeAlias = tuple[list[Any], Any] | None
Columns: TypeAlias = tuple[str, NDArray[Any], NDArray[Any] | None]

CHARACTERS = "".join(chr(c) for c in range(32, 127))  # of sampled texts; any text may be sent
PARTS = {"move", "message"}  # keys of a Dict action


class MessageKind:
    """One kind of message with its sizes. This class is the kind of worlds without messages.

    Attributes:
        in_one: Whether an action is one number for move and message together.
        name: "none", "tokens", "vector" or "text".
        shape: Sizes of a message, as `Brief.message_shape`.
        numbers: Kinds of dtypes of those numbers: "i" and "f".
        silence: The numbers of `WorldArrays.said` that stand for no message; () if it holds none.
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

    def mask(self, allowed: NDArray[np.int8]) -> NDArray[np.int8]:
        """(…, choices) mask of an action from (…, moves) legal moves; messages are always legal.

        Where an action is several numbers their masks follow each other. The result may be `allowed` itself.
        """
        return allowed

    def masks_to_sample(self, masks: Sequence[NDArray[np.int8]]) -> Sequence[Any]:
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

    def rows(self, messages: Sequence[Message]) -> NDArray[Any] | None:
        """(messages, numbers) array of recorded messages; None if one is no message of this kind."""
        try:
            said = np.array([message or self.silence for message in messages])
        except ValueError:  # messages of different lengths
            return None
        usual = said.shape == (len(messages), len(self.silence)) and said.dtype.kind in self.numbers
        return said if usual and self.misfits(said) is None else None

    def refuse(self, message: Any) -> ContractError:
        """The error for something that is no message."""
        return ContractError(f"message {message!r:.80}; expected {self.expected}")


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

    def mask(self, allowed: NDArray[np.int8]) -> NDArray[np.int8]:
        """(…, moves + L * V)."""
        vocabulary, length = self.shape
        free = np.ones((*allowed.shape[:-1], vocabulary * length), np.int8)
        return np.concatenate([allowed, free], axis=-1)

    def masks_to_sample(self, masks: Sequence[NDArray[np.int8]]) -> Sequence[Any]:
        """Tuples of a mask per number."""
        vocabulary, length = self.shape
        free = [np.ones(vocabulary, np.int8)] * length
        return [(mask, *free) for mask in masks]

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


class _WithParts(MessageKind):
    """Kinds whose actions are dicts with the keys "move" and "message"."""

    def split(self, action: Any) -> tuple[Any, Any]:
        """The two values."""
        if not isinstance(action, Mapping) or set(action) != PARTS:
            raise ContractError(f"{action!r:.80}; expected a dict with the keys 'move' and 'message'")
        return action["move"], action["message"]

    def masks_to_sample(self, masks: Sequence[NDArray[np.int8]]) -> Sequence[Any]:
        """Dicts of masks."""
        return [{"move": mask, "message": None} for mask in masks]

    def usual(self, actions: list[Any]) -> Usual:
        """Dicts whose messages are all of the usual type."""
        if not all(type(action) is dict and action.keys() == PARTS for action in actions):
            return None
        said = self.usual_messages([action["message"] for action in actions])
        return None if said is None else ([action["move"] for action in actions], said)

    def usual_messages(self, messages: list[Any]) -> Any:
        """Many messages at once, checked; None if one must be checked alone."""
        raise NotImplementedError


class Vectors(_WithParts):
    """D numbers in [-1, 1]; shape is (D,). The zero vector is silence."""

    name, numbers = "vector", "if"

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self.silence = (0.0,) * shape[0]
        self.expected = f"{shape[0]} finite number{'s' * (shape[0] > 1)} in [-1, 1]"

    @staticmethod
    def shape_of(config: WorldConfig) -> tuple[int, ...]:
        """(D,)."""
        return (config.message_dim,)

    def space(self, num_moves: int) -> spaces.Space[Any]:
        """Dict(move, message)."""
        message = spaces.Box(-1.0, 1.0, self.shape, np.float32)
        return MaskedDict({"move": spaces.Discrete(num_moves), "message": message})

    def normal(self, given: Any) -> Message:
        """A tuple of floats of single precision."""
        try:
            vector = np.asarray(None if isinstance(given, str | bytes | Mapping) else given)
        except ValueError:  # rows of different lengths
            raise self.refuse(given) from None
        if vector.shape != self.shape or vector.dtype.kind not in "fiu":
            raise self.refuse(given)
        if self.misfits(vector[None]) is not None:
            raise self.refuse(given)
        return tuple(vector.astype(np.float32).tolist()) if vector.any() else None

    def usual_messages(self, messages: list[Any]) -> Any:
        """Arrays of floats."""
        form = (self.shape, "f")
        if not all(type(m) is np.ndarray and (m.shape, m.dtype.kind) == form for m in messages):
            return None
        said = np.array(messages)
        return said if self.misfits(said) is None else None

    def columns(self, actions: Any, slots: int) -> Columns:
        """The two values as arrays."""
        if not isinstance(actions, Mapping) or set(actions) != PARTS:
            raise ConfigError(f"actions={actions!r:.80}: expected a dict with the keys 'move' and 'message'.")
        said, shape = as_array(actions["message"], "actions['message']"), (slots, *self.shape)
        if said.shape != shape or said.dtype.kind not in "fiu":
            raise ConfigError(
                f"actions['message']: shape {said.shape} of {said.dtype}; expected numbers of shape {shape}."
            )
        return "actions['move']", as_array(actions["move"], "actions['move']"), said

    def misfits(self, said: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Slots with a number outside [-1, 1] or NaN."""
        good = np.abs(said) <= 1.0
        return None if good.all() else ~np.all(good, axis=1)


class Texts(_WithParts):
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

    def normal(self, given: Any) -> Message:
        """At most 120 characters (and "..." if it was cut) that can be stored as UTF-8."""
        if not isinstance(given, str):
            raise self.refuse(given)
        if not given.isascii():
            given = given.encode("utf-8", "replace").decode()  # lone surrogates become "?"
        return cut_text(given) or None

    def usual_messages(self, messages: list[Any]) -> Any:
        """Strings."""
        if not all(type(message) is str for message in messages):
            return None
        return [self.normal(message) for message in messages]


MESSAGE_KINDS = {kind.name: kind for kind in (MessageKind, Tokens, Vectors, Texts)}
