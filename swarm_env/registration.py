"""Registers the scenarios with Gymnasium and PettingZoo, as "swarm_env/pursuit-v0".

Neither library finds plug-ins by itself, and importing them just to register would cost a third of a second.
So scenarios are registered at once with a library that is imported already, else at the end of its import.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

NAMESPACE, VERSION = "swarm_env", "v0"


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
                entry_point=f"{__name__}:make_gym",
                vector_entry_point=f"{__name__}:make_vector",
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
                registration.register(kind, name, f"{__name__}:{function}", kwargs={"scenario": scenario})


_REGISTER: dict[str, Callable[[Any], None]] = {
    "gymnasium.envs.registration": _with_gymnasium,
    "pettingzoo.env_registry.registration": _with_pettingzoo,
}


def _ids() -> list[tuple[str, str]]:
    """Scenario and id of every scenario that is a file or an entry point."""
    from swarm_env.registry import names

    return [(name, f"{NAMESPACE}/{name}-{VERSION}") for name in names("scenario")]


def make_gym(scenario: str, **options: Any) -> Any:
    """`swarm_env.gym_env`, for `gymnasium.make`."""
    from swarm_env.envs.single import gym_env

    return gym_env(scenario, **options)


def make_vector(scenario: str, num_envs: int = 1, num_agents: int = 10, **options: Any) -> Any:
    """`swarm_env.vector_env` with `num_envs` slots, for `gymnasium.make_vec`.

    Args:
        scenario: Name of the scenario.
        num_envs: Number of slots, one per agent: a multiple of `num_agents`. 1, the default of `make_vec`,
            means one world unless `num_worlds` says otherwise.
        num_agents: Agents in a world.
        **options: As `swarm_env.vector_env`.

    Returns:
        The vector environment.

    Raises:
        ConfigError: `num_envs` is not a multiple of `num_agents`.
    """
    from swarm_env.envs.vector import vector_env
    from swarm_env.errors import ConfigError

    worlds, rest = divmod(num_envs, num_agents) if num_envs != 1 else (1, 0)
    if rest or worlds < 1:
        raise ConfigError(
            f"num_envs={num_envs!r} must be a multiple of num_agents={num_agents!r}: one slot per agent."
        )
    return vector_env(scenario, num_agents=num_agents, **{"num_worlds": worlds, **options})


def make_parallel(scenario: str, max_cycles: int | None = None, **options: Any) -> Any:
    """`swarm_env.parallel_env`, for `pettingzoo.make("parallel", …)`; `max_cycles` is `max_rounds`."""
    from swarm_env.envs.parallel import parallel_env

    return parallel_env(scenario, **({} if max_cycles is None else {"max_rounds": max_cycles}) | options)


def make_aec(scenario: str, **options: Any) -> Any:
    """`swarm_env.env`, for `pettingzoo.make("aec", …)`; options as `make_parallel`."""
    from pettingzoo.utils.conversions import parallel_to_aec

    return parallel_to_aec(make_parallel(scenario, **options))
