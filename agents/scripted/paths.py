"""First moves of shortest paths (breadth-first search from the agent)."""

from collections.abc import Callable, Container

from swarm_env.agents.scripted.expert import Cell, beside

# In kernels too.
LIMIT = 5000  # maximum number of searched cells; for maps without a known border


def first_moves(
    here: Cell, goals: Container[Cell], is_open: Callable[[Cell], bool], limit: int = LIMIT
) -> list[tuple[int, Cell]]:
    """The moves, with target cells, that begin a shortest path to the nearest goal.

    A goal must be open to be reached. Empty if `here` is a goal or no goal is among the first `limit` cells.
    """
    if here in goals:
        return []
    starts = [(move, cell) for move, cell in beside(here) if is_open(cell)]
    # by cell, the starts (as bits) that begin a shortest path to it
    layer = {cell: 1 << index for index, (_, cell) in enumerate(starts)}
    known = {here, *layer}
    while layer and len(known) < limit:
        reached = 0
        for cell, bits in layer.items():
            if cell in goals:
                reached |= bits
        if reached:
            return [start for index, start in enumerate(starts) if reached >> index & 1]
        following: dict[Cell, int] = {}
        for cell, bits in layer.items():
            for _, near in beside(cell):
                if near in following:
                    following[near] |= bits
                elif near not in known and is_open(near):
                    known.add(near)
                    following[near] = bits
        layer = following
    return []
