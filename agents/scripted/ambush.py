"""Positions of hunters that make the next prey appear between them.

A caught prey is replaced by one at a free cell of least danger (the best of height * width random draws), and
danger counts the agents and the walls around a cell in a window that is not centred. Far from the walls
danger is the number of hunters in the window. On maps of medium size hardly a cell has no walls in its
window, so hunters can make the cells of least danger exactly those whose four sides they already hold:
*traps*, adjacent along a diagonal, which share hunters (three traps take eight). The other hunters are
*decoys*: they make the rival cells dangerous, but not the traps.

`plan_camp` finds such positions from the public rules: it computes the probability that the next prey appears
in a trap for every diagonal row of traps, and adds decoys one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import Cell, beside

BACK, AHEAD = 4, 3  # cells of the danger window before and after its cell, on both axes
WALL_DANGER = 0.9
LONGEST = 3  # traps in a row
MARGIN = 0.2  # by which the danger of all other cells should exceed the traps
LEAK = 0.1  # value of a trap from which the prey does not run while a side is open
FINALISTS = 2  # rows of traps of each length that are tried with decoys
# In kernels too.
MOST = 16  # hunters with a post
LARGEST = 300  # cells of the map; on larger ones the prey has too much room
WORTHWHILE = 0.5  # minimum probability of a trap


@dataclass(frozen=True)
class Camp:
    """Traps and posts."""

    traps: tuple[Cell, ...]  # cells where the prey should appear
    # cell of each hunter by number: the core beside several traps, wings beside one, decoys
    posts: tuple[Cell, ...]
    chance: float  # probability that the next prey appears in a trap when all hunters are at their posts
    danger: NDArray[np.float64]  # (height, width) float64, the danger of each cell then

    def role(self, post: Cell) -> str:
        """Role of a post: "core", "wing" or "decoy"."""
        beside_it = sum(cell in self.traps for _, cell in beside(post))
        return "decoy" if beside_it == 0 else "wing" if beside_it == 1 else "core"

    def oversees(self, post: Cell, reach: int) -> bool:
        """Whether all traps are within `reach` cells of a post."""
        return all(max(abs(post[0] - row), abs(post[1] - col)) <= reach for row, col in self.traps)


def wall_danger(height: int, width: int) -> NDArray[np.float64]:
    """Danger of every cell from the outer walls: (height, width) float64."""
    walls = np.zeros((height, width))
    walls[[0, -1]] = walls[:, [0, -1]] = WALL_DANGER
    sums = np.zeros((height + 1, width + 1))
    sums[1:, 1:] = walls.cumsum(0).cumsum(1)
    rows, cols = np.arange(height), np.arange(width)
    top, bottom = np.maximum(rows - BACK, 0), np.minimum(rows + AHEAD + 1, height)
    left, right = np.maximum(cols - BACK, 0), np.minimum(cols + AHEAD + 1, width)
    whole: NDArray[np.float64] = (
        sums[bottom][:, right] - sums[top][:, right] - sums[bottom][:, left] + sums[top][:, left]
    )
    return whole.round(1)


def add_hunter(danger: NDArray[np.float64], cell: Cell) -> None:
    """Add a hunter at `cell` to the danger of the cells around it."""
    row, col = cell
    danger[max(row - AHEAD, 0) : row + BACK + 1, max(col - AHEAD, 0) : col + BACK + 1] += 1


def chance_of_traps(danger: NDArray[np.float64], hunters: Sequence[Cell], traps: Sequence[Cell]) -> float:
    """Probability that the next prey appears in one of the traps, which are free cells.

    The prey takes the first cell of least danger among height * width uniform draws of free cells. `danger`
    is (height, width), hunters included.
    """
    free = np.zeros(danger.shape, bool)
    free[1:-1, 1:-1] = True
    free[tuple(np.transpose(hunters))] = False
    levels = np.rint(danger[free] * 10).astype(np.int64)
    worth = np.rint([danger[trap] * 10 for trap in traps]).astype(np.int64)
    number, draws, chance = len(levels), danger.size, 0.0
    for level in set(worth.tolist()):
        below, same = int((levels < level).sum()), int((levels == level).sum())
        drawn = (1 - below / number) ** draws - (1 - (below + same) / number) ** draws
        chance += drawn * int((worth == level).sum()) / same
    return chance


def rate(danger: NDArray[np.float64], hunters: Sequence[Cell], traps: Sequence[Cell]) -> tuple[float, float]:
    """Value of a camp: the probability of a trap, then the smallest margin of the other cells."""
    margins = margins_of(danger, hunters, traps)
    return round(chance_of_traps(danger, hunters, traps), 4), round(float(margins.min()), 2)


def margins_of(
    danger: NDArray[np.float64], hunters: Sequence[Cell], traps: Sequence[Cell]
) -> NDArray[np.float64]:
    """Danger of each inner cell minus that of the worst trap: (height - 2, width - 2) float64.

    It is infinite for traps and hunters.
    """
    margins: NDArray[np.float64] = danger[1:-1, 1:-1] - max(danger[trap] for trap in traps)
    for row, col in (*hunters, *traps):
        margins[row - 1, col - 1] = np.inf
    return margins


def _rows_of_traps(height: int, width: int, number: int) -> list[tuple[list[Cell], list[Cell]]]:
    """All zigzag rows of traps that `number` hunters can hold, with the posts beside them."""
    inner = {(row, col) for row in range(1, height - 1) for col in range(1, width - 1)}
    found = []
    rows = [[cell] for cell in sorted(inner)]
    for traps in rows:  # grows during iteration
        sides = [cell for trap in traps for _, cell in beside(trap)]
        posts = sorted(inner.intersection(sides), key=lambda cell: (-sides.count(cell), cell))
        if len(posts) > number:
            continue
        found.append((traps, posts))
        row, col = traps[-1]
        if len(traps) < LONGEST:
            rows += [[*traps, cell] for cell in ((row + 1, col - 1), (row + 1, col + 1)) if cell in inner]
    return found


def _with_decoys(camp: Camp, number: int) -> Camp:
    """Add the remaining hunters one by one at the most useful cells."""
    posts, danger = list(camp.posts), camp.danger.copy()
    height, width = danger.shape
    while len(posts) < number:
        best: tuple[tuple[float, float], Cell] | None = None
        for cell in ((row, col) for row in range(1, height - 1) for col in range(1, width - 1)):
            if cell in posts or cell in camp.traps:
                continue
            with_it = danger.copy()
            add_hunter(with_it, cell)
            worth = rate(with_it, [*posts, cell], camp.traps)
            if best is None or worth > best[0]:
                best = worth, cell
        if best is None:
            break
        posts.append(best[1])
        add_hunter(danger, best[1])
    chance = chance_of_traps(danger, posts, camp.traps)
    return Camp(camp.traps, tuple(posts), chance, danger)


@lru_cache(maxsize=64)
def plan_camp(height: int, width: int, number: int) -> Camp | None:
    """The best camp of `number` hunters on a map with outer walls only; None if none is good enough."""
    if height * width > LARGEST or min(height, width) < 5:
        return None
    number = min(number, MOST)
    walls = wall_danger(height, width)
    camps = []
    for traps, posts in _rows_of_traps(height, width, number):
        leaks = sum(walls[row, col - 1] > walls[row, col] for row, col in traps)
        danger = walls.copy()
        for post in posts:
            add_hunter(danger, post)
        missing = np.maximum(MARGIN - margins_of(danger, posts, traps), 0).sum()  # for decoys to add
        camps.append((leaks, round(float(missing), 2), Camp(tuple(traps), tuple(posts), 0.0, danger)))
    camps.sort(key=lambda camp: camp[:2])
    finalists: list[tuple[int, Camp]] = []
    for length in range(1, LONGEST + 1):
        some = [(leaks, camp) for leaks, _, camp in camps if len(camp.traps) == length][:FINALISTS]
        finalists += [(leaks, _with_decoys(camp, number)) for leaks, camp in some]
    best = max(finalists, key=lambda one: one[1].chance - LEAK * one[0], default=(0, None))[1]
    return best if best and best.chance >= WORTHWHILE else None
