"""What several scenarios need: agents and places on random free cells, refusal of crowds, named options."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import BeforeValidator

from swarm_env.config import WorldConfig
from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import below
from swarm_env.engine.state import EMPTY, WorldArrays, code_at, index, place_agent
from swarm_env.errors import ConfigError

MANY = 20_000
SLOT = 3  # side of the square that a place such as a site has for itself [cells]


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

    In worlds of MANY agents and more they are then numbered row by row, so that agents of near numbers are
    near in memory too.
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
    """Put places of one cell on the map, each amid a square of its own that no other place touches.

    Args:
        world: The batch.
        w: Which world; a ring of walls is on the map, and enough squares fit (see `require_slots`).
        key: Stream of random numbers.
        count: How many.
        code: Of the first one.
        step: What is added to the code from each to the next.
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
    """Refuse maps on which `place_apart` cannot put so many places.

    Raises:
        ConfigError: Naming how many fit, and the smallest map for all.
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
    """Refuse maps smaller than height x width cells.

    Raises:
        ConfigError: Naming the smallest map that works.
    """
    if config.height < height or config.width < width:
        raise ConfigError(
            f"{config.scenario}: a map of {config.height} x {config.width} is too small {why}; "
            f"the smallest that works is {height} x {width}. Set height and width."
        )


def require_room(config: WorldConfig, free: int, where: str) -> None:
    """Refuse more agents than `free` cells.

    Raises:
        ConfigError: Naming the most agents that fit.
    """
    if config.num_agents > free:
        raise ConfigError(
            f"{config.scenario}: {config.num_agents} agents do not fit on the {free} free cells {where} of a "
            f"map of "
            f"{config.height} x {config.width}. Set num_agents to at most {free}, or make the map larger."
        )


def named(names: Sequence[str], spelled: Callable[[str], str] = str) -> BeforeValidator:
    """Lets an option whose values are numbers be given by name too.

    Args:
        names: Name of 0, of 1, and so on.
        spelled: From a name as it is given to how it is written in `names`.

    Returns:
        What to annotate the option's type with.
    """

    def number_of(given: Any) -> Any:
        if isinstance(given, str):
            if spelled(given) not in names:
                raise ValueError(f"must be one of {', '.join(names)}")
            return names.index(spelled(given))
        return given

    return BeforeValidator(number_of)
