"""Presets: what a published benchmark fixes, under one name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """Defaults of one benchmark, each of which can be overridden.

    Attributes:
        source: Where they stand.
        world: Settings of the world by name.
        model: Options of team entries with language models by name, as texts. Their option `preset` also
            chooses prompt and parser.
        deadline: Time of a decision, all attempts included [s].
    """

    source: str
    world: Mapping[str, Any]
    model: Mapping[str, str]
    deadline: float


# Map, agents, view and rounds are those of the evaluation script that the benchmark released; temperature,
# top_p and memory are those of the paper (Table S.1). The released system waits 600 s for an answer and asks
# again without end after a failure; a day is our choice for "without end".
PRESETS: Mapping[str, Preset] = {
    "swarmbench": Preset(
        source="SwarmBench (arXiv 2505.04364) and the system released with it",
        world={"num_agents": 10, "height": 10, "width": 10, "view_size": 5, "max_rounds": 100},
        model={"temperature": "1", "top_p": "1", "memory": "5", "attempt_time": "600"},
        deadline=86_400.0,
    )
}
