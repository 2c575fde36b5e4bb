"""Cheapest paths that keep to the right, so that agents in opposite directions seldom meet."""

import heapq
from collections.abc import Mapping

from swarm_env.agents.scripted.expert import FREE, OUTSIDE, RIGHT_HAND, STEPS, Cell

STEP = 4  # cost of a step
ASIDE = 1  # extra cost without a wall at the right hand
WRONG = 6  # extra cost with a wall (food, nest) only at the left hand


def lanes(goals: Mapping[Cell, int], symbols: Mapping[Cell, str]) -> dict[Cell, int]:
    """Cost of the cheapest path to a goal, by cell that has a path (E. Dijkstra, 1959).

    Goals have extra costs. Cells outside the known map `symbols` are no walls, but are not entered.
    """
    costs: dict[Cell, int] = {}
    heap = [(cost, goal) for goal, cost in goals.items()]
    heapq.heapify(heap)
    while heap:
        cost, cell = heapq.heappop(heap)
        if cell in costs:
            continue
        costs[cell] = cost
        for move, (down, right) in STEPS.items():
            before = cell[0] - down, cell[1] - right
            if before in costs or symbols.get(before) != FREE:
                continue
            ahead, aside = STEPS[RIGHT_HAND[move]]
            hugging = _solid(symbols, before[0] + ahead, before[1] + aside)
            wrong = not hugging and _solid(symbols, before[0] - ahead, before[1] - aside)
            more = 0 if hugging else WRONG if wrong else ASIDE
            heapq.heappush(heap, (cost + STEP + more, before))
    return costs


def _solid(symbols: Mapping[Cell, str], row: int, col: int) -> bool:
    """Whether a cell holds an object other than an agent."""
    return symbols.get((row, col), FREE) not in (FREE, OUTSIDE)
