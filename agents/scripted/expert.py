"""Shared parts of the experts: one expert per agent, the moves, a memory of the map, and shortest paths.

The experts of a team share nothing: one `TeamExpert` for ten agents decides exactly like ten of them for one
agent each.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import ClassVar

from swarm_env.agent import Brief, Decision, Perception

Cell = tuple[int, int]  # row, column

# In kernels of the experts too.
STAY, UP, DOWN, LEFT, RIGHT = range(5)
STEPS: dict[int, Cell] = {UP: (-1, 0), DOWN: (1, 0), LEFT: (0, -1), RIGHT: (0, 1)}
OPPOSITE = {UP: DOWN, DOWN: UP, LEFT: RIGHT, RIGHT: LEFT}
RIGHT_HAND = {UP: RIGHT, RIGHT: DOWN, DOWN: LEFT, LEFT: UP}

FREE, OUTSIDE = ".", "*"


class AgentExpert:
    """Decides for one agent in one episode; a base class. `random` differs between the agents of a team."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        self.brief = brief
        self.name = name
        self.random = Random(f"{seed} {name}")

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        raise NotImplementedError


class TeamExpert:
    """Decides for several agents with one `AgentExpert` each; subclasses set its class."""

    member: ClassVar[type[AgentExpert]]

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode with new members."""
        self._members = {name: self.member(brief, name, seed) for name in agents}

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Let each member decide from its own perception."""
        return [self._members[perception.name].decide(perception) for perception in perceptions]


def number_of(name: str) -> int:
    """The number in an agent's name: 3 for "agent_3"."""
    return int(name.rpartition("_")[2])


def beside(cell: Cell) -> list[tuple[int, Cell]]:
    """The four moves, each with its target cell."""
    row, col = cell
    return [(UP, (row - 1, col)), (DOWN, (row + 1, col)), (LEFT, (row, col - 1)), (RIGHT, (row, col + 1))]


def is_agent(symbol: str) -> bool:
    """Whether a symbol of a view is an agent."""
    return symbol[-1].isdigit()


def look(perception: Perception) -> dict[Cell, str]:
    """The symbols of a view by cell of the map."""
    reach = len(perception.view) // 2
    top, left = perception.position[0] - reach, perception.position[1] - reach
    return {
        (top + i, left + j): symbol for i, line in enumerate(perception.view) for j, symbol in enumerate(line)
    }


class Memory:
    """The part of the map that an agent has seen, without the agents on it."""

    def __init__(self) -> None:
        self.cells: dict[Cell, str] = {}  # last seen symbol of each cell; a cell with an agent counts as free
        self.fresh: dict[Cell, str] = {}  # cells of the last view that are new or changed

    def look(self, perception: Perception) -> dict[Cell, str]:
        """Update the map with a view, and return it by cell."""
        view = look(perception)
        self.learn(view)
        return view

    def learn(self, view: Mapping[Cell, str]) -> None:
        """Update the map with a view by cell."""
        cells = self.cells
        self.fresh = {}
        for cell, symbol in view.items():
            static = FREE if is_agent(symbol) else symbol
            if cells.get(cell) != static:
                cells[cell] = self.fresh[cell] = static


def distances(
    goals: Iterable[Cell], is_open: Callable[[Cell], bool], limit: int = 1_000_000
) -> dict[Cell, int]:
    """Steps to the nearest goal, by cell connected to a goal (breadth-first search).

    Goals need not be open. At most `limit` cells are searched, for maps without a known border.
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
