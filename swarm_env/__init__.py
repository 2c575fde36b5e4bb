"""Swarm worlds on a grid: agents see a small window, talk to their neighbours and must act together.

    import swarm_env

    env = swarm_env.parallel_env("pursuit", num_agents=10)
    obs, infos = env.reset(seed=42)
    moves = {agent: env.action_space(agent).sample() for agent in env.agents}
    obs, rewards, terminations, truncations, infos = env.step(moves)

The names below are all there is to import; each is loaded when it is first used. The worlds can also be made
by `gymnasium.make("swarm_env/pursuit-v0")` and `pettingzoo.make("parallel", "swarm_env/pursuit-v0")` once
this package is imported (or by `gymnasium.make("swarm_env:swarm_env/pursuit-v0")`, which imports it).
"""

import importlib
from typing import TYPE_CHECKING, Any

from swarm_env.registration import offer as _offer

if TYPE_CHECKING:
    from swarm_env.agent import Agent, Brief, Decision, Perception
    from swarm_env.api import agents, make_agent, rule, rules, scenarios, warmup
    from swarm_env.config import WorldConfig
    from swarm_env.engine.physics import resolve_push
    from swarm_env.envs.parallel import aec_env as env
    from swarm_env.envs.parallel import parallel_env
    from swarm_env.envs.single import gym_env
    from swarm_env.envs.vector import vector_env
    from swarm_env.errors import (
        ConfigError,
        ContractError,
        RegistryError,
        RunError,
        SwarmEnvError,
        UnknownNameError,
    )
    from swarm_env.playing.runner import play
    from swarm_env.registry import register
    from swarm_env.scenario import Scenario
    from swarm_env.training.prompt_env import prompt_env

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "Brief",
    "ConfigError",
    "ContractError",
    "Decision",
    "Perception",
    "RegistryError",
    "RunError",
    "Scenario",
    "SwarmEnvError",
    "UnknownNameError",
    "WorldConfig",
    "agents",
    "env",
    "gym_env",
    "make_agent",
    "parallel_env",
    "play",
    "prompt_env",
    "register",
    "resolve_push",
    "rule",
    "rules",
    "scenarios",
    "vector_env",
    "warmup",
]

_MODULES = {
    "agent": ("Agent", "Brief", "Decision", "Perception"),
    "config": ("WorldConfig",),
    "errors": (
        "ConfigError",
        "ContractError",
        "RegistryError",
        "RunError",
        "SwarmEnvError",
        "UnknownNameError",
    ),
    "facade": ("agents", "make_agent", "rule", "rules", "scenarios", "warmup"),
    "parallel": ("env", "parallel_env"),
    "physics": ("resolve_push",),
    "prompts": ("prompt_env",),
    "registry": ("register",),
    "runner": ("play",),
    "scenario": ("Scenario",),
    "single": ("gym_env",),
    "vector": ("vector_env",),
}
_HOME_OF = {name: module for module, names in _MODULES.items() for name in names}
_OTHER_NAMES = {"env": "aec_env"}  # public name to the name in its module, where they differ


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name in ("errors", "registry"):
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_hint(name)}")
    module = importlib.import_module(f"{__name__}.{_HOME_OF[name]}")
    thing = globals()[name] = getattr(module, _OTHER_NAMES.get(name, name))
    return thing


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _hint(name: str) -> str:
    if name.startswith("_"):  # Python itself asks for many of these
        return ""
    errors = importlib.import_module(f"{__name__}.errors")
    return f".{errors.did_you_mean(name, __all__)}"


_offer()
