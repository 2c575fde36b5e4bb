"""Models that the server has: one that can do everything, others that lack something.

Programs that fall back from one form of structured answers to the next are tested against these. Any other
name is a name of the first. Faults for a model alone stand in its name: `scripted+429=0.5+latency=0.1`.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from swarm_env.agents.mock_server.api_error import Rejection
from swarm_env.agents.mock_server.faults import Faults

from swarm_env.errors import ConfigError

ALL = frozenset({"json_schema", "json_object", "tool"})
REASONING_TOKENS = 64  # our choice


@dataclass(frozen=True, slots=True)
class Model:
    """What a model can do.

    Attributes:
        forms: Forms of answers it takes besides text: "json_schema", "json_object", "tool". Others are
            refused with 400.
        heeds: Whether it does what they ask. One that does not answers in text and says nothing about it.
        reasoning: Tokens it thinks before each answer.
        tells_usage: Whether its answers count their tokens.
    """

    forms: frozenset[str] = ALL
    heeds: bool = True
    reasoning: int = 0
    tells_usage: bool = True


DEFAULT = "scripted"
MISSING = "scripted-missing"
MODELS: Mapping[str, Model] = MappingProxyType({
    DEFAULT: Model(),
    "scripted-tools": Model(forms=frozenset({"tool"})),
    "scripted-json": Model(forms=frozenset({"json_object"})),
    "scripted-text": Model(forms=frozenset()),
    "scripted-heedless": Model(heeds=False),
    "scripted-reasoning": Model(reasoning=REASONING_TOKENS),
    "scripted-no-usage": Model(tells_usage=False),
})  # fmt: skip


@functools.lru_cache(maxsize=256)
def find(name: str) -> tuple[Model, Faults | None]:
    """The model of a name, and the faults that the name asks for.

    Args:
        name: As in the request. What follows a `+` is read as faults if it can be.

    Returns:
        The model; its own faults, or None where the name has none.

    Raises:
        Rejection: The name is that of the model that does not exist.
    """
    base, *texts = name.split("+")
    faults = None
    if texts:
        try:
            faults = Faults.parse(texts)
        except ConfigError:  # a plus sign of the name itself
            base = name
    if base == MISSING:
        raise Rejection(404, f"The model {name!r} does not exist.", "model", "model_not_found")
    return MODELS.get(base, MODELS[DEFAULT]), faults
