"""Foraging with the whole map in sight: every body's way is planned to the last round before the first step.

Bodies are planned one after another (cooperative search in space and time; D. Silver, AIIDE 2005). Each
takes, among all plans through cells and rounds that leave the plans planned before alone, one with the
most deliveries. Nobody ever pushes anybody, so that what was planned is what happens.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

Cell = tuple[int, int]  # row, column
STEPS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))  # STAY, UP, DOWN, LEFT, RIGHT


class State(NamedTuple):
    """Where a body is and whether it carries."""

    cell: Cell
    carries: bool


class LiveRun(NamedTuple):
    """What a body does: its cell at the start and after every round, its moves, its deliveries."""

    cells: list[Cell]
    moves: list[int]
    deliveries: int


class Field:
    """The map without bodies.

    Args:
        grid: Rows of symbols.
    """

    def __init__(self, grid: Sequence[str]) -> None:
        symbols = {(i, j): symbol for i, row in enumerate(grid) for j, symbol in enumerate(row)}
        self.free = {cell for cell, symbol in symbols.items() if symbol in ".Aa"}
        self.takes = {cell for cell in self.free if _is_beside(cell, symbols, "F")}
        self.gives = {cell for cell in self.free if _is_beside(cell, symbols, "N")}

    def arrive(self, cell: Cell, carries: bool) -> tuple[State, int]:
        """What becomes of a body that ends a round at a cell, and what it delivers."""
        carries = carries or cell in self.takes
        if carries and cell in self.gives:
            return State(cell, False), 1
        return State(cell, carries), 0


def _is_beside(cell: Cell, symbols: Mapping[Cell, str], symbol: str) -> bool:
    return any(symbols.get((cell[0] + i, cell[1] + j)) == symbol for i, j in STEPS[1:])


class Bookings:
    """Who is where when, of the plans planned so far."""

    def __init__(self) -> None:
        self._leaving: dict[tuple[int, Cell], int] = {}  # (round, cell at its start): move that leaves it
        self._entering: dict[tuple[int, Cell], int] = {}  # (round, cell at its end): move that came there

    def add(self, plan: LiveRun) -> None:
        """Book a plan."""
        for number, (move, (start, end)) in enumerate(zip(plan.moves, pairwise(plan.cells), strict=True)):
            self._leaving[number, start] = move
            self._entering[number, end] = move

    def allow(self, number: int, start: Cell, move: int, end: Cell) -> bool:
        """Whether a step meets nobody.

        Moves of a round happen in the order UP, DOWN, LEFT, RIGHT: a cell can be entered in the round in
        which it is left only by the same move as it is left by, or by a later one.
        """
        if (number, end) in self._entering:
            return False
        if move and (number, end) in self._leaving and not 0 < self._leaving[number, end] <= move:
            return False
        return (number, start) not in self._entering or 0 < move <= self._entering[number, start]


def plan_live_run(field: Field, start: State, rounds: int, bookings: Bookings) -> LiveRun | None:
    """The plan of one body with the most deliveries; None if it cannot get out of the others' way."""
    layers: list[dict[State, tuple[int, State, int]]] = []  # of each round: deliveries, state before, move
    here = {start: 0}
    for number in range(rounds):
        layer: dict[State, tuple[int, State, int]] = {}
        for state, delivered in here.items():
            row, col = state.cell
            for move, (down, right) in enumerate(STEPS):
                cell = row + down, col + right
                if cell in field.free and bookings.allow(number, state.cell, move, cell):
                    after, more = field.arrive(cell, state.carries)
                    if after not in layer or delivered + more > layer[after][0]:
                        layer[after] = delivered + more, state, move
        layers.append(layer)
        here = {state: reached[0] for state, reached in layer.items()}
        if not here:
            return None
    state = max(here, key=lambda state: here[state])
    cells, moves, deliveries = [state.cell], [], here[state]
    for layer in reversed(layers):
        _, state, move = layer[state]
        cells.append(state.cell)
        moves.append(move)
    return LiveRun(cells[::-1], moves[::-1], deliveries)


def plan(grid: Sequence[str], starts: Sequence[State], rounds: int, tries: int = 2) -> list[LiveRun]:
    """Plans for all bodies.

    Args:
        grid: The map at the start, rows of symbols.
        starts: Where the bodies are.
        rounds: Rounds to plan.
        tries: Orders of planning that are tried; the best one counts.

    Returns:
        One plan per body.

    Raises:
        RuntimeError: If no order was found in which all find a way.
    """
    field, random = Field(grid), Random(0)
    best: list[LiveRun] = []
    order = list(range(len(starts)))
    for attempt in range(20 * tries):
        plans = _plan_in_order(field, starts, rounds, order)
        if plans and sum(c.deliveries for c in plans) > sum(c.deliveries for c in best):
            best = plans
        if best and attempt >= tries - 1:
            return best
        random.shuffle(order)
    raise RuntimeError("No order was found in which all bodies find a way.")


def _plan_in_order(
    field: Field, starts: Sequence[State], rounds: int, order: Sequence[int]
) -> list[LiveRun] | None:
    bookings = Bookings()
    plans: dict[int, LiveRun] = {}
    for index in order:
        plan = plan_live_run(field, starts[index], rounds, bookings)
        if plan is None:
            return None
        bookings.add(plan)
        plans[index] = plan
    return [plans[index] for index in range(len(starts))]


def shortest_ways(grid: Sequence[str], starts: Sequence[State], rounds: int) -> int:
    """Deliveries if bodies could walk through each other: the most that can be done without being pushed."""
    field = Field(grid)
    plans = [plan_live_run(field, start, rounds, Bookings()) for start in starts]
    return sum(plan.deliveries for plan in plans if plan)
