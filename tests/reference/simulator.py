"""A slow, plain simulator of SwarmBench worlds: one world, ordinary Python sets and lists, no randomness.

A game starts from a picture of the map and is given what cannot be known (the agents' places, where the next
preys appear). It is meant to be read: `Game` holds what all tasks share (bodies, pushing, views),
`tasks.py` adds each task's rule.

    game = Pursuit(rows, agents=[(1, 1), (1, 2)], view_size=5, max_rounds=100, respawns=[(4, 7)])
    game.step(["RIGHT", "STAY"])

Positions are (row, column), the origin is the top left cell; UP is row - 1. Symbols: `.` empty, `W` wall,
`B` box, `P` prey, `F` food, `N` nest, `*` outside the map, `A` / `a` an agent that is marked / unmarked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.reference.pushing import Cell, Rigid, movable

# In the order they are resolved.
DIRECTIONS = {"UP": (-1, 0), "DOWN": (1, 0), "LEFT": (0, -1), "RIGHT": (0, 1)}
OPPOSITE = {"UP": "DOWN", "DOWN": "UP", "LEFT": "RIGHT", "RIGHT": "LEFT"}
PUSH_FORCE = 2


@dataclass(eq=False)
class Body:
    """A rigid thing on the map. `lost` is true once it has no cell left on the map."""

    symbol: str
    cells: set[Cell]
    mass: int = 1
    static: bool = False
    lost: bool = False


@dataclass(eq=False)
class AgentBody(Body):
    """An agent: one cell, mass 1. `marked` is its light, or whether it carries food."""

    number: int = 0
    marked: bool = True
    choice: str = field(default="STAY")

    @property
    def position(self) -> Cell:
        """Its cell, on the map or (departed) just outside."""
        return next(iter(self.cells))


def neighbours(cell: Cell) -> list[Cell]:
    """The four cells beside a cell, on the map or not."""
    return [(cell[0] + di, cell[1] + dj) for di, dj in DIRECTIONS.values()]


def connected_parts(cells: set[Cell]) -> list[set[Cell]]:
    """The parts of a set of cells that hang together side by side, in order of their first cell."""
    parts, left = [], set(cells)
    while left:
        part: set[Cell] = set()
        edge = [min(left)]
        while edge:
            cell = edge.pop()
            if cell in left:
                left.remove(cell)
                part.add(cell)
                edge += neighbours(cell)
        parts.append(part)
    return parts


class Game:
    """What all tasks share. A task overrides `make_bodies` (what the symbols are) and `update` (its rule)."""

    def __init__(
        self,
        rows: Sequence[str],
        agents: Sequence[Cell] | None = None,
        view_size: int = 5,
        max_rounds: int = 100,
        respawns: Sequence[Cell] = (),
    ) -> None:
        """Set up the map.

        Args:
            rows: The picture.
            agents: The agents' places, in order; row by row if not given.
            view_size: Side of the square view.
            max_rounds: Rounds after which the game is over.
            respawns: Where the next preys appear, in order.
        """
        self.height, self.width = len(rows), len(rows[0])
        self.view_size, self.max_rounds, self.respawns = view_size, max_rounds, list(respawns)
        self.round = 0
        self.score: float = 0
        self.over = False
        picture = {(i, j): rows[i][j] for i in range(self.height) for j in range(self.width)}
        stands = [cell for cell, symbol in picture.items() if symbol in "Aa"]
        assert agents is None or sorted(agents) == stands, "agents must stand where the picture shows them"
        self.agents = [
            AgentBody("A", {cell}, number=number, marked=picture[cell] == "A")
            for number, cell in enumerate(agents or stands)
        ]
        self.bodies: list[Body] = [*self.agents]
        for symbol in "WBPFN":
            cells = {cell for cell in picture if picture[cell] == symbol}
            if cells:
                self.bodies += self.make_bodies(symbol, cells)

    def make_bodies(self, symbol: str, cells: set[Cell]) -> list[Body]:
        """The bodies that the cells with this symbol stand for: walls, food and nest never move."""
        return [Body(symbol, {cell}, static=True) for cell in sorted(cells)]

    def update(self) -> None:
        """The rule of the task, after all moves of a round."""

    # What is where

    def on_map(self, cell: Cell) -> bool:
        """Whether the cell is part of the map."""
        return 0 <= cell[0] < self.height and 0 <= cell[1] < self.width

    def symbol_at(self, cell: Cell) -> str:
        """The symbol of what is in a cell; `*` outside the map."""
        if not self.on_map(cell):
            return "*"
        for body in self.bodies:
            if cell in body.cells:
                return "a" if isinstance(body, AgentBody) and not body.marked else body.symbol
        return "."

    def grid(self) -> list[str]:
        """The map as rows of symbols."""
        return ["".join(self.symbol_at((i, j)) for j in range(self.width)) for i in range(self.height)]

    def positions(self) -> list[Cell]:
        """Where every agent is, departed ones too."""
        return [agent.position for agent in self.agents]

    def view(self, number: int) -> list[list[str]]:
        """The window around an agent as SwarmBench logs it: an agent is its number, after `$` if unmarked."""
        ci, cj = self.agents[number].position
        reach = self.view_size // 2
        numbers = {
            agent.position: f"{'' if agent.marked else '$'}{agent.number}"
            for agent in self.agents
            if not agent.lost
        }
        return [
            [numbers.get((i, j), self.symbol_at((i, j))) for j in range(cj - reach, cj + reach + 1)]
            for i in range(ci - reach, ci + reach + 1)
        ]

    # A round

    def step(self, choices: Sequence[str]) -> None:
        """Play one round: all pushes direction by direction, then the rule of the task."""
        assert not self.over
        for agent, choice in zip(self.agents, choices, strict=True):
            agent.choice = choice
        for direction in DIRECTIONS:
            self.push(direction)
        self.update()
        self.round += 1
        self.over = self.over or self.round >= self.max_rounds or not self.in_play()

    def in_play(self) -> list[AgentBody]:
        """The agents that have not left the map."""
        return [agent for agent in self.agents if not agent.lost]

    def push(self, direction: str) -> None:
        """Move the largest set of bodies that can move in one direction."""
        forces = {direction: PUSH_FORCE, OPPOSITE[direction]: -PUSH_FORCE}
        in_play = [body for body in self.bodies if not body.lost]
        as_pushed = [
            Rigid(
                frozenset(body.cells),
                body.mass,
                body.static,
                forces.get(body.choice, 0) if isinstance(body, AgentBody) else 0,
            )
            for body in in_play
        ]
        di, dj = DIRECTIONS[direction]
        for index in movable(as_pushed, (di, dj)):
            body = in_play[index]
            body.cells = {(i + di, j + dj) for i, j in body.cells}
            body.lost = not any(self.on_map(cell) for cell in body.cells)
