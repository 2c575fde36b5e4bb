"""Frames, the input of all renderers (window, terminal, video, web page), and the renderer protocol.

A frame is the state of a world after a round. All frames of an episode share a `Setting`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from swarm_env.badge import Badge
from swarm_env.badge import Event as Event

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Characters that change the order in which others are shown, so that a text reads as another one.
_CODES = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DIRECTIONS = {code: f"\\u{code:04x}" for code in _CODES}

Shape = Literal["tile", "round", "diamond", "hexagon", "star", "house"]


def visible(text: str) -> str:
    """A text of a model or of a file for display: bidirectional controls become escapes."""
    return text if text.isascii() else text.translate(_DIRECTIONS)


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can stand in a cell.

    Attributes:
        symbol: One character, for maps and logs.
        name: One or two words.
        colour: (red, green, blue), each 0 to 255.
        shape: How it is drawn, so that kinds differ by more than colour. Adjacent tiles of one kind are drawn
            as one. Agents are always discs.
    """

    symbol: str
    name: str
    colour: tuple[int, int, int]
    shape: Shape = "tile"


@dataclass(frozen=True, slots=True)
class Layer:
    """Something that lies on the floor, under all that stands there; pushing does not know it.

    Attributes:
        symbol: One character, for maps. Views of agents that read show the amount after it, from 1 (little)
            to 9 (`most`), unless `most` is 1.
        name: One or two words.
        colour: (red, green, blue), each 0 to 255.
        most: The greatest amount on one cell; the least is 0.
    """

    symbol: str
    name: str
    colour: tuple[int, int, int]
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What all frames of an episode share.

    Attributes:
        scenario: Name of the scenario.
        kinds: All kinds of things; the code of a cell is an index into them. 0 is free, 1 lies outside.
        first_movable: Code of the first kind that can be pushed; lower codes never move.
        first_agent: Code of an agent with mark 0; those from here on are agents, by mark.
        actions: Names of the moves: STAY, UP, DOWN, LEFT, RIGHT, then the scenario's own.
        max_rounds: Most rounds of an episode.
        view_size: Side of the square view of an agent [cells], odd.
        message: Kind of messages: "none", "tokens", "vector" or "text".
        hearing: Greatest row and column distance at which a message is heard [cells]; 0 without messages.
        senses: Names of the numbers that only the agent itself perceives.
        events: Events to mark on a timeline.
        topology: Who hears whom, as `message_topology` in `WorldConfig`; `hearing` matters in "range" only.
        floor: Layers of things that lie on the floor.
        teams: Names of the teams; () without teams.
        team_of: The number of each agent's team; all 0 without teams.
        badges: Signs over agents and things.
        task: The task in plain words; "" if the scenario has none.
        space: "grid", "torus" or "open".
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
    topology: str = "range"
    floor: tuple[Layer, ...] = ()
    teams: tuple[str, ...] = ()
    team_of: tuple[int, ...] = ()
    badges: tuple[Badge, ...] = ()
    task: str = ""
    space: str = "grid"

    @property
    def things(self) -> tuple[Kind | Layer, ...]:
        """All kinds, then all layers of the floor."""
        return (*self.kinds, *self.floor)


@dataclass(frozen=True, slots=True)
class Thought:
    """The model calls for one agent in one round, and the answer.

    Attributes:
        model: Name of the model.
        prompt: (role, text) of each message of the prompt.
        answer: Text of the answer; "" if there is none (yet).
        prompt_tokens: As reported by the endpoint; None if not reported.
        completion_tokens: As reported by the endpoint; None if not reported.
        cost: [US dollars]; None if unknown.
        seconds: Duration with all waiting [s]; None until it is answered.
        failed: Why there is no usable answer: "timeout", "refused", …; "" if there is one.
        reasoning: What the model thought before; "" if not reported.
    """

    model: str
    prompt: tuple[tuple[str, str], ...]
    answer: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None
    failed: str = ""
    reasoning: str = ""


