"""Types of settings: numbers that are checked before pydantic converts them."""

import operator
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator


def integer(value: Any) -> int | None:
    """Int if integral (of any library) and not bool, else None."""
    try:
        return None if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        return None


def _whole(value: Any) -> Any:
    number = integer(value)
    if number is None:
        raise ValueError("must be a whole number")
    return number


def _share(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


def _sizes(value: Any) -> tuple[int, ...]:
    """Agents of each team."""
    numbers = [integer(number) for number in value] if isinstance(value, list | tuple) else []
    whole = [number for number in numbers if number is not None and number >= 1]
    if not numbers or len(whole) < len(numbers):
        raise ValueError("must be a whole number of agents, 1 or more, for each team, as in [8, 4]")
    return tuple(whole)


Whole = Annotated[int, BeforeValidator(_whole)]
Share = Annotated[float, BeforeValidator(_share)]
Sides = Annotated[tuple[int, ...], BeforeValidator(_sizes)]
