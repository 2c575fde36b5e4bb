"""One scripted expert per scenario; it decides from what its agent sees, hears and remembers."""

import importlib
import importlib.util
from collections.abc import Awaitable, Sequence
from typing import Any

from swarm_env.agent import Agent, Brief, Decision, Perception
from swarm_env.errors import ContractError, RegistryError
from swarm_env.registry import load


class ScriptedAgent:
    """Passes every episode to the expert of its scenario.

    An expert is the class `Expert` of the file in `experts/` with the scenario's name. Scenarios outside the
    package name theirs in the class attribute `scripted`: a class, or a text as for `--agents`.
    """

    def __init__(self) -> None:
        self._expert: Agent | None = None

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode with the expert of `brief.scenario`.

        Raises:
            RegistryError: The scenario has no expert.
        """
        self._expert = find_expert(brief.scenario)()
        self._expert.reset(brief, agents, seed)

    def decide(self, perceptions: Sequence[Perception]) -> Sequence[Decision] | Awaitable[Sequence[Decision]]:
        """Let the expert decide.

        Raises:
            ContractError: No episode has begun.
        """
        if self._expert is None:
            raise ContractError("The scripted agent was asked to decide before reset().")
        return self._expert.decide(perceptions)


def find_expert(scenario: str) -> Any:
    """The expert class (an agent class) of a scenario: a name in the registry, or path/file.py:Name.

    Raises:
        RegistryError: There is none; the message names alternatives.
    """
    name = f"{__name__}.experts.{scenario}"
    if scenario.isidentifier() and not scenario.startswith("_") and importlib.util.find_spec(name):
        return importlib.import_module(name).Expert
    own = getattr(load("scenario", scenario), "scripted", None)
    if own is None:
        raise RegistryError(
            f"There is no scripted expert for the scenario {scenario!r}. Play it with --agents random, or "
            "with an agent of your own (--agents path/file.py:Name), or give the scenario's class an "
            "attribute `scripted`."
        )
    return load("agent", own) if isinstance(own, str) else own


AGENT = ScriptedAgent
