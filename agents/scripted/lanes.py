"""Ways to a goal that keep to the right, so that those who come and those who go seldom meet."""

import heapq
from collections.abc import Mapping

from swarm_env.agents.scripted.expert import FREE, OUTSIDE, RIGHT_HAND, STEPS, Cell

STEP = 4  # cost of a step
ASIDE = 1  # what it costs more with nothing at the right hand
WRONG = 6  # what it costs more with a wall (food, nest) at the left hand and none at the right


def lanes(goals: Mapping[Cell, int], symbols: Mapping[Cell, str]) -> dict[Cell, int]:
    """Cost of the cheapest way from every cell to a goal (E. Dijkstra, 1959).

    Args:
        goals: Where the way may end, and what it costs to end there.
        symbols: The map; what is not in it counts as free to the eye but is not walked on.

    Returns:
        The cost by cell; cells that no way leads from are missing.
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
    """Whether something stands at a cell that is no agent."""
    return symbols.get((row, col), FREE) not in (FREE, OUTSIDE)
