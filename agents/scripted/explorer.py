"""Agents that remember the map, walk to known cells and explore unknown ones."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import STAY
from swarm_env.agents.scripted.lanes import FLOOR, UNSEEN
from swarm_env.agents.scripted.paths import LIMIT
from swarm_env.agents.scripted.sights import AGENT, CompiledTeam, draw_below, larger
from swarm_env.agents.scripted.traffic import STEP_COLS, STEP_ROWS

from swarm_env.engine.compiler import kernel

STUCK = 3  # rounds on the same cell until a random step
# Unseen cells count as free, also beyond the map. A search that leaves the rectangle of seen cells has at
# least half a plane before it, so LIMIT cells are within this distance.
BEYOND = 72
ROW, COL, WAITS = range(3)  # columns of `here`


class Ground(NamedTuple):
    """What the N agents of a team remember of the map, and scratch of their searches."""

    margin: int  # see `CompiledTeam`
    seen: NDArray[np.uint8]  # (N, S, S) last seen symbol of each cell, UNSEEN; agents stand on floor
    here: NDArray[np.int64]  # (N, 3) own row and column, rounds spent there
    words: NDArray[np.uint32]
    drawn: NDArray[np.int64]
    steps: NDArray[np.int64]  # (S, S) steps to a cell + 1, plus what `counts[0]` was in that search
    starts: NDArray[np.uint8]  # (S, S) first moves of the shortest paths to a cell, as bits
    goals: NDArray[np.int64]  # (S, S) `counts[1]` where a goal is
    queue: NDArray[np.int32]  # (S * S,)
    counts: NDArray[np.int64]  # (2,) grow with each search and each set of goals, so that nothing is cleared


class Explorers(CompiledTeam):
    """A team of them; subclasses call their kernel with `ground()`."""

    reads_senses = True

    def begin(self) -> None:
        """Set up the memory."""
        n = len(self.numbers)
        self.margin += BEYOND
        self._here, self._seen = np.tile([-1, -1, 0], (n, 1)), np.zeros((n, 0, 0), np.uint8)

    def make_room(self, side: int) -> None:
        """Enlarge the remembered maps."""
        self.side, self._seen = side, larger(self._seen, side)
        cells = (side, side)
        self._scratch: tuple[Any, ...] = (
            np.zeros(cells, np.int64), np.zeros(cells, np.uint8), np.zeros(cells, np.int64),
            np.zeros(side * side, np.int32), np.zeros(2, np.int64),
        )  # fmt: skip

    def ground(self) -> Ground:
        """What kernels need."""
        return Ground(self.margin, self._seen, self._here, self.words, self.drawn, *self._scratch)


@kernel()
def learn(ground: Ground, m: int, view: NDArray[np.int32], row: int, col: int) -> None:
    """Update the remembered map of agent `m` with its view, and how long it has been on its cell."""
    here, k, margin = ground.here[m], view.shape[0], ground.margin - view.shape[0] // 2
    for y in range(k):
        for x in range(k):
            static = FLOOR if view[y, x] >= AGENT else view[y, x]
            ground.seen[m, row + y + margin, col + x + margin] = static
    here[WAITS] = here[WAITS] + 1 if here[ROW] == row and here[COL] == col else 0
    here[ROW], here[COL] = row, col


@kernel()
def is_other(ground: Ground, m: int, view: NDArray[np.int32], row: int, col: int) -> bool:
    """Whether agent `m` sees another one on a cell."""
    here, half = ground.here[m], view.shape[0] // 2
    y, x = row - here[ROW], col - here[COL]
    if abs(y) > half or abs(x) > half or (y == 0 and x == 0):
        return False
    return bool(view[y + half, x + half] >= AGENT)


@kernel(inline=True)
def is_open(ground: Ground, m: int, row: int, col: int) -> bool:
    """Whether a cell, with its margin, is free or unseen as far as agent `m` knows."""
    return ground.seen[m, row, col] in (FLOOR, UNSEEN)


@kernel(inline=True)
def new_goals(ground: Ground) -> None:
    """Forget the goals of before."""
    ground.counts[1] += 1


@kernel()
def add_around(ground: Ground, m: int, view: NDArray[np.int32], row: int, col: int, as_goals: bool) -> int:
    """How many of the eight cells around a place are open and free of others; with `as_goals` goals now."""
    count, margin = 0, ground.margin
    for i in range(row - 1, row + 2):
        for j in range(col - 1, col + 2):
            if (i == row and j == col) or is_other(ground, m, view, i, j):
                continue
            if is_open(ground, m, i + margin, j + margin):
                count += 1
                if as_goals:
                    ground.goals[i + margin, j + margin] = ground.counts[1]
    return count


@kernel()
def towards(ground: Ground, m: int, view: NDArray[np.int32]) -> int:
    """A move on a shortest path to a goal around the other agents, else through them; STAY without a path."""
    moves = first_moves(ground, m, view, False, True)
    if moves == 0:
        moves = first_moves(ground, m, view, False, False)
    return any_of(ground, m, moves)


@kernel()
def explore(ground: Ground, m: int, view: NDArray[np.int32]) -> int:
    """A move towards the nearest unseen cell; random if stuck; STAY if everything in reach is seen."""
    if ground.here[m, WAITS] >= STUCK:  # an unseen cell may be a wall
        return 1 + draw_below(ground.words, ground.drawn, m, 4)
    return any_of(ground, m, first_moves(ground, m, view, True, True))


@kernel()
def any_of(ground: Ground, m: int, moves: int) -> int:
    """One of the moves, given as bits, at random; STAY of none."""
    count = 0
    for move in range(1, 5):
        count += moves >> move & 1
    if count == 0:
        return STAY
    place = draw_below(ground.words, ground.drawn, m, count)
    for move in range(1, 5):
        if moves >> move & 1:
            if place == 0:
                return move
            place -= 1
    return STAY


@kernel()
def first_moves(ground: Ground, m: int, view: NDArray[np.int32], unseen: bool, around: bool) -> int:
    """The moves, as bits, that begin a shortest path to the nearest goal, or with `unseen` unseen cell.

    What `paths.first_moves` finds, with other agents as obstacles or not (`around`).
    """
    steps, starts, queue, side = ground.steps, ground.starts, ground.queue, ground.steps.shape[1]
    here, margin, half = ground.here[m], ground.margin, view.shape[0] // 2
    top, left = here[ROW] + margin, here[COL] + margin
    if not unseen and ground.goals[top, left] == ground.counts[1]:
        return 0
    ground.counts[0] += LIMIT + 2
    base = ground.counts[0]
    for y in range(2 * half + 1 if around else 0):
        for x in range(2 * half + 1):
            if view[y, x] >= AGENT:
                steps[top - half + y, left - half + x] = base  # as if it had been looked at
    steps[top, left], starts[top, left], queue[0] = base, 0, top * side + left
    first, last = 0, 1
    while first < last < LIMIT:
        end, reached = last, 0
        for i in range(first, end):
            row, col = divmod(queue[i], side)
            goal = (
                ground.seen[m, row, col] == UNSEEN if unseen else ground.goals[row, col] == ground.counts[1]
            )
            reached |= starts[row, col] if goal else 0
        if reached:
            return int(reached)
        for i in range(first, end):
            row, col = divmod(queue[i], side)
            for move in range(1, 5):
                y, x = row + STEP_ROWS[move], col + STEP_COLS[move]
                if base <= steps[y, x] <= steps[row, col] or not is_open(ground, m, y, x):
                    continue
                if steps[y, x] < base:
                    steps[y, x], starts[y, x] = steps[row, col] + 1, 0
                    queue[last] = y * side + x
                    last += 1
                starts[y, x] |= starts[row, col] if i else 1 << move  # the first is its own cell
        first = end
    return 0
