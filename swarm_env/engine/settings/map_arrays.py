"""Maps as arrays, from which a compiled round puts them on the worlds that start an episode.

Maps 0 … `sizes.num_maps` - 1 are those of the setting `layout`; episode e of a world with seed s starts from
map (s + e) mod num_maps. Maps after them are for one episode only: `map_next[w]` is the number of the map
from which world w starts its next episode, -1 for none.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.settings.layout import Layout
from swarm_env.engine.state import (
    EPISODE,
    FIRST_CELL,
    NUM_CELLS,
    WorldArrays,
    index,
    place_agent,
    place_object,
)

MAPS = ("map_codes", "map_agents", "map_objects", "map_cells", "map_places")


def map_arrays(layouts: Sequence[Layout], num_agents: int, num_cells: int) -> dict[str, NDArray[Any]]:
    """The arrays of some maps, by name; see `WorldArrays`.

    Args:
        layouts: The maps.
        num_agents: Agents on each.
        num_cells: Cells of each.
    """
    m = len(layouts)
    objects = max((len(one.objects) for one in layouts), default=0)
    cells = max((one.num_object_cells for one in layouts), default=0)
    places = max((len(one.respawns) for one in layouts), default=0)
    arrays: dict[str, NDArray[Any]] = {
        "map_codes": np.zeros((m, num_cells), np.uint8),
        "map_agents": np.zeros((m, num_agents, 3), np.int32),
        "map_objects": np.zeros((m, objects, 3), np.int32),
        "map_cells": np.zeros((m, cells, 2), np.int32),
        "map_places": np.zeros((m, places, 2), np.int32),
    }
    for number, layout in enumerate(layouts):
        write_map(arrays, number, layout)
    return arrays


def write_map(arrays: dict[str, NDArray[Any]], number: int, layout: Layout) -> bool:
    """Write one map into its row of the arrays; False, and nothing is written, if there is no room for it."""
    objects, cells, places = (arrays[name] for name in MAPS[2:])
    if (
        len(layout.objects) > objects.shape[1]
        or layout.num_object_cells > cells.shape[1]
        or len(layout.respawns) > places.shape[1]
    ):
        return False
    arrays["map_codes"][number] = layout.codes.reshape(-1)
    arrays["map_agents"][number, :, :2] = layout.agents
    arrays["map_agents"][number, :, 2] = layout.marks
    objects[number], cells[number], places[number] = 0, 0, -1
    first = 0
    for o, ((code, own), mass) in enumerate(zip(layout.objects, layout.masses, strict=True)):
        objects[number, o] = code, mass, len(own)
        cells[number, first : first + len(own)] = own
        first += len(own)
    if layout.respawns:
        places[number, : len(layout.respawns)] = layout.respawns
    return True


@kernel()
def next_map(world: WorldArrays, w: int) -> int:
    """Number of the map from which world `w` starts the episode that begins now; -1: it is drawn."""
    chosen, count = world.map_next[w], world.sizes.num_maps
    world.map_next[w] = -1
    if chosen < 0 and count > 0:
        number = world.seed[w] % np.uint64(count) + np.uint64(world.clock[w, EPISODE] % count)
        chosen = np.int64(number % np.uint64(count))
    return chosen


@kernel()
def place_map(world: WorldArrays, w: int, m: int) -> None:
    """Set the cleared map of world `w` to map `m`."""
    sizes = world.sizes
    for row in range(sizes.height):
        start = index(world, row, 0)
        for col in range(sizes.width):
            world.cells[w, start + col] = world.map_codes[m, row * sizes.width + col]
    world.objects[w, :, :] = 0
    world.object_cells[w, :, :] = 0
    first = 0
    for o in range(world.map_objects.shape[1]):
        count = world.map_objects[m, o, 2]
        if count == 0:
            break
        world.objects[w, o, FIRST_CELL], world.objects[w, o, NUM_CELLS] = first, count
        for c in range(first, first + count):
            world.object_cells[w, c, 0] = world.map_cells[m, c, 0]
            world.object_cells[w, c, 1] = world.map_cells[m, c, 1]
        place_object(world, w, o, world.map_objects[m, o, 0], world.map_objects[m, o, 1], 0)
        first += count
    for a in range(sizes.num_agents):
        row, col, mark = world.map_agents[m, a, 0], world.map_agents[m, a, 1], world.map_agents[m, a, 2]
        place_agent(world, w, a, row, col, mark)
    for i in range(min(world.map_places.shape[1], world.places.shape[1])):
        world.places[w, i, 0], world.places[w, i, 1] = world.map_places[m, i, 0], world.map_places[m, i, 1]
