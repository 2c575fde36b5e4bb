"""Policy files, and their networks run with numpy.

A policy file is an .npz without pickle: the parameters of the actor, `actor.0.weight` (outputs, inputs),
`actor.0.bias`, `actor.2.weight`, … with a ReLU between layers, and `about`, a JSON text (see `About`).
Other arrays, such as a critic's, are ignored. `examples/ppo.py` writes such files.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.runtime.disk_files import open_regular
from swarm_env.training.memory_features import MemoryFeatures, MemoryLayout

FOLDER = Path(__file__).parent / "weights"
OBSERVATION_VERSION = 2  # of tokens, see `WorldConfig.observation_version`
FORBIDDEN = np.float32(-1e9)  # logit of a move that is not allowed


class About(BaseModel):
    """Description of the network in a policy file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str  # the trained task
    actions: tuple[str, ...]  # names of its moves
    layout: dict[str, int]  # sizes of `MemoryFeatures`, by name
    most: tuple[int, ...] = ()  # maximum of each sense
    vocabulary: int = 0  # number of message tokens; 0: none are sent
    vector: int = 0  # numbers of a vector message; 0: none are sent
    observation_version: int = 1  # of the tokens it hears; files without it are of version 1
    temperature: float = 1.0  # divisor of the logits before a move is drawn; 0: the likeliest move
    training: Mapping[str, Any] = {}  # training parameters by name, for people


@dataclass(frozen=True)
class Policy:
    """A loaded actor network."""

    about: About
    layout: MemoryLayout  # sizes of its input
    # weight (inputs, outputs) and bias of each layer
    layers: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]
    symbols: NDArray[np.float32] | None = None  # (symbols, vector): those that vectors are rounded to

    def logits(self, seen: NDArray[np.float32], allowed: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
        """Logits of the move; then those of the token, or the vector, if the policy sends them.

        Args:
            seen: (n, layout.size), from `MemoryFeatures`.
            allowed: (n, moves).

        Returns:
            (n, moves), and (n, vocabulary) or (n, vector) in [-1, 1].
        """
        x = seen
        for number, (weight, bias) in enumerate(self.layers):
            x = (np.maximum(x, 0) if number else x) @ weight + bias
        moves = len(self.about.actions)
        parts = [np.where(allowed, x[:, :moves], FORBIDDEN)]
        if self.about.vector:
            said = np.tanh(x[:, moves:])
            if self.symbols is not None:
                away = ((said[:, None] - self.symbols) ** 2).sum(axis=2)
                said = self.symbols[away.argmin(axis=1)]
            return [*parts, said]
        return parts + [x[:, moves:]] if self.about.vocabulary else parts


def shipped() -> dict[str, Path]:
    """The included policy files of teams without messages, by scenario."""
    return {file.stem: file for file in sorted(FOLDER.glob("*.npz"))}


def shipped_others() -> dict[str, Path]:
    """The included policy files for other than default worlds, by scenario: teams that talk, or fight."""
    return {file.stem: file for file in sorted(FOLDER.glob("*/*.npz"))}


def shipped_for(scenario: str) -> Policy:
    """The included policy of a scenario.

    Raises:
        ConfigError: There is none.
    """
    files = shipped() | shipped_others()
    if scenario not in files:
        raise ConfigError(
            f"ppo: no policy for the scenario {scenario!r} ships with swarm-env."
            f"{did_you_mean(scenario, files)} There are: {', '.join(files)}. Train one with "
            f"examples/ppo.py and name its file: ppo?weights=FILE.npz."
        )
    return read_policy(files[scenario])


def read_policy(file: Path) -> Policy:
    """Read a policy file, as written by `examples/ppo.py` and `examples/comm.py`.

    Raises:
        ConfigError: It cannot be read, or its parts do not fit together.
    """
    try:
        with open_regular(file) as opened, np.load(opened, allow_pickle=False) as stored:
            about = About.model_validate(json.loads(str(stored["about"])))
            layout = MemoryLayout(**about.layout)
            symbols = stored["symbols"].astype(np.float32) if "symbols" in stored.files else None
            names = sorted(
                (name.removesuffix(".weight") for name in stored.files if _is_layer(name)),
                key=lambda name: int(name.removeprefix("actor.")),
            )
            layers = tuple(
                (stored[f"{name}.weight"].astype(np.float32).T, stored[f"{name}.bias"].astype(np.float32))
                for name in names
            )
    except (OSError, ValueError, KeyError, TypeError, BadZipFile, ValidationError) as error:
        raise ConfigError(
            f"ppo: {file} cannot be read as a policy ({error}). Such files are written by examples/ppo.py."
        ) from None
    if about.vocabulary and about.observation_version != OBSERVATION_VERSION:
        raise ConfigError(
            f"ppo: {file} hears tokens as observations of version {about.observation_version} had them, and "
            f"today's are of version {OBSERVATION_VERSION} (token 0 is silence and is not counted; what was "
            f"heard is remembered). Train it anew: examples/ppo.py --tokens {about.vocabulary}."
        )
    widths = [layout.size, *(bias.shape[0] for _, bias in layers)]
    fits = bool(layers) and widths[-1] == len(about.actions) + about.vocabulary + about.vector
    fits &= symbols is None or symbols.ndim == 2 and symbols.shape[1] == about.vector and len(symbols) > 0
    if not fits or [w.shape for w, _ in layers] != list(zip(widths, widths[1:], strict=False)):
        raise ConfigError(f"ppo: {file}: its layers do not fit together, or not to its description.")
    return Policy(about, layout, layers, symbols)


def write_policy(file: Path | str, env: Any, arrays: Mapping[str, Any], **about: Any) -> None:
    """Write a policy that was trained on `MemoryFeatures` of an environment, for `read_policy`.

    Args:
        file: The file, `.npz`; its folder is made if it is missing.
        env: The `VectorSwarmEnv`, with `obs="planes"`.
        arrays: Parameters by name; those of the actor as described at the top of this file.
        **about: Further fields of `About`; by default tokens are sent if there are any.
    """
    layout = MemoryFeatures.of(env).layout
    known = {
        "scenario": env.config.scenario,
        "actions": env.scenario.actions,
        "layout": asdict(layout),
        "most": [sense.most for sense in env.scenario.senses],
        "vocabulary": layout.heard if env.config.message == "tokens" else 0,
        "observation_version": env.config.observation_version,
    }
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, about=np.array(json.dumps({**known, **about})), **arrays)


def _is_layer(name: str) -> bool:
    return name.startswith("actor.") and name.endswith(".weight")
