"""What hunters know: where they have looked, where the prey is or may be, and their camp."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.ambush import LARGEST, LONGEST, MOST
from swarm_env.agents.scripted.map_extent import HEIGHT, WALL, WIDTH, at_least, learn_extent
from swarm_env.agents.scripted.sights import AGENT
from swarm_env.agents.scripted.traffic import STEP_COLS, STEP_ROWS

from swarm_env.engine.compiler import kernel

MEMORY = 5  # rounds for which an occupied side of the prey counts as occupied when out of sight
LEAP = 2  # cells that a prey moves in a round at most
PREY = ord("P")
FAR, FARTHEST = 1_000_000, 1 << 60
SIDES = (1, 3, 4, 2)  # moves by the order of the cells to which they lead
BLOCKED, SUSPECT = 1, 2  # bits of a cell of `Hunter.map`: a wall; the prey may be there
# Columns of `state`, after the extent: hunters known of, camp (index + 1, 0 for none) and its key, prey and
# target (row, col; row -1: none), rounds waited, whether it searches, rounds for which the prey has stayed in
# sight at its cell, round of the last sign of the prey, cells where the prey may be.
HUNTERS, CAMP, KEY, PREY_ROW, PREY_COL, TARGET_ROW, TARGET_COL = range(4, 11)
WAITED, SEARCHES, UNCAUGHT, LOST, SUSPECTS, COLUMNS = range(11, 17)
ROW, COL, PATIENT, HUNTS_FIRST = range(4)  # columns of `Camps.posts`


class Camps(NamedTuple):
    """C camps, as `ambush.Camp`."""

    sizes: NDArray[np.int64]  # (C, 2) numbers of traps and of posts
    traps: NDArray[np.int64]  # (C, LONGEST, 2)
    posts: NDArray[np.int64]  # (C, MOST, 4)
    danger: NDArray[np.float64]  # (C, LARGEST) row by row


SHAPES = (
    ((2,), np.int64),
    ((LONGEST, 2), np.int64),
    ((MOST, 4), np.int64),
    ((LARGEST,), np.float64),
)  # of one camp


class Hunter(NamedTuple):
    """What a hunter sees and remembers."""

    number: int
    margin: int  # see `CompiledTeam`
    time: int
    row: int
    col: int
    around: NDArray[np.int32]  # (k, k) see `Sights`
    state: NDArray[np.int64]  # (COLUMNS,)
    map: NDArray[np.uint8]  # (S, S) BLOCKED, SUSPECT
    seen: NDArray[np.int32]  # (S, S) 1 + round of the last view of the cell, 0 for none
    held: NDArray[np.int32]  # (S, S) 1 + round in which another agent was last seen there, 0 for none
    camps: Camps


@kernel()
def learn(hunter: Hunter) -> None:
    """Update the memory with the view."""
    view, now, half = hunter.around, hunter.state, hunter.around.shape[0] // 2
    now[HUNTERS] = max(now[HUNTERS], hunter.number + 1)
    for y in range(2 * half + 1):
        for x in range(2 * half + 1):
            row, col = hunter.row + y - half + hunter.margin, hunter.col + x - half + hunter.margin
            hunter.seen[row, col] = hunter.time + 1
            if view[y, x] >= AGENT and (y != half or x != half):
                hunter.held[row, col] = hunter.time + 1
                now[HUNTERS] = max(now[HUNTERS], ((view[y, x] - AGENT) >> 1) + 1)
            elif view[y, x] == WALL:
                hunter.map[row, col] |= BLOCKED
    learn_extent(now, view, hunter.row - half, hunter.col - half)


@kernel()
def begin_hunt(hunter: Hunter) -> None:
    """Use the rules: hunters start in rows up to half the width, the prey far from them."""
    view, now, half = hunter.around, hunter.state, hunter.around.shape[0] // 2
    for y in range(2 * half + 1):
        for x in range(2 * half + 1):
            if view[y, x] >= AGENT:
                at_least(now, WIDTH, 2 * (hunter.row + y - half))
                at_least(now, HEIGHT, 2 * (hunter.col + x - half))
    suspect(hunter, now[HEIGHT] // 2 + 1, now[WIDTH] // 2 + 1, -1, -1, FAR)


@kernel()
def suspect(hunter: Hunter, top: int, left: int, row: int, col: int, steps: int) -> None:
    """Suspect the prey on the inner cells from (top, left) on, at most so many steps from (row, col)."""
    now, margin = hunter.state, hunter.margin
    for y in range(hunter.map.shape[0]):
        for x in range(hunter.map.shape[1]):
            hunter.map[y, x] &= BLOCKED
    now[SUSPECTS] = 0
    for y in range(top, now[HEIGHT] - 1):
        for x in range(left, now[WIDTH] - 1):
            if abs(y - row) + abs(x - col) <= steps:
                hunter.map[y + margin, x + margin] |= SUSPECT
                now[SUSPECTS] += 1


@kernel()
def is_inner(hunter: Hunter, row: int, col: int) -> bool:
    """Whether a cell lies within the border and is no known wall."""
    now, margin = hunter.state, hunter.margin
    if not (0 < row < now[HEIGHT] - 1 and 0 < col < now[WIDTH] - 1):
        return False
    return bool(not hunter.map[row + margin, col + margin] & BLOCKED)


@kernel()
def sees(hunter: Hunter, row: int, col: int) -> bool:
    """Whether a cell is in view."""
    half = hunter.around.shape[0] // 2
    return bool(abs(row - hunter.row) <= half and abs(col - hunter.col) <= half)


@kernel()
def cell_at(hunter: Hunter, row: int, col: int) -> int:
    """What is seen on a cell in view."""
    half = hunter.around.shape[0] // 2
    return int(hunter.around[row - hunter.row + half, col - hunter.col + half])


@kernel()
def track(hunter: Hunter) -> None:
    """Update where the prey is or may be."""
    now, view, half, margin = hunter.state, hunter.around, hunter.around.shape[0] // 2, hunter.margin
    now[WAITED] += 1
    for y in range(2 * half + 1):
        for x in range(2 * half + 1):
            if view[y, x] != PREY:
                continue
            row, col = hunter.row + y - half, hunter.col + x - half
            stayed = row == now[PREY_ROW] and col == now[PREY_COL]
            now[UNCAUGHT] = now[UNCAUGHT] + 1 if stayed else 0
            now[PREY_ROW], now[PREY_COL], now[TARGET_ROW] = row, col, -1
            now[WAITED], now[SEARCHES], now[LOST] = 0, 0, hunter.time
            suspect(hunter, FAR, FAR, row, col, 0)
            hunter.map[row + margin, col + margin] |= SUSPECT
            now[SUSPECTS] = 1
            return
    now[UNCAUGHT] = 0
    row, col = now[PREY_ROW], now[PREY_COL]
    if row >= 0 and sees(hunter, row, col):
        now[PREY_ROW] = -1
        if is_surrounded(hunter, row, col):  # caught
            now[WAITED], now[LOST] = 0, hunter.time
            suspect(hunter, FAR, FAR, row, col, 0)
        else:
            suspect(hunter, 1, 1, row, col, LEAP)
    if now[SUSPECTS]:
        for y in range(-half, half + 1):
            for x in range(-half, half + 1):
                at_row, at_col = hunter.row + y + margin, hunter.col + x + margin
                now[SUSPECTS] -= hunter.map[at_row, at_col] & SUSPECT > 0
                hunter.map[at_row, at_col] &= BLOCKED
        if now[SUSPECTS] == 0:
            now[WAITED], now[LOST] = 0, hunter.time  # not where it was: others caught it


@kernel()
def is_surrounded(hunter: Hunter, row: int, col: int) -> bool:
    """Whether agents stand on all free sides of a cell that are in view."""
    for move in range(1, 5):
        y, x = row + STEP_ROWS[move], col + STEP_COLS[move]
        if is_inner(hunter, y, x) and sees(hunter, y, x) and cell_at(hunter, y, x) < AGENT:
            return False
    return True


@kernel()
def is_trap(hunter: Hunter, camp: int) -> bool:
    """Whether the prey stands in a trap."""
    now, camps = hunter.state, hunter.camps
    for i in range(camps.sizes[camp, 0]):
        if camps.traps[camp, i, 0] == now[PREY_ROW] and camps.traps[camp, i, 1] == now[PREY_COL]:
            return True
    return False


@kernel()
def side_to_take(hunter: Hunter) -> tuple[int, int]:
    """This hunter's side of the prey in sight, (-1, -1) if none; the nearest pairs are assigned first."""
    now, half = hunter.state, hunter.around.shape[0] // 2
    free = 0  # sides of the prey, as bits by move
    for move in range(1, 5):
        y, x = now[PREY_ROW] + STEP_ROWS[move], now[PREY_COL] + STEP_COLS[move]
        if is_inner(hunter, y, x):
            held = hunter.held[y + hunter.margin, x + hunter.margin]
            held = held and not sees(hunter, y, x) and hunter.time - (held - 1) <= MEMORY
            free |= 0 if held else 1 << move
    # Of equal pairs the first hunter goes first, then the first side: above, left, right, below.
    one, two, three = -1, -1, -1  # hunters that have a side
    while free:
        best = FARTHEST
        for i in range((2 * half + 1) ** 2):
            row, col = hunter.row + i // (2 * half + 1) - half, hunter.col + i % (2 * half + 1) - half
            if cell_at(hunter, row, col) < AGENT or i in (one, two, three):
                continue
            for place in range(4):
                move = SIDES[place]
                y, x = now[PREY_ROW] + STEP_ROWS[move], now[PREY_COL] + STEP_COLS[move]
                if free >> move & 1:
                    best = min(best, ((abs(y - row) + abs(x - col)) << 32) + (i << 2) + place)
        if best == FARTHEST:
            break
        i, move = (best & 0xFFFFFFFF) >> 2, SIDES[best & 3]
        if i == 2 * half * (half + 1):
            return now[PREY_ROW] + STEP_ROWS[move], now[PREY_COL] + STEP_COLS[move]
        one, two, three = i, one, two
        free &= ~(1 << move)
    return -1, -1
