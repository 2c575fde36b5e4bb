"""Timeline marks: events detected between two consecutive rounds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from swarm_env.frame import Event, Frame, ModelCalls, Thought

FALLBACK = "fallback"  # name of marks of decisions without a usable answer of a language model
MOST_MARKS = 100_000  # kept by a playback: our choice
MOST_ASKED = 1000  # agents of a run up to which single model calls are looked up: our choice
MOST_AT_ONCE = 64  # agents of one event in one round up to which each gets a mark: our choice


class Mark(NamedTuple):
    """An event in a round.

    Attributes:
        round: First frame that shows it: 7 for an event between frames 6 and 7.
        name: Name of the event: "capture".
        agent: Number of the agent; None if it concerns the team or very many agents.
    """

    round: int
    name: str
    agent: int | None = None


class Situation(NamedTuple):
    """The state from which events are detected."""

    score: float
    present: "NDArray[np.bool_]"  # (N,)
    marks: "NDArray[np.uint8]"  # (N,)

    @classmethod
    def of(cls, frame: "Frame") -> "Situation":
        """The situation in a frame."""
        return cls(frame.score, frame.present, frame.marks)


def marks_between(
    events: Sequence["Event"], before: Situation, after: Situation, number: int
) -> tuple[Mark, ...]:
    """Marks of one round, after which `number` rounds are played, ordered by event and then by agent."""
    found: list[Mark] = []
    for event in events:
        if event.when == "score":
            found += [Mark(number, event.name)] if after.score > before.score else []
            continue
        agents = np.flatnonzero(_concerned(event.when, before, after))
        if len(agents) > MOST_AT_ONCE:
            found.append(Mark(number, event.name))
        else:
            found += [Mark(number, event.name, a) for a in agents.tolist()]
    return tuple(found)


def calls_made(calls: "ModelCalls | None", before: "Frame") -> list[tuple[int, "Thought"]]:
    """Number of the agent and model call of each decision at a frame; none in a very large swarm."""
    agents = [] if calls is None else np.flatnonzero(before.present).tolist()
    if calls is None or len(agents) > MOST_ASKED:
        return []
    thoughts = ((agent, calls.thought(agent, before.round)) for agent in agents)
    return [(agent, thought) for agent, thought in thoughts if thought is not None]


def marks_of_round(before: "Frame", after: "Frame", calls: Sequence[tuple[int, "Thought"]]) -> list[Mark]:
    """Marks of the round between two frames, followed by those of its failed model calls."""
    events = marks_between(after.setting.events, Situation.of(before), Situation.of(after), after.round)
    return [*events, *(Mark(after.round, FALLBACK, agent) for agent, call in calls if call.failed)]


def _concerned(when: str, before: Situation, after: Situation) -> Any:
    """(N,) bool, the agents that an event concerns."""
    if when == "left":
        return before.present & ~after.present
    stayed = before.present & after.present
    old, new = (before.marks, after.marks) if when == "marked" else (after.marks, before.marks)
    return stayed & (old == 0) & (new != 0)
