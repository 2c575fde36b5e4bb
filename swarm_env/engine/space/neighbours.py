"""Sums over the neighbours of a particle: all particles, itself too, not farther away than one cell.

The cells of the map are the cell lists: particles are sorted by cell, so that the neighbours of one lie
in three rows of three cells, which are spans of the sorted arrays. Distances are compared in whole numbers,
in units of 2**-14 cells, and sums are of whole numbers, so no order of adding, thread or vector register
changes them.
"""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.scenario_state import ScenarioState, scratch
from swarm_env.engine.space.ways import shorter
from swarm_env.engine.state import PRESENT, TORUS, WorldArrays

CELL = 16384  # units of distance in a cell
REACH = CELL * CELL  # square of the radius
NARROW = 3  # cells; where a side has fewer, each pair is looked at
CHUNK = 32768  # headings whose sum surely fits into 32 bits
Sums = tuple[int, int, int]  # neighbours, and the two sums of their headings


class Neighbours(ScenarioState):
    """Particles sorted by cell; base of the `State` of scenarios in continuous space."""

    first = scratch(
        np.int32, lambda size: size.height * size.width + 1
    )  # index of the first particle of each cell
    order = scratch(np.int32, "agents")  # their numbers
    down = scratch(np.int32, "agents")  # where they are [2**-14 cells]
    right = scratch(np.int32, "agents")
    head_down = scratch(np.int32, "agents")  # their headings
    head_right = scratch(np.int32, "agents")
    total = scratch(np.int64, 3)  # the sums of all, where all are neighbours
    # The others near a particle, as `list_near` leaves them: index, and how far away [2**-14 cells].
    other = scratch(np.int32, "agents")
    other_down = scratch(np.int32, "agents")
    other_right = scratch(np.int32, "agents")


@kernel()
def sort_particles(world: WorldArrays, w: int, near: Neighbours) -> int:
    """Sort the agents in play by cell; returns how many there are."""
    sizes = world.sizes
    width, position, active = sizes.width, world.position[w], world.active[w]
    first = near.first
    first[:] = 0
    count = 0
    for a in range(sizes.num_agents):
        if active[a] == PRESENT:
            first[position[a, 0] * width + position[a, 1]] += 1
            count += 1
    end = 0
    for c in range(sizes.height * width + 1):
        end += first[c]
        first[c] = end
    for b in range(sizes.num_agents):
        a = sizes.num_agents - 1 - b  # so that they are in order in a cell
        if active[a] == PRESENT:
            c = position[a, 0] * width + position[a, 1]
            i = first[c] - 1
            first[c] = i
            near.order[i] = a
            near.down[i] = np.int64(world.place[w, a, 0]) * sizes.height >> 18
            near.right[i] = np.int64(world.place[w, a, 1]) * sizes.width >> 18
            near.head_down[i], near.head_right[i] = world.heading[w, a, 0], world.heading[w, a, 1]
    if all_near(world):
        near.total[0], near.total[1], near.total[2] = count, 0, 0
        for i in range(count):
            near.total[1] += near.head_down[i]
            near.total[2] += near.head_right[i]
    return count


@kernel(inline=True)
def all_near(world: WorldArrays) -> bool:
    """Whether no two places of the map are farther apart than one cell."""
    height, width = world.sizes.height, world.sizes.width
    if world.sizes.space == TORUS:
        return height * height + width * width <= 4
    return False


@kernel(inline=True)
def sum_chunk(near: Neighbours, start: int, stop: int, down: int, right: int) -> Sums:
    """Neighbours of a point among particles start … stop - 1, at most CHUNK, each at most two cells away.

    All numbers fit into 32 bits, and there is no branch: eight particles are added at a time. Another loop
    around this one would keep the compiler from seeing that.
    """
    y, x, a, b = near.down, near.right, near.head_down, near.head_right
    py, px = np.int32(down), np.int32(right)
    n, s, t = np.int32(0), np.int32(0), np.int32(0)
    for i in range(np.uint64(start), np.uint64(stop)):
        dy, dx = np.int32(y[i] - py), np.int32(x[i] - px)
        is_near = np.int32(np.int32(np.int32(dy * dy) + np.int32(dx * dx)) <= REACH)
        n = np.int32(n + is_near)
        s = np.int32(s + np.int32(a[i] * is_near))
        t = np.int32(t + np.int32(b[i] * is_near))
    return int(n), int(s), int(t)


@kernel(inline=True)
def sum_span(near: Neighbours, start: int, stop: int, down: int, right: int) -> Sums:
    """Neighbours of a point among particles start … stop - 1, each at most two cells away."""
    if stop - start <= CHUNK:
        return sum_chunk(near, start, stop, down, right)
    return sum_chunks(near, start, stop, down, right)


