"""What the state of worlds is: its digest, and snapshots of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.engine.state import FIRST_CELL, NUM_CELLS, WorldArrays

# The arrays that make up the state of a world; the rest follows from them or only saves time.
STATE = (
    "cells", "position", "mark", "sense", "active", "allowed", "masked", "objects", "object_cells", "score",
    "clock", "seed", "over", "memory", "places", "potential", "said", "heard",
)  # fmt: skip
SNAPSHOT = (
    *STATE, "who", "table", "reward", "terminated", "truncated", "ended", "final_score", "views", "features",
    "last_score", "action",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All worlds of a batch at one moment; picklable.

    Attributes:
        config: Settings of the worlds.
        shape: (margin, objects, object cells) they were allocated with.
        arrays: State by name.
        extra: What an API adds (names of agents in play, undelivered texts).
    """

    config: WorldConfig
    shape: tuple[int, int, int]
    arrays: Mapping[str, NDArray[Any]]
    extra: Any = None


def digest_of_world(
    world: WorldArrays, w: int, map_codes: NDArray[np.uint8], own_objects: tuple[int, int]
) -> str:
    """128-bit BLAKE2b of the complete state of one world, as 32 hexadecimal digits.

    Room for more objects or given places than a world has used is no state.

    Args:
        world: The state of the batch.
        w: The world.
        map_codes: (height, width) codes of its cells.
        own_objects: Number of objects, and of their cells, that the scenario always has.
    """
    digest = hashlib.blake2b(digest_size=16)
    counts = _counted(world, w, *own_objects)
    for name in STATE:
        array = map_codes if name == "cells" else getattr(world, name)[w]
        array = array[: counts[name]] if name in counts else array
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _counted(world: WorldArrays, w: int, objects: int, cells: int) -> dict[str, int]:
    """How many objects, cells of objects and given places the digest takes, where there may be more."""
    counts: dict[str, int] = {}
    if world.places.shape[1]:
        counts["places"] = _end(world.places[w, :, 0] + 1)
    if (world.sizes.num_objects, world.sizes.num_object_cells) != (objects, max(cells, objects)):
        sizes = world.objects[w, :, NUM_CELLS]
        counts["objects"] = objects = max(objects, _end(sizes))
        used = np.max((world.objects[w, :, FIRST_CELL] + sizes)[sizes > 0], initial=0)
        counts["object_cells"] = max(cells, objects, int(used))
    return counts


def _end(numbers: NDArray[Any]) -> int:
    """One more than the index of the last number that is not 0."""
    return int(np.flatnonzero(numbers).max(initial=-1)) + 1


def same_worlds(one: WorldConfig, other: WorldConfig) -> bool:
    """Whether snapshots of one settings fit the other: functions count by name, rewards only if shaped."""
    if one == other:
        return True
    dumps = [config.model_dump(mode="json") for config in (one, other)]
    for dumped in dumps:
        dumped["reward"] = dumped["reward"] == "shaped"
    return dumps[0] == dumps[1]
