"""What is shown of a world at one moment, and what a renderer is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment of one world, as plain values.

    Attributes:
        scenario: Name of the scenario.
        round: Rounds played so far, from 0.
        max_rounds: Rounds after which the episode ends at the latest.
        score: The scenario's own score so far.
        grid: The map, one string per row, in the symbols of the rules.
        positions: (row, column) [cells] of each agent in play, by name ("agent_3").
        symbols: Meaning of each symbol, as the scenario declares it.
        colours: (red, green, blue), each 0 to 255, of each symbol, as the scenario declares it.
        messages: (speaker, text) of what was said in the round before.
        caption: A line of the caller's own: who plays, with which seed.
        status: What language models have cost so far; empty when none is asked.
    """

    scenario: str
    round: int
    max_rounds: int
    score: float
    grid: tuple[str, ...]
    positions: Mapping[str, tuple[int, int]]
    symbols: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    messages: tuple[tuple[str, str], ...] = ()
    caption: str = ""
    status: str = ""

    @property
    def headline(self) -> str:
        """Scenario, round and score in a line."""
        return f"{self.scenario}  round {self.round}/{self.max_rounds}  score {self.score:g}"


@runtime_checkable
class Renderer(Protocol):
    """Something that shows frames one after the other. Made without arguments."""

    def open(self) -> None:
        """Get ready to show."""

    def show(self, frame: Frame) -> None:
        """Show one moment.

        Args:
            frame: What to show.
        """

    def close(self) -> None:
        """Leave the last frame behind and give the screen back. Called once, also after an error."""
