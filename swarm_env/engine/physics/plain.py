"""`resolve_push`: push physics on a list of rigid bodies, without a world."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.config import integer
from swarm_env.engine.compiler import kernel, ready
from swarm_env.engine.physics.flow import network_needed, push_heavy
from swarm_env.engine.physics.lines import MOVED, Board, balance_of, is_heavy, push_chain
from swarm_env.engine.state import (
    ALIVE,
    ARRAYS,
    DOWN,
    FIRST_CELL,
    LEFT,
    MASS,
    NUM_CELLS,
    OUTSIDE,
    RIGHT,
    STAY,
    STEPS,
    UP,
    WALL,
    Sizes,
    WorldArrays,
    handle_of,
    index,
    world_at,
)  # fmt: skip
from swarm_env.errors import ConfigError

MOVABLE = 3  # code of every body that may move
MOST_CELLS = 2**26  # of a map
MOST_FORCE = 500_000_000  # so that force minus mass stays clear of MOVED
KEYS = ("cells", "mass", "static", "force")
DIRECTIONS = {(-1, 0): UP, (1, 0): DOWN, (0, -1): LEFT, (0, 1): RIGHT}


@kernel(types.void(types.int64, types.int64, types.Array(types.int32, 1, "C")), wrapped=True)
def push_bodies(handle: int, direction: int, balance: NDArray[np.int32]) -> None:
    """Resolve one direction among objects with given balances; `balance` becomes MOVED where one moved."""
    world = world_at(handle)
    sizes = world.sizes
    step = STEPS[direction, 0] * sizes.stride + STEPS[direction, 1]
    moved = world.scratch[0]
    heavy = False
    for o in range(sizes.num_objects):
        heavy = heavy or is_heavy(world, 0, o)
    if heavy:
        push_heavy(world, 0, direction, balance, world.network[0])
        for o in range(sizes.num_objects):
            moved[o] = direction if balance[o] == MOVED else STAY
    board = Board(0, 1, sizes.stride, sizes.margin, MOVABLE, MOVABLE + 1, moved, moved, moved)
    for o in range(sizes.num_objects):
        able = balance_of(world, 0, o, direction, board) >= 0
        if able and world.objects[0, o, ALIVE] and not is_heavy(world, 0, o):
            c = world.objects[0, o, FIRST_CELL]
            q = index(world, world.object_cells[0, c, 0], world.object_cells[0, c, 1])
            push_chain(world, 0, q, direction, step, board)
    for o in range(sizes.num_objects):
        balance[o] = MOVED if moved[o] == direction else balance[o]


def resolve_push(
    height: int, width: int, direction: Sequence[int], bodies: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Return which bodies move when all push at once along one direction: the largest set that can move.

    A set can move if it holds no static body and every body that a member pushes on, and if force can be
    routed inside it so that every member receives (its own force and others') at least its mass. (arXiv
    2505.04364; see `docs/physics.md` for why there is one largest set and how it is found without a solver.)

    Args:
        height: Rows of the map [cells].
        width: Columns of the map [cells]; the border is open.
        direction: (row, column) step: (-1, 0), (1, 0), (0, -1) or (0, 1).
        bodies: Dicts with "cells" (list of (row, column), no cell in two bodies), "mass" (from 1), "static"
            (bool) and "force" (along the direction; negative against it).

    Returns:
        Indices of the bodies that move, in order.

    Raises:
        ConfigError: If an argument is not as described.

    Example:
        >>> agent = {"cells": [(0, 0)], "mass": 1, "static": False, "force": 2}
        >>> crate = {"cells": [(0, 1)], "mass": 1, "static": False, "force": 0}
        >>> resolve_push(1, 3, (0, 1), [agent, crate])
        [0, 1]
    """
    height, width = (_integer(n, v, 1, MOST_CELLS) for n, v in (("height", height), ("width", width)))
    if height * width > MOST_CELLS:
        raise ConfigError(f"height={height}, width={width}: the map may have at most {MOST_CELLS} cells.")
    step = _direction(direction)
    checked = _bodies(bodies, height, width)
    world, balance, numbers = _build(height, width, checked)
    table, handle = handle_of(world)
    ready(push_bodies)(handle, step, balance)
    del table  # must outlive the handle
    return [number for number, value in zip(numbers, balance.tolist(), strict=True) if value == MOVED]


