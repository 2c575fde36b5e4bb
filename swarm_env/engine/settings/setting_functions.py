"""Functions that a user gives as settings, as such or by name."""

import inspect
from collections.abc import Callable
from typing import Any

from swarm_env.errors import ContractError
from swarm_env.registry import load_from_file

Function = Callable[..., Any]


def find_function(setting: str, given: Any) -> Function:
    """The function that is given, or that a name such as 'path/file.py:Name' stands for.

    Without `:Name` it is the one that has the name of the setting.

    Raises:
        UnknownNameError: There is no such file.
        ContractError: The file has no such function.
    """
    found = load_from_file(setting, given, setting) if isinstance(given, str) else given
    if not callable(found):
        raise ContractError(f"{setting}={given!r:.200}: is {found!r:.80}; it must be a function.")
    return found  # type: ignore[no-any-return]


def takes(function: Function, *arguments: str) -> bool:
    """Whether a function takes these arguments by position.

    An optional parameter after the first counts only if it has the name of the argument.
    """
    try:
        signature = inspect.signature(getattr(function, "py_func", function))
    except (TypeError, ValueError):  # built-in functions may not say
        return len(arguments) == 1
    try:
        given = signature.bind(*arguments).arguments
    except TypeError:
        return False
    last = list(signature.parameters.values())[len(given) - 1]
    return len(arguments) == 1 or last.default is last.empty or last.name == arguments[-1]


def num_parameters(function: Function) -> int:
    """Number of arguments that a function takes by position, those with a default included."""
    try:
        parameters = inspect.signature(getattr(function, "py_func", function)).parameters.values()
    except (TypeError, ValueError):  # built-in functions may not say
        return 1
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in by_position for parameter in parameters)
