"""Marks for timelines: where something happened between two moments of a game."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from swarm_env.frame import Event, Frame

FALLBACK = "fallback"  # name of the marks of decisions for which a language model gave no usable answer
MOST_MARKS = 100_000  # that a film keeps: our choice
MOST_AT_ONCE = 64  # marks of one event in one round; of more agents there is one mark for all: our choice


class Mark(NamedTuple):
    """Something that happened in a round.

    Attributes:
        round: Of the first frame that shows it: 7 for what happened in the round that led from 6 to 7.
        name: Of the event: "capture".
        agent: Number of the agent it happened to; None if it is the whole team's, or that of very many.
    """

    round: int
    name: str
    agent: int | None = None


class Situation(NamedTuple):
    """What events are recognised by, at one moment."""

    score: float
    present: "NDArray[np.bool_]"  # (N,)
    marks: "NDArray[np.uint8]"  # (N,)

    @classmethod
    def of(cls, frame: "Frame") -> "Situation":
        """That of a frame."""
        return cls(frame.score, frame.present, frame.marks)


def marks_between(
    events: Sequence["Event"], before: Situation, after: Situation, number: int
) -> tuple[Mark, ...]:
    """What happened in one round.

    Args:
        events: What the scenario declares, see `Setting.events`.
        before: The moment before the round.
        after: The moment after it.
        number: Rounds played by then.

    Returns:
        The marks, in the order of the events and then of the agents.
    """
    found: list[Mark] = []
    for event in events:
        if event.when == "score":
            found += [Mark(number, event.name)] if after.score > before.score else []
            continue
        agents = np.flatnonzero(_whose(event.when, before, after))
        if len(agents) > MOST_AT_ONCE:
            found.append(Mark(number, event.name))
        else:
            found += [Mark(number, event.name, a) for a in agents.tolist()]
    return tuple(found)


def _whose(when: str, before: Situation, after: Situation) -> Any:
    """(N,) bool, to which agents an event happened."""
    if when == "left":
        return before.present & ~after.present
    stayed = before.present & after.present
    old, new = (before.marks, after.marks) if when == "marked" else (after.marks, before.marks)
    return stayed & (old == 0) & (new != 0)
