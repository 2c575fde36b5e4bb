"""The compiled engine; what scenario authors need can be imported from here.

    from swarm_env.engine import RANGE, ScenarioState, WorldArrays, integer, kernel, place_agent, stream

Each name is loaded when it is first used, so `import swarm_env.engine` imports neither numba nor NumPy.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swarm_env.engine.compiler import kernel
    from swarm_env.engine.randomness import RESET, UPDATE, USER, below, number, stream, unit
    from swarm_env.engine.rule_calls import decide_by, room
    from swarm_env.engine.scenario_state import ScenarioState, integer, integers, reals, scratch
    from swarm_env.engine.state import (
        ALIVE,
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
        PRESENT,
        RANGE,
        RIGHT,
        ROUND,
        STATIC,
        STAY,
        UP,
        WALL,
        WorldArrays,
        code_at,
        index,
        move_single,
        place_agent,
        place_object,
        place_ring,
        set_mark,
    )

_MODULES = {
    "compiler": "kernel",
    "randomness": "RESET UPDATE USER below number stream unit",
    "rule_calls": "decide_by room",
    "scenario_state": "ScenarioState integer integers reals scratch",
    "state": "ALIVE DOWN EMPTY EPISODE FIRST_CELL GONE LEAVING LEFT MASS NUM_CELLS OUTSIDE PRESENT RANGE RIGHT "
    "ROUND STATIC STAY UP WALL WorldArrays code_at index move_single place_agent place_object place_ring set_mark",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}
__all__ = [*_MODULE_OF]  # pyright: ignore


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    thing = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return thing


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