def _build(
    height: int, width: int, bodies: list[tuple[list[tuple[int, int]], int, bool, int]]
) -> tuple[WorldArrays, NDArray[np.int32], list[int]]:
    """Build one world (static bodies are walls, the rest objects); also their balances and indices."""
    loose = [number for number, body in enumerate(bodies) if not body[2]]
    count = sum(len(bodies[number][0]) for number in loose)
    extents = [int(np.ptp(np.array(bodies[number][0]), axis=0).max()) for number in loose]
    margin = max(extents, default=0) + 2
    stride = width + 2 * margin
    arrays = {name: np.zeros((1,) + (0,) * (axes - 1), dtype) for name, (dtype, axes) in ARRAYS.items()}
    known = {
        "height": height, "width": width, "num_objects": len(loose), "num_object_cells": count,
        "margin": margin, "stride": stride, "first_movable": MOVABLE,
        "first_agent": MOVABLE + 1,
    }  # fmt: skip
    sizes = Sizes(*(known.get(name, 0) for name in Sizes._fields))
    cells = np.full((height + 2 * margin, stride), OUTSIDE, np.uint8)
    cells[margin : margin + height, margin : margin + width] = 0
    who = np.full(cells.shape, -1, np.int32)
    objects, object_cells = np.zeros((1, len(loose), 5), np.int32), np.zeros((1, count, 2), np.int32)
    for body in bodies:
        for row, col in body[0]:
            cells[row + margin, col + margin] = WALL if body[2] else MOVABLE
    first = 0
    for o, number in enumerate(loose):
        places = np.array(bodies[number][0], np.int32)
        objects[0, o] = 0
        missing = bodies[number][1] - bodies[number][3]  # objects have no force: subtract it from the mass
        objects[0, o, [MASS, ALIVE, FIRST_CELL, NUM_CELLS]] = missing, 1, first, len(places)
        object_cells[0, first : first + len(places)] = places
        who[places[:, 0] + margin, places[:, 1] + margin] = o
        first += len(places)
    arrays |= {"cells": cells.reshape(1, -1), "who": who.reshape(1, -1)}
    arrays |= {"objects": objects, "object_cells": object_cells}
    arrays["scratch"] = np.zeros((1, len(loose)), np.int32)
    arrays["network"] = np.zeros((1, network_needed(0, len(loose), count)), np.int64)
    return WorldArrays(sizes, **arrays), -objects[0, :, MASS], loose


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _integer(name: str, value: Any, least: int, most: int) -> int:
    number = integer(value)
    if number is None or not least <= number <= most:
        raise ConfigError(f"{name}={_short(value)}: must be a whole number from {least} to {most}.")
    return number


def _integers(value: Any) -> tuple[int | None, ...]:
    """The integers in a sequence, None for what is no integer; empty if `value` is no sequence."""
    items = value.tolist() if isinstance(value, np.ndarray) else value
    return tuple(map(integer, items)) if isinstance(items, Sequence) and not isinstance(items, str) else ()


def _direction(value: Any) -> int:
    step = _integers(value)
    if step not in DIRECTIONS:
        raise ConfigError(
            f"direction={_short(value)}: must be (-1, 0) up, (1, 0) down, (0, -1) left or (0, 1) right."
        )
    return DIRECTIONS[step]


def _bodies(given: Any, height: int, width: int) -> list[tuple[list[tuple[int, int]], int, bool, int]]:
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise ConfigError(f"bodies={_short(given)}: must be a list of dicts with the keys {', '.join(KEYS)}.")
    taken: dict[tuple[int, int], int] = {}
    return [
        _body(f"bodies[{number}]", number, body, height, width, taken) for number, body in enumerate(given)
    ]


def _body(
    where: str, number: int, given: Any, height: int, width: int, taken: dict[tuple[int, int], int]
) -> tuple[list[tuple[int, int]], int, bool, int]:
    """Check one body; `taken` collects the body of each cell."""
    if not isinstance(given, Mapping):
        raise ConfigError(f"{where}={_short(given)}: must be a dict with the keys {', '.join(KEYS)}.")
    if set(given) != set(KEYS):
        wrong = sorted(map(str, set(given) ^ set(KEYS)))
        raise ConfigError(f"{where}: missing or unknown keys {_short(wrong)}; needed are {', '.join(KEYS)}.")
    cells = _cells(f"{where}['cells']", given["cells"], height, width)
    for cell in cells:
        if cell in taken:
            raise ConfigError(
                f"{where}['cells']: {cell} is already taken by bodies[{taken[cell]}]; no two bodies share "
                "a cell."
            )
        taken[cell] = number
    mass = _integer(f"{where}['mass']", given["mass"], 1, MOST_FORCE)
    force = _integer(f"{where}['force']", given["force"], -MOST_FORCE, MOST_FORCE)
    if not isinstance(given["static"], bool | np.bool_):
        raise ConfigError(f"{where}['static']={_short(given['static'])}: must be True or False.")
    return cells, mass, bool(given["static"]), force


def _cells(where: str, given: Any, height: int, width: int) -> list[tuple[int, int]]:
    if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str | bytes) or len(given) == 0:
        raise ConfigError(f"{where}={_short(given)}: must be a list of at least one (row, column) pair.")
    cells = []
    for pair in given:
        numbers = _integers(pair)
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
            raise ConfigError(f"{where}: {_short(pair)} must be a (row, column) pair of whole numbers.")
        cell = (numbers[0], numbers[1])
        if not (0 <= cell[0] < height and 0 <= cell[1] < width):
            raise ConfigError(f"{where}: {_short(cell)} lies outside the map of {height} x {width} cells.")
        cells.append(cell)
    if len(set(cells)) < len(cells):
        raise ConfigError(f"{where}: {_short(given)} names a cell twice.")
    return cells
