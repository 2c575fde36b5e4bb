"""Which value of a scenario's is wrong, what is allowed, and which kernel has written it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from swarm_env.engine.compiled.values import FINE, FLOOR, KINDS, MOST_MASS, SENSE, WrongValue, wrong_value
from swarm_env.engine.state import TOKENS, WorldArrays

# By kind of `values`: the array, and what its values may be.
RULES = (
    ("active", "0 (GONE), 1 (LEAVING), 2 (PRESENT), 3 (AWAY)"),
    ("position", "a cell of the map, rows 0 to {rows}, columns 0 to {cols}"),
    ("mark", "0 to {marks}, one for each kind of its team in `agents`"),
    ("action", "0 to {moves}"),
    ("sense", "0 to {sense}, the sense's `most`"),
    ("allowed", "0 or 1"),
    ("allowed", "1 for at least one action of an agent in play"),
    ("said", "{said}"),
    ("potential", "finite numbers"),
    ("score", "finite numbers"),
    ("clock", "what the core sets: it counts rounds (0 to {rounds}) and episodes itself"),
    ("over", "0 or 1"),
    ("map_next", "what the core sets"),
    ("places", "cells of the map, rows 0 to {rows}, columns 0 to {cols}; row -1 for none"),
    ("objects", "MASS 0 to {mass}, STATIC and ALIVE 0 or 1; FIRST_CELL and NUM_CELLS within "
                "num_object_cells() = {cells}, with at least one cell if ALIVE"),
    ("object_cells", "cells at most margin() = {margin} outside the map, at least one of an object on it"),
    ("object_cells", "different cells of an object, at most margin() = {margin} rows and columns in all"),
    ("cells", "codes 0 to {codes} of kinds, OUTSIDE (1) just around the map; where an agent or object stands "
              "its own code"),
    ("cells", "the code of an agent or object only where one stands, and only one in each cell"),
    ("who", "-1, or the number of agents + object, outside the map"),
    ("payoff", "finite numbers"),
    ("floor", "0 to {floor}, the layer's `most`"),
    ("sent", "{said}"),
    ("sent_from", "row and column of a cell, rows 0 to {rows}, columns 0 to {cols}; -1 for none"),
    ("sent_from", "in column 2 the round in which it is heard, up to {rounds} + {delay}; -1 for none"),
    ("heard", "finite numbers"),
    ("hears", "0 or 1"),
    ("edges", "the number of a speaker and a delay of 0 to {delay} rounds; speaker -1 for none"),
    ("may_speak", "0 or 1"),
)  # fmt: skip
OF_AGENTS = frozenset(
    {
        "active",
        "position",
        "mark",
        "action",
        "sense",
        "allowed",
        "said",
        "potential",
        "payoff",
        "heard",
        "edges",
        "may_speak",
    }  # fmt: skip
)


def text_of(world: WorldArrays, w: int) -> str | None:
    """The first wrong value of world `w` and what is allowed; None if there is none."""
    found, sizes = wrong_value(world, w), world.sizes
    if found == FINE:
        return None
    what, where = found % KINDS, found // KINDS
    name, allowed = RULES[what]
    array = np.atleast_1d(getattr(world, name)[w])
    at = [int(i) for i in np.unravel_index(where, array.shape)]
    may_be = allowed.format(
        rows=sizes.height - 1,
        cols=sizes.width - 1,
        marks=sizes.looks - 1,
        moves=sizes.num_actions - 1,
        floor=world.floor_most[at[0]] if what == FLOOR else 0,
        sense=world.sense_most[at[-1]] if what == SENSE else 0,
        delay=sizes.delay_high,
        said=f"whole numbers from 0 to {sizes.vocabulary - 1}" if sizes.channel == TOKENS else "-1 to 1",
        rounds=sizes.max_rounds,
        mass=MOST_MASS,
        cells=sizes.num_object_cells,
        margin=sizes.margin,
        codes=sizes.num_planes,
    )
    of = f" (agent_{at[0]})" if name in OF_AGENTS else ""
    if name in ("cells", "who"):
        row, col = divmod(at[0], sizes.stride)
        of = f" (row {row - sizes.margin}, column {col - sizes.margin})"
    indices = ", ".join(map(str, [w, *at][: getattr(world, name).ndim]))
    return f"world.{name}[{indices}] is {array[tuple(at)]}{of}; allowed: {may_be}"


def watched(function: Callable[..., None]) -> Callable[..., None]:
    """A scenario's kernel as a plain function that raises `WrongValue` if it leaves a wrong value behind."""
    run = getattr(function, "py_func", function)

    def checks(world: Any, first: int, last: int) -> None:
        clock = world.clock.copy()
        run(world, first, last)
        where = f"kernel `{run.__name__}` ({run.__code__.co_filename})"
        for w in range(first, last):
            text = text_of(world, w)
            if not text and (clock[w] != world.clock[w]).any():
                now, own = world.clock[w].tolist(), clock[w].tolist()
                text = f"world.clock[{w}] is {now}; allowed: {own}, since only the core counts"
            if text:
                raise WrongValue(f"{where} left a wrong value: {text}")

    return checks
