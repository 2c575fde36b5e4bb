"""What an object must have to be an agent (see `swarm_env.agent`)."""

import copy
import inspect
from typing import Any

from swarm_env.agent import Agent
from swarm_env.errors import ConfigError, ContractError

METHODS = {  # of agents, with their arguments; `reset` and `decide` are needed
    "reset": ("brief", "agents", "seed"),
    "decide": ("perceptions",),
    "replay": ("perceptions", "decisions"),
    "attach": ("services",),
    "close": (),
    "decide_codes": ("codes",),
}


def checked_agent(agent: Any, name: str) -> Agent:
    """Return an agent if it has the methods of one, which take what they are given.

    Raises `ContractError`, which names the agent, if a method is missing or takes other arguments.
    """
    missing = [method for method in ("reset", "decide") if not callable(getattr(agent, method, None))]
    if missing:
        raise ContractError(
            f"The agent {name!r} ({type(agent).__name__}) has no {' and no '.join(missing)} method; see "
            "swarm_env.agent.Agent."
        )
    for method, given in METHODS.items():
        function = getattr(agent, method, None)
        if callable(function):
            try:
                inspect.signature(function).bind(*given)
            except TypeError as error:
                raise ContractError(
                    f"The agent {name!r} ({type(agent).__name__}): {method} must take ({', '.join(given)}), "
                    f"as in swarm_env.agent.Agent: {error}."
                ) from None
            except ValueError:  # no signature is known
                pass
    found: Agent = agent
    return found


def copied_agent(agent: Agent, name: str) -> Agent:
    """A copy of an agent. Raises `ConfigError`, which names it, if there can be none."""
    try:
        return copy.deepcopy(agent)
    except Exception as error:  # noqa: BLE001, whatever an agent holds
        raise ConfigError(
            f"The agent {name!r} of the team cannot be copied ({error!s:.200}). Use agents that hold plain "
            "data, such as 'scripted' or 'random'."
        ) from None
