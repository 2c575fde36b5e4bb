"""What can be heard, and who hears whom in the infos of environments (`info_hears`)."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.engine.messages.message_sizes import EDGES, MATRIX, NO_HEARS, heard_numbers, most_heard
from swarm_env.engine.state import SPACES, WorldArrays
from swarm_env.errors import ConfigError
from swarm_env.scenario import Scenario

MOST_PAIRS = 2**31  # in a matrix: 2 GiB


def read_hears(given: Any, scenario: Scenario, num_worlds: int = 1) -> int:
    """Check `info_hears`: NO_HEARS, MATRIX or EDGES.

    Raises:
        ConfigError: If it is something else, the matrix would be too large, or there are no messages.
    """
    config = scenario.config
    if given not in (False, True, "edges"):
        raise ConfigError(f"info_hears={given!r:.80}: must be False, True or 'edges'.")
    if given and config.message == "none":
        raise ConfigError(f"info_hears={given!r}: there are no messages; choose message=, or leave it out.")
    pairs = num_worlds * config.num_agents**2 * (config.message_delay[1] + 1)
    if given is True and pairs > MOST_PAIRS:
        raise ConfigError(
            f"info_hears=True: a matrix of {pairs} pairs of agents is too large. Use vector_env with "
            "info_hears='edges'."
        )
    if given == "edges" and config.message in ("tokens", "vector"):
        room = num_worlds * config.num_agents * most_heard(config, SPACES.index(scenario.space))
        if room > MOST_PAIRS:
            raise ConfigError(
                f"info_hears='edges': there may be {room} messages heard at once, too many. Use "
                "heard='slots', a topology with fewer links, or fewer agents."
            )
    return EDGES if given == "edges" else MATRIX if given else NO_HEARS


def hears_infos(
    hears: NDArray[np.uint8], edges: NDArray[np.int32], kind: int, ended: NDArray[np.uint8] | None = None
) -> dict[str, NDArray[Any]]:
    """The entries of infos, from the arrays of the same names in `WorldArrays`.

    With (B,) `ended`, only those of worlds where it is not 0; then, and for edges, all arrays are fresh.
    """
    if kind == EDGES:
        if ended is not None:
            edges = np.where(ended[:, None, None, None] != 0, edges, -1)
        return {"hears": edge_list(edges)}
    if kind == NO_HEARS:
        return {}
    found: NDArray[Any] = hears.view(bool)
    if ended is not None:
        found = found & (ended[:, None, None, None] != 0)
    if hears.shape[1] == 1:
        return {"hears": found[:, 0]}
    return {"hears": np.asarray(found.any(axis=1)), "hears_by_delay": found}


def edge_list(edges: NDArray[np.int32]) -> NDArray[np.int32]:
    """(E, 4) world, hearer, speaker, delay of each message heard, by world and hearer."""
    world, hearer, place = np.nonzero(edges[..., 0] >= 0)
    speaker, delay = edges[world, hearer, place].T
    return np.stack([world, hearer, speaker, delay], axis=1).astype(np.int32)


def write_hears(
    infos: Iterable[dict[str, Any]],
    numbers: NDArray[np.intp],
    arrays: WorldArrays,
    texts: Sequence[tuple[int, int, int]],
) -> None:
    """Add the entries to the infos of agents of the only world; `texts` are (hearer, speaker, delay)."""
    n, rounds = arrays.sizes.num_agents, arrays.sizes.delay_high + 1
    found = np.zeros((n, rounds, n), bool)
    if arrays.hears.size:
        found[:] = arrays.hears[0].transpose(1, 0, 2)
    for hearer, speaker, delay in texts:
        found[hearer, delay, speaker] = True
    for a, info in zip(numbers.tolist(), infos, strict=False):
        info["hears"] = found[a].any(axis=0)
        if rounds > 1:
            info["hears_by_delay"] = found[a]


def heard_bounds(config: WorldConfig) -> tuple[NDArray[np.float32] | float, NDArray[np.float32] | float]:
    """Least and greatest number that can be heard.

    Sums go up to all messages that can arrive at once; means and slots are shares; vectors lie in [-1, 1].
    """
    if config.heard == "slots" and config.message in ("tokens", "vector"):
        least = np.zeros(heard_numbers(config), np.float32).reshape(config.heard_slots, -1)
        least[:, 1:3] = -1.0  # offsets
        if config.message == "vector":
            least[:, -config.message_dim :] = -1.0
        return least.ravel(), np.ones(least.size, np.float32)
    low, high = config.message_delay
    most = float(max(config.num_agents - 1, 1) * (high - low + 1))
    if config.message == "vector":
        return (-most, most) if config.heard == "sum" else (-1.0, 1.0)
    return 0.0, 1.0 if config.heard == "mean" else most
