"""What belongs to the state of worlds, and snapshots of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig, integer
from swarm_env.errors import ConfigError

# The arrays that make up the state of a world; the rest follows from them or only saves time.
STATE = (
    "cells", "position", "mark", "sense", "active", "allowed", "masked", "objects", "object_cells", "score",
    "payoff", "floor", "clock", "seed", "over", "memory", "places", "potential", "said", "heard",
    "speaks", "may_speak", "sent", "sent_from", "sent_key", "place", "heading",
)  # fmt: skip
SNAPSHOT = (
    *STATE, "who", "table", "reward", "terminated", "truncated", "ended", "final_score", "final_payoff",
    "views", "floor_views", "features", "feature_bytes", "last_score", "last_payoff", "action", "hears",
    "edges", "field",
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

    def branched(self, branches: Any) -> "Snapshot":
        """Each world `branches` times, one after the other; a sequence has a number for each world.

        All branches of a world have its seed, so they draw the same random numbers from now on (common random
        numbers): they differ in what is done in them alone. Raises `ConfigError` if a number is not whole and
        0 or more.
        """
        count = len(self.arrays["seed"])
        given = branches if isinstance(branches, list | tuple | np.ndarray) else [branches] * count
        numbers = [number for one in given if (number := integer(one)) is not None and number >= 0]
        if len(numbers) != count or len(given) != count:
            raise ConfigError(
                f"branches={branches!r:.80}: must be a whole number of 0 or more, or one for each of {count} "
                "worlds."
            )
        chosen = np.repeat(np.arange(count), numbers)
        return replace(self, arrays={name: array[chosen] for name, array in self.arrays.items()})


def same_worlds(one: WorldConfig, other: WorldConfig) -> bool:
    """Whether snapshots of one settings fit the other: functions count by name, rewards only if shaped."""
    if one == other:
        return True
    dumps = [config.model_dump(mode="json") for config in (one, other)]
    for dumped in dumps:
        dumped["reward"] = dumped["reward"] == "shaped"
    return dumps[0] == dumps[1]
