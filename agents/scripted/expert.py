"""What the experts share: one mind per body, the moves, a memory of the map, and ways through it.

An expert that drives several bodies gives each a mind of its own. Minds share nothing: one object for ten
bodies decides exactly like ten objects for one body each.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import ClassVar

from swarm_env.agent import Brief, Decision, Perception

Cell = tuple[int, int]  # row, column

STAY, UP, DOWN, LEFT, RIGHT = range(5)
STEPS: dict[int, Cell] = {UP: (-1, 0), DOWN: (1, 0), LEFT: (0, -1), RIGHT: (0, 1)}
OPPOSITE = {UP: DOWN, DOWN: UP, LEFT: RIGHT, RIGHT: LEFT}
RIGHT_HAND = {UP: RIGHT, RIGHT: DOWN, DOWN: LEFT, LEFT: UP}

FREE, OUTSIDE = ".", "*"


class Mind:
    """What decides for one body; a subclass remembers what it likes."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode.

        Args:
            brief: The task.
            name: Name of the body.
            seed: Of the whole expert; `self.random` differs from body to body.
        """
        self.brief = brief
        self.name = name
        self.random = Random(f"{seed} {name}")

    def decide(self, perception: Perception) -> Decision:
        """Choose for the body.

        Args:
            perception: What it perceives now.

        Returns:
            What it does.
        """
        raise NotImplementedError


class Minds:
    """An agent whose bodies each have a mind; a subclass says which."""

    mind: ClassVar[type[Mind]]

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode: new minds.

        Args:
            brief: The task.
            agents: Names of the agents to drive.
            seed: Seed of what the minds draw.
        """
        self._minds = {name: self.mind(brief, name, seed) for name in agents}

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Ask every mind about its own perception.

        Args:
            perceptions: One per body in play.

        Returns:
            One decision per perception.
        """
        return [self._minds[perception.name].decide(perception) for perception in perceptions]


def number_of(name: str) -> int:
    """The number in a body's name: 3 for "agent_3"."""
    return int(name.rpartition("_")[2])


def beside(cell: Cell) -> list[tuple[int, Cell]]:
    """The four moves, each with the cell it leads to."""
    row, col = cell
    return [(UP, (row - 1, col)), (DOWN, (row + 1, col)), (LEFT, (row, col - 1)), (RIGHT, (row, col + 1))]


def is_agent(symbol: str) -> bool:
    """Whether a string of a view stands for an agent."""
    return symbol[-1].isdigit()


def look(perception: Perception) -> dict[Cell, str]:
    """The view by place.

    Args:
        perception: What a body perceives.

    Returns:
        The string of each cell of the view.
    """
    reach = len(perception.view) // 2
    top, left = perception.position[0] - reach, perception.position[1] - reach
    return {
        (top + i, left + j): symbol for i, line in enumerate(perception.view) for j, symbol in enumerate(line)
    }


class Memory:
    """The map as far as one body has seen it, without the bodies on it.

    Attributes:
        cells: Symbol of each cell ever seen, at its last sight; a cell with a body on it counts as free.
        fresh: Cells that the last look showed for the first time, or changed.
    """

    def __init__(self) -> None:
        self.cells: dict[Cell, str] = {}
        self.fresh: dict[Cell, str] = {}

    def learn(self, view: Mapping[Cell, str]) -> None:
        """Take up a view.

        Args:
            view: As `look` gives it.
        """
        cells = self.cells
        self.fresh = {}
        for cell, symbol in view.items():
            static = FREE if is_agent(symbol) else symbol
            if cells.get(cell) != static:
                cells[cell] = self.fresh[cell] = static


def distances(
    goals: Iterable[Cell], is_open: Callable[[Cell], bool], limit: int = 1_000_000
) -> dict[Cell, int]:
    """Steps from every cell to the nearest goal (breadth-first search).

    Args:
        goals: Where the way may end, open or not.
        is_open: Whether a cell can be walked on.
        limit: Cells after which the search gives up; for maps without an end.

    Returns:
        Number of steps by cell, for the cells that are connected to a goal.
    """
    steps = dict.fromkeys(goals, 0)
    queue = deque(steps)
    while queue and len(steps) < limit:
        cell = queue.popleft()
        for _, near in beside(cell):
            if near not in steps and is_open(near):
                steps[near] = steps[cell] + 1
                queue.append(near)
    return steps
