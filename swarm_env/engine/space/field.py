"""What a particle perceives of the particles near it, in its own frame: counts by angle and distance.

The row of an agent in `field` begins with OWN numbers:

    0, 1  its heading (down, right), of length 1
    2     how many others are near: n / (n + CROWD)
    3, 4  their mean heading, ahead and to the left (length 0 to 1; 0 if there are none)
    5, 6  their mean place, ahead and to the left [cells]

With the setting `field="moments"` these are all. Else two tables follow, each of `rings` rows (distance) and
`sectors` columns (angle from its own heading, to the left): the first of the headings of the others, the
second of the directions in which they are. With "histogram" each holds the share of the others in each bin,
with "kernels" the mean of bumps around the middle of each bin: Gaussian in the distance (standard deviation
half a ring), exp(k (cos x - 1)) in the angle x (k = (sectors / 2 pi)**2, close to a Gaussian with the width
of a sector as standard deviation). The bins and widths are our choice.

All sums are of whole numbers, so no order of adding changes them.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.engine.compiler import kernel
from swarm_env.engine.scenario_state import scratch
from swarm_env.engine.space.angles import FULL, UNIT, rotated
from swarm_env.engine.space.neighbours import CELL, REACH, Neighbours, list_near, sort_particles
from swarm_env.engine.state import PRESENT, WorldArrays

MOMENTS, HISTOGRAM, KERNELS = 0, 1, 2  # values of `sizes.field`
OWN, SUMS = 7, 5  # numbers before the tables, and sums before their counts
CROWD = 8.0  # so many others give 0.5
ONE = 65536.0  # of bumps, in whole numbers
SLACK = np.float32(1e-3)  # headings are rounded, so that they may be a little longer than 1
FAINT = 20.0  # exp(-20) is none


def field_numbers(config: WorldConfig) -> int:
    """Numbers in the row of an agent."""
    tables = 0 if config.field == "moments" else 2
    return OWN + tables * config.field_rings * config.field_sectors


def field_bounds(numbers: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Least and greatest value of each number in the row of an agent."""
    low, high = np.zeros(numbers, np.float32), np.ones(numbers, np.float32)
    high[:OWN] += SLACK
    low[:OWN] = -high[:OWN]
    low[2:3] = 0.0
    return low, high


class Sensing(Neighbours):
    """Base of the `State` of scenarios that write `field`."""

    # Number of others, sums of their headings and places ahead and to the left, then the tables.
    tally = scratch(np.int64, lambda size: SUMS + 2 * size.rings * size.sectors)
    compass = scratch(np.int32, lambda size: 2 * size.sectors)  # the middle of each sector: ahead, left
    bumps = scratch(np.float64, lambda size: size.rings + 2 * size.sectors)


@kernel(inline=True)
def exp_minus(x: float) -> float:
    """exp(-x) for x >= 0, off by less than 1e-5 of itself; without functions of libraries."""
    if x >= FAINT:
        return 0.0
    t = x / 64.0
    e = 1.0 - t * (1.0 - t / 2.0 * (1.0 - t / 3.0 * (1.0 - t / 4.0 * (1.0 - t / 5.0))))
    e = e * e
    e = e * e
    e = e * e
    e = e * e
    e = e * e
    return e * e


@kernel()
def sector_of(near: Sensing, sectors: int, ahead: int, left: int) -> int:
    """The sector of a direction: the one whose middle is nearest."""
    best, most = 0, -(1 << 62)
    for s in range(sectors):
        along = ahead * int(near.compass[2 * s]) + left * int(near.compass[2 * s + 1])
        if along > most:
            best, most = s, along
    return best


