"""Registers the scenarios with Gymnasium and PettingZoo, as "swarm_env/pursuit-v0".

Neither library finds plug-ins by itself, and importing them just to register would cost a third of a second.
So scenarios are registered at once with a library that is imported already, else at the end of its import.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

NAMESPACE, VERSION = "swarm_env", "v0"
MAKERS = "swarm_env.api"  # has the functions that make environments


def register_all() -> None:
    """Register all scenarios with Gymnasium and PettingZoo, now or when they are imported."""
    awaited = {}
    for name, register in _REGISTER.items():
        if name in sys.modules:
            register(sys.modules[name])
        else:
            awaited[name] = register
    if awaited and not any(isinstance(finder, _Watcher) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watcher(awaited))


class _Watcher:
    """An import hook that runs a function on each of some modules at the end of its import."""

    def __init__(self, awaited: dict[str, Callable[[Any], None]]) -> None:
        self.awaited = awaited

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the awaited modules with their own specification, so that they are registered with."""
        if name not in self.awaited:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        register, execute = self.awaited.pop(name), spec.loader.exec_module

        def execute_and_register(module: ModuleType) -> None:
            execute(module)
            register(module)

        spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        if not self.awaited and self in sys.meta_path:
            sys.meta_path.remove(self)
        return spec


def _with_gymnasium(registration: Any) -> None:
    """Register with the module `gymnasium.envs.registration`."""
    for scenario, name in _ids():
        if name not in registration.registry:
            registration.register(
                id=name,
                entry_point="swarm_env.training.single:gym_env",
                vector_entry_point=f"{MAKERS}:make_vector",
                kwargs={"scenario": scenario},
            )
            # Without a vector entry point, `num_envs` of `make_vec` counts environments, not slots.
            registration.register(
                id=name.replace(f"-{VERSION}", f"-single-{VERSION}"),
                entry_point="swarm_env.training.single:gym_env",
                kwargs={"scenario": scenario},
            )


def _with_pettingzoo(registration: Any) -> None:
    """Register with the module `pettingzoo.env_registry.registration` (PettingZoo 1.27 and later)."""
    apis = (
        ("parallel", registration.parallel_registry, "make_parallel"),
        ("aec", registration.aec_registry, "make_aec"),
    )
    for scenario, name in _ids():
        for kind, registry, function in apis:
            if name not in registry:
                registration.register(kind, name, f"{MAKERS}:{function}", kwargs={"scenario": scenario})


_REGISTER: dict[str, Callable[[Any], None]] = {
    "gymnasium.envs.registration": _with_gymnasium,
    "pettingzoo.env_registry.registration": _with_pettingzoo,
}


def _ids() -> list[tuple[str, str]]:
    """Scenario and id of every scenario that is a file or an entry point."""
    from swarm_env.registry import names  # not at every start of the program: it reads many files

    return [(name, f"{NAMESPACE}/{name}-{VERSION}") for name in names("scenario")]
