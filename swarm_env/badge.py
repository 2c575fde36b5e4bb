"""What scenarios declare for viewers: signs over agents and things, and events on a timeline."""

from dataclasses import dataclass
from typing import Literal

When = Literal["score", "left", "marked", "unmarked"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A sign over agents or things, for a number that decides: a vote, a verdict, a quality.

    Attributes:
        field: Where the number of each agent is: a field of the scenario's `State`, the name of a sense, or
            "move", the last move (an index into `Setting.actions`).
        meaning: A few words for the legend: "votes for".
        signs: (value, sign, meaning) of the values that are shown. Without any, numbers other than 0 are.
        kind: None: over agents. Otherwise `field` holds a number for each kind from this code on, which is
            shown over the things of that kind.
        secret: Whether agents must not know it: a person who plays sees it after the end only.
    """

    field: str
    meaning: str
    signs: tuple[tuple[int, str, str], ...] = ()
    kind: int | None = None
    secret: bool = False

    def sign(self, value: int) -> str:
        """What is drawn for a value; "" for nothing."""
        if not self.signs:
            return str(value) if value else ""
        return next((sign for known, sign, _ in self.signs if known == value), "")

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Signs and their meanings."""
        return tuple((sign, meaning) for _, sign, meaning in self.signs) or (("1, 2, …", self.meaning),)


@dataclass(frozen=True, slots=True)
class Event:
    """An event that is marked on a timeline.

    Attributes:
        name: One or two words: "capture".
        when: What differs between two frames: "score": the score is higher; "left": an agent has left the
            map; "marked", "unmarked": an agent's mark has become 1, or 0.
    """

    name: str
    when: When
