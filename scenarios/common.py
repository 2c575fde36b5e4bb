"""Helpers of several scenarios: random placement, checks of the map size, options given by name."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import BeforeValidator, Field

from swarm_env.config import WorldConfig
from swarm_env.engine import (
    EMPTY,
    EPISODE,
    PACE,
    RANGE,
    RESET,
    WorldArrays,
    below,
    code_at,
    index,
    kernel,
    place_agent,
    place_ring,
    stream,
)
from swarm_env.errors import ConfigError, ContractError, UnknownNameError
from swarm_env.rules import rule_name

MANY = 20_000  # agents
SLOT = 3  # side of the square that a site or station has for itself [cells]


@kernel()
def place_agents(
    world: WorldArrays, w: int, key: np.uint64, top: int, bottom: int, left: int, right: int
) -> None:
    """Put all agents, unmarked, on random free cells of rows top … bottom - 1 and columns left … right - 1.

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
    if sizes.num_agents >= MANY and not sizes.unlike:
        a = 0
        for row in range(top, bottom):
            for col in range(left, right):
                if code_at(world, w, row, col) == sizes.first_agent:
                    place_agent(world, w, a, row, col, 0)
                    a += 1


@kernel(inline=True)
def may_step(world: WorldArrays, a: int, time: int) -> bool:
    """Whether the pace of an agent lets it step in a round, counted from 0."""
    pace = world.agents[a, PACE]
    return (time + 1) * pace // 100 > time * pace // 100


@kernel()
def place_back(world: WorldArrays, w: int, a: int, key: np.uint64) -> bool:
    """Put an agent, unmarked, on a random free cell inside the walls; False: no such cell in 1000 draws."""
    for i in range(1000):
        row = 1 + below(key, 2 * i, world.sizes.height - 2)
        col = 1 + below(key, 2 * i + 1, world.sizes.width - 2)
        if code_at(world, w, row, col) == EMPTY:
            place_agent(world, w, a, row, col, 0)
            return True
    return False


@kernel()
def distance_on_floor(world: WorldArrays, w: int, a: int, layer: int) -> float:
    """Distance of an agent to the nearest cell with something of a layer, over (height + width); 1: none."""
    sizes, least = world.sizes, world.sizes.height + world.sizes.width
    for row in range(sizes.height):
        for col in range(sizes.width):
            if world.floor[w, layer, index(world, row, col)] > 0:
                away = abs(world.position[w, a, 0] - row) + abs(world.position[w, a, 1] - col)
                least = min(least, away)
    return least / (sizes.height + sizes.width)


@kernel()
def distance_to_codes(world: WorldArrays, w: int, a: int, first: int, end: int) -> float:
    """Distance of an agent to the nearest cell of codes `first` to end - 1, as `distance_on_floor`."""
    sizes, least = world.sizes, world.sizes.height + world.sizes.width
    for row in range(sizes.height):
        for col in range(sizes.width):
            if first <= world.cells[w, index(world, row, col)] < end:
                away = abs(world.position[w, a, 0] - row) + abs(world.position[w, a, 1] - col)
                least = min(least, away)
    return least / (sizes.height + sizes.width)


