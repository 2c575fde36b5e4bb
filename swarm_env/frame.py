"""What is shown of a world at one moment, and what a renderer is.

Whoever shows a world (the window, the terminal, videos, the page for browsers) is given frames and nothing
else. What a frame means is declared by the scenario and lies in its `Setting`, the same for all frames of a
game.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

When = Literal["score", "left", "marked", "unmarked"]
Shape = Literal["tile", "round", "diamond", "hexagon", "star", "house"]


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can stand in a cell.

    Attributes:
        symbol: One character, for pictures and logs.
        name: What it is, in a word or two.
        colour: (red, green, blue), each 0 to 255.
        shape: What it is drawn as, so that kinds are not told apart by colour alone. Tiles of one kind grow
            together, side by side, into one body. Agents are always discs.
    """

    symbol: str
    name: str
    colour: tuple[int, int, int]
    shape: Shape = "tile"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is worth a mark on a timeline.

    Attributes:
        name: What it is called, in a word or two: "capture".
        when: How it is recognised between two frames: "score": the score has risen; "left": an agent has
            left the map; "marked", "unmarked": an agent's mark has become 1, or 0.
    """

    name: str
    when: When


@dataclass(frozen=True, slots=True)
class Setting:
    """What all frames of a game share.

    Attributes:
        scenario: Name of the scenario.
        kinds: All kinds of things; the code of a cell is an index into them. 0 is free, 1 lies outside.
        first_movable: Code of the first kind that may be pushed; what lies below it stands still.
        first_agent: Code of an agent with mark 0; those from here on are agents, by mark.
        actions: Names of the moves: STAY, UP, DOWN, LEFT, RIGHT, then the scenario's own.
        max_rounds: Rounds after which the episode ends at the latest.
        view_size: Side of the square view of an agent [cells], odd.
        message: Channel: "none", "tokens", "vector" or "text".
        hearing: Farthest row and column distance at which a message is heard [cells]; 0 without a channel.
        senses: Names of the numbers that an agent perceives by itself.
        events: What to mark on a timeline.
    """

    scenario: str
    kinds: tuple[Kind, ...]
    first_movable: int
    first_agent: int
    actions: tuple[str, ...]
    max_rounds: int
    view_size: int
    message: str = "none"
    hearing: int = 0
    senses: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Thought:
    """What was asked of a language model for one body in one round, and what came back.

    Attributes:
        model: Name of the model.
        prompt: (role, text) of each message of the question.
        answer: Text of the answer; "" if there is none (yet).
        prompt_tokens: As the endpoint counted them; None if it did not say; so with the next.
        completion_tokens: Of the answer.
        cost: [US dollars]; None if unknown.
        seconds: From asking to the end, waiting included [s]; None while it is not answered.
        failed: Why there is no usable answer: "timeout", "refused", …; "" if there is one.
    """

    model: str
    prompt: tuple[tuple[str, str], ...]
    answer: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None
    failed: str = ""


class ModelCalls(Protocol):
    """Lets a viewer look into agents that ask language models. Safe to call from any thread, at any time."""

    def thinking(self) -> Collection[int]:
        """Numbers of the bodies for which a model has been asked and has not answered yet."""

    def thought(self, agent: int, number: int) -> Thought | None:
        """What was asked for a body.

        Args:
            agent: Number of the body.
            number: The round that was decided, from 0: the frame shown then has this `round`.

        Returns:
            None if no model was asked.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One moment of one world. The arrays are copies of its own: they do not change when the world goes on.

    Attributes:
        setting: What all frames of the game share.
        round: Rounds played so far, from 0.
        score: The scenario's own score so far.
        cells: (height, width) uint8, code of what stands in each cell.
        places: (N, 2) int32 row, column [cells] of each agent; of those who left the last place off the map.
        present: (N,) bool, who is on the map.
        marks: (N,) uint8, the mark of each agent (light on, carrying, …).
        moves: (N,) int8, the move of each agent in the round that led here, as an index into
            `Setting.actions`; -1 for none (at the start, or for who had left).
        senses: (N, S) uint8, what each agent perceives by itself.
        messages: (speaker, text) of what was said in the round before.
        heard: What has reached each agent by name, in words: texts, or counts of tokens, or a mean vector;
            who heard nothing is not in it.
        caption: A line of the caller's own: who plays, with which seed.
        status: What language models have cost so far; empty when none is asked.
        minds: Lets look into language models; None where none plays.
    """

    setting: Setting
    round: int
    score: float
    cells: "NDArray[np.uint8]"
    places: "NDArray[np.int32]"
    present: "NDArray[np.bool_]"
    marks: "NDArray[np.uint8]"
    moves: "NDArray[np.int8]"
    senses: "NDArray[np.uint8]"
    messages: tuple[tuple[str, str], ...] = ()
    heard: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caption: str = ""
    status: str = ""
    minds: ModelCalls | None = None

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self.setting.scenario

    @property
    def max_rounds(self) -> int:
        """Rounds after which the episode ends at the latest."""
        return self.setting.max_rounds

    @property
    def grid(self) -> tuple[str, ...]:
        """The map, one string per row, in the symbols of the rules. Made anew each time."""
        table = bytes(ord(kind.symbol) for kind in self.setting.kinds).ljust(256, b"?")
        return tuple(row.tobytes().translate(table).decode("latin-1") for row in self.cells)

    @property
    def positions(self) -> dict[str, tuple[int, int]]:
        """(row, column) [cells] of each agent in play, by name ("agent_3"). Made anew each time."""
        there = zip(self.places.tolist(), self.present.tolist(), strict=True)
        return {f"agent_{a}": (row, col) for a, ((row, col), here) in enumerate(there) if here}

    @property
    def symbols(self) -> dict[str, str]:
        """Meaning of each symbol of `grid`."""
        return {kind.symbol: kind.name for kind in self.setting.kinds}

    @property
    def colours(self) -> dict[str, tuple[int, int, int]]:
        """(red, green, blue), each 0 to 255, of each symbol of `grid`."""
        return {kind.symbol: kind.colour for kind in self.setting.kinds}

    @property
    def headline(self) -> str:
        """Scenario, round and score in a line."""
        return f"{self.scenario}  round {self.round}/{self.max_rounds}  score {self.score:g}"

    def __eq__(self, other: object) -> bool:
        """Whether both show the same; who can be asked about it (`minds`) does not count."""
        if not isinstance(other, Frame):
            return NotImplemented
        return all(
            _same(getattr(self, name), getattr(other, name)) for name in self.__slots__ if name != "minds"
        )

    __hash__ = None  # type: ignore[assignment]


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


def _same(one: object, other: object) -> bool:
    """Whether two values are equal; arrays are when all of their elements are."""
    if hasattr(one, "tobytes") and hasattr(other, "tobytes"):
        return getattr(one, "shape", None) == getattr(other, "shape", None) and bool((one == other).all())  # type: ignore[attr-defined]
    return one == other
