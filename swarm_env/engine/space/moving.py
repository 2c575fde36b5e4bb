"""Where particles in continuous space are, and how they move.

`place` holds fractions of the sides in units of 2**-32, so that a torus wraps by itself. What the map shows
follows from it: `position`, the cell that a particle is in, and the cells, which particles share.
"""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.map.placing import place_agent
from swarm_env.engine.randomness import Integer, number, unit
from swarm_env.engine.space.angles import rotated, sincos
from swarm_env.engine.space.neighbours import Neighbours, sort_particles
from swarm_env.engine.state import EMPTY, PRESENT, TORUS, WorldArrays, index

SIDE = 4294967296.0  # 2 ** 32, one more than the greatest fraction
HALF = 2147483648
LAST = 4294967295
MANY = 20_000  # agents
TURNS = np.array([0.0, 0.5, -0.5, 1.0, -1.0])  # of the greatest: AHEAD, LEFT, RIGHT, HARD_LEFT, …


@kernel(inline=True)
def cell_of(place: Integer, cells: int) -> int:
    """The row or column of a place, on a side of so many cells."""
    return int(np.int64(place) * np.int64(cells) >> 32)


@kernel(inline=True)
def put_particle(world: WorldArrays, w: int, a: int, down: Integer, right: Integer) -> None:
    """Put agent `a` at a place (fractions of the sides in units of 2**-32), in play, with its mark."""
    world.place[w, a, 0], world.place[w, a, 1] = np.uint32(down), np.uint32(right)
    row, col = cell_of(down, world.sizes.height), cell_of(right, world.sizes.width)
    place_agent(world, w, a, row, col, int(world.mark[w, a]))


@kernel()
def scatter(world: WorldArrays, w: int, key: np.uint64) -> None:
    """Put all agents, unmarked, at places drawn evenly, with drawn headings."""
    for a in range(world.sizes.num_agents):
        world.mark[w, a] = 0
        put_particle(
            world, w, a, number(key, 3 * a) >> np.uint64(32), number(key, 3 * a + 1) >> np.uint64(32)
        )
        turn_particle(world, w, a, 0.0, 1.0, unit(key, 3 * a + 2))


@kernel()
def number_by_cell(world: WorldArrays, w: int, near: Neighbours) -> None:
    """Number the agents of a large world just scattered by cell, so that neighbours are close in memory."""
    n = world.sizes.num_agents
    if n < MANY:
        return
    sort_particles(world, w, near)
    for i in range(n):  # the bits of places, while `near` holds the headings
        near.down[i] = np.int32(np.int64(world.place[w, near.order[i], 0]) - HALF)
        near.right[i] = np.int32(np.int64(world.place[w, near.order[i], 1]) - HALF)
    for a in range(n):
        put_particle(world, w, a, np.int64(near.down[a]) + HALF, np.int64(near.right[a]) + HALF)
        world.heading[w, a, 0], world.heading[w, a, 1] = near.head_down[a], near.head_right[a]


@kernel()
def settle(world: WorldArrays, w: int, key: np.uint64) -> None:
    """Put agents that a layout set on the map into the middle of their cells, with drawn headings."""
    sizes = world.sizes
    for a in range(sizes.num_agents):
        if world.heading[w, a, 0] == 0 and world.heading[w, a, 1] == 0:
            row, col = world.position[w, a, 0] + 0.5, world.position[w, a, 1] + 0.5
            world.place[w, a, 0] = np.uint32(np.int64(row * (SIDE / sizes.height)))
            world.place[w, a, 1] = np.uint32(np.int64(col * (SIDE / sizes.width)))
            turn_particle(world, w, a, 0.0, 1.0, unit(key, 3 * a + 2))


@kernel(inline=True)
def turn_particle(world: WorldArrays, w: int, a: int, down: float, right: float, turns: float) -> None:
    """Let agent `a` head in the direction of a vector, turned to the left; (0, 0) keeps its heading's."""
    if down == 0.0 and right == 0.0:
        down, right = float(world.heading[w, a, 0]), float(world.heading[w, a, 1])
    world.heading[w, a, 0], world.heading[w, a, 1] = rotated(down, right, turns)


@kernel(inline=True)
def turn_chosen(world: WorldArrays, w: int, a: int, most: float) -> float:
    """The turn that agent `a` chose this round [turns, to the left], `most` at most."""
    if world.drive.shape[1] > 0:
        return most * float(world.drive[w, a, 0])
    return most * TURNS[world.action[w, a]] if world.action[w, a] < len(TURNS) else 0.0


@kernel(inline=True)
def moved(place: Integer, step: float, wraps: int) -> tuple[int, int]:
    """A coordinate after a step [2**-32 sides], and -1 if the border threw it back, else 1."""
    to, ahead = int(np.int64(place) + np.int64(np.floor(step + 0.5))), 1
    if wraps:
        return to & LAST, ahead
    if to < 0:
        to, ahead = -to, -1
    if to > LAST:
        to, ahead = 2 * LAST - to, -1
    return min(max(to, 0), LAST), ahead


@kernel(inline=True)
def move_particle(world: WorldArrays, w: int, a: int, distance: float) -> None:
    """Move agent `a` ahead [cells]; the map follows in `show_particles`.

    A torus wraps around. In open space the border throws a particle back, and mirrors its heading.
    """
    sizes = world.sizes
    wraps, scale = sizes.space == TORUS, distance * (SIDE / 32768.0)
    down, ahead = moved(world.place[w, a, 0], world.heading[w, a, 0] * (scale / sizes.height), wraps)
    right, along = moved(world.place[w, a, 1], world.heading[w, a, 1] * (scale / sizes.width), wraps)
    world.place[w, a, 0], world.place[w, a, 1] = np.uint32(down), np.uint32(right)
    world.heading[w, a, 0] *= ahead
    world.heading[w, a, 1] *= along
    world.position[w, a, 0] = cell_of(down, sizes.height)
    world.position[w, a, 1] = cell_of(right, sizes.width)


@kernel()
def show_particles(world: WorldArrays, w: int) -> None:
    """Write the map after all have moved: agents where particles are, free cells elsewhere."""
    sizes = world.sizes
    cells = world.cells[w]
    for row in range(sizes.height):
        start = index(world, row, 0)
        for q in range(start, start + sizes.width):
            cells[q] = EMPTY
    for a in range(sizes.num_agents):
        if world.active[w, a] == PRESENT:
            q = index(world, world.position[w, a, 0], world.position[w, a, 1])
            cells[q] = sizes.first_agent + world.mark[w, a]


@kernel(inline=True)
def drive_chosen(world: WorldArrays, w: int, a: int, d: int, otherwise: float) -> float:
    """The d-th number that agent `a` chose this round, -1 to 1; with turns instead of numbers another one."""
    return float(world.drive[w, a, d]) if world.drive.shape[1] > 0 else otherwise


@kernel(inline=True)
def turn_towards(world: WorldArrays, w: int, a: int, down: float, right: float, most: float) -> None:
    """Turn agent `a` to the direction of a vector, by `most` turns at most; (0, 0) does not turn it."""
    if down == 0.0 and right == 0.0:
        return
    y, x = float(world.heading[w, a, 0]), float(world.heading[w, a, 1])
    along, left = down * y + right * x, right * y - down * x
    _, c = sincos(min(most, 0.5))
    length = np.sqrt(along * along + left * left)
    if along >= c * length:
        turn_particle(world, w, a, down, right, 0.0)
    else:
        turn_particle(world, w, a, y, x, most if left >= 0.0 else -most)
