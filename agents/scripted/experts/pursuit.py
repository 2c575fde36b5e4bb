"""Hunt the first prey, then wait where the next ones must appear.

A hunter that sees the prey assigns its free sides to the hunters in sight (the nearest pairs first) and goes
to its own side, if any. Without prey in sight it searches: first the quarter where the prey starts, later
where danger is least.

After a catch the next prey appears where danger is least, and the hunters themselves create danger: on maps
of medium size they can make the least danger lie on cells whose four sides they hold (`ambush.py`). Each
hunter has a post by its number. The core and the decoys keep their posts; some wings hunt the first prey, and
all wings leave their posts after some rounds without prey. A complete camp catches a prey nearly every round.
Without such a camp, or on a map of unknown size, all follow the same tour through the map, to meet the prey
together.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.ambush import MOST, plan_camp, wall_danger
from swarm_env.agents.scripted.expert import STAY
from swarm_env.agents.scripted.hunter import (
    BLOCKED,
    CAMP,
    COL,
    COLUMNS,
    FAR,
    HUNTERS,
    HUNTS_FIRST,
    KEY,
    LOST,
    PATIENT,
    PREY_COL,
    PREY_ROW,
    ROW,
    SEARCHES,
    SHAPES,
    SUSPECT,
    SUSPECTS,
    TARGET_COL,
    TARGET_ROW,
    UNCAUGHT,
    WAITED,
    Camps,
    Hunter,
    begin_hunt,
    cell_at,
    is_inner,
    is_trap,
    learn,
    sees,
    side_to_take,
    track,
)
from swarm_env.agents.scripted.map_extent import HEIGHT, USUAL_SIDE, WIDTH, trusts
from swarm_env.agents.scripted.pusher import GOAL, OPEN, Walk, make_scratch, push_towards
from swarm_env.agents.scripted.sights import AGENT, CompiledTeam, Sights, larger

from swarm_env.engine.compiler import kernel

USUAL_HUNTERS = 10
MISSED = 8  # rounds after which others take the open side of a prey in a trap
ALARM = 4  # rounds without prey in any trap after which a wing leaves its post
# The same for the other roles, and for wings that see only some traps.
PATIENCE = {"core": 25, "wing": 6, "decoy": 1_000}


class Memory(NamedTuple):
    """What N agents remember, a row for each; see `Hunter`."""

    numbers: NDArray[np.int64]
    margin: int
    state: NDArray[np.int64]
    map: NDArray[np.uint8]
    seen: NDArray[np.int32]
    held: NDArray[np.int32]
    camps: Camps


class Expert(CompiledTeam):
    """One hunter per agent."""

    def begin(self) -> None:
        """Set up the memory."""
        n = len(self.numbers)
        self._state = np.zeros((n, COLUMNS), np.int64)
        self._state[:, [HEIGHT, WIDTH]], self._state[:, HUNTERS] = USUAL_SIDE, USUAL_HUNTERS
        self._state[:, [PREY_ROW, TARGET_ROW]] = -1
        self._map, self._seen, self._held = (
            np.zeros((n, 0, 0), kind) for kind in (np.uint8, np.int32, np.int32)
        )
        self._slots: dict[int, int] = {0: 0}  # of camps, by key
        self._camps = Camps(*(np.zeros((0, *shape), kind) for shape, kind in SHAPES))

    def make_room(self, side: int) -> None:
        """Enlarge the remembered maps; at first a side is taken for twice a place, see `begin_hunt`."""
        self.side = side = 2 * side + USUAL_SIDE
        self._map, self._seen, self._held = (larger(one, side) for one in (self._map, self._seen, self._held))
        self._scratch = make_scratch(side)

    def moves(self, sights: Sights) -> NDArray[np.int8]:
        """(n,) the moves of agents who see this."""
        moves = np.empty(len(sights.rows), np.int8)
        now = (sights.rows, sights.cells, sights.places, sights.round)
        memory = (self.numbers, self.margin, self._state, self._map, self._seen, self._held)
        if look(*now, Memory(*memory, self._camps)):
            for row in sights.rows:
                self._state[row, CAMP] = self._slot_of(int(self._state[row, KEY]))
        decide(*now, Memory(*memory, self._camps), self.words, self.drawn, *self._scratch, moves)
        return moves

    def _slot_of(self, key: int) -> int:
        """Index of a camp + 1, 0 if there is none; it is planned if it is new."""
        if key not in self._slots:
            height, width, hunters = key >> 40, key >> 20 & 0xFFFFF, key & 0xFFFFF
            camp, walls = plan_camp(height, width, hunters), wall_danger(height, width)
            self._slots[key] = 0
            if camp is not None:
                self._slots[key] = len(self._camps.sizes) + 1
                made = Camps(*(np.zeros((1, *shape), kind) for shape, kind in SHAPES))
                made.sizes[0] = len(camp.traps), len(camp.posts)
                made.traps[0, : len(camp.traps)] = camp.traps
                made.danger[0, : height * width] = camp.danger.ravel()
                for place, (row, col) in enumerate(camp.posts):
                    role = camp.role((row, col))
                    near = role == "wing" and camp.oversees((row, col), self.brief.view_size // 2)
                    hunts = role == "wing" and walls[row, col - 1] <= walls[row, col]
                    made.posts[0, place] = row, col, ALARM if near else PATIENCE[role], hunts
                joined: Any = map(np.concatenate, zip(self._camps, made, strict=True))
                self._camps = Camps(*joined)
        return self._slots[key]


@kernel()
def hunter_of(
    memory: Memory, m: int, cells: NDArray[np.int32], place: NDArray[np.int32], time: int
) -> Hunter:
    """Agent `m` with what it sees and remembers."""
    return Hunter(
        memory.numbers[m], memory.margin, time, place[0], place[1], cells, memory.state[m], memory.map[m],
        memory.seen[m], memory.held[m], memory.camps,
    )  # fmt: skip


@kernel(wrapped=True)
def look(
    rows: NDArray[np.int64], cells: NDArray[np.int32], places: NDArray[np.int32], time: int, memory: Memory
) -> bool:
    """Update what the agents in `rows` know; returns whether one of them needs another camp."""
    changed = False
    for i in range(len(rows)):
        hunter = hunter_of(memory, rows[i], cells[i], places[i], time)
        learn(hunter)
        if time == 0:
            begin_hunt(hunter)
        now, key = hunter.state, 0
        if trusts(now):
            key = now[HEIGHT] << 40 | now[WIDTH] << 20 | min(now[HUNTERS], MOST)
        changed |= key != now[KEY]
        now[KEY] = key
    return changed


@kernel(wrapped=True)
def decide(
    rows: NDArray[np.int64], cells: NDArray[np.int32], places: NDArray[np.int32], time: int, memory: Memory,
    words: NDArray[np.uint32], drawn: NDArray[np.int64], open: NDArray[np.uint8], steps: NDArray[np.int32],
    starts: NDArray[np.uint8], queue: NDArray[np.int32], moves: NDArray[np.int8],
) -> None:  # fmt: skip
    """Decide for all agents in `rows`, after `look`."""
    margin, camps = memory.margin, memory.camps
    for i in range(len(rows)):
        m = rows[i]
        hunter = hunter_of(memory, m, cells[i], places[i], time)
        track(hunter)
        row, col = goal_of(hunter)
        if row == hunter.row and col == hunter.col:
            moves[i] = STAY
            continue
        camp, away_row, away_col = hunter.state[CAMP] - 1, -1, -1
        if camp >= 0:
            trap = camps.traps[camp, camps.sizes[camp, 0] // 2]
            away_row, away_col = trap[0] + margin, trap[1] + margin
        walk = Walk(
            hunter.row + margin, hunter.col + margin, m, away_row, away_col, hunter.around, words, drawn,
            open, steps, starts, queue,
        )  # fmt: skip
        open_cells(hunter, walk, row, col)
        moves[i] = push_towards(walk)


# Where it goes.


@kernel()
def goal_of(hunter: Hunter) -> tuple[int, int]:
    """The cell to go to."""
    now, camps = hunter.state, hunter.camps
    camp = now[CAMP] - 1
    has_post = camp >= 0 and hunter.number < camps.sizes[camp, 1]
    post = camps.posts[camp, hunter.number] if has_post else now  # now: never read
    if now[PREY_ROW] >= 0 and sees(hunter, now[PREY_ROW], now[PREY_COL]):
        coming = camp >= 0 and is_trap(hunter, camp) and now[UNCAUGHT] < MISSED
        if not (coming and has_post):
            row, col = side_to_take(hunter)
            if row >= 0:
                return row, col
        return (post[ROW], post[COL]) if has_post else hunt(hunter)
    if not has_post or (now[SUSPECTS] and post[HUNTS_FIRST]):
        return hunt(hunter)
    now[SEARCHES] = now[WAITED] > 0 and (now[SEARCHES] or now[WAITED] > post[PATIENT])
    return hunt(hunter) if now[SEARCHES] else (post[ROW], post[COL])


@kernel()
def hunt(hunter: Hunter) -> tuple[int, int]:
    """A cell to search."""
    now, margin = hunter.state, hunter.margin
    if now[SUSPECTS]:
        best, row, col = FAR, hunter.row, hunter.col
        for y in range(hunter.map.shape[0]):
            for x in range(hunter.map.shape[1]):
                away = abs(y - margin - hunter.row) + abs(x - margin - hunter.col)
                if hunter.map[y, x] & SUSPECT and away < best:
                    best, row, col = away, y - margin, x - margin
        return row, col
    if now[CAMP] == 0:
        return tour(hunter)
    row, col = now[TARGET_ROW], now[TARGET_COL]
    if row >= 0 and (sees(hunter, row, col) or not is_inner(hunter, row, col)):
        now[WAITED], now[SEARCHES], now[TARGET_ROW] = 0, 0, -1  # not there: back to the post
        return hunter.row, hunter.col
    if row < 0:
        set_target(hunter)
    return now[TARGET_ROW], now[TARGET_COL]


@kernel()
def set_target(hunter: Hunter) -> None:
    """Choose the cell to search with the least danger, seen least since the prey was lost, and near."""
    now, least = hunter.state, np.inf
    danger = hunter.camps.danger[now[CAMP] - 1]
    now[TARGET_ROW], now[TARGET_COL] = hunter.row, hunter.col
    for row in range(1, now[HEIGHT] - 1):
        for col in range(1, now[WIDTH] - 1):
            if not is_inner(hunter, row, col):
                continue
            looked = max(hunter.seen[row + hunter.margin, col + hunter.margin] - 1 - now[LOST], 0)
            away = abs(row - hunter.row) + abs(col - hunter.col)
            doubt = danger[row * now[WIDTH] + col] + looked + 0.15 * away
            if doubt < least:
                least, now[TARGET_ROW], now[TARGET_COL] = doubt, row, col


@kernel()
def tour(hunter: Hunter) -> tuple[int, int]:
    """The present stop of the common tour of hunters without prey and camp."""
    now, half = hunter.state, hunter.around.shape[0] // 2
    stride = 2 * half + 1
    rows = max(0, (now[HEIGHT] - 2 - half + stride - 1) // stride)
    cols = max(0, (now[WIDTH] - 2 - half + stride - 1) // stride)
    if rows == 0 or cols == 0:
        return hunter.row, hunter.col
    stop = hunter.time // (stride + 1) % (rows * cols)
    row, place = 1 + half + stop // cols * stride, stop % cols
    if row % (2 * stride) >= stride:
        place = cols - 1 - place
    return row, 1 + half + place * stride


@kernel()
def open_cells(hunter: Hunter, walk: Walk, row: int, col: int) -> None:
    """Open the cells on which the hunter may walk to (row, col): not those of hunters that should stay."""
    now, margin, half, cells = hunter.state, hunter.margin, hunter.around.shape[0] // 2, walk.cells
    cells[:] = 0
    for y in range(1, now[HEIGHT] - 1):
        for x in range(1, now[WIDTH] - 1):
            cells[y + margin, x + margin] = OPEN * (not hunter.map[y + margin, x + margin] & BLOCKED)
    is_open = cells[row + margin, col + margin]
    for y in range(hunter.row - half, hunter.row + half + 1):
        for x in range(hunter.col - half, hunter.col + half + 1):
            is_other = cell_at(hunter, y, x) >= AGENT and not (y == hunter.row and x == hunter.col)
            if is_other and is_firm(hunter, y, x):
                cells[y + margin, x + margin] = 0
    if now[PREY_ROW] >= 0:
        cells[now[PREY_ROW] + margin, now[PREY_COL] + margin] = 0
    cells[row + margin, col + margin] = is_open | GOAL


@kernel()
def is_firm(hunter: Hunter, row: int, col: int) -> bool:
    """Whether a hunter there should stay: at a post, or beside the prey."""
    now, camps, camp = hunter.state, hunter.camps, hunter.state[CAMP] - 1
    if now[PREY_ROW] >= 0 and abs(row - now[PREY_ROW]) + abs(col - now[PREY_COL]) == 1:
        return True
    if camp >= 0:
        for post in camps.posts[camp, : camps.sizes[camp, 1]]:
            if post[ROW] == row and post[COL] == col:
                return True
    return False
