"""Spaces of actions that sample by the mask of an observation, and checks of arrays of actions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.errors import ConfigError


class MaskedMultiDiscrete(spaces.MultiDiscrete):
    """A MultiDiscrete that also samples by one flat mask of all its numbers, as observations hold it."""

    def sample(self, mask: Any = None, probability: Any = None) -> NDArray[Any]:
        """Draw an action; `mask` is a tuple of masks, or (sum of nvec,) int8."""
        if isinstance(mask, np.ndarray):
            mask = tuple(np.split(mask, np.cumsum(self.nvec)[:-1]))
        return super().sample(mask, **given_only(probability))


class MaskedDict(spaces.Dict):
    """Dict(move, message, …) that also samples by the mask of moves alone, as observations hold it."""

    def sample(self, mask: Any = None, probability: Any = None) -> dict[str, Any]:
        """Draw an action; `mask` is a dict of masks, or (moves,) int8."""
        if isinstance(mask, np.ndarray):
            mask = {"move": mask}
        if mask is not None:
            mask = dict.fromkeys(self.spaces) | mask
        return super().sample(mask, **given_only(probability))


class MaskedBox(spaces.Box):
    """A Box of preferences whose `sample` takes the mask of moves: forbidden moves get the least one."""

    def sample(self, mask: Any = None, probability: Any = None) -> NDArray[Any]:
        """Draw an action; `mask` is (moves,) int8, or None."""
        drawn: NDArray[Any] = super().sample(None, **given_only(probability))
        if mask is not None:
            drawn[: len(mask)][np.asarray(mask) == 0] = -1.0
        return drawn


def given_only(probability: Any) -> dict[str, Any]:
    """The argument `probability` of a space's `sample`, which Gymnasium before 1.1 does not have."""
    return {} if probability is None else {"probability": probability}


def any_outside(numbers: NDArray[Any], count: int) -> bool:
    """Whether any integer is not in 0 … count - 1: one pass, in which negative numbers become huge."""
    return bool(numbers.view(numbers.dtype.str.replace("i", "u")).max(initial=0) >= count)


def as_array(given: Any, name: str) -> NDArray[Any]:
    """Actions as an array. Raises `ConfigError` if their rows differ in length."""
    try:
        return np.asarray(given)
    except ValueError:
        raise ConfigError(f"{name}={given!r:.80}: must be an array, with rows of equal length.") from None


def is_row(given: Any, length: int) -> bool:
    """Whether it is a sequence (list, tuple, array, tensor) of this length."""
    if isinstance(given, str | bytes | Mapping) or not hasattr(given, "__getitem__"):
        return False
    try:
        return len(given) == length
    except TypeError:  # an array without dimensions
        return False