@kernel()
def add_bumps(
    world: WorldArrays, near: Sensing, distance: int, along: int, left: int, ahead: int, side: int
) -> None:
    """Add one particle to the tables, as bumps around the middles of bins."""
    rings, sectors = world.sizes.rings, world.sizes.sectors
    away = np.sqrt(float(distance))
    sharp = sectors * sectors / (FULL * FULL)
    for r in range(rings):
        off = (away / CELL * rings - (r + 0.5)) * 2.0
        near.bumps[r] = exp_minus(off * off / 2.0)
    for s in range(sectors):
        c, d = float(near.compass[2 * s]), float(near.compass[2 * s + 1])
        turned = (along * c + left * d) / (UNIT * UNIT * UNIT)
        seen = (ahead * c + side * d) / (UNIT * UNIT * max(away, 1.0))
        near.bumps[rings + s] = exp_minus(max(1.0 - turned, 0.0) * sharp)
        near.bumps[rings + sectors + s] = exp_minus(max(1.0 - seen, 0.0) * sharp)
    for r in range(rings):
        for s in range(sectors):
            at = SUMS + r * sectors + s
            near.tally[at] += int(ONE * near.bumps[r] * near.bumps[rings + s] + 0.5)
            more = ONE * near.bumps[r] * near.bumps[rings + sectors + s]
            near.tally[at + rings * sectors] += int(more + 0.5)


@kernel()
def add_other(world: WorldArrays, near: Sensing, i: int, j: int, down: int, right: int) -> None:
    """Add what the i-th particle perceives of the j-th, which is so far away [2**-14 cells]."""
    sizes, distance = world.sizes, down * down + right * right
    y, x = int(near.head_down[i]), int(near.head_right[i])
    a, b = int(near.head_down[j]), int(near.head_right[j])
    along, left, ahead, side = a * y + b * x, b * y - a * x, down * y + right * x, right * y - down * x
    near.tally[1] += along
    near.tally[2] += left
    near.tally[3] += ahead
    near.tally[4] += side
    if sizes.field == KERNELS:
        add_bumps(world, near, distance, along, left, ahead, side)
    elif sizes.field == HISTOGRAM:
        ring = 0
        while distance * sizes.rings * sizes.rings > REACH * (ring + 1) * (ring + 1):
            ring += 1
        at = SUMS + ring * sizes.sectors
        near.tally[at + sector_of(near, sizes.sectors, along, left)] += 1
        near.tally[at + sizes.rings * sizes.sectors + sector_of(near, sizes.sectors, ahead, side)] += 1


@kernel()
def write_fields(world: WorldArrays, w: int, near: Sensing) -> None:
    """Write `field` of all agents, zeros for departed ones; after all have moved."""
    sizes, fields = world.sizes, world.field.shape[2]
    for s in range(sizes.sectors):
        up, right = rotated(0.0, 1.0, s / sizes.sectors)
        near.compass[2 * s], near.compass[2 * s + 1] = right, -up
    particles = sort_particles(world, w, near)
    for a in range(sizes.num_agents):
        if world.active[w, a] != PRESENT:
            world.field[w, a, :] = 0.0
    for i in range(particles):
        a = int(near.order[i])
        near.tally[:] = 0
        near.tally[0] = list_near(world, w, near, particles, i)
        for k in range(near.tally[0]):
            down, right = int(near.other_down[k]), int(near.other_right[k])
            add_other(world, near, i, int(near.other[k]), down, right)
        out, n = world.field[w, a], float(near.tally[0])
        out[0], out[1] = world.heading[w, a, 0] / UNIT, world.heading[w, a, 1] / UNIT
        out[2] = n / (n + CROWD)
        each = max(n, 1.0)
        out[3], out[4] = near.tally[1] / (UNIT * UNIT * each), near.tally[2] / (UNIT * UNIT * each)
        out[5], out[6] = near.tally[3] / (UNIT * CELL * each), near.tally[4] / (UNIT * CELL * each)
        scale = each * (ONE if sizes.field == KERNELS else 1.0)
        for f in range(OWN, fields):
            out[f] = near.tally[SUMS + f - OWN] / scale
