"""Helpers of several scenarios: random placement, checks of the map size, options given by name."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import BeforeValidator

from swarm_env.config import WorldConfig
from swarm_env.engine import EMPTY, WorldArrays, below, code_at, index, kernel, place_agent
from swarm_env.errors import ConfigError

MANY = 20_000  # agents
SLOT = 3  # side of the square that a site or station has for itself [cells]


@kernel()
def place_agents(
    world: WorldArrays, w: int, key: np.uint64, top: int, bottom: int, left: int, right: int
) -> None:
    """Put all agents, unmarked, on random free cells of rows top … bottom - 1 and columns left … right - 1.

    Args:
        world: The batch.
        w: Which world.
        key: Stream of random numbers.
        top: First row.
        bottom: One past the last row.
        left: First column.
        right: One past the last column.

    Worlds of MANY agents and more number them row by row, so that neighbours are close in memory.
    """
    sizes, i = world.sizes, 0
    for a in range(sizes.num_agents):
        while True:
            row = top + below(key, i, bottom - top)
            col = left + below(key, i + 1, right - left)
            i += 2
            if code_at(world, w, row, col) == EMPTY:
                place_agent(world, w, a, row, col, 0)
                break
    if sizes.num_agents >= MANY:
        a = 0
        for row in range(top, bottom):
            for col in range(left, right):
                if code_at(world, w, row, col) == sizes.first_agent:
                    place_agent(world, w, a, row, col, 0)
                    a += 1


@kernel()
def place_apart(world: WorldArrays, w: int, key: np.uint64, count: int, code: int, step: int) -> None:
    """Put single cells of a kind on the map, each in the middle of its own square of SLOT cells.

    Args:
        world: The batch.
        w: Which world; a ring of walls is on the map, and enough squares fit (see `require_slots`).
        key: Stream of random numbers.
        count: Number of cells.
        code: Code of the first one.
        step: Difference of the codes of two successive ones.
    """
    sizes = world.sizes
    down, across = (sizes.height - 2) // SLOT, (sizes.width - 2) // SLOT
    top, left = (
        2 + below(key, 0, (sizes.height - 2) % SLOT + 1),
        2 + below(key, 1, (sizes.width - 2) % SLOT + 1),
    )
    s, i = 0, 2
    while s < count:
        slot = below(key, i, down * across)
        i += 1
        row, col = top + SLOT * (slot // across), left + SLOT * (slot % across)
        if code_at(world, w, row, col) == EMPTY:
            world.cells[w, index(world, row, col)] = code + s * step
            s += 1


def require_slots(config: WorldConfig, count: int, what: str) -> None:
    """Check that `place_apart` can put `count` cells on the map.

    Raises:
        ConfigError: If it cannot; it names how many fit, and the smallest map for all.
    """
    slots = ((config.height - 2) // SLOT) * ((config.width - 2) // SLOT)
    if slots < count:
        side = 2 + SLOT * (math.isqrt(count - 1) + 1)
        fewer = f"{what} to {slots}, or " if slots > 1 else ""
        raise ConfigError(
            f"{config.scenario}: a map of {config.height} x {config.width} has room for {slots} {what}, not "
            f"for {what}={count}. Set {fewer}height and width to {side}."
        )


def require_size(config: WorldConfig, height: int, width: int, why: str) -> None:
    """Check that the map has at least height x width cells.

    Raises:
        ConfigError: If it is smaller; it names the smallest map that works.
    """
    if config.height < height or config.width < width:
        raise ConfigError(
            f"{config.scenario}: a map of {config.height} x {config.width} is too small {why}; "
            f"the smallest that works is {height} x {width}. Set height and width."
        )


def require_room(config: WorldConfig, free: int, where: str) -> None:
    """Check that there are at most `free` agents.

    Raises:
        ConfigError: If there are more; it names the most that fit.
    """
    if config.num_agents > free:
        raise ConfigError(
            f"{config.scenario}: {config.num_agents} agents do not fit on the {free} free cells {where} of a "
            f"map of {config.height} x {config.width}. Set num_agents to at most {free}, or make the map "
            "larger."
        )


def named(names: Sequence[str], spelled: Callable[[str], str] = str) -> BeforeValidator:
    """Let an integer option be given by name too.

    Args:
        names: Names of 0, 1, and so on.
        spelled: Converts a given name to its spelling in `names`.

    Returns:
        The annotation for the option's type.
    """

    def number_of(given: Any) -> Any:
        if isinstance(given, str):
            if spelled(given) not in names:
                raise ValueError(f"must be one of {', '.join(names)}")
            return names.index(spelled(given))
        return given

    return BeforeValidator(number_of)
