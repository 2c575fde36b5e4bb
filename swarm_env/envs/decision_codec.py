"""Decisions on their way from an agent into the world and into the log: checked, converted, read back.

what an agent gives back ─ check ─> Decision ─ action ─> what env.step takes
                                       └─ to_log ─> moves and messages of a line of rounds.jsonl ─ from_log ─>
                                       Decision
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from swarm_env.agent import Brief, Decision
from swarm_env.engine.messages import cut_text
from swarm_env.errors import ContractError, RunError

Message = str | tuple[int, ...] | tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Channel:
    """What a body can do and say in one world.

    Attributes:
        actions: Names of the moves.
        kind: "none", "tokens", "vector" or "text".
        shape: As `Brief.message_shape`.
    """

    actions: tuple[str, ...]
    kind: str
    shape: tuple[int, ...]

    @classmethod
    def of(cls, brief: Brief) -> "Channel":
        """The channel that a brief describes."""
        return cls(tuple(brief.actions), brief.message, tuple(brief.message_shape))

    def check(self, decision: Any) -> Decision:
        """A decision in its one normal form.

        Args:
            decision: What an agent gave back for one body.

        Returns:
            The move as an int; the message as a text of at most 120 characters (and "..." if it was cut), a
            tuple of ints or a tuple of floats of single precision. Silence is None, whichever way it was
            said; in a world without messages whatever is said is lost.

        Raises:
            ContractError: It is no decision, or none that this world knows; the message says what is
                expected.
        """
        if not isinstance(decision, Decision):
            raise ContractError(f"{_shown(decision)}, where a swarm_env.Decision is expected")
        move = _integer(decision.move)
        if move is None or not 0 <= move < len(self.actions):
            raise ContractError(
                f"the move {_shown(decision.move)}, where a number from 0 to {len(self.actions) - 1} is "
                f"expected ({', '.join(f'{i} {name}' for i, name in enumerate(self.actions))})"
            )
        return Decision(move, self._message(decision.message))

    def action(self, decision: Decision) -> Any:
        """A checked decision as `env.step` takes it."""
        if self.kind == "tokens":
            return np.array([decision.move, *(decision.message or (0,) * self.shape[1])], np.int64)
        if self.kind == "vector":
            return {
                "move": decision.move,
                "message": np.array(decision.message or (0.0,) * self.shape[0], np.float32),
            }
        if self.kind == "text":
            return {"move": decision.move, "message": decision.message or ""}
        return decision.move

    def words(self, decision: Decision) -> str:
        """A decision in words, for messages."""
        said = "" if decision.message is None else f" saying {decision.message!r}"
        return f"{self.actions[decision.move]}{said}"

    def _message(self, message: Any) -> Message:
        if message is None or self.kind == "none":
            return None
        if self.kind == "text":
            return _text(message)
        if isinstance(message, str) or not isinstance(message, Sequence | np.ndarray):
            raise ContractError(f"the message {_shown(message)}, where {self._expected()} is expected")
        numbers = [_integer(m) if self.kind == "tokens" else _single(m) for m in message]
        fits = all(n is not None and (self.kind != "tokens" or 0 <= n < self.shape[0]) for n in numbers)
        if not fits or len(numbers) != self.shape[-1]:
            raise ContractError(f"the message {_shown(message)}, where {self._expected()} is expected")
        return tuple(n for n in numbers if n is not None) if any(numbers) else None

    def _expected(self) -> str:
        if self.kind == "tokens":
            vocabulary, length = self.shape
            return (
                f"a tuple of {length} token number{'s' * (length > 1)} from 0 to {vocabulary - 1}, or None,"
            )
        return f"a tuple of {self.shape[0]} number{'s' * (self.shape[0] > 1)} from -1 to 1, or None,"


def in_words(message: str | Sequence[float]) -> str:
    """A message as people are shown it: a text as it is, the numbers of tokens or of a vector in a row."""
    return message if isinstance(message, str) else " ".join(f"{part:g}" for part in message)


def to_log(
    decisions: Mapping[str, Decision], bodies: Sequence[str]
) -> tuple[tuple[int | None, ...], tuple[Message, ...] | None]:
    """Decisions as a line of `rounds.jsonl` holds them.

    Args:
        decisions: Checked decisions by name of the body.
        bodies: Names of all bodies, in order.

    Returns:
        The moves, None for bodies that had left; and the messages, or None when nobody spoke.
    """
    moves = tuple(decisions[name].move if name in decisions else None for name in bodies)
    messages = tuple(decisions[name].message if name in decisions else None for name in bodies)
    return moves, messages if any(message is not None for message in messages) else None


def from_log(
    channel: Channel,
    actions: Sequence[int | None],
    messages: Sequence[Message] | None,
    bodies: Sequence[str],
    in_play: Sequence[str],
) -> dict[str, Decision]:
    """Decisions out of a line of `rounds.jsonl`, checked as those of an agent are.

    Args:
        channel: What can be done and said in this world.
        actions: One per body; None where it had left.
        messages: One per body, or None when nobody spoke.
        bodies: Names of all bodies, in order.
        in_play: Names of the bodies that are in play in this round.

    Returns:
        A decision for each body in play.

    Raises:
        RunError: The line does not fit the world; the message says how.
    """
    for what, there in (("actions", actions), ("messages", messages)):
        if there is not None and len(there) != len(bodies):
            raise RunError(f"{len(there)} {what} for {len(bodies)} bodies")
    decisions, living = {}, set(in_play)
    for index, (name, move) in enumerate(zip(bodies, actions, strict=True)):
        if (move is None) == (name in living):
            given, still = ("no move", "not left") if move is None else ("a move", "left")
            raise RunError(f"{given} of {name}, which has {still}")
        if move is None:
            continue
        try:
            decisions[name] = channel.check(Decision(move, messages[index] if messages else None))
        except ContractError as error:
            raise RunError(f"{name}: {error}") from None
    return decisions


def _text(message: Any) -> str | None:
    if not isinstance(message, str):
        raise ContractError(f"the message {_shown(message)}, where a text (or None) is expected")
    whole = message.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be stored
    return cut_text(whole) or None


def _integer(number: Any) -> int | None:
    """An int, or None for what is no whole number (a bool is none)."""
    if isinstance(number, int | np.integer) and not isinstance(number, bool):
        return int(number)
    return None


def _single(number: Any) -> float | None:
    """A float from -1 to 1 rounded to single precision, as the world holds it, or None."""
    if isinstance(number, bool) or not isinstance(number, int | float | np.integer | np.floating):
        return None
    return float(np.float32(number)) if -1 <= number <= 1 else None


def _shown(thing: Any) -> str:
    text = repr(thing)
    return text if len(text) <= 80 else f"{text[:77]}…"
