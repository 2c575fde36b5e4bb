"""Texts between agents: which texts each agent hears in which round.

A text is sent after the moves of its round, and heard in the next observation, or `message_delay` rounds
later. Its hearers are fixed when it is sent: all agents in play that are then in range, or linked by
`message_topology`, unless it is lost on the way to them (`message_loss`). With `sender` it begins with the
name of its speaker, which noise does not change. Who leaves the map before it
arrives does not hear it. A garbled text (`message_noise`) is the same for all hearers. Delays and noise are
drawn for each text, from the seed of the world.

The published experiments (arXiv 2505.04364, S.5 and S.6) name a delay of 0 to 4 rounds, a chance of
corruption of 20% and the commander's links. When hearers are fixed, and what noise does to a text, are our
choices.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

import numpy as np

from swarm_env.engine.compiler import ready
from swarm_env.engine.messages.hearers import rank_hearers, text_number
from swarm_env.engine.randomness import DELAY, NOISE
from swarm_env.engine.state import PRESENT, ROUND
from swarm_env.engine.world import World

TEXT_LIMIT = 120  # characters; longer texts are cut and "..." is added (SwarmBench's rule)
GARBLED = 0.5  # share of the characters of a garbled text that are replaced: our choice
PRINTABLE = range(32, 127)  # ASCII


class UnderWay(NamedTuple):
    """A text on its way to one hearer.

    Attributes:
        due: Round (rounds played) in which it is heard.
        rank: Random number that texts heard together are sorted by.
        hearer: Number of the agent.
        text: What will be heard.
        speaker: Number of the agent that said it; it is not part of the digest.
        sent: Round (rounds played) in which it was sent; likewise.
    """

    due: int
    rank: int
    hearer: int
    text: str
    speaker: int = 0
    sent: int = 0


class Texts(NamedTuple):
    """The texts of one world after a round.

    Attributes:
        heard: What each agent hears now, by number, in a random order that does not reveal the speakers.
        under_way: What arrives later, sorted.
        hears: (hearer, speaker, delay) of each text heard now.
    """

    heard: Mapping[int, tuple[str, ...]] = {}
    under_way: tuple[UnderWay, ...] = ()
    hears: tuple[tuple[int, int, int], ...] = ()


SILENCE = Texts()


def deliver_texts(
    world: World, said: Mapping[int, str], under_way: Sequence[UnderWay] = (), w: int = 0
) -> Texts:
    """Send the texts of a round, given by speaker, after its moves, and deliver all that arrive now."""
    arrays, config = world.arrays, world.config
    (low, high), noise, limited = config.message_delay, config.message_noise, arrays.sizes.limits_speech
    now = due = int(arrays.clock[w, ROUND])
    arriving: list[UnderWay] = []
    later: list[UnderWay] = []
    for one in under_way:
        if one.due > now:
            later.append(one)
        elif arrays.active[w, one.hearer] == PRESENT:
            arriving.append(one)
    rank = np.zeros(config.num_agents, np.uint64)
    find, handle = ready(rank_hearers), world.handle
    for speaker, text in said.items():
        if not text or arrays.active[w, speaker] != PRESENT or (limited and not arrays.speaks[w, speaker]):
            continue
        find(handle, w, speaker, rank)
        hearers, words = np.flatnonzero(rank).tolist(), cut_text(text)
        if noise:
            words = _with_noise(words, noise, _number(world, w, speaker, NOISE))
        if config.sender:
            words = f"agent_{speaker}: {words}"
        if high:
            due = now + low + _number(world, w, speaker, DELAY) % (high - low + 1)
        sent = [UnderWay(due, int(rank[a]), a, words, speaker, now) for a in hearers]
        if due == now:
            arriving += sent
        else:
            later += sent
    heard: dict[int, list[UnderWay]] = {}
    for one in arriving:
        heard.setdefault(one.hearer, []).append(one)
    return Texts(
        {a: tuple(one.text for one in sorted(texts, key=_order)) for a, texts in heard.items()},
        tuple(sorted(later)),
        tuple((one.hearer, one.speaker, now - one.sent) for one in arriving),
    )


def _order(one: UnderWay) -> tuple[int, str]:
    """Texts heard together are in a random order."""
    return one.rank, one.text


def cut_text(text: str) -> str:
    """Cut a text to 120 characters; "..." marks a cut."""
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "..."


def digest_of(world: str, texts: Texts) -> str:
    """128-bit digest of a world (its own digest) and its texts, in hex."""
    if not (texts.heard or texts.under_way):
        return world
    encoded = json.dumps(sorted(texts.heard.items()))
    if texts.under_way:
        encoded += json.dumps([one[:4] for one in texts.under_way])
    return hashlib.blake2b(world.encode() + encoded.encode(), digest_size=16).hexdigest()


def _number(world: World, w: int, speaker: int, purpose: int) -> int:
    return int(ready(text_number)(world.handle, w, speaker, purpose))


def _with_noise(text: str, chance: float, seed: int) -> str:
    """With this chance, replace about half of the characters by random ones; the length stays the same."""
    drawn = Random(seed).random
    if drawn() >= chance:
        return text
    return "".join(
        chr(PRINTABLE[int(drawn() * len(PRINTABLE))]) if drawn() < GARBLED else letter for letter in text
    )
