"""Pushing where larger bodies touch: the largest set that can move, by one maximum flow.

Balance b(v) = force - mass makes a body a supply or a demand; contacts carry any amount. With a maximum flow, the bodies that can
still reach an unmet demand in the residual network (U, the smallest minimum cut on the sink's side) are in no movable set, and all
others form the largest one: no contact leads into U from outside it, so the flow on the rest is complete and meets every demand.
The flow is found by shortest augmenting paths (J. Edmonds, R. Karp, 1972) in integers, on the bodies connected to a larger one.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.grid import (
    ALIVE, DOWN, EMPTY, FIRST_CELL, LEAVING, MASS, NUM_CELLS, OUTSIDE, PRESENT, STATIC, STEPS, WorldArrays, index,
)  # fmt: skip
from swarm_env.kernels import kernel
from swarm_env.physics.lines import MOVED


def scratch_needed(num_agents: int, num_objects: int) -> int:
    """Numbers in `scratch` that one thread needs: counts, order, places and balances."""
    return 6 + 3 * num_agents + num_objects


def network_needed(num_agents: int, num_objects: int, num_cells: int) -> int:
    """Numbers in `network` that one thread needs, for `num_cells` cells of objects: none where there are no objects."""
    bodies, contacts = num_agents + num_objects, num_agents + num_cells
    return 8 * bodies + 5 * contacts + 2 if num_objects > 0 else 0


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
    """Movable or static body at a flat index: its number, -1 if nothing is there, -2 for a wall or the like."""
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


@kernel()
def gather(world: WorldArrays, w: int, step: int, node: NDArray[np.int64], bodies: NDArray[np.int64],
           blocked: NDArray[np.int64], tail: NDArray[np.int64], head: NDArray[np.int64]) -> tuple[int, int]:  # fmt: skip
    """List the bodies connected by contacts along `step` with any body of several cells, and the contacts.

    Args:
        world: The batch.
        w: Which world.
        step: Flat offset of the direction.
        node: (all bodies,) -1 everywhere; becomes each listed body's node.
        bodies: Becomes the body of each node.
        blocked: Becomes 1 for nodes that push on something static.
        tail: Becomes the pushing node of each contact.
        head: Becomes the pushed node of each contact.

    Returns:
        Number of nodes, number of contacts.
    """
    sizes = world.sizes
    n, nodes, edges = sizes.num_agents, 0, 0
    for o in range(sizes.num_objects):
        if world.objects[w, o, ALIVE] and not world.objects[w, o, STATIC] and world.objects[w, o, NUM_CELLS] > 1:
            node[n + o], bodies[nodes], blocked[nodes] = nodes, n + o, 0
            nodes += 1
    v = 0
    while v < nodes:
        b = bodies[v]
        for c in range(body_cells(world, w, b)):
            q = body_cell(world, w, b, c)
            for side in (step, -step):
                u = what_stands(world, w, q + side)
                if u == -2 and side == step:
                    blocked[v] = 1
                if u < 0 or u == b:
                    continue
                if node[u] < 0:
                    node[u], bodies[nodes], blocked[nodes] = nodes, u, 0
                    nodes += 1
                if side == step:
                    tail[edges], head[edges] = v, node[u]
                    edges += 1
        v += 1
    return nodes, edges


@kernel()
def list_neighbours(nodes: int, edges: int, key: NDArray[np.int64], start: NDArray[np.int64],
                    order: NDArray[np.int64]) -> None:  # fmt: skip
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
def spread_back(queue: NDArray[np.int64], count: int, out: NDArray[np.int64], in_start: NDArray[np.int64],
                in_order: NDArray[np.int64], out_start: NDArray[np.int64], out_order: NDArray[np.int64],
                tail: NDArray[np.int64], head: NDArray[np.int64], flow: NDArray[np.int64]) -> None:  # fmt: skip
    """Mark in `out` every node that reaches one of the `count` nodes in `queue` (marked already) in the residual network."""
    at = 0
    while at < count:
        v = queue[at]
        at += 1
        for i in range(in_start[v], in_start[v + 1]):
            u = tail[in_order[i]]
            if out[u] == 0:
                out[u], queue[count] = 1, u
                count += 1
        for i in range(out_start[v], out_start[v + 1]):
            e = out_order[i]
            if flow[e] > 0 and out[head[e]] == 0:
                out[head[e]], queue[count] = 1, head[e]
                count += 1


@kernel()
def augment(source: int, left: NDArray[np.int64], out: NDArray[np.int64], via: NDArray[np.int64], queue: NDArray[np.int64],
            in_start: NDArray[np.int64], in_order: NDArray[np.int64], out_start: NDArray[np.int64],
            out_order: NDArray[np.int64], tail: NDArray[np.int64], head: NDArray[np.int64],
            flow: NDArray[np.int64], nodes: int) -> bool:  # fmt: skip
    """Send as much as possible from `source` along one shortest path to a node that lacks force (left < 0).

    Args:
        source: A node with left > 0.
        left: (nodes,) force to spare if positive, missing if negative. Changed in place.
        out: (nodes,) 1 where a node is no part of the network.
        via: (nodes,) scratch: how each node was reached, e + 1 along contact e, -(e + 1) against it.
        queue: (nodes,) scratch.
        in_start: (nodes + 1,) first contact in `in_order` that ends at each node.
        in_order: (contacts,) contacts sorted by the node they end at.
        out_start: (nodes + 1,) first contact in `out_order` that leaves each node.
        out_order: (contacts,) contacts sorted by the node they leave.
        tail: (contacts,) pushing node.
        head: (contacts,) pushed node.
        flow: (contacts,) force passed on. Changed in place.
        nodes: Number of nodes.

    Returns:
        Whether there was such a path.
    """
    for v in range(nodes):
        via[v] = 0
    queue[0], count, at = source, 1, 0
    sink = -1
    while at < count and sink < 0:
        v = queue[at]
        at += 1
        for i in range(out_start[v], out_start[v + 1]):
            u = head[out_order[i]]
            if out[u] == 0 and via[u] == 0 and u != source:
                via[u], queue[count] = out_order[i] + 1, u
                count += 1
                if left[u] < 0:
                    sink = u
                    break
        if sink >= 0:
            break
        for i in range(in_start[v], in_start[v + 1]):
            e = in_order[i]
            u = tail[e]
            if flow[e] > 0 and out[u] == 0 and via[u] == 0 and u != source:
                via[u], queue[count] = -(e + 1), u
                count += 1
                if left[u] < 0:
                    sink = u
                    break
    if sink < 0:
        return False
    amount = min(left[source], -left[sink])
    v = sink
    while v != source:
        e = abs(via[v]) - 1
        if via[v] < 0:
            amount = min(amount, flow[e])
            v = head[e]
        else:
            v = tail[e]
    v = sink
    while v != source:
        e = abs(via[v]) - 1
        if via[v] < 0:
            flow[e] -= amount
            v = head[e]
        else:
            flow[e] += amount
            v = tail[e]
    left[source] -= amount
    left[sink] += amount
    return True


@kernel()
def push_heavy(world: WorldArrays, w: int, direction: int, balance: NDArray[np.int32],
               room: NDArray[np.int64]) -> None:  # fmt: skip
    """Move every body connected to a larger one that can move along `direction`; mark those MOVED in `balance`.

    Args:
        world: The batch.
        w: Which world.
        direction: UP, DOWN, LEFT or RIGHT.
        balance: (bodies,) force minus mass. Changed in place.
        room: Scratch of `network_needed(…)`.
    """
    sizes = world.sizes
    step = STEPS[direction, 0] * sizes.stride + STEPS[direction, 1]
    size = sizes.num_agents + sizes.num_objects
    most = sizes.num_agents + sizes.num_object_cells
    node, bodies, out = room[:size], room[size : 2 * size], room[2 * size : 3 * size]
    left, via, queue = room[3 * size : 4 * size], room[4 * size : 5 * size], room[5 * size : 6 * size]
    rest = room[6 * size :]
    tail, head, flow = rest[:most], rest[most : 2 * most], rest[2 * most : 3 * most]
    in_order, out_order = rest[3 * most : 4 * most], rest[4 * most : 5 * most]
    in_start, out_start = rest[5 * most : 5 * most + size + 1], rest[5 * most + size + 1 : 5 * most + 2 * size + 2]
    for b in range(size):
        node[b] = -1
    nodes, edges = gather(world, w, step, node, bodies, out, tail, head)
    list_neighbours(nodes, edges, tail, out_start, out_order)
    list_neighbours(nodes, edges, head, in_start, in_order)
    for e in range(edges):
        flow[e] = 0
    count = 0
    for v in range(nodes):
        left[v] = balance[bodies[v]]
        if out[v]:
            queue[count] = v
            count += 1
    spread_back(queue, count, out, in_start, in_order, out_start, out_order, tail, head, flow)
    for v in range(nodes):
        while out[v] == 0 and left[v] > 0 and augment(
            v, left, out, via, queue, in_start, in_order, out_start, out_order, tail, head, flow, nodes
        ):
            pass
    count = 0
    for v in range(nodes):
        if out[v] == 0 and left[v] < 0:
            out[v], queue[count] = 1, v
            count += 1
    spread_back(queue, count, out, in_start, in_order, out_start, out_order, tail, head, flow)
    move_bodies(world, w, direction, bodies[:nodes], out[:nodes], balance)


@kernel()
def move_bodies(world: WorldArrays, w: int, direction: int, bodies: NDArray[np.int64], out: NDArray[np.int64],
                balance: NDArray[np.int32]) -> None:  # fmt: skip
    """Move together every listed body whose `out` is 0."""
    sizes = world.sizes
    cells, who, n = world.cells[w], world.who[w], sizes.num_agents
    di, dj = STEPS[direction, 0], STEPS[direction, 1]
    codes = balance  # a moving body's balance is needed no more: it carries the body's code from the old place to the new
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
    """Whether `supply`, all force to spare together, would be enough for the lightest body of several cells."""
    for o in range(world.objects.shape[1]):
        if world.objects[w, o, ALIVE] and not world.objects[w, o, STATIC] and world.objects[w, o, NUM_CELLS] > 1:
            if supply >= world.objects[w, o, MASS]:
                return True
    return False


@kernel()
def heavy_is_pushed(world: WorldArrays, w: int, direction: int) -> bool:
    """Whether the agents pushing along `direction` on the lines of a larger body could move it, if there is but one such body.

    Force reaches the only larger body through straight chains of single cells, so only from agents on its own lines. With several
    the answer is always True.
    """
    axis = 1 if direction <= DOWN else 0
    heavy = -1
    for o in range(world.objects.shape[1]):
        if world.objects[w, o, ALIVE] and not world.objects[w, o, STATIC] and world.objects[w, o, NUM_CELLS] > 1:
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
    """Bring `who` up to date on the cells where bodies stand (it is not kept up in worlds of few agents)."""
    sizes = world.sizes
    for b in range(sizes.num_agents + sizes.num_objects):
        there = world.active[w, b] == PRESENT if b < sizes.num_agents else world.objects[w, b - sizes.num_agents, ALIVE] == 1
        if there:
            for c in range(body_cells(world, w, b)):
                world.who[w, body_cell(world, w, b, c)] = b
