"""Rules by name, with options after a question mark: `codef?threshold=2`, `elo?k=10&periods=5`."""

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from swarm_env.errors import ConfigError, ContractError, did_you_mean
from swarm_env.registry import load
from swarm_env.runtime.given import given_path, given_text
from swarm_env.trusted_code import FILE

# Names of version 0.1.0, which files, flags and programs may still have, and what they are today.
EARLIER_NAMES = {"codef_2": "codef?threshold=2", "codef_majority": "codef?threshold=majority"}


def find_rule(text: str) -> Callable[..., Any]:
    """Find what makes a rule: a name of `list_rules()` or `path/file.py:Name`, with options if it takes them.

    Returns what the rule's file exports, a class as a rule, with the options filled in. Call it to make the
    rule. Raises `UnknownNameError` if there is no such rule, `ConfigError` if it has no such option, or does
    not allow the value.
    """
    name, mark, query = EARLIER_NAMES.get(given_text("rule", text, "majority"), text).partition("?")
    made: Callable[..., Any] = load("rule", name)
    if not callable(made):
        raise ContractError(f"rule {name!r} is {made!r:.80}; it must be a class, see docs/adding-a-rule.md.")
    if not mark:
        return made
    known, given = rule_options(made), {}
    for part in query.split("&"):
        option, _, value = part.partition("=")
        if option not in known:
            listed = ", ".join(f"{key}={_text(default)}" for key, default in known.items()) or "none"
            raise ConfigError(
                f"Rule {name!r} has no option {option!r}.{did_you_mean(option, known)} Its options and their "
                f"defaults: {listed}."
            )
        given[option] = _value(known[option], unquote(value))
    found = partial(made, **given)
    found()  # the rule checks its options
    return found


def make_rule(text: str) -> Any:
    """Make a rule by name; arguments and errors as for `find_rule`; ContractError if it cannot be made."""
    made = find_rule(text)
    try:
        inspect.signature(made).bind()
    except TypeError as error:
        raise ContractError(f"rule {text!r} must be made without arguments: {error}.") from None
    except ValueError:  # no signature is known
        pass
    return made()


def scores_of(rule: str, num_items: int, winner: Any, loser: Any, **votes: Any) -> Any:
    """(num_items,) scores of a ranking by votes of arrays; `votes` are more arguments of `Ballots.of`.

    Raises as `make_rule`, and `ConfigError` for votes that are not allowed.
    """
    ballots = import_module("swarm_env.consensus.ballots").Ballots  # reached by name, as all rules are
    return make_rule(rule).scores(ballots.of(num_items, winner, loser, **votes), 0)


def rule_name(text: str) -> str:
    """Write the name of a rule in its one form: as today, a path absolute, defaults left out, options sorted.

    `text` is as for `find_rule`, and raises the same errors; without options it need not be the name of a
    rule.
    """
    text = EARLIER_NAMES.get(text, text)
    name, mark, _ = text.partition("?")
    if file := FILE.fullmatch(name):  # a run must find the file from any working folder
        name = f"{given_path(file['path'], 'rule')}{name[len(file['path']) :]}"
    if not mark:
        return name
    found = find_rule(text)
    assert isinstance(found, partial)
    known = rule_options(found.func)
    changed = sorted((key, value) for key, value in found.keywords.items() if value != known[key])
    return name + "?" * bool(changed) + "&".join(f"{key}={_text(value)}" for key, value in changed)


def rule_options(made: Callable[..., Any]) -> dict[str, Any]:
    """Options of a rule and their defaults: the fields of its dataclass, but for `name`."""
    fields = dataclasses.fields(made) if dataclasses.is_dataclass(made) else ()
    return {field.name: field.default for field in fields if field.init and field.name != "name"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(default: Any, text: str) -> Any:
    """The number or truth value that a text stands for, else the text; the rule says what it allows."""
    if isinstance(default, bool) and text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
