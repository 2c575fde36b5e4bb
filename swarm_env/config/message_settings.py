"""Settings of messages: their types, and what fits together."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from swarm_env.config.setting_types import integer
from swarm_env.errors import did_you_mean

if TYPE_CHECKING:
    from swarm_env.config.world_config import WorldConfig

MOST_DELAY = 1000  # rounds
MOST_PHRASE = 60  # characters
TOPOLOGIES = ("range", "all", "ring", "star", "chain", "commander")
Links = tuple[tuple[int, int], ...]  # (speaker, hearer) by number
AFTER_VERSION_1 = (
    "message_delay", "message_noise", "message_topology", "message_cost", "may_speak", "heard", "sender"
)  # fmt: skip


def _topology(value: Any) -> Any:
    """A name, links as pairs, or the links in a file; names are kept."""
    if isinstance(value, str) and value in TOPOLOGIES:
        return value
    if isinstance(value, str):
        return read_links(Path(value))
    pairs = [tuple(map(integer, pair)) for pair in value] if _are_pairs(value) else [(None, None)]
    if any(a is None or b is None or a < 0 or b < 0 or a == b for a, b in pairs):
        raise ValueError(
            f"must be one of {', '.join(TOPOLOGIES)}, a file of links, or pairs (speaker, hearer) of "
            "different agents by number"
        )
    return tuple(sorted(set(pairs)))


def _are_pairs(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(p, list | tuple) and len(p) == 2 for p in value)


def read_links(path: Path) -> Links:
    """The links of a file: a line "speaker hearer" each, by number; what follows a # is left out.

    Raises `ValueError` if it cannot be read or a line is something else.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        near = did_you_mean(str(path), TOPOLOGIES)
        raise ValueError(
            f"must be one of {', '.join(TOPOLOGIES)} or a file of links, and cannot be read as one ({error})."
            f"{near}"
        ) from None
    found = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        if len(words) != 2 or not all(word.isascii() and word.isdecimal() for word in words):
            raise ValueError(f"line {number} is {line!r:.80}; expected two numbers: speaker, hearer")
        found.append((int(words[0]), int(words[1])))
    links: Links = _topology(found)
    return links


def _interval(value: Any) -> tuple[int, int]:
    """Least and greatest delay."""
    numbers = [integer(number) for number in value] if isinstance(value, list | tuple) else []
    low, high = numbers if len(numbers) == 2 else (None, None)
    if low is None or high is None or not 0 <= low <= high <= MOST_DELAY:
        raise ValueError(
            f"must be two whole numbers of rounds (low, high) with 0 <= low <= high <= {MOST_DELAY}, as "
            f"in [0, 4]"
        )
    return low, high


def _phrases(given: tuple[str, ...]) -> tuple[str, ...]:
    """Phrases that can be told from each other, and from numbers."""
    if not given:
        raise ValueError("must hold a phrase")
    for phrase in given:
        plain = phrase.strip() and phrase.isprintable() and ";" not in phrase and not phrase.isdecimal()
        if not plain or len(phrase) > MOST_PHRASE:
            raise ValueError(
                f"{phrase!r:.80} must be 1 to {MOST_PHRASE} printable characters, no number and without a "
                "semicolon"
            )
    if len({phrase.casefold() for phrase in given}) < len(given):
        raise ValueError("must differ from each other")
    return given


Interval = Annotated[tuple[int, int], BeforeValidator(_interval)]
Topology = Annotated[str | Links, BeforeValidator(_topology)]
Phrases = Annotated[tuple[str, ...], AfterValidator(_phrases)]


def check_messages(config: "WorldConfig") -> None:
    """Raise `ValueError` if settings of messages do not fit together."""
    links = () if isinstance(config.message_topology, str) else config.message_topology
    _check_numbers("may_speak", config.may_speak or (), config.num_agents)
    _check_numbers("message_topology", [agent for link in links for agent in link], config.num_agents)
    if config.phrases is not None:
        count = len(config.phrases)
        if config.message != "tokens" or count + 1 != config.vocabulary:
            raise ValueError(
                f"{count} phrases need message='tokens' and vocabulary={count + 1} (token 0 is silence)"
            )
        if config.heard_as == "mean":
            raise ValueError("phrases need heard='sum' or 'slots': a mean cannot be put into words")
    if config.message == "text":
        if config.heard is not None:
            raise ValueError("heard is a setting of tokens and vectors, and here message='text'")
    elif config.message != "none":
        _check_numeric(config)


def _check_numeric(config: "WorldConfig") -> None:
    """Raise `ValueError` if settings do not fit tokens or vectors."""
    if config.sender and config.heard != "slots":
        raise ValueError("sender=True needs heard='slots' (or texts): sums and means have no senders")
    fields = type(config).model_fields
    later = [name for name in AFTER_VERSION_1 if getattr(config, name) != fields[name].default]
    if config.observation_version == 1 and later:
        raise ValueError(f"observation_version=1 has no {', '.join(later)}; leave one of the two out")


def _check_numbers(name: str, agents: Sequence[int], num_agents: int) -> None:
    """Raise `ValueError` if one is no number of an agent."""
    wrong = [agent for agent in agents if not 0 <= agent < num_agents]
    if wrong:
        raise ValueError(f"{name} names agent {wrong[0]}, and agents are numbered from 0 to {num_agents - 1}")
