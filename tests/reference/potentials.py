"""The potentials of the shaped rewards, slowly and plainly, on the games of `tasks.py`."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.reference.pushing import Cell
from tests.reference.simulator import Game, neighbours
from tests.reference.tasks import distance_to_shape

# Potential of each agent by number; agents that are left out keep what they had.
Potential = Callable[[], dict[int, float]]


def apart(one: Cell, other: Cell) -> int:
    """Manhattan distance."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def ways_to(game: Game, symbol: str) -> dict[Cell, int]:
    """Steps from every cell that can be walked on, and from the goal itself, to the nearest goal."""
    found = {cell: 0 for body in game.bodies if body.symbol == symbol for cell in body.cells}
    edge = list(found)
    while edge:
        after = []
        for cell in edge:
            for beside in neighbours(cell):
                if beside not in found and game.symbol_at(beside) in ".Aa":
                    found[beside] = found[cell] + 1
                    after.append(beside)
        edge = after
    return found


def foraging(game: Game) -> Potential:
    """Half for carrying; less half of the way that is left, over the longest there is."""
    ways = [ways_to(game, "F"), ways_to(game, "N")]

    def now() -> dict[int, float]:
        found = {}
        for agent in game.in_play():
            way = ways[agent.marked]
            longest = max([1, *way.values()])
            found[agent.number] = 0.5 * agent.marked - 0.5 * way.get(agent.position, longest) / longest
        return found

    return now


def pursuit(game: Game) -> Potential:
    """A quarter per occupied side of the prey, less the distance to it."""

    def now() -> dict[int, float]:
        prey = [cell for body in game.bodies if body.symbol == "P" and not body.lost for cell in body.cells]
        if not prey:
            return {}
        sides = sum(game.symbol_at(cell) not in "*." for cell in neighbours(prey[0]))
        size = game.height + game.width
        return {a.number: 0.25 * sides - apart(a.position, prey[0]) / size for a in game.in_play()}

    return now


def synchronization(game: Any) -> Potential:
    """The share of lights that differ from the state that scored last."""

    def now() -> dict[int, float]:
        lights = [agent.marked for agent in game.in_play()]
        last = game.last_scored
        good = max(lights.count(True), lights.count(False)) if last is None else lights.count(not last)
        return {agent.number: good / max(len(lights), 1) for agent in game.agents}

    return now


def flocking(game: Game) -> Potential:
    """Minus the distance to the shape, per agent."""
    n = len(game.agents)

    def now() -> dict[int, float]:
        here = [agent.position for agent in game.in_play()]
        if not here:
            return {}
        return dict.fromkeys(range(n), -distance_to_shape(here, n // 4 + 1) / n)

    return now


def transport(game: Game) -> Potential:
    """1 for who has left; else a tenth per cell of the box's way, less the distance to the work."""
    height, width = game.height, game.width
    inner = {(i, j) for i in range(1, height - 1) for j in range(1, width - 1)}
    border = {(i, j) for i in range(height) for j in range(width)} - inner
    gap = [cell for cell in border if game.symbol_at(cell) != "W"]
    boxes = [body for body in game.bodies if body.symbol == "B"]
    box = boxes[0] if boxes else None
    began = min(box.cells) if box else (0, 0)

    def filled(cells: list[Cell]) -> tuple[range, range]:
        rows, cols = [i for i, _ in cells], [j for _, j in cells]
        return range(min(rows), max(rows) + 1), range(min(cols), max(cols) + 1)

    def where() -> list[Cell]:
        """The cells where agents are needed."""
        inside = [cell for cell in box.cells if cell in inner] if box and not box.lost else []
        ways = filled(gap)
        if not inside or box is None:
            return [(i, j) for i in ways[0] for j in ways[1]]
        rows, cols = filled(inside)
        here = min(box.cells)
        upright = len(ways[0]) == 1  # the way out is up or down
        over_corner = here[1] != began[1] if upright else here[0] != began[0]
        if upright != over_corner:  # to be pushed along its row
            to_the_right = ways[1][-1] == width - 1
            behind = (cols[0] - 1, cols[0] - 2) if to_the_right else (cols[-1] + 1, cols[-1] + 2)
            return [(i, j) for i in rows for j in behind]
        downwards = ways[0][-1] == height - 1
        behind = (rows[0] - 1, rows[0] - 2) if downwards else (rows[-1] + 1, rows[-1] + 2)
        return [(i, j) for i in behind for j in cols]

    def now() -> dict[int, float]:
        way = 0 if box is None else 5 if box.lost else min(5, apart(min(box.cells), began))
        needed = where() if gap else []
        found = {}
        for agent in game.agents:
            away = min((apart(agent.position, cell) for cell in needed), default=0)
            found[agent.number] = 1.0 if agent.lost else 0.1 * way - away / (height + width)
        return found

    return now


OF_TASKS: dict[str, Callable[[Any], Potential]] = {
    "foraging": foraging,
    "pursuit": pursuit,
    "synchronization": synchronization,
    "flocking": flocking,
    "transport": transport,
}


class ShapedRewards:
    """Compares rewards with the gain in score plus the gain in potential; at most 0 of either if not shaped.

    Args:
        env: The world, whose agents are called agent_0, agent_1, …
        potential: Potentials now, by number.
    """

    def __init__(self, env: Any, potential: Potential) -> None:
        self.env, self.potential, self.score = env, potential, env.score
        self.last = potential()

    def compare(self, rewards: dict[str, float]) -> None:
        """After a round, of `env` and of what the potential belongs to."""
        now, gain = {**self.last, **self.potential()}, self.env.score - self.score
        for agent, reward in rewards.items():
            number = int(agent.removeprefix("agent_"))
            change = now.get(number, 0.0) - self.last.get(number, 0.0)
            expected = gain + change * (self.env.config.reward == "shaped")
            assert reward == pytest.approx(expected, abs=2e-5), (agent, gain, change)
        self.last, self.score = now, self.env.score
