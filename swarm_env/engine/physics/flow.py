"""Pushing with larger bodies: the largest set that can move, by one maximum flow.

Balance b(v) = force - mass makes a body a supply or a demand; contacts carry any amount. For a maximum flow,
the bodies that can still reach an unmet demand in the residual network (U, the smallest minimum cut on the
sink's side) are in no movable set, and all others form the largest one: no contact leads into U from outside
it, so the flow on the rest is complete and meets every demand. The flow is found by shortest augmenting paths
(J. Edmonds, R. Karp, 1972) in integers, on the bodies connected to a larger one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.physics.lines import MOVED
from swarm_env.engine.state import (
    ALIVE,
    DOWN,
    EMPTY,
    FIRST_CELL,
    LEAVING,
    MASS,
    NUM_CELLS,
    OUTSIDE,
    PRESENT,
    STATIC,
    STEPS,
    WorldArrays,
    index,
)  # fmt: skip


def scratch_needed(num_agents: int, num_objects: int, cells: int) -> int:
    """Numbers in `scratch` that one thread needs, with an index of `cells` cells: see `push`."""
    return 5 + 2 * num_agents + 2 * (num_agents + num_objects) + cells


def network_needed(num_agents: int, num_objects: int, num_cells: int) -> int:
    """Numbers in `network` that one thread needs for `num_cells` cells of objects."""
    bodies, contacts = num_agents + num_objects, num_agents + num_cells
    return 8 * bodies + 5 * contacts + 2 if num_objects > 0 else 0


@kernel(inline=True)
def is_loose_and_heavy(world: WorldArrays, w: int, o: int) -> bool:
    """Whether object `o` is in play, can move and has several cells."""
    loose = world.objects[w, o, ALIVE] != 0 and world.objects[w, o, STATIC] == 0
    return loose and world.objects[w, o, NUM_CELLS] > 1


@kernel()
def body_cells(world: WorldArrays, w: int, b: int) -> int:
    """Number of cells of body `b`."""
    n = world.sizes.num_agents
    return 1 if b < n else world.objects[w, b - n, NUM_CELLS]


@kernel()
def body_cell(world: WorldArrays, w: int, b: int, c: int) -> int:
    """Flat index of the c-th cell of body `b`."""
    n = world.sizes.num_agents
    if b < n:
        return index(world, world.position[w, b, 0], world.position[w, b, 1])
    at = world.objects[w, b - n, FIRST_CELL] + c
    return index(world, world.object_cells[w, at, 0], world.object_cells[w, at, 1])


@kernel()
def what_stands(world: WorldArrays, w: int, q: int) -> int:
    """The body at a flat index; -1 if the cell is free, -2 if it holds something static."""
    sizes = world.sizes
    code = world.cells[w, q]
    if code == OUTSIDE:
        return world.who[w, q]
    if code == EMPTY:
        return -1
    if code < sizes.first_movable:
        return -2
    b = world.who[w, q]
    if b >= sizes.num_agents and world.objects[w, b - sizes.num_agents, STATIC]:
        return -2
    return b


class Network(NamedTuple):
    """Bodies connected to larger ones as nodes, their contacts as arcs of unlimited capacity."""

    node: NDArray[np.int64]  # (all bodies,) node of each body, -1 for none
    body: NDArray[np.int64]  # (nodes,)
    out: NDArray[np.int64]  # (nodes,) 1 for bodies that cannot move
    left: NDArray[np.int64]  # (nodes,) force to spare if positive, missing if negative
    via: NDArray[np.int64]  # (nodes,) how a search came here: e + 1 along contact e, -(e + 1) against it
    queue: NDArray[np.int64]  # (nodes,) of a search
    tail: NDArray[np.int64]  # (contacts,) pushing node
    head: NDArray[np.int64]  # (contacts,) pushed node
    flow: NDArray[np.int64]  # (contacts,) force passed on
    into: NDArray[np.int64]  # (contacts,) sorted by head: into node v into_start[v] to into_start[v + 1]
    away: NDArray[np.int64]  # (contacts,) sorted by tail, likewise
    into_start: NDArray[np.int64]  # (nodes + 1,)
    away_start: NDArray[np.int64]  # (nodes + 1,)


@kernel(inline=True)
def lay_out(room: NDArray[np.int64], bodies: int, contacts: int) -> Network:
    """Split scratch of `network_needed` numbers into the arrays of a network."""
    rest = room[6 * bodies :]
    starts = rest[5 * contacts :]
    b, c = bodies, contacts
    return Network(
        room[:b], room[b : 2 * b], room[2 * b : 3 * b], room[3 * b : 4 * b], room[4 * b : 5 * b],
        room[5 * b : 6 * b], rest[:c], rest[c : 2 * c], rest[2 * c : 3 * c], rest[3 * c : 4 * c],
        rest[4 * c : 5 * c], starts[: b + 1], starts[b + 1 : 2 * b + 2],
    )  # fmt: skip


@kernel()
def gather(world: WorldArrays, w: int, step: int, net: Network) -> tuple[int, int]:
    """List in `net` the bodies connected along the flat offset `step` to a larger one, and their contacts.

    `out` becomes 1 for nodes that push on something static. Returns the numbers of nodes and of contacts.
    """
    sizes = world.sizes
    n, nodes, edges = sizes.num_agents, 0, 0
    for b in range(n + sizes.num_objects):
        net.node[b] = -1
    for o in range(sizes.num_objects):
        if is_loose_and_heavy(world, w, o):
            net.node[n + o], net.body[nodes], net.out[nodes] = nodes, n + o, 0
            nodes += 1
    v = 0
    while v < nodes:
        b = net.body[v]
        for c in range(body_cells(world, w, b)):
            q = body_cell(world, w, b, c)
            for side in (step, -step):
                u = what_stands(world, w, q + side)
                if u == -2 and side == step:
                    net.out[v] = 1
                if u < 0 or u == b:
                    continue
                if net.node[u] < 0:
                    net.node[u], net.body[nodes], net.out[nodes] = nodes, u, 0
                    nodes += 1
                if side == step:
                    net.tail[edges], net.head[edges], net.flow[edges] = v, net.node[u], 0
                    edges += 1
        v += 1
    return nodes, edges


@kernel()
def sort_contacts(
    nodes: int, edges: int, key: NDArray[np.int64], start: NDArray[np.int64], order: NDArray[np.int64]
) -> None:
    """Sort contacts by their node `key`: those of node v are order[start[v]:start[v + 1]]."""
    for v in range(nodes + 1):
        start[v] = 0
    for e in range(edges):
        start[key[e] + 1] += 1
    for v in range(nodes):
        start[v + 1] += start[v]
    for e in range(edges):
        order[start[key[e]]] = e
        start[key[e]] += 1
    for v in range(nodes, 0, -1):
        start[v] = start[v - 1]
    start[0] = 0


@kernel()
def spread_back(net: Network, count: int) -> None:
    """Mark in `out` the nodes that reach one of the `count` nodes in `queue` in the residual network."""
    at = 0
    while at < count:
        v = net.queue[at]
        at += 1
        for i in range(net.into_start[v], net.into_start[v + 1]):
            u = net.tail[net.into[i]]
            if net.out[u] == 0:
                net.out[u], net.queue[count] = 1, u
                count += 1
        for i in range(net.away_start[v], net.away_start[v + 1]):
            u = net.head[net.away[i]]
            if net.flow[net.away[i]] > 0 and net.out[u] == 0:
                net.out[u], net.queue[count] = 1, u
                count += 1


@kernel()
def find_lack(net: Network, source: int, nodes: int) -> int:
    """The nearest node in the residual network that lacks force (left < 0), -1 if none; `via` leads back."""
    for v in range(nodes):
        net.via[v] = 0
    net.queue[0], count, at = source, 1, 0
    while at < count:
        v = net.queue[at]
        at += 1
        if net.left[v] < 0:
            return v
        for i in range(net.away_start[v], net.away_start[v + 1]):
            u = net.head[net.away[i]]
            if net.out[u] == 0 and net.via[u] == 0 and u != source:
                net.via[u], net.queue[count] = net.away[i] + 1, u
                count += 1
        for i in range(net.into_start[v], net.into_start[v + 1]):
            u = net.tail[net.into[i]]
            if net.flow[net.into[i]] > 0 and net.out[u] == 0 and net.via[u] == 0 and u != source:
                net.via[u], net.queue[count] = -(net.into[i] + 1), u
                count += 1
    return -1


@kernel()
def augment(net: Network, source: int, nodes: int) -> bool:
    """Send what is possible from `source` (left > 0) to the nearest node that lacks force; False if none."""
    sink = find_lack(net, source, nodes)
    if sink < 0:
        return False
    amount = min(net.left[source], -net.left[sink])
    v = sink
    while v != source:
        e = abs(net.via[v]) - 1
        if net.via[v] < 0:
            amount = min(amount, net.flow[e])
            v = net.head[e]
        else:
            v = net.tail[e]
    v = sink
    while v != source:
        e = abs(net.via[v]) - 1
        if net.via[v] < 0:
            net.flow[e] -= amount
            v = net.head[e]
        else:
            net.flow[e] += amount
            v = net.tail[e]
    net.left[source] -= amount
    net.left[sink] += amount
    return True


@kernel()
def push_heavy(
    world: WorldArrays, w: int, direction: int, balance: NDArray[np.int32], room: NDArray[np.int64]
) -> None:
    """Move the bodies in components with a larger one that can move; mark them MOVED in `balance`.

    `balance` (bodies,) holds force minus mass; `room` is scratch of `network_needed(…)` numbers.
    """
    sizes = world.sizes
    step = STEPS[direction, 0] * sizes.stride + STEPS[direction, 1]
    net = lay_out(room, sizes.num_agents + sizes.num_objects, sizes.num_agents + sizes.num_object_cells)
    nodes, edges = gather(world, w, step, net)
    sort_contacts(nodes, edges, net.tail, net.away_start, net.away)
    sort_contacts(nodes, edges, net.head, net.into_start, net.into)
    count = 0
    for v in range(nodes):
        net.left[v] = balance[net.body[v]]
        if net.out[v]:
            net.queue[count] = v
            count += 1
    spread_back(net, count)
    for v in range(nodes):
        while net.out[v] == 0 and net.left[v] > 0 and augment(net, v, nodes):
            pass
    count = 0
    for v in range(nodes):
        if net.out[v] == 0 and net.left[v] < 0:
            net.out[v], net.queue[count] = 1, v
            count += 1
    spread_back(net, count)
    move_bodies(world, w, direction, net.body[:nodes], net.out[:nodes], balance)


@kernel()
def move_bodies(world: WorldArrays, w: int, direction: int, bodies: NDArray[np.int64], out: NDArray[np.int64],
                balance: NDArray[np.int32]) -> None:  # fmt: skip
    """Move all listed bodies whose `out` is 0, together."""
    sizes = world.sizes
    cells, who, n = world.cells[w], world.who[w], sizes.num_agents
    di, dj = STEPS[direction, 0], STEPS[direction, 1]
    codes = balance  # not needed for a moving body any more: holds its code between the old and the new cells
    for v in range(len(bodies)):
        if out[v] == 0:
            b = bodies[v]
            for c in range(body_cells(world, w, b)):
                q = body_cell(world, w, b, c)
                if cells[q] == OUTSIDE:
                    who[q] = -1
                else:
                    codes[b] = cells[q]
                    cells[q] = EMPTY
    for v in range(len(bodies)):
        if out[v] != 0:
            continue
        b = bodies[v]
        if b < n:
            world.position[w, b, 0] += di
            world.position[w, b, 1] += dj
        else:
            first = world.objects[w, b - n, FIRST_CELL]
            for c in range(first, first + world.objects[w, b - n, NUM_CELLS]):
                world.object_cells[w, c, 0] += di
                world.object_cells[w, c, 1] += dj
        inside = 0
        for c in range(body_cells(world, w, b)):
            inside += cells[body_cell(world, w, b, c)] != OUTSIDE
        for c in range(body_cells(world, w, b)):
            q = body_cell(world, w, b, c)
            if cells[q] != OUTSIDE:
                cells[q] = codes[b]
                who[q] = b
            elif inside > 0:
                who[q] = b
        if inside == 0:
            if b < n:
                world.active[w, b] = LEAVING
            else:
                world.objects[w, b - n, ALIVE] = 0
        balance[b] = MOVED


@kernel(inline=True)
def heavy_can_move(world: WorldArrays, w: int, supply: int) -> bool:
    """Whether the spare force `supply` would be enough for the lightest body of several cells."""
    for o in range(world.objects.shape[1]):
        if is_loose_and_heavy(world, w, o) and supply >= world.objects[w, o, MASS]:
            return True
    return False


@kernel()
def heavy_is_pushed(world: WorldArrays, w: int, direction: int) -> bool:
    """Whether the agents on the lines of the only larger body could move it along `direction`.

    Force reaches the only larger body through straight chains of single cells, so only from agents on its own
    lines. With several the answer is always True.
    """
    axis = 1 if direction <= DOWN else 0
    heavy = -1
    for o in range(world.objects.shape[1]):
        if is_loose_and_heavy(world, w, o):
            if heavy >= 0:
                return True
            heavy = o
    first, low, high, supply = world.objects[w, heavy, FIRST_CELL], 1 << 30, -(1 << 30), 0
    for c in range(first, first + world.objects[w, heavy, NUM_CELLS]):
        low, high = min(low, world.object_cells[w, c, axis]), max(high, world.object_cells[w, c, axis])
    for a in range(world.sizes.num_agents):
        on_line = (world.position[w, a, axis] >= low) & (world.position[w, a, axis] <= high)
        supply += on_line & (world.action[w, a] == direction) & (world.active[w, a] == PRESENT)
    return supply >= world.objects[w, heavy, MASS]


@kernel()
def list_bodies(world: WorldArrays, w: int) -> None:
    """Update `who` on the cells of bodies (it is not kept current in worlds of few agents)."""
    n = world.sizes.num_agents
    for b in range(n + world.sizes.num_objects):
        if world.active[w, b] == PRESENT if b < n else world.objects[w, b - n, ALIVE] == 1:
            for c in range(body_cells(world, w, b)):
                world.who[w, body_cell(world, w, b, c)] = b
