"""Checks of arguments: scenario names, settings, seeds, choices, threads."""

import difflib
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import PRESETS, WorldConfig, integer
from swarm_env.engine.settings.layout import Layout, read_start
from swarm_env.engine.settings.rewards import BUILT_IN, reward_of
from swarm_env.engine.settings.start_maps import StartMaps, read_setting, sizes_of
from swarm_env.errors import ConfigError, ContractError, SwarmEnvError
from swarm_env.registry import load
from swarm_env.scenario import FREE, WALL_KIND, Kind, Layer, Scenario
from swarm_env.scenario_contract import check_class, check_instance, code_of
from swarm_env.trusted_code import absolute_name, is_trusted_name, name_of

# Reset options, and what they mean; `reset_mask` is that of Gymnasium's vector API.
RESET_OPTIONS = {
    "layout": "map of this episode: rows of symbols, or a list of maps, one per world",
    "agents": "place of each agent in order; with a layout (default: row by row)",
    "marks": "mark of each agent in order; with a layout (default: as drawn)",
    "respawns": "places of the next preys of pursuit, in order; with a layout",
    "snapshot": "a snapshot to start from",
    "reset_mask": "vector API: the slots whose worlds start their next episode",
}
OUR_PREFIX = "swarm_"


def scenario_class(name: Any) -> type[Scenario]:
    """The class of a scenario by name.

    Raises `ConfigError` if the name is no string, `UnknownNameError` if there is no such scenario, and
    `ContractError` if the entry is not a scenario.
    """
    if not isinstance(name, str):
        raise ConfigError(f"scenario={name!r:.80}: must be a name such as 'pursuit', or 'path/file.py:Name'.")
    found = load("scenario", name)
    if not (isinstance(found, type) and issubclass(found, Scenario)):
        raise ContractError(f"scenario {name!r} is {found!r}; it must be a subclass of swarm_env.Scenario.")
    check_class(name, found)
    return found


def make_config(scenario: str, settings: Mapping[str, Any]) -> WorldConfig:
    """Check keyword arguments against the settings of the world and of the scenario.

    Raises `ConfigError` if a setting is unknown or not allowed.
    """
    kind = scenario_class(scenario)
    scenario = absolute_name(scenario)  # a run must find the file from any working folder
    given = dict(settings)
    if given.get("layout") is not None:
        kinds: tuple[Kind | Layer, ...] = (
            FREE,
            WALL_KIND,
            *kind.statics,
            *kind.movables,
            *kind.agents,
            *kind.floor,
        )
        symbols = {one.symbol: one.name for one in kinds}
        given["layout"] = maps = read_setting(given["layout"], symbols, kind.name)
        agents = [one.symbol for one in kind.agents]
        given = {**(sizes_of(maps, agents, len(kind.teams)) if isinstance(maps, tuple) else {}), **given}
    preset = given.get("preset")
    of_preset = PRESETS[preset].world if isinstance(preset, str) and preset in PRESETS else {}
    given = {**kind.defaults, **of_preset, **given}
    given |= {"reward": absolute_name(given["reward"])} if "reward" in given else {}
    with code_of(kind):
        config = WorldConfig.build(scenario, given, kind.Options)
        StartMaps(kind(config))
    reward_of(config.reward)
    return config


def with_current_names(config: Mapping[str, Any]) -> dict[str, Any]:
    """Recorded settings, with earlier names of the scenario's options replaced by those of today.

    Settings of a scenario that cannot be loaded, or whose file is not trusted, keep their names.
    """
    config = with_observation_version(config)
    options = config.get("options")
    if not is_trusted_name(config.get("scenario")):
        return config
    try:
        aliases = getattr(scenario_class(config.get("scenario")).Options, "aliases", {})
    except SwarmEnvError:
        return config
    if not aliases or not isinstance(options, Mapping):
        return config
    return {**config, "options": {aliases.get(name, name): value for name, value in options.items()}}


def with_observation_version(config: Mapping[str, Any]) -> dict[str, Any]:
    """Recorded settings; those of runs with tokens or vectors that name no version are of version 1."""
    numbers = config.get("message") in ("tokens", "vector")
    return {**({"observation_version": 1} if numbers else {}), **config}


def without_functions(config: WorldConfig, seed: int) -> tuple[WorldConfig, dict[str, str], Any]:
    """Settings that a run file can hold, from which one episode can be played again.

    A layout function is replaced by the map that it draws for the seed. A reward function is left out: it
    changes nothing but the rewards.

    Returns:
        The settings, the names of the functions by setting, and the reward function or its name; None: none.

    Raises:
        ConfigError: The function draws no map, or one that does not fit.
    """
    functions, changes, reward = {}, {}, None
    if config.reward not in BUILT_IN:
        reward = config.reward
        functions["reward"], changes["reward"] = name_of(config.reward), "score"
    if config.layout is not None and not isinstance(config.layout, tuple):
        functions["layout"] = name_of(config.layout)
        changes["layout"] = (StartMaps(make_scenario(config)).rows(seed),)  # type: ignore[assignment]
    return config.model_copy(update=changes), functions, reward


def as_of_today(config: Mapping[str, Any]) -> dict[str, Any]:
    """Recorded settings by the names of today, with defaults for what worlds had no setting for then."""
    return {**_defaults(), **with_current_names(config)}