@kernel()
def sum_chunks(near: Neighbours, start: int, stop: int, down: int, right: int) -> Sums:
    """`sum_span` of any number of particles."""
    count, s, t = 0, 0, 0
    for at in range(start, stop, CHUNK):
        more = sum_chunk(near, at, min(at + CHUNK, stop), down, right)
        count, s, t = count + more[0], s + more[1], t + more[2]
    return count, s, t


@kernel()
def sum_pairs(world: WorldArrays, near: Neighbours, particles: int, i: int) -> Sums:
    """Neighbours of a particle among all: for a map so narrow that one can be near on two sides."""
    tall, wide = np.int64(world.sizes.height) * CELL, np.int64(world.sizes.width) * CELL
    wraps = world.sizes.space == TORUS
    count, sum_a, sum_b = 0, 0, 0
    for j in range(particles):
        dy = abs(np.int64(near.down[j]) - np.int64(near.down[i]))
        dx = abs(np.int64(near.right[j]) - np.int64(near.right[i]))
        if wraps:
            dy, dx = min(dy, tall - dy), min(dx, wide - dx)
        if dy * dy + dx * dx <= REACH:
            count += 1
            sum_a += int(near.head_down[j])
            sum_b += int(near.head_right[j])
    return count, sum_a, sum_b


@kernel()
def sum_row(near: Neighbours, at: int, width: int, col: int, down: int, right: int, wraps: int) -> Sums:
    """Neighbours of a point in three cells of a row, whose first cell has the index `at`."""
    left, end = max(col - 1, 0), min(col + 2, width)
    count, s, t = sum_span(near, near.first[at + left], near.first[at + end], down, right)
    if wraps and (col == 0 or col == width - 1):
        other, away = (width - 1, width * CELL) if col == 0 else (0, -width * CELL)
        more = sum_span(near, near.first[at + other], near.first[at + other + 1], down, right + away)
        count, s, t = count + more[0], s + more[1], t + more[2]
    return count, s, t


@kernel()
def sum_near(world: WorldArrays, w: int, near: Neighbours, particles: int, i: int) -> Sums:
    """How many neighbours the i-th sorted particle has, itself too, and the sums of their headings."""
    height, width = world.sizes.height, world.sizes.width
    if all_near(world):
        return int(near.total[0]), int(near.total[1]), int(near.total[2])
    if height < NARROW or width < NARROW:
        return sum_pairs(world, near, particles, i)
    a = near.order[i]
    row, col = int(world.position[w, a, 0]), int(world.position[w, a, 1])
    down, right, wraps = int(near.down[i]), int(near.right[i]), int(world.sizes.space == TORUS)
    count, s, t = sum_row(near, row * width, width, col, down, right, wraps)
    for side in (-1, 1):
        other, away = row + side, 0
        if other < 0:
            other, away = height - 1, height * CELL
        elif other == height:
            other, away = 0, -height * CELL
        if wraps or away == 0:
            more = sum_row(near, other * width, width, col, down + away, right, wraps)
            count, s, t = count + more[0], s + more[1], t + more[2]
    return count, s, t


@kernel(inline=True)
def list_pair(near: Neighbours, count: int, j: int, down: int, right: int) -> int:
    """Add a particle to the list if it is near; returns how many are listed."""
    near.other[count], near.other_down[count], near.other_right[count] = j, down, right
    return count + int(down * down + right * right <= REACH)


@kernel()
def list_near(world: WorldArrays, w: int, near: Neighbours, particles: int, i: int) -> int:
    """List the others near the i-th sorted particle in `other`, `other_down`, `other_right`; how many."""
    height, width, wraps = int(world.sizes.height), int(world.sizes.width), int(world.sizes.space == TORUS)
    tall, wide, py, px = height * CELL, width * CELL, int(near.down[i]), int(near.right[i])
    count = 0
    if height < NARROW or width < NARROW:
        for j in range(particles):
            if j != i:
                down = shorter(int(near.down[j]) - py, tall, wraps)
                count = list_pair(near, count, j, down, shorter(int(near.right[j]) - px, wide, wraps))
        return count
    a = near.order[i]
    row, col = int(world.position[w, a, 0]), int(world.position[w, a, 1])
    for r in range(row - 1, row + 2):
        for c in range(col - 1, col + 2):
            y, x = (r + height) % height, (c + width) % width
            if not wraps and (y != r or x != c):
                continue
            for j in range(near.first[y * width + x], near.first[y * width + x + 1]):
                if j != i:
                    down = shorter(int(near.down[j]) - py, tall, wraps)
                    count = list_pair(near, count, j, down, shorter(int(near.right[j]) - px, wide, wraps))
    return count
