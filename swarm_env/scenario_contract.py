"""What a class must have to be a scenario (see `swarm_env.scenario`)."""

import contextlib
import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from swarm_env.config import WorldConfig, integer
from swarm_env.engine.compiler import COMPILED
from swarm_env.engine.scenario_state import ScenarioState
from swarm_env.engine.state import RANGE, SPACES
from swarm_env.errors import ContractError, SwarmEnvError
from swarm_env.runtime.foreign_code import line_of_error
from swarm_env.scenario import FREE, OFF_MAP, WALL_KIND, Badge, Event, Kind, Layer, NoOptions, Scenario, Sense

NEAR = 0.8  # similarity of names (difflib) from which one is taken for a misspelt other: our choice
FIXED_KINDS = (FREE, OFF_MAP, WALL_KIND)
DERIVED = ("kinds", "first_movable", "first_agent", "has_marks", "actions", "symbols")


def check_class(name: str, kind: type[Scenario]) -> None:
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
        plain = getattr(function, "py_func", function)
        if plain.__code__.co_flags & (
            inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
        ):
            raise ContractError(
                f"scenario {name!r}: `{kernel}` of {kind.__name__} is a generator or coroutine, which would "
                "never run. Leave out `yield`, `async` and `await`."
            )
        try:
            inspect.signature(plain).bind("world", "first", "last")
        except TypeError as error:
            raise ContractError(
                f"scenario {name!r}: `{kernel}` of {kind.__name__} must take (world, first, last): {error}."
            ) from None
    _check_attributes(name, kind)
    fields = {"move", *kind.State.fields, *(sense.name for sense in kind.senses)}
    for badge in kind.badges:
        if badge.field not in fields:
            raise ContractError(
                f"scenario {name!r}: the badge {badge.meaning!r} is of {badge.field!r}, which is neither a "
                f"field of `State` nor a sense. There are: {', '.join(sorted(fields))}."
            )
    if not kind.agents:
        raise ContractError(f"scenario {name!r}: `agents` of {kind.__name__} is empty; give one Kind or two.")
    if kind.teams and (len(kind.agents) % len(kind.teams) or len(set(kind.teams)) < len(kind.teams)):
        raise ContractError(
            f"scenario {name!r}: {kind.__name__} has {len(kind.agents)} kinds of agents for the teams "
            f"{kind.teams}; give each team another name and as many kinds as the others."
        )
    things: tuple[Kind | Layer, ...] = (
        *FIXED_KINDS,
        *kind.statics,
        *kind.movables,
        *kind.agents,
        *kind.floor,
    )
    symbols = [thing.symbol for thing in things]
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1 or len(symbol) != 1})
    if twice:
        raise ContractError(
            f"scenario {name!r}: the symbols {twice} stand for several kinds, or are not one character each. "
            f"Taken are '.', '*' and 'W'."
        )


@contextlib.contextmanager
def code_of(kind: type[Scenario]) -> Iterator[None]:
    """Raise an error of a scenario's own Python code as `ContractError`, which names the line."""
    try:
        yield
    except SwarmEnvError:
        raise
    except (Exception, SystemExit) as error:
        theirs = {base.__module__ for base in kind.__mro__ if not base.__module__.startswith("swarm_env.")}
        text = line_of_error(error, theirs.__contains__)
        if text is None:
            raise
        raise ContractError(f"scenario {kind.name!r}: {text}") from error


def check_instance(scenario: Scenario) -> None:
    """Raise `ContractError` if a method returns something else than the engine, prompts and files take."""
    for name, least, arguments in _SIZES:
        value = getattr(scenario, name)(*arguments)
        number = integer(value)
        if number is None or number < least:
            raise ContractError(
                f"scenario {scenario.name!r}: `{name}` returned {value!r:.80}; it must return a whole "
                f"number, {least} or more."
            )
    for name, (allowed, what) in _RETURNED.items():
        value = getattr(scenario, name)()
        if not allowed(value):
            raise ContractError(
                f"scenario {scenario.name!r}: `{name}` returned {value!r:.80}; it must return {what}."
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
            if given in DERIVED:
                raise ContractError(
                    f"scenario {name!r}: {base.__name__} sets {given!r}, which follows from `statics`, "
                    "`movables`, `agents` and `extra_actions`. Set these."
                )
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


_SIZES: tuple[tuple[str, int, tuple[int, ...]], ...] = (
    ("memory_size", 0, ()),
    ("table_size", 0, (100,)),
    ("num_objects", 0, ()),
    ("num_object_cells", 0, ()),
    ("margin", 1, ()),
)
_RETURNED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "words": (lambda value: isinstance(value, str), "a text"),
    "facts": (lambda value: isinstance(value, Mapping), "a mapping of names to numbers"),
    "rankings": _tuple_of(str),
    "votes": _tuple_of(str),
}
_DECLARED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "statics": _tuple_of(Kind),
    "movables": _tuple_of(Kind),
    "agents": _tuple_of(Kind),
    "events": _tuple_of(Event),
    "badges": _tuple_of(Badge),
    "senses": (
        lambda value: (
            isinstance(value, tuple)
            and all(isinstance(one, Sense) and 1 <= (integer(one.most) or 0) <= 255 for one in value)
        ),
        "a tuple of swarm_env.scenario.Sense, as in (…,), each with `most` from 1 to 255",
    ),
    "extra_actions": _tuple_of(str),
    "teams": _tuple_of(str),
    "floor": _tuple_of(Layer),
    "private": (lambda value: isinstance(value, bool), "True or False"),
    "space": (lambda value: value in SPACES, f"one of {', '.join(SPACES)}"),
    "has_prompts": (lambda value: isinstance(value, bool), "True or False"),
    "indexed": (lambda value: isinstance(value, bool), "True or False"),
    "returns": (lambda value: isinstance(value, bool), "True or False"),
    "masks": (lambda value: isinstance(value, bool), "True or False"),
    "defaults": (
        lambda value: isinstance(value, Mapping) and all(name in WorldConfig.model_fields for name in value),
        "settings of the world by name, as in {'num_agents': 3}",
    ),
    "Options": (
        lambda value: isinstance(value, type) and issubclass(value, NoOptions),
        "a class derived from swarm_env.scenario.NoOptions",
    ),
    "State": (
        lambda value: isinstance(value, type) and issubclass(value, ScenarioState),
        "a class derived from swarm_env.engine.ScenarioState",
    ),
}
