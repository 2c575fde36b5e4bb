"""Weights of the study's models: read from .npz without pickle, checked, and quantised as cheats do."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.studies.models.model_sizes import DIGITS, TEXT

from swarm_env.errors import ConfigError

FOLDER = Path(__file__).parent
Weights = dict[str, NDArray[np.float64]]


def load(what: str, seed: int = 0, folder: Path = FOLDER) -> Weights:
    """The weights of a model, as float64; they are stored as float16, like most released models.

    `what` is "digits" or "text", `seed` that of the training: 0 is the study's model, 1 the cheats' other
    model. Raises `ConfigError` if there is no such file, or it does not hold the weights of that model.
    """
    file = folder / f"{what}-{seed}.npz"
    wanted = DIGITS.shapes() | {"time": (DIGITS.times // 2,)} if what == "digits" else TEXT.shapes()
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, BadZipFile) as error:
        raise ConfigError(f"{file}: the weights cannot be read ({error}).") from None
    if {name: value.shape for name, value in found.items()} != wanted:
        raise ConfigError(f"{file} does not hold the weights of the study's {what} model.")
    return {name: value.astype(np.float64) for name, value in found.items()}


def quantised(weights: Weights, bits: int) -> Weights:
    """Weights quantised to integers of 8 or 4 bits, one scale per output, as a cheat would save memory.

    Every matrix is rounded to the nearest of 2 ** bits - 1 levels, symmetric about 0; the scale of each
    output is the largest of its weights. Vectors (biases, gains) are unchanged.
    """
    top = 2 ** (bits - 1) - 1

    def rounded(value: NDArray[np.float64]) -> NDArray[np.float64]:
        if value.ndim < 2:
            return value
        scale = np.abs(value).max(axis=0, keepdims=True) / top
        return np.asarray(np.round(value / np.where(scale > 0, scale, 1.0)) * scale)

    return {name: rounded(value) for name, value in weights.items()}
