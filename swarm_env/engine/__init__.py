"""The compiled engine; what scenario authors need can be imported from here.

    from swarm_env.engine import RANGE, ScenarioState, WorldArrays, integer, kernel, place_agent, stream

Each name is loaded when it is first used, so `import swarm_env.engine` imports neither numba nor NumPy.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swarm_env.engine.compiler import kernel
    from swarm_env.engine.map.floor import diffuse, lay
    from swarm_env.engine.map.placing import (
        first_look,
        move_single,
        place_agent,
        place_object,
        place_ring,
        set_mark,
        take_away,
    )
    from swarm_env.engine.randomness import RESET, UPDATE, USER, below, number, stream, unit
    from swarm_env.engine.rule_calls import rank_by, room, vote_by
    from swarm_env.engine.scenario_state import ScenarioState, integer, integers, reals, scratch
    from swarm_env.engine.space.angles import rotated, sincos
    from swarm_env.engine.space.field import Sensing, write_fields
    from swarm_env.engine.space.moving import (
        drive_chosen,
        move_particle,
        number_by_cell,
        put_particle,
        scatter,
        settle,
        show_particles,
        turn_chosen,
        turn_particle,
        turn_towards,
    )
    from swarm_env.engine.space.neighbours import Neighbours, list_near, sort_particles, sum_near
    from swarm_env.engine.space.order import group_now, order_now
    from swarm_env.engine.state import (
        ALIVE,
        AWAY,
        DOWN,
        EMPTY,
        EPISODE,
        FIRST_CELL,
        GONE,
        LEAVING,
        LEFT,
        MASS,
        NUM_CELLS,
        OUTSIDE,
        PACE,
        PRESENT,
        RANGE,
        RIGHT,
        ROUND,
        SIGHT,
        STATIC,
        STAY,
        TEAM,
        UP,
        WALL,
        WorldArrays,
        code_at,
        index,
    )

__all__ = [
    "ALIVE",
    "AWAY",
    "DOWN",
    "EMPTY",
    "EPISODE",
    "FIRST_CELL",
    "GONE",
    "LEAVING",
    "LEFT",
    "MASS",
    "NUM_CELLS",
    "OUTSIDE",
    "PACE",
    "PRESENT",
    "RANGE",
    "RESET",
    "RIGHT",
    "ROUND",
    "SIGHT",
    "STATIC",
    "STAY",
    "TEAM",
    "UP",
    "UPDATE",
    "USER",
    "WALL",
    "Neighbours",
    "ScenarioState",
    "Sensing",
    "WorldArrays",
    "below",
    "code_at",
    "diffuse",
    "drive_chosen",
    "first_look",
    "group_now",
    "index",
    "integer",
    "integers",
    "kernel",
    "lay",
    "list_near",
    "move_particle",
    "move_single",
    "number",
    "number_by_cell",
    "order_now",
    "place_agent",
    "place_object",
    "place_ring",
    "put_particle",
    "rank_by",
    "reals",
    "room",
    "rotated",
    "scatter",
    "scratch",
    "set_mark",
    "settle",
    "show_particles",
    "sincos",
    "sort_particles",
    "stream",
    "sum_near",
    "take_away",
    "turn_particle",
    "turn_chosen",
    "turn_towards",
    "unit",
    "vote_by",
    "write_fields",
]
# Modules that define these names.
_MODULES = (
    "compiler", "map.floor", "map.placing", "randomness", "rule_calls", "scenario_state", "space.angles",
    "space.field", "space.moving", "space.neighbours", "space.order", "state",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name in __all__:
        for module in _MODULES:
            found = vars(importlib.import_module(f"{__name__}.{module}"))
            if name in found:
                return globals().setdefault(name, found[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