@cache
def _defaults() -> Mapping[str, Any]:
    """All settings of the world with their defaults, as run files hold them."""
    return WorldConfig(scenario="").model_dump(mode="json", exclude={"scenario", "options"})


def make_scenario(config: WorldConfig) -> Scenario:
    """The scenario of checked settings.

    Raises `ConfigError` if the scenario does not support them, `ContractError` if its code fails or
    returns what cannot be used.
    """
    kind = scenario_class(config.scenario)
    with code_of(kind):
        scenario = kind(config)
        check_instance(scenario)
    return scenario


def read_options(options: Any, scenario: Scenario, num_worlds: int = 1) -> list[Layout | None]:
    """Check the reset options.

    Options that look like ours and are not, by their prefix or by their spelling, are refused; others are
    ignored, since wrappers and other libraries pass options of their own.

    Args:
        options: The options; None: there are none.
        scenario: The scenario, with its settings.
        num_worlds: Number of worlds that are reset.

    Returns:
        The maps that the option "layout" gives, see `read_start`.

    Raises:
        ConfigError: They are no mapping, or one of ours is misspelt or not allowed.
    """
    given = {} if options is None else options
    with code_of(type(scenario)):
        layouts = read_start(given, scenario, num_worlds)
    for name in given:
        near = difflib.get_close_matches(str(name).lower(), RESET_OPTIONS, n=1, cutoff=0.75)
        if name not in RESET_OPTIONS and (near or str(name).startswith(OUR_PREFIX)):
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigError(
                f"There is no reset option {str(name)!r:.80}.{hint} Known: {', '.join(RESET_OPTIONS)}."
            )
    return layouts


def check_choice(name: str, value: Any, allowed: Sequence[str | None]) -> None:
    """Raise `ConfigError` unless an argument is one of several words."""
    if not isinstance(value, str | None) or value not in allowed:
        raise ConfigError(f"{name}={value!r}: must be one of {', '.join(map(repr, allowed))}.")


def check_flag(name: str, value: Any) -> bool:
    """Return an argument that is True or False, or raise `ConfigError`."""
    if not isinstance(value, bool):
        raise ConfigError(f"{name}={value!r:.80}: must be True or False.")
    return value


def read_seed(seed: Any) -> int | None:
    """Check a seed. Raises `ConfigError` if it is neither None nor a whole number from 0 to 2**64 - 1."""
    if seed is None:
        return None
    number = integer(seed)
    if number is None or not 0 <= number < 2**64:
        raise ConfigError(f"seed={seed!r:.80}: must be None or a whole number from 0 to 2**64 - 1.")
    return number


def check_threads(num_threads: int) -> int:
    """Return `num_threads` if it is an integer from 1 to 256.

    Raises:
        ConfigError: If it is not.
    """
    if isinstance(num_threads, bool) or not isinstance(num_threads, int) or not 1 <= num_threads <= 256:
        raise ConfigError(
            f"num_threads={num_threads!r}: must be a whole number from 1 to 256 (this machine has "
            f"{os.cpu_count()} cores)."
        )
    return num_threads


def read_seeds(seed: Any, num_worlds: int) -> list[int] | None:
    """Check the seed of a batch: None, one number s (world w gets s + w), or a number per world.

    Raises:
        ConfigError: If it is none of these.
    """
    if seed is None:
        return None
    if isinstance(seed, np.ndarray):
        seed = seed.tolist()
    if isinstance(seed, Sequence) and not isinstance(seed, str):
        if len(seed) != num_worlds:
            raise ConfigError(
                f"seed: a list of {len(seed)} seeds for {num_worlds} worlds; give one number, or one "
                "seed per world."
            )
        return [read_seed(s) or 0 for s in seed]
    first = read_seed(seed) or 0
    if first + num_worlds > 2**64:
        raise ConfigError(
            f"seed={seed}: world w gets the seed {seed} + w, and seeds end at 2**64 - 1. Give a smaller one."
        )
    return [first + w for w in range(num_worlds)]


def read_reset_mask(mask: Any, num_worlds: int, num_agents: int) -> NDArray[np.bool_] | None:
    """Check the reset option "reset_mask", (slots,) bool; returns which worlds to reset, (num_worlds,) bool.

    Raises:
        ConfigError: If it has another form, is all false, or covers a world in part.
    """
    if mask is None:
        return None
    slots = num_worlds * num_agents
    if not isinstance(mask, np.ndarray) or mask.shape != (slots,) or mask.dtype != np.bool_:
        form = f"shape {mask.shape} of {mask.dtype}" if isinstance(mask, np.ndarray) else f"{mask!r:.80}"
        raise ConfigError(f"reset_mask: {form}; expected a NumPy array of {slots} bools, one per slot.")
    by_world = mask.reshape(num_worlds, num_agents)
    chosen: NDArray[np.bool_] = np.any(by_world, axis=1)
    partly = chosen & ~np.all(by_world, axis=1)
    if partly.any():
        w = int(np.argmax(partly))
        raise ConfigError(
            f"reset_mask: covers {by_world[w].sum()} of the {num_agents} slots of world {w}. All agents of a "
            f"world begin together: set all or none of slots {w * num_agents} to {(w + 1) * num_agents - 1}."
        )
    if not chosen.any():
        raise ConfigError("reset_mask: no slot is true; choose the slots of at least one world.")
    return chosen
