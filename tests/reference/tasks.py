"""The rules of the five SwarmBench tasks on top of the slow, plain simulator."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from tests.reference.pushing import Cell
from tests.reference.simulator import DIRECTIONS, Body, Game, connected_parts, neighbours


class Transport(Game):
    """Push the box out of the gap and leave: leaving in round r scores (max_rounds - r) / max_rounds."""

    def make_bodies(self, symbol: str, cells: set[Cell]) -> list[Body]:
        """A box is one body of mass 5; a picture can show several."""
        if symbol != "B":
            return super().make_bodies(symbol, cells)
        return [Body("B", set(part), mass=5) for part in connected_parts(cells)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paid: set[int] = set()

    def update(self) -> None:
        """Score the agents that left in this round."""
        for agent in self.agents:
            if agent.lost and agent.number not in self.paid:
                self.paid.add(agent.number)
                self.score += (self.max_rounds - self.round) / self.max_rounds


def square_outline(side: int) -> list[Cell]:
    """The cells of the outline of a square."""
    edge = (0, side - 1)
    return [(i, j) for i in range(side) for j in range(side) if i in edge or j in edge]


def distance_to_shape(agents: Sequence[Cell], side: int) -> int:
    """The least cost of walking into the outline of a square, over the places the square is tried in.

    A place is tried if it puts some cell of the outline exactly on some agent (a quirk of the published
    task). The cost of a place is that of the cheapest pairing of agents and outline cells, in Manhattan
    distance; an agent left over costs nothing.
    """
    shape = square_outline(side)
    here, outline = np.array(agents)[:, None], np.array(shape)
    best = None
    for ti, tj in {(ai - si, aj - sj) for ai, aj in agents for si, sj in shape}:
        costs = np.abs(here - outline - (ti, tj)).sum(axis=2)
        total = int(costs[linear_sum_assignment(costs)].sum())
        best = total if best is None else min(best, total)
    assert best is not None
    return best


class Flocking(Game):
    """Form the outline of a square: the score is how much nearer than at first the agents have ever been."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first_distance = self.distance()

    def distance(self) -> int:
        """Distance of the agents to the shape now."""
        here = [agent.position for agent in self.in_play()]
        return distance_to_shape(here, len(self.agents) // 4 + 1) if here else 0

    def update(self) -> None:
        """Keep the best so far; over when the shape is formed."""
        distance = self.distance()
        self.score = max(self.score, self.first_distance - distance)
        self.over = distance == 0


class Pursuit(Game):
    """Surround the prey: 1 for each catch, and a new prey appears somewhere else."""

    def make_bodies(self, symbol: str, cells: set[Cell]) -> list[Body]:
        """The first prey has mass 1 and can be pushed (a quirk: the later ones are static)."""
        return [Body("P", cells)] if symbol == "P" else super().make_bodies(symbol, cells)

    @property
    def prey(self) -> Body:
        """The prey."""
        return next(body for body in self.bodies if body.symbol == "P")

    def is_free(self, cell: Cell) -> bool:
        """Whether a cell is on the map and empty."""
        return self.symbol_at(cell) == "."

    def danger(self, cell: Cell) -> float:
        """1 per agent and 0.9 per wall in the 8 x 8 cells around a cell (a quirk: not centred).

        A quirk too: sums that are equal on paper can differ in the last bit, and the prey then prefers the
        lower one.
        """
        i, j = cell
        near = [self.symbol_at((y, x)) for y in range(i - 4, i + 4) for x in range(j - 4, j + 4)]
        return near.count("A") + 0.9 * near.count("W")

    def update(self) -> None:
        """Catch the prey if it is surrounded, otherwise let it flee."""
        prey = self.prey
        if prey.lost:
            return
        (place,) = prey.cells
        beside = [self.symbol_at(cell) for cell in neighbours(place)]
        if "*" not in beside and "." not in beside:
            self.score += 1
            self.bodies.remove(prey)
            self.bodies.append(Body("P", {self.respawns.pop(0)}, static=True))
        else:
            prey.cells = {self.refuge(place)}

    def refuge(self, place: Cell) -> Cell:
        """Where the prey flees to: two unit steps, to the least danger below the baseline; else it stays.

        A quirk: the baseline is the danger of the cell LEFT of the prey.
        """
        i, j = place
        steps = [DIRECTIONS[name] for name in ("RIGHT", "LEFT", "DOWN", "UP")]
        best, least = place, self.danger((i, j - 1))
        for ai, aj in steps:
            for bi, bj in steps:
                target = (i + ai + bi, j + aj + bj)
                way = [(i + ai, j + aj), (i + bi, j + bj), target]
                if all(self.is_free(cell) for cell in way) and self.danger(target) < least:
                    best, least = target, self.danger(target)
        return best


class Synchronization(Game):
    """All lights on, then all off, …: 1 whenever all are equal and differ from the last time that scored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_scored: bool | None = None

    def update(self) -> None:
        """Flip the lights of the agents that chose SWITCH, then check whether all are equal."""
        for agent in self.agents:
            if agent.choice == "SWITCH":
                agent.marked = not agent.marked
        lights = {agent.marked for agent in self.in_play()}
        if len(lights) == 1 and lights != {self.last_scored}:
            self.score += 1
            (self.last_scored,) = lights


class Foraging(Game):
    """Carry food to the nest: 1 for each load."""

    def update(self) -> None:
        """Agent by agent: beside food it takes some; then beside the nest it delivers what it carries."""
        for agent in self.in_play():
            beside = [self.symbol_at(cell) for cell in neighbours(agent.position)]
            if "F" in beside:
                agent.marked = True
            if "N" in beside and agent.marked:
                agent.marked = False
                self.score += 1


TASKS: dict[str, Any] = {
    "transport": Transport,
    "flocking": Flocking,
    "pursuit": Pursuit,
    "synchronization": Synchronization,
    "foraging": Foraging,
}
