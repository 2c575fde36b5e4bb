"""From a scenario's name and keyword arguments to checked settings and the scenario itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swarm_env.config import WorldConfig
from swarm_env.errors import ConfigError, ContractError
from swarm_env.registry import load
from swarm_env.scenario import Scenario


def scenario_class(name: Any) -> type[Scenario]:
    """The class of a scenario by name.

    Raises:
        ConfigError: If the name is no string.
        UnknownNameError: If there is no such scenario.
        ContractError: If what the name stands for is no scenario.
    """
    if not isinstance(name, str):
        raise ConfigError(f"scenario={name!r:.80}: must be a name such as 'pursuit', or 'path/file.py:Name'.")
    found = load("scenario", name)
    if not (isinstance(found, type) and issubclass(found, Scenario)):
        raise ContractError(f"scenario {name!r} is {found!r}; it must be a subclass of swarm_env.Scenario.")
    return found


def make_config(scenario: str, settings: Mapping[str, Any]) -> WorldConfig:
    """Check keyword arguments against the world's settings and the scenario's own.

    Raises:
        ConfigError: If a setting is unknown or not allowed.
    """
    kind = scenario_class(scenario)
    path, suffix, rest = scenario.partition(".py")
    if suffix:  # a run must be able to find the file from another folder
        scenario = f"{Path(path + suffix).expanduser().resolve()}{rest}"
    config = WorldConfig.build(scenario, settings, kind.Options)
    kind(config)
    return config


def make_scenario(config: WorldConfig) -> Scenario:
    """The scenario of checked settings.

    Raises:
        ConfigError: If it cannot be played with them.
    """
    return scenario_class(config.scenario)(config)
