"""Meet at a place that needs no agreement, each agent at its own cell.

Agents perceive their position, and all maps begin at (0, 0): the outline is built with its upper left corner
at (3, 3), with some room around it. Agent k goes to the k-th cell of the outline, clockwise; agents with
higher numbers keep away from it. An agent that sees an obstacle on the outline (a small or custom map) goes
on to the next place of a list that is the same for all.

Agents see the numbers of others, so they know the goals of all agents in sight and make way for each other
(`traffic.py`): the one farthest from its cell goes first, one that has arrived steps aside and returns. An
agent without progress for some rounds randomizes its preferences.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import FREE, STAY, Cell
from swarm_env.agents.scripted.sights import AGENT, CompiledTeam, Sights, larger
from swarm_env.agents.scripted.traffic import (
    NEVER,
    STEP_COLS,
    STEP_ROWS,
    Traffic,
    find_agents,
    hesitant_move,
    lack_of_patience,
    make_traffic,
)

from swarm_env.engine.compiler import kernel

FIRST = 3  # row and column of the first meeting place [cells]
SPREAD = 40  # rows and columns over which meeting places are looked for
MARGIN = 2  # distance of agents without a cell from the outline [cells]
FAR = 1_000_000
CHANCE = 8  # maximum random cost of the moves of an agent without progress
OCCUPIED, WAITING = 0.5, 0.75  # extra cost of a move onto an agent, and of staying
FLOOR, SOLID = ord(FREE), 128  # SOLID is added to a remembered cell that ever was an obstacle
PLACE, ROWS, COLS, KNOWS = range(4)  # columns of `state`


@lru_cache(maxsize=16)
def outline(side: int) -> tuple[Cell, ...]:
    """The cells of the outline of a square, clockwise from its upper left corner at (0, 0)."""
    last = side - 1
    top = [(0, col) for col in range(last)]
    right = [(row, last) for row in range(last)]
    bottom = [(last, col) for col in range(last, 0, -1)]
    left = [(row, 0) for row in range(last, 0, -1)]
    return tuple(top + right + bottom + left)


@lru_cache(maxsize=1)
def meeting_places() -> tuple[Cell, ...]:
    """Possible upper left corners of the outline, in the common order of trials."""
    lines = range(1, SPREAD)
    places = [(row, col) for row in lines for col in lines]
    return tuple(sorted(places, key=lambda p: (max(abs(p[0] - FIRST), abs(p[1] - FIRST)), sum(p), p)))


class Plan(NamedTuple):
    """What an agent remembers and intends."""

    side: int  # of the outline
    margin: int  # see `CompiledTeam`
    number: int  # own number
    outline: NDArray[np.int64]  # (cells, 2)
    corners: NDArray[np.int64]  # (places, 2) meeting places
    seen: NDArray[np.uint8]  # (S, S) last seen symbol of each cell, 0 if unseen; agents stand on floor
    ways: NDArray[np.int32]  # (S, S) 1 + steps to its own cell, 0 if there is no way
    state: NDArray[np.int64]  # (4,) index of the place, last seen row and column, 1 if `ways` are known
    queue: NDArray[np.int32]  # (S * S,) scratch


class Expert(CompiledTeam):
    """One member per agent."""

    def begin(self) -> None:
        """Set up the memory."""
        side, n = int(self.brief.facts["side"]), len(self.numbers)
        self._outline = np.array(outline(side), np.int64).reshape(-1, 2)
        self._corners, self._square = np.array(meeting_places()), side
        self._traffic = make_traffic(self.brief.view_size)
        self._state, self._impatience = np.zeros((n, 4), np.int64), np.full((n, 5), np.nan)
        self._seen, self._ways = np.zeros((n, 0, 0), np.uint8), np.zeros((n, 0, 0), np.int32)
        self._least = SPREAD + side + 2 * self.margin

    def make_room(self, side: int) -> None:
        """Enlarge the remembered maps."""
        self.side = side = max(side, self._least)
        self._seen, self._ways = larger(self._seen, side), larger(self._ways, side)
        self._queue = np.zeros(side * side, np.int32)

    def moves(self, sights: Sights) -> NDArray[np.int8]:
        """(n,) the moves of agents who see this."""
        moves = np.empty(len(sights.rows), np.int8)
        decide(
            *sights[:5], self.numbers, self._square, self.margin, self._outline, self._corners, self._seen,
            self._ways, self._state, self._queue, self._impatience, self.words, self.drawn, self._traffic,
            moves,
        )  # fmt: skip
        return moves


@kernel(wrapped=True)
def decide(
    rows: NDArray[np.int64], cells: NDArray[np.int32], places: NDArray[np.int32], marks: NDArray[np.uint8],
    time: int, numbers: NDArray[np.int64], side: int, margin: int, outline: NDArray[np.int64],
    corners: NDArray[np.int64], seen: NDArray[np.uint8], ways: NDArray[np.int32], state: NDArray[np.int64],
    queue: NDArray[np.int32], impatience: NDArray[np.float64], words: NDArray[np.uint32],
    drawn: NDArray[np.int64], traffic: Traffic, moves: NDArray[np.int8],
) -> None:  # fmt: skip
    """Decide for all agents in `rows`."""
    half = cells.shape[1] // 2
    for i in range(len(rows)):
        m, row, col = rows[i], places[i, 0], places[i, 1]
        plan = Plan(side, margin, numbers[m], outline, corners, seen[m], ways[m], state[m], queue)
        learn(plan, cells[i], row - half, col - half)
        choose_place(plan, row, col)
        goal, distance = plan.state[PLACE], cost(plan, row, col, plan.number)
        chance = CHANCE * lack_of_patience(impatience[m], goal, distance, time)
        count = find_agents(traffic, cells[i])
        for a in range(count):
            top, left = row + traffic.at[a, 0] - 1 - half, col + traffic.at[a, 1] - 1 - half
            set_prices(plan, traffic, a, top, left)
        moves[i] = hesitant_move(traffic, count, chance, words, drawn, m)


@kernel()
def learn(plan: Plan, view: NDArray[np.int32], top: int, left: int) -> None:
    """Update the remembered map with a view; its ways are no longer known if an obstacle is new."""
    k, margin, state = view.shape[0], plan.margin, plan.state
    state[ROWS] = max(state[ROWS], top + k - 1)
    state[COLS] = max(state[COLS], left + k - 1)
    for y in range(k):
        for x in range(k):
            static = FLOOR if view[y, x] >= AGENT else view[y, x]
            before = plan.seen[top + y + margin, left + x + margin]
            if before & (SOLID - 1) == static:
                continue
            if static != FLOOR:
                before |= SOLID
                state[KNOWS] = 0
            plan.seen[top + y + margin, left + x + margin] = (before & SOLID) | static


@kernel()
def choose_place(plan: Plan, row: int, col: int) -> None:
    """Take the next place of the list until it has no known obstacle and can be reached."""
    while not is_possible(plan, row, col) and plan.state[PLACE] + 1 < len(plan.corners):
        plan.state[PLACE] += 1
        plan.state[KNOWS] = 0


@kernel()
def is_possible(plan: Plan, row: int, col: int) -> bool:
    """Whether the planned outline is possible, as far as the agent knows."""
    margin = plan.margin
    top, left = plan.corners[plan.state[PLACE], 0] + margin, plan.corners[plan.state[PLACE], 1] + margin
    for g in range(len(plan.outline)):
        if plan.seen[top + plan.outline[g, 0], left + plan.outline[g, 1]] & SOLID:
            return False
    if plan.number >= len(plan.outline):
        return True
    if not plan.state[KNOWS]:
        goal = plan.outline[plan.number]
        find_ways(plan, top + goal[0], left + goal[1])
        plan.state[KNOWS] = 1
    return bool(plan.ways[row + margin, col + margin] > 0)


@kernel()
def find_ways(plan: Plan, row: int, col: int) -> None:
    """Find the steps to a cell from all connected cells (breadth-first); unseen cells count as floor."""
    margin, side, seen, queue = plan.margin, plan.seen.shape[1], plan.seen, plan.queue
    corner = plan.corners[plan.state[PLACE]]
    rows = max(plan.state[ROWS], corner[0] + plan.side) + 2 + margin
    cols = max(plan.state[COLS], corner[1] + plan.side) + 2 + margin
    plan.ways[:] = 0
    plan.ways[row, col], queue[0], last = 1, row * side + col, 1
    first = 0
    while first < last:
        row, col = divmod(queue[first], side)
        first += 1
        for move in range(1, 5):
            y, x = row + STEP_ROWS[move], col + STEP_COLS[move]
            if not (margin <= y < rows and margin <= x < cols) or plan.ways[y, x] or seen[y, x] & SOLID:
                continue
            plan.ways[y, x] = plan.ways[row, col] + 1
            queue[last] = y * side + x
            last += 1


@kernel()
def cost(plan: Plan, row: int, col: int, number: int) -> int:
    """Distance of an agent from its goal."""
    corner = plan.corners[plan.state[PLACE]]
    top, left, last = corner[0], corner[1], plan.side - 1
    if number >= len(plan.outline):
        away = max(max(top - row, row - top - last), max(left - col, col - left - last))
        return max(0, int(MARGIN + 1 - away))
    if number == plan.number:
        steps = plan.ways[row + plan.margin, col + plan.margin]
        return int(steps) - 1 if steps and plan.state[KNOWS] else FAR
    return int(abs(row - top - plan.outline[number, 0]) + abs(col - left - plan.outline[number, 1]))


@kernel()
def set_prices(plan: Plan, traffic: Traffic, a: int, row: int, col: int) -> None:
    """Set the prices of the moves of agent `a` in the view, which stands at (row, col), and its priority."""
    number = (traffic.kind[a] - AGENT) >> 1
    own = cost(plan, row, col, number)
    traffic.priority[a] = -own
    traffic.price[a, STAY] = own + (0.0 if own == 0 or number >= len(plan.outline) else WAITING)
    for move in range(1, 5):
        y, x = STEP_ROWS[move], STEP_COLS[move]
        if plan.seen[row + y + plan.margin, col + x + plan.margin] & SOLID:
            traffic.price[a, move] = NEVER
            continue
        occupied = traffic.who[traffic.at[a, 0] + y, traffic.at[a, 1] + x] >= 0
        traffic.price[a, move] = cost(plan, row + y, col + x, number) + OCCUPIED * occupied
