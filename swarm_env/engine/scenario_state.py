"""The state of a scenario: numbers and arrays with names, declared once, read by name in kernels.

    class State(ScenarioState):
        seeds_left = integer()                          # state.seeds_left
        watered_by = integers("agents")                 # state.watered_by[a]
        standing = reals("agents")                      # state.standing[a]
        poured = scratch(np.int32, "cells")             # state.poured[q]

`state = State(world, w)` in a kernel gives the fields of world `w`. It costs nothing: a field is an address
plus an offset from a table that never changes. Numbers are read and written (`state.seeds_left -= 1`); arrays
are NumPy arrays in C order.

What `integer`, `integers` and `reals` declare is part of the state of the world: it is 0 when an episode
starts, and in digests and snapshots. It lies in `world.memory` in the order of declaration. `scratch`
declares arrays in `world.table`: they are in snapshots, but never cleared and in no digest.

A length is a number, a name ("agents", "height", "width", "cells" of the padded map, "shaped": 1 if the
reward is shaped, or an option of the scenario), or a function of all these: `lambda size: 3 * size.agents`.
"""

from collections.abc import Callable, Iterator
from math import prod
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
from numba import from_dtype, types
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.engine.compiler import COMPILED, in_kernels
from swarm_env.engine.numba_types import StateType, lower_state
from swarm_env.engine.state import WORLD, WorldArrays

Length = int | str | Callable[[Any], int]
Number = TypeVar("Number", bound=np.generic)
ALIGNMENT = 8  # of every field [bytes]


class Field:
    """A declared number or array. With the compiler off it is also the descriptor that gives its view."""

    def __init__(self, dtype: Any, shape: tuple[Length, ...], kept: bool) -> None:
        """Declare an array (or a number, if `shape` is ()) of the world's state if `kept`, else scratch."""
        self.dtype, self.shape, self.kept = np.dtype(dtype), shape, kept
        self.place = 0  # in the layout

    def lengths(self, size: SimpleNamespace) -> list[int]:
        """Its lengths for given numbers of agents, cells and so on."""
        return [
            int(getattr(size, each) if isinstance(each, str) else each(size) if callable(each) else each)
            for each in self.shape
        ]

    def _view(self, state: "ScenarioState") -> NDArray[Any]:
        world = state._world
        start, *shape = world.layout[self.place : self.place + 1 + len(self.shape)]
        row = (world.memory if self.kept else world.table)[state._w].view(np.uint8)
        numbers: NDArray[Any] = row[start : start + prod(shape) * self.dtype.itemsize].view(self.dtype)
        return numbers.reshape(shape)

    def __get__(self, state: "ScenarioState | None", owner: Any) -> Any:
        """The number, or a view of the array."""
        if state is None:
            return self
        return self._view(state) if self.shape else self._view(state)[()]

    def __set__(self, state: "ScenarioState", value: Any) -> None:
        """Set the number."""
        self._view(state)[()] = value


def integer() -> int:
    """Declare an int64 of the state."""
    return cast(int, Field(np.int64, (), True))


def integers(*shape: Length) -> NDArray[np.int64]:
    """Declare an int64 array of the state."""
    return cast(NDArray[np.int64], Field(np.int64, shape, True))


def reals(*shape: Length) -> NDArray[np.float64]:
    """Declare a float64 array of the state."""
    return cast(NDArray[np.float64], Field(np.float64, shape, True))


def scratch(dtype: type[Number], *shape: Length) -> NDArray[Number]:
    """Declare an array to work in, which keeps its numbers but is no part of the state."""
    return cast(NDArray[Number], Field(dtype, shape, False))


class ScenarioState:
    """Base of declared states; see the top of this file. `State(world, w)` works in kernels."""

    fields: ClassVar[dict[str, Field]] = {}

    def __init__(self, world: WorldArrays, w: int) -> None:
        """Give access to the fields of world `w` of a batch, from Python."""
        self._world, self._w = world, w

    def __init_subclass__(cls) -> None:
        """Collect the fields, those of base classes first, and make the class callable in kernels."""
        own = {name: thing for name, thing in vars(cls).items() if isinstance(thing, Field)}
        cls.fields = {**cls.fields, **own}
        place = 0
        for field in cls.fields.values():
            field.place = place
            place += 1 + len(field.shape)
        if COMPILED:
            _offer_to_kernels(cls)

    @classmethod
    def arrange(cls, config: WorldConfig, num_cells: int) -> tuple[int, int, NDArray[np.int64]]:
        """Arrange the fields in memory, for a padded map of `num_cells` cells.

        Returns:
            Length of `memory` (int64), length of `table` (int32), and the layout: for each field its offset
            [bytes] and its lengths.
        """
        size = SimpleNamespace(**config.options)
        size.agents, size.height, size.width = config.num_agents, config.height, config.width
        size.cells, size.shaped = num_cells, config.reward == "shaped"
        size.rings, size.sectors = config.field_rings, config.field_sectors
        layout: list[int] = []
        used = {True: 0, False: 0}  # bytes of `memory`, of `table`
        for field in cls.fields.values():
            lengths = field.lengths(size)
            layout += [used[field.kept], *lengths]
            used[field.kept] += -(-prod(lengths) * field.dtype.itemsize // ALIGNMENT) * ALIGNMENT
        return used[True] // 8, used[False] // 4, np.array(layout, np.int64)

    @classmethod
    def columns(cls, config: WorldConfig) -> Iterator[tuple[str, slice, bool]]:
        """Where the fields of the state lie in `memory`: their names, words, and whether they are float64.

        Words after the declared fields, of a scenario with a layout of its own, are called "memory".
        """
        used, _, layout = cls.arrange(config, 0)
        for name, field in cls.fields.items():
            if field.kept:
                start, *shape = layout[field.place : field.place + 1 + len(field.shape)].tolist()
                yield name, slice(start // 8, start // 8 + prod(shape)), field.dtype.kind == "f"
        yield "memory", slice(used, None), False


def _offer_to_kernels(cls: type[ScenarioState]) -> None:
    """Let numba compile calls of a declared state."""
    kind = StateType(
        tuple(
            (name, from_dtype(field.dtype), len(field.shape), field.place, field.kept)
            for name, field in cls.fields.items()
        )
    )

    def build(typingctx: Any, world: Any, w: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return lower_state(context, builder, kind, WORLD, args)

        return kind(WORLD, types.int64), codegen

    in_kernels(build)(cls)
