"""The first steps of the shortest ways, found outwards from where one stands."""

from collections.abc import Callable, Container

from swarm_env.agents.scripted.expert import Cell, beside

LIMIT = 5000  # cells after which the search gives up; for maps without an end


def first_moves(
    here: Cell, goals: Container[Cell], is_open: Callable[[Cell], bool], limit: int = LIMIT
) -> list[tuple[int, Cell]]:
    """The moves that begin a shortest way to the nearest goal.

    Args:
        here: Where the way begins.
        goals: Where it may end; a goal must be open to be reached.
        is_open: Whether a cell can be walked on.
        limit: Cells that are looked at, at most.

    Returns:
        Moves with the cells they lead to; none if `here` is a goal or no goal can be reached.
    """
    if here in goals:
        return []
    starts = [(move, cell) for move, cell in beside(here) if is_open(cell)]
    # by cell, which of the starts (as bits) begin a shortest way to it
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