class ModelCalls(Protocol):
    """The model calls of a run, for viewers. Safe to call from any thread, at any time."""

    def thinking(self) -> Collection[int]:
        """Numbers of the agents whose model calls are unanswered."""

    def thought(self, agent: int, number: int) -> Thought | None:
        """The model calls of one agent in one round.

        Args:
            agent: Number of the agent.
            number: The round that was decided, from 0; the frame before it has this `round`.

        Returns:
            None if there was no call.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The state of one world after a round. The arrays are copies: they do not change with the world.

    Attributes:
        setting: What all frames of the game share.
        round: Rounds played so far, from 0.
        score: The scenario's own score so far.
        cells: (height, width) uint8, code of the kind in each cell.
        places: (N, 2) int32 row, column [cells] of each agent; of departed agents their last place.
        present: (N,) bool, whether each agent is on the map.
        marks: (N,) uint8, the mark of each agent (light on, carrying, …), counted on from team to team.
        moves: (N,) int8, the move of each agent in the round that led here, as an index into
            `Setting.actions`; -1 for none (at the start and for departed agents).
        senses: (N, S) uint8, numbers that only each agent itself perceives.
        messages: (sender, text) of the messages of the last round.
        heard: By name what each agent heard, as text: texts, counts of tokens, or a mean vector; if anything.
        hears: (speaker, hearer) of the messages of the last round, by number; () in very large swarms.
        influence: What they were worth, by sender, if that was measured: see `MessageWorth.gains`.
        caption: A line that the caller adds: team and seed.
        status: Tokens and cost of the model calls so far; empty without LLM agents.
        model_calls: LLM call inspector; None without LLM agents.
        badges: For each of `Setting.badges` its numbers, one per agent or kind; () in very large swarms.
        floor: (layers, height, width) float32, how much of each layer lies on each cell; () without layers.
        payoffs: What each agent has got, in scenarios that pay each by itself; else ().
        points: In continuous space (N, 2) float64 row, column [cells] at which each agent is: (0.5, 0.5) is
            the middle of the first cell; else ().
        headings: With `points` (N, 2) float32 (down, right), of length 1: where it heads.
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
    hears: tuple[tuple[int, int], ...] = ()
    influence: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    caption: str = ""
    status: str = ""
    model_calls: ModelCalls | None = None
    floor: "NDArray[np.float32] | tuple[()]" = ()
    payoffs: tuple[float, ...] = ()
    badges: tuple[tuple[int, ...], ...] = ()
    points: "NDArray[np.float64] | tuple[()]" = ()
    headings: "NDArray[np.float32] | tuple[()]" = ()

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self.setting.scenario

    @property
    def max_rounds(self) -> int:
        """Most rounds of an episode."""
        return self.setting.max_rounds

    @property
    def grid(self) -> tuple[str, ...]:
        """The map, one string per row, in the scenario's symbols. Computed on each access."""
        return tuple(drawn(self.cells, self.setting.kinds, self.floor, self.setting.floor))

    @property
    def positions(self) -> dict[str, tuple[int, int]]:
        """(row, column) [cells] of each agent in play, by name ("agent_3"). Computed on each access."""
        there = zip(self.places.tolist(), self.present.tolist(), strict=True)
        return {f"agent_{a}": (row, col) for a, ((row, col), here) in enumerate(there) if here}

    @property
    def symbols(self) -> dict[str, str]:
        """Meaning of each symbol of `grid`."""
        return {thing.symbol: thing.name for thing in self.setting.things}

    @property
    def colours(self) -> dict[str, tuple[int, int, int]]:
        """(red, green, blue), each 0 to 255, of each symbol of `grid`."""
        return {thing.symbol: thing.colour for thing in self.setting.things}

    @property
    def headline(self) -> str:
        """Scenario, round and score in a line."""
        return f"{self.scenario}  round {self.round}/{self.max_rounds}  score {self.score:g}"

    @property
    def teams_line(self) -> str:
        """Agents in play and sum of payoffs of each team: "red 5 in play, 3.2; blue 4 in play, -1"."""
        parts, of = [], self.setting.team_of
        for t, name in enumerate(self.setting.teams):
            paid = sum(self.payoffs[a] for a in range(len(self.payoffs)) if of[a] == t)
            there = sum(bool(here) for here, team in zip(self.present, of, strict=True) if team == t)
            parts.append(f"{name} {there} in play" + (f", {paid:.4g}" if self.payoffs else ""))
        return "; ".join(parts)

    def __eq__(self, other: object) -> bool:
        """Whether all fields but `model_calls` are equal."""
        if not isinstance(other, Frame):
            return NotImplemented
        names = (name for name in self.__slots__ if name != "model_calls")
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]


@runtime_checkable
class Renderer(Protocol):
    """Shows frames one after the other. Constructed without arguments."""

    def open(self) -> None:
        """Prepare, before the first frame."""

    def show(self, frame: Frame) -> None:
        """Show one frame."""

    def close(self) -> None:
        """Release the screen. Called once, also after an error."""


def drawn(
    cells: "NDArray[np.uint8]", kinds: Sequence[Kind], floor: Iterable[Any], layers: Sequence[Layer]
) -> list[str]:
    """A map in symbols, a string per row: what stands in each cell; on free cells the first layer there.

    Args:
        cells: (height, width) codes.
        kinds: The kind of each code.
        floor: (height, width) amounts of each layer.
        layers: The layers.
    """
    table = bytes(ord(kind.symbol) for kind in kinds).ljust(256, b"?")
    rows = [bytearray(row.tobytes().translate(table)) for row in cells]
    free = ord(kinds[0].symbol)
    for layer, amounts in zip(layers, floor, strict=False):
        for row, col in zip(*amounts.nonzero(), strict=True):
            if rows[row][col] == free:
                rows[row][col] = ord(layer.symbol)
    return [row.decode("latin-1") for row in rows]


def _same(one: object, other: object) -> bool:
    """Whether two values are equal; arrays are when all of their elements are."""
    if hasattr(one, "tobytes") and hasattr(other, "tobytes"):
        return getattr(one, "shape", None) == getattr(other, "shape", None) and bool((one == other).all())  # type: ignore[attr-defined]
    return one == other
