"""Maps as arrays, from which a compiled round puts them on the worlds that start an episode.

Maps 0 … `sizes.num_maps` - 1 are those of the setting `layout`; episode e of a world with seed s starts from
map (s + e) mod num_maps. Maps after them are for one episode only: `map_next[w]` is the number of the map
from which world w starts its next episode, -1 for none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.map.placing import place_agent, place_object
from swarm_env.engine.settings.layout import Layout
from swarm_env.engine.state import (
    EPISODE,
    FIRST_CELL,
    NUM_CELLS,
    WorldArrays,
    index,
)

ROOMS = ("map_objects", "map_cells", "map_places")  # whose rows grow with the largest map
MAPS = ("map_codes", "map_agents", *ROOMS, "map_floor")


def map_arrays(
    layouts: Sequence[Layout], num_agents: int, num_cells: int, num_layers: int
) -> dict[str, NDArray[Any]]:
    """The arrays of some maps, by name; see `WorldArrays`.

    Args:
        layouts: The maps.
        num_agents: Agents on each.
        num_cells: Cells of each.
        num_layers: Layers of the floor of each.
    """
    empty: dict[str, NDArray[Any]] = {
        "map_codes": np.zeros((0, num_cells), np.uint8),
        "map_agents": np.zeros((0, num_agents, 3), np.int32),
        "map_objects": np.zeros((0, 0, 3), np.int32),
        "map_cells": np.zeros((0, 0, 2), np.int32),
        "map_places": np.zeros((0, 0, 2), np.int32),
        "map_floor": np.zeros((0, num_layers, num_cells), np.float32),
    }
    arrays = with_room(empty, len(layouts), layouts)
    for number, layout in enumerate(layouts):
        write_map(arrays, number, layout)
    return arrays


def with_room(
    arrays: Mapping[str, NDArray[Any]], num_maps: int, layouts: Iterable[Layout]
) -> dict[str, NDArray[Any]]:
    """The arrays, or larger copies if they have too few rows, or no room in a row for one of some maps."""
    sizes = [(len(one.objects), one.num_object_cells, len(one.respawns)) for one in layouts]
    needed = dict(zip(ROOMS, map(max, zip(*sizes, strict=True)), strict=True)) if sizes else {}
    grown = {}
    for name, array in arrays.items():
        shape = (max(len(array), num_maps), max(array.shape[1], needed.get(name, 0)), *array.shape[2:])
        grown[name] = array
        if shape != array.shape:
            grown[name] = np.full(shape, -1 if name == "map_places" else 0, array.dtype)
            grown[name][tuple(map(slice, array.shape))] = array
    return grown


def write_map(arrays: Mapping[str, NDArray[Any]], number: int, layout: Layout) -> None:
    """Write one map into its row of the arrays, which have room for it."""
    objects, cells, places = (arrays[name][number] for name in ROOMS)
    arrays["map_codes"][number] = layout.codes.reshape(-1)
    arrays["map_agents"][number, :, :2] = layout.agents
    arrays["map_agents"][number, :, 2] = layout.marks
    arrays["map_floor"][number] = layout.floor
    objects[:], cells[:], places[:] = 0, 0, -1
    first = 0
    for o, ((code, own), mass) in enumerate(zip(layout.objects, layout.masses, strict=True)):
        objects[o] = code, mass, len(own)
        cells[first : first + len(own)] = own
        first += len(own)
    if layout.respawns:
        places[: len(layout.respawns)] = layout.respawns


@kernel()
def next_map(world: WorldArrays, w: int) -> int:
    """Number of the map from which world `w` starts the episode that begins now; -1: it is drawn."""
    chosen, count = world.map_next[w], world.sizes.num_maps
    world.map_next[w] = -1
    if chosen < 0 and count > 0:
        number = world.seed[w] % np.uint64(count) + np.uint64(world.clock[w, EPISODE] % count)
        chosen = np.int64(number % np.uint64(count))
    return int(chosen)


@kernel()
def place_map(world: WorldArrays, w: int, m: int) -> None:
    """Set the cleared map of world `w` to map `m`."""
    sizes = world.sizes
    for row in range(sizes.height):
        start = index(world, row, 0)
        for col in range(sizes.width):
            world.cells[w, start + col] = world.map_codes[m, row * sizes.width + col]
            for layer in range(sizes.layers):
                amount = world.map_floor[m, layer, row * sizes.width + col]
                world.floor[w, layer, start + col] = amount
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
