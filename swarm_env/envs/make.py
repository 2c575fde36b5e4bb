"""Checks of arguments: scenario names, settings, seeds, choices, threads."""

import difflib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig, integer
from swarm_env.engine.compiler import COMPILED
from swarm_env.engine.scenario_state import ScenarioState
from swarm_env.engine.state import RANGE
from swarm_env.errors import ConfigError, ContractError, SwarmEnvError
from swarm_env.registry import load
from swarm_env.runtime.given import given_path
from swarm_env.scenario import FREE, OFF_MAP, WALL_KIND, Event, Kind, NoOptions, Scenario, Sense
from swarm_env.trusted_code import is_trusted_name

NEAR = 0.8  # similarity of names (difflib) from which one is taken for a misspelt other: our choice
FIXED_KINDS = (FREE, OFF_MAP, WALL_KIND)


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
    _check_class(name, found)
    return found


def _check_class(name: str, kind: type[Scenario]) -> None:
    """Raise `ContractError`, which says what is missing, unless a class has what every scenario needs."""
    if not isinstance(getattr(kind, "name", None), str):
        raise ContractError(f"scenario {name!r}: the class {kind.__name__} must set `name`, a text.")
    for kernel in ("reset", "begin", "update", "potential"):
        function = getattr(kind, kernel, None)
        if not callable(function) or (COMPILED and getattr(function, "swarm_signature", None) != RANGE):
            raise ContractError(
                f"scenario {name!r}: `{kernel}` of {kind.__name__} is {function!r:.80}; it must be a "
                f"function of (world, first, last) under @kernel(RANGE), see docs/adding-a-scenario.md."
            )
        try:
            inspect.signature(getattr(function, "py_func", function)).bind("world", "first", "last")
        except TypeError as error:
            raise ContractError(
                f"scenario {name!r}: `{kernel}` of {kind.__name__} must take (world, first, last): {error}."
            ) from None
    _check_attributes(name, kind)
    symbols = [thing.symbol for thing in (*FIXED_KINDS, *kind.statics, *kind.movables, *kind.agents)]
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1 or len(symbol) != 1})
    if twice:
        raise ContractError(
            f"scenario {name!r}: the symbols {twice} stand for several kinds, or are not one character each. "
            f"Taken are '.', '*' and 'W'."
        )


def _check_attributes(name: str, kind: type[Scenario]) -> None:
    """Raise `ContractError` for a declaration of a wrong type, or a name that is nearly that of one.

    Own names are allowed: those that begin with an underscore, and all that are not near a known one.
    """
    for attribute, (allowed, what) in _DECLARED.items():
        if not allowed(getattr(kind, attribute)):
            raise ContractError(
                f"scenario {name!r}: `{attribute}` of {kind.__name__} is {getattr(kind, attribute)!r:.80}; "
                f"it must be {what}."
            )
    ours = [base for base in kind.__mro__ if base.__module__.startswith("swarm_env.")]
    known = {one for base in ours for one in (*vars(base), *vars(base).get("__annotations__", ()))}
    known = {one for one in known if not one.startswith("_")}
    for base in kind.__mro__[: kind.__mro__.index(Scenario)]:
        for given in vars(base):
            if base not in ours and not given.startswith("_") and given not in known:
                near = difflib.get_close_matches(given.lower(), [one.lower() for one in known], 1, NEAR)
                if near:
                    meant = next(one for one in sorted(known) if one.lower() == near[0])
                    raise ContractError(
                        f"scenario {name!r}: {base.__name__} has an attribute {given!r}, which means "
                        f"nothing. Did you mean {meant!r}? Begin names of your own with an underscore."
                    )


def _tuple_of(kind: type) -> tuple[Callable[[Any], bool], str]:
    """Whether something is a tuple of elements of a type, and how to say so."""
    what = "texts" if kind is str else f"swarm_env.scenario.{kind.__name__}"
    return lambda value: isinstance(value, tuple) and all(isinstance(one, kind) for one in value), (
        f"a tuple of {what}, as in (…,)"
    )


_DECLARED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "statics": _tuple_of(Kind),
    "movables": _tuple_of(Kind),
    "agents": _tuple_of(Kind),
    "events": _tuple_of(Event),
    "senses": _tuple_of(Sense),
    "extra_actions": _tuple_of(str),
    "masks": (lambda value: isinstance(value, bool), "True or False"),
    "Options": (
        lambda value: isinstance(value, type) and issubclass(value, NoOptions),
        "a class derived from swarm_env.scenario.NoOptions",
    ),
    "State": (
        lambda value: isinstance(value, type) and issubclass(value, ScenarioState),
        "a class derived from swarm_env.engine.ScenarioState",
    ),
}


def make_config(scenario: str, settings: Mapping[str, Any]) -> WorldConfig:
    """Check keyword arguments against the settings of the world and of the scenario.

    Raises `ConfigError` if a setting is unknown or not allowed.
    """
    kind = scenario_class(scenario)
    path, suffix, rest = scenario.partition(".py")
    if suffix:  # a run must find the file from any working folder
        scenario = f"{given_path(path + suffix)}{rest}"
    config = WorldConfig.build(scenario, settings, kind.Options)
    kind(config)
    return config


def with_current_names(config: Mapping[str, Any]) -> dict[str, Any]:
    """Recorded settings, with earlier names of the scenario's options replaced by those of today.

    Settings of a scenario that cannot be loaded, or whose file is not trusted, are returned as they are.
    """
    options = config.get("options")
    if not is_trusted_name(config.get("scenario")):
        return dict(config)
    try:
        aliases = getattr(scenario_class(config.get("scenario")).Options, "aliases", {})
    except SwarmEnvError:
        return dict(config)
    if not aliases or not isinstance(options, Mapping):
        return dict(config)
    return {**config, "options": {aliases.get(name, name): value for name, value in options.items()}}


def as_of_today(config: Mapping[str, Any]) -> dict[str, Any]:
    """Recorded settings by the names of today, with defaults for what worlds had no setting for then."""
    return {**_defaults(), **with_current_names(config)}


@cache
def _defaults() -> Mapping[str, Any]:
    """All settings of the world with their defaults, as run files hold them."""
    return WorldConfig(scenario="").model_dump(mode="json", exclude={"scenario", "options"})


def make_scenario(config: WorldConfig) -> Scenario:
    """The scenario of checked settings. Raises `ConfigError` if the scenario does not support them."""
    return scenario_class(config.scenario)(config)


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