@kernel()
def place_apart(world: WorldArrays, w: int, key: np.uint64, count: int, code: int, step: int) -> None:
    """Put `count` cells of codes code, code + step, … inside the walls, each in the middle of its own square.

    Enough squares of SLOT cells must fit (see `require_slots`).
    """
    sizes = world.sizes
    down, across = (sizes.height - 2) // SLOT, (sizes.width - 2) // SLOT
    top = 2 + below(key, 0, (sizes.height - 2) % SLOT + 1)
    left = 2 + below(key, 1, (sizes.width - 2) % SLOT + 1)
    s, i = 0, 2
    while s < count:
        slot = below(key, i, down * across)
        i += 1
        row, col = top + SLOT * (slot // across), left + SLOT * (slot % across)
        if code_at(world, w, row, col) == EMPTY:
            world.cells[w, index(world, row, col)] = code + s * step
            s += 1


@kernel()
def enclose(world: WorldArrays, w: int) -> np.uint64:
    """Put a ring of walls on the map; returns the stream of the reset's random numbers."""
    place_ring(world, w)
    return stream(world.seed[w], world.clock[w, EPISODE], 0, RESET)


@kernel()
def place_inside(world: WorldArrays, w: int, key: np.uint64) -> None:
    """Put all agents, unmarked, on random free cells inside the ring of walls."""
    place_agents(world, w, key, 1, world.sizes.height - 1, 1, world.sizes.width - 1)


@kernel()
def second_stream(key: np.uint64) -> np.uint64:
    """A stream of the reset that is independent of `key`."""
    return stream(key, 0, 0, RESET)


@kernel(RANGE)
def reset_inside(world: WorldArrays, first: int, last: int) -> None:
    """The `reset` of scenarios that draw only the places of the agents, inside a ring of walls."""
    for w in range(first, last):
        place_inside(world, w, enclose(world, w))


@kernel(inline=True)
def codes_around(world: WorldArrays, w: int, q: int) -> np.int64:
    """The codes of the eight cells around flat index `q` and of its own: bit c is 1 if code c is there."""
    cells, stride, found = world.cells[w], world.sizes.stride, np.int64(0)
    for middle in (q - stride, q, q + stride):
        for t in (middle - 1, middle, middle + 1):
            found |= np.int64(1) << np.int64(cells[np.uint64(t)])
    return found


def require_slots(config: WorldConfig, what: str, one: str) -> None:
    """Check that the agents fit on the map, and `place_apart` can put as many cells on it as an option says.

    Args:
        config: Settings of the world.
        what: Name of the option.
        one: One of these cells, in words.

    Raises:
        ConfigError: If they do not fit; it names how many do, and the smallest map for all.
    """
    require_size(config, 2 + SLOT, 2 + SLOT, f"for {one} and the cells around it")
    count = int(config.options[what])
    slots = ((config.height - 2) // SLOT) * ((config.width - 2) // SLOT)
    if slots < count:
        side = 2 + SLOT * (math.isqrt(count - 1) + 1)
        fewer = f"{what} to {slots}, or " if slots > 1 else ""
        raise ConfigError(
            f"{config.scenario}: a map of {config.height} x {config.width} has room for {slots} {what}, not "
            f"for {what}={count}. Set {fewer}height and width to {side}."
        )
    require_room(config, (config.height - 2) * (config.width - 2) - count, f"beside the {what}")


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


def require_room(config: WorldConfig, free: int | None = None, where: str = "inside the walls") -> None:
    """Check that there are at most `free` agents (None: as many as cells inside the ring of walls).

    Raises:
        ConfigError: If there are more; it names the most that fit.
    """
    free = (config.height - 2) * (config.width - 2) if free is None else free
    if config.num_agents > free:
        raise ConfigError(
            f"{config.scenario}: {config.num_agents} agents do not fit on the {free} free cells {where} of a "
            f"map of {config.height} x {config.width}. Set num_agents to at most {free}, or make the map "
            "larger."
        )


def option(default: float, least: float, most: float, description: str) -> Any:
    """The field of an option with a default and a range, both limits included."""
    return Field(default=default, ge=least, le=most, description=description)


def named_rule(names: Sequence[str], kernel: Callable[[str], Any]) -> BeforeValidator:
    """Let an option name a rule: one of some rules, which have numbers, or any other that a world can ask.

    Args:
        names: Names of the rules 0, 1, and so on.
        kernel: Finds the kernel of another rule: `ranking_kernel` or `vote_kernel`.

    Returns:
        The annotation for the option's type, which is `int | str`: a number or, for another rule, its name.
        Kernels see -1 in place of a name.
    """

    def read(given: Any) -> int | str:
        if not isinstance(given, str):
            if isinstance(given, bool) or given not in range(len(names)):
                raise ValueError(f"must be one of {', '.join(names)}, or a rule as path/file.py:Name")
            return int(given)
        if given in names:
            return names.index(given)
        try:
            name = rule_name(given)
            if name not in names:
                kernel(name)
        except (UnknownNameError, ContractError) as error:
            raise ValueError(f"must be one of {', '.join(names)}, or another rule. {error}") from None
        return names.index(name) if name in names else name

    return BeforeValidator(read)


def rule_of(value: int | float | str, names: Sequence[str]) -> str:
    """The name of the rule that an option of `named_rule` stands for."""
    return value if isinstance(value, str) else names[int(value)]


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
