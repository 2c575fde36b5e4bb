"""One scripted expert per scenario; it decides from what its agent sees, hears and remembers."""

import importlib
import importlib.util
from collections.abc import Awaitable, Sequence
from typing import Any, Self

from swarm_env.agents.scripted.baselines import BEST, LEVELS, find_baseline

from swarm_env.agent import Agent, Brief, Decision, Perception
from swarm_env.errors import ConfigError, ContractError, RegistryError, did_you_mean
from swarm_env.playing.agent_contract import checked_agent
from swarm_env.registry import load


class ScriptedAgent:
    """Passes every episode to the expert of its scenario.

    An expert is the class `Expert` of the file in `experts/`, or in a folder there, with the scenario's name.
    Scenarios outside the package name theirs in the class attribute `scripted`: a class, or a text as for
    `--agents`.

    SwarmBench's five tasks have two weaker levels, `scripted?level=low` and `scripted?level=middle`; see
    `baselines/`.
    """

    def __init__(self, level: str = BEST) -> None:
        self._level = level
        self._expert: Agent | None = None

    @classmethod
    def from_argument(cls, argument: str, *, level: str = BEST) -> Self:
        """Make it for a text such as "scripted?level=low".

        Raises:
            ConfigError: There is an argument, or no such level.
        """
        if argument:
            raise ConfigError(f"scripted takes no argument {argument!r:.40}; its option is level.")
        if level not in LEVELS:
            hint = did_you_mean(level, LEVELS)
            raise ConfigError(f"scripted: level={level!r:.40}: must be {', '.join(LEVELS)}.{hint}")
        return cls(level)

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode with the expert of `brief.scenario`, or with its baseline of the chosen level.

        Raises:
            RegistryError: The scenario has none.
        """
        scenario, level = brief.scenario, self._level
        made = find_expert(scenario) if level == BEST else find_baseline(scenario, level)
        self._expert = checked_agent(made(), f"scripted ({scenario})")
        self._expert.reset(brief, agents, seed)

    def decide(self, perceptions: Sequence[Perception]) -> Sequence[Decision] | Awaitable[Sequence[Decision]]:
        """Let the expert decide.

        Raises:
            ContractError: No episode has begun.
        """
        if self._expert is None:
            raise ContractError("The scripted agent was asked to decide before reset().")
        return self._expert.decide(perceptions)

    @property
    def decide_codes(self) -> Any:
        """The expert's method of this name; None if it has none."""
        return getattr(self._expert, "decide_codes", None)


def find_expert(scenario: str) -> Any:
    """The expert class (an agent class) of a scenario: a name in the registry, or path/file.py:Name.

    Raises:
        RegistryError: There is none; the message names alternatives.
    """
    for folder in ("experts", "experts.continuous", "experts.mixed", "experts.talk"):
        name = f"{__name__}.{folder}.{scenario}"
        if scenario.isidentifier() and not scenario.startswith("_") and importlib.util.find_spec(name):
            expert = getattr(importlib.import_module(name), "Expert", None)
            if expert is not None:
                return expert
    own = getattr(load("scenario", scenario), "scripted", None)
    if own is None:
        raise RegistryError(
            f"There is no scripted expert for the scenario {scenario!r}. Play it with --agents random, or "
            "with an agent of your own (--agents path/file.py:Name), or give the scenario's class an "
            "attribute `scripted`."
        )
    made = load("agent", own) if isinstance(own, str) else own
    if not callable(made):
        raise ContractError(f"`scripted` of the scenario {scenario!r} is {made!r:.80}, which is not a class.")
    return made


AGENT = ScriptedAgent
