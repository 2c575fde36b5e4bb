"""Put agents and objects on the map of a world, change them and take them away.

These helpers keep the map and the arrays consistent.
"""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.state import (
    ALIVE,
    AWAY,
    EMPTY,
    FIRST_CELL,
    GONE,
    LEAVING,
    MASS,
    NUM_CELLS,
    PRESENT,
    STATIC,
    TEAM,
    WALL,
    WorldArrays,
    index,
)


@kernel()
def clear_map(world: WorldArrays, w: int) -> None:
    """Empty the map of world `w`: no objects, no agents in play."""
    sizes = world.sizes
    cells, who = world.cells[w], world.who[w]
    for row in range(sizes.height):
        start = index(world, row, 0)
        for q in range(start, start + sizes.width):
            cells[q] = EMPTY
    for o in range(sizes.num_objects):
        if world.objects[w, o, ALIVE]:
            first = world.objects[w, o, FIRST_CELL]
            for c in range(first, first + world.objects[w, o, NUM_CELLS]):
                who[index(world, world.object_cells[w, c, 0], world.object_cells[w, c, 1])] = -1
        world.objects[w, o, ALIVE] = 0
    for a in range(sizes.num_agents):
        world.active[w, a] = GONE


@kernel()
def place_ring(world: WorldArrays, w: int) -> None:
    """Put a wall on the outermost cells of the map."""
    sizes = world.sizes
    cells = world.cells[w]
    for row in (0, sizes.height - 1):
        for col in range(sizes.width):
            cells[index(world, row, col)] = WALL
    for row in range(sizes.height):
        cells[index(world, row, 0)] = WALL
        cells[index(world, row, sizes.width - 1)] = WALL


@kernel(inline=True)
def first_look(world: WorldArrays, a: int) -> int:
    """How many kinds of agents come before those of the team of agent `a`."""
    return int(world.agents[a, TEAM]) * world.sizes.looks if world.sizes.unlike else 0


@kernel(inline=True)
def place_agent(world: WorldArrays, w: int, a: int, row: int, col: int, mark: int) -> None:
    """Put agent `a` on a cell, in play, with its mark."""
    q = index(world, row, col)
    world.cells[w, q] = world.sizes.first_agent + first_look(world, a) + mark
    world.who[w, q] = a
    world.position[w, a, 0], world.position[w, a, 1] = row, col
    world.mark[w, a] = mark
    world.active[w, a] = PRESENT


@kernel(inline=True)
def set_mark(world: WorldArrays, w: int, a: int, mark: int) -> None:
    """Change the mark of an agent in play."""
    world.mark[w, a] = mark
    q = index(world, world.position[w, a, 0], world.position[w, a, 1])
    world.cells[w, np.uint64(q)] = world.sizes.first_agent + first_look(world, a) + mark


@kernel()
def place_object(world: WorldArrays, w: int, o: int, code: int, mass: int, static: int) -> None:
    """Put object `o` on the map; its cells outside the map only block.

    FIRST_CELL, NUM_CELLS and the rows and columns in `object_cells` must be set before.
    """
    sizes = world.sizes
    world.objects[w, o, MASS], world.objects[w, o, STATIC], world.objects[w, o, ALIVE] = mass, static, 1
    first = world.objects[w, o, FIRST_CELL]
    for c in range(first, first + world.objects[w, o, NUM_CELLS]):
        row, col = world.object_cells[w, c, 0], world.object_cells[w, c, 1]
        q = index(world, row, col)
        if 0 <= row < sizes.height and 0 <= col < sizes.width:
            world.cells[w, q] = code
        world.who[w, q] = sizes.num_agents + o


@kernel(inline=True)
def move_single(world: WorldArrays, w: int, o: int, row: int, col: int) -> None:
    """Move object `o` of one cell to a free cell of the map."""
    c = world.objects[w, o, FIRST_CELL]
    old = index(world, world.object_cells[w, c, 0], world.object_cells[w, c, 1])
    new = index(world, row, col)
    code = world.cells[w, old]
    world.cells[w, old] = EMPTY
    world.cells[w, new] = code
    if world.sizes.indexed:
        world.who[w, new] = world.sizes.num_agents + o
    world.object_cells[w, c, 0], world.object_cells[w, c, 1] = row, col


@kernel()
def take_away(world: WorldArrays, w: int, a: int, returns: int) -> None:
    """Take an agent in play off the map: for good, or until `place_agent` puts it back if `returns`.

    Who returns stays in the episode: it sees nothing, cannot act, and is still paid.
    """
    q = index(world, world.position[w, a, 0], world.position[w, a, 1])
    world.cells[w, q] = EMPTY
    world.who[w, q] = -1
    world.position[w, a, 0], world.position[w, a, 1] = -1, -1
    world.active[w, a] = AWAY if returns else LEAVING
