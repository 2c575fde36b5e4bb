"""A fast (numba) multi-agent grid environment for PettingZoo, Gymnasium and the command line.

Agents see a small local window, talk only to neighbours, and must cooperate.

    import swarm_env

    env = swarm_env.parallel_env("pursuit", num_agents=10)
    obs, infos = env.reset(seed=42)
    moves = {agent: env.action_space(agent).sample() for agent in env.agents}
    obs, rewards, terminations, truncations, infos = env.step(moves)

The public names are in `__all__`; each is loaded when it is first used. Once this package is imported,
`gymnasium.make("swarm_env/pursuit-v0")` and `pettingzoo.make("parallel", "swarm_env/pursuit-v0")` work too
(`gymnasium.make("swarm_env:swarm_env/pursuit-v0")` imports it itself).
"""

from __future__ import annotations

import importlib
import os

from swarm_env.moved import explain_old_names as _explain_old_names
from swarm_env.registration import register_all as _register_all
from swarm_env.version import __version__ as __version__

if not os.path.isdir(os.path.join(os.path.dirname(__file__), "agents")):
    # In the repository `agents/`, `consensus/`, `scenarios/` and `viz/` are beside this folder; they are
    # installed inside it. This makes a clone importable without installing it.
    __path__.append(os.path.dirname(os.path.dirname(__file__)))

TYPE_CHECKING = False  # `typing` takes a large part of the time of a start
if TYPE_CHECKING:
    from typing import Any

    from swarm_env.agent import Agent, Brief, Decision, Perception
    from swarm_env.api import list_agents, list_rules, list_scenarios, make_agent, player, rule, warmup
    from swarm_env.config import WorldConfig
    from swarm_env.engine.physics import resolve_push
    from swarm_env.envs.parallel import aec_env as env
    from swarm_env.envs.parallel import parallel_env
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
    from swarm_env.training.single import gym_env

__all__ = [
    "Agent", "Brief", "ConfigError", "ContractError", "Decision", "Perception", "RegistryError",
    "RunError", "Scenario", "SwarmEnvError", "UnknownNameError", "WorldConfig", "env", "gym_env",
    "list_agents", "list_rules", "list_scenarios", "make_agent", "parallel_env", "play", "player",
    "prompt_env", "register", "resolve_push", "rule", "vector_env", "warmup",
]  # fmt: skip

_MODULES = {
    "agent": "Agent Brief Decision Perception",
    "api": "list_agents list_rules list_scenarios make_agent player rule warmup",
    "config": "WorldConfig",
    "engine.physics": "resolve_push",
    "envs.parallel": "env parallel_env",
    "training.single": "gym_env",
    "envs.vector": "vector_env",
    "errors": "ConfigError ContractError RegistryError RunError SwarmEnvError UnknownNameError",
    "playing.runner": "play",
    "registry": "register",
    "scenario": "Scenario",
    "training.prompt_env": "prompt_env",
}
_HOME_OF = {name: module for module, names in _MODULES.items() for name in names.split()}
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
    if f"list_{name}" in __all__:  # its name in version 0.1.0
        return f"; it is now {__name__}.list_{name}"
    errors = importlib.import_module(f"{__name__}.errors")
    return f".{errors.did_you_mean(name, __all__)}"


_explain_old_names()
_register_all()
