"""Declared states: where fields are in memory, how long they are, and access from Python and from kernels."""

import numpy as np
from numba import types

from swarm_env.config import WorldConfig
from swarm_env.engine import ScenarioState, WorldArrays, integer, integers, kernel, reals, scratch
from swarm_env.engine.compiler import ready
from swarm_env.engine.state import ARRAYS, Sizes, handle_of, world_at


class State(ScenarioState):
    """A field of each kind."""

    count = integer()
    holds = integers("agents", 2)
    share = reals("strangers")
    near = scratch(np.uint8, "height", lambda size: size.width + 1)
    sums = scratch(np.float64, 3)


class Longer(State):
    """Another field after those of the base."""

    last = integer()


@kernel(types.void(types.int64), wrapped=True)
def change(handle: int) -> None:
    """Write to every field of world 1."""
    state = Longer(world_at(handle), 1)
    state.count -= 3
    state.holds[2, 1] = 7
    state.share[:] = 0.5
    state.near[1, 5] = 200
    state.sums[2] = state.count + state.share[0]
    state.last = len(state.holds)


def worlds() -> WorldArrays:
    """Two worlds of three agents on a map of 2 x 5 cells."""
    config = WorldConfig(scenario="none", num_agents=3, height=2, width=5, options={"strangers": 2})
    memory, table, layout = Longer.arrange(config, num_cells=99)
    assert (memory, table) == (1 + 6 + 2 + 1, (16 + 24) // 4)
    assert layout.tolist() == [0, 8, 3, 2, 56, 2, 0, 2, 6, 16, 3, 72]
    arrays = {name: np.zeros((2,) + (0,) * (axes - 1), dtype) for name, (dtype, axes) in ARRAYS.items()}
    arrays |= {"memory": np.zeros((2, memory), np.int64), "table": np.zeros((2, table), np.int32)}
    return WorldArrays(Sizes(*(0 for _ in Sizes._fields)), **arrays | {"layout": layout})


def test_kernels_and_python_use_the_same_fields():
    world = worlds()
    _table, handle = handle_of(world)
    ready(change)(handle)
    state, other = Longer(world, 1), Longer(world, 0)
    assert (state.count, state.last, state.sums.tolist()) == (-3, 3, [0.0, 0.0, -2.5])
    assert (state.holds[2, 1], state.near[1, 5], state.share.tolist()) == (7, 200, [0.5, 0.5])
    assert world.memory[1].tolist()[:7] == [-3, 0, 0, 0, 0, 0, 7], "fields are in the order of declaration"
    state.count, state.holds[0, 0] = 5, 9
    assert (world.memory[1, 0], world.memory[1, 1], Longer(world, 1).count) == (5, 9, 5)
    assert not world.memory[0].any() and other.count == 0, "the other world has not changed"
