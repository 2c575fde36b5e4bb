"""Where hunters wait so that the next prey appears between them.

A caught prey is replaced by one at a free cell of least danger (the best of height * width random draws), and
danger counts the agents and the walls around a cell in a window that is not centred. Far from the walls
danger is the number of hunters in the window. On maps of middling size there is hardly a cell without walls
in its window, so hunters can stand in such a way that the cells of least danger are just those whose four
sides they hold already: *traps*, side by side along a diagonal, which share hunters (three traps take eight).
The other hunters are *decoys*: they stand where they make the rivals of the traps dangerous and not the
traps.

`plan_camp` finds such places from the public rules alone: it works out the chance that the next prey appears
in a trap for every diagonal row of traps, and adds decoys one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.scripted._minds import Cell, beside

BACK, AHEAD = 4, 3  # cells that danger looks at before and after its place, on both axes
WALL_DANGER = 0.9
LONGEST = 5  # traps in a row
FINALISTS = 2  # rows of traps of each length that are tried with decoys
LARGEST = 300  # cells of the map; beyond, the prey has too much room
WORTHWHILE = 0.5  # chance of a trap below which a camp is not worth it


@dataclass(frozen=True)
class Camp:
    """Places to wait at.

    Attributes:
        traps: Cells where the prey is meant to appear.
        posts: A place for each hunter by number, those beside most traps first, decoys last.
        chance: Chance that the next prey appears in a trap when all are at their posts.
        danger: (height, width) float64, the danger of each cell then.
    """

    traps: tuple[Cell, ...]
    posts: tuple[Cell, ...]
    chance: float
    danger: NDArray[np.float64]


def wall_danger(height: int, width: int) -> NDArray[np.float64]:
    """Danger of every cell from the outer ring of walls alone.

    Returns:
        (height, width) float64.
    """
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
    return whole


def add_hunter(danger: NDArray[np.float64], cell: Cell) -> None:
    """Count a hunter at `cell` in the danger of all cells around."""
    row, col = cell
    danger[max(row - AHEAD, 0) : row + BACK + 1, max(col - AHEAD, 0) : col + BACK + 1] += 1


def chance_of_traps(danger: NDArray[np.float64], hunters: Sequence[Cell], traps: Sequence[Cell]) -> float:
    """Chance that the next prey appears in a trap.

    Args:
        danger: (height, width) of every cell, the hunters counted.
        hunters: Where they stand.
        traps: Free cells that count as success.

    Returns:
        The chance: the first least of height * width draws, with equals equally likely.
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


def _rows_of_traps(height: int, width: int, number: int) -> list[tuple[list[Cell], list[Cell]]]:
    """All diagonal rows of traps that `number` hunters can hold: the traps, and the posts beside them."""
    found = []
    starts = [
        (row, col, lean) for row in range(1, height - 1) for col in range(1, width - 1) for lean in (1, -1)
    ]
    for row, col, lean in starts:
        for length in range(1, LONGEST + 1):
            traps = [(row + k, col + lean * k) for k in range(length)]
            if not (0 < traps[-1][0] < height - 1 and 0 < traps[-1][1] < width - 1):
                break
            sides = [cell for trap in traps for _, cell in beside(trap)]
            posts = {cell for cell in sides if 0 < cell[0] < height - 1 and 0 < cell[1] < width - 1}
            if len(posts) > number:
                break
            found.append((traps, sorted(posts, key=lambda cell: (-sides.count(cell), cell))))
    return found


def _with_decoys(camp: Camp, number: int) -> Camp:
    """Post the hunters that the traps do not need, one by one, where they help most."""
    posts, chance, danger = list(camp.posts), camp.chance, camp.danger.copy()
    inner = [(row, col) for row in range(1, danger.shape[0] - 1) for col in range(1, danger.shape[1] - 1)]
    while len(posts) < number:
        best: tuple[float, Cell] | None = None
        for cell in inner:
            if cell in posts or cell in camp.traps:
                continue
            with_it = danger.copy()
            add_hunter(with_it, cell)
            there = chance_of_traps(with_it, [*posts, cell], camp.traps)
            best = max(best or (there, cell), (there, cell))
        if best is None:
            break
        chance, cell = best
        posts.append(cell)
        add_hunter(danger, cell)
    return Camp(camp.traps, tuple(posts), chance, danger)


@lru_cache(maxsize=64)
def plan_camp(height: int, width: int, number: int) -> Camp | None:
    """The best camp for a map with nothing but its outer walls.

    Args:
        height: Rows of the map.
        width: Columns of the map.
        number: Hunters.

    Returns:
        The camp, or None where there is no good one.
    """
    if height * width > LARGEST or min(height, width) < 5:
        return None
    walls = wall_danger(height, width)
    camps = []
    for traps, posts in _rows_of_traps(height, width, number):
        danger = walls.copy()
        for post in posts:
            add_hunter(danger, post)
        camps.append(Camp(tuple(traps), tuple(posts), chance_of_traps(danger, posts, traps), danger))
    camps.sort(key=lambda camp: -camp.chance)
    finalists: list[Camp] = []
    for length in range(1, LONGEST + 1):
        finalists += [camp for camp in camps if len(camp.traps) == length][:FINALISTS]
    best = max((_with_decoys(camp, number) for camp in finalists), key=lambda camp: camp.chance, default=None)
    return best if best and best.chance >= WORTHWHILE else None
