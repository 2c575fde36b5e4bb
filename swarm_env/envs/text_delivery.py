"""Texts between agents: which texts each agent hears in which round.

A text is sent after the moves of its round, and heard in the next observation, or `message_delay` rounds
later. Its hearers are fixed when it is sent: all agents in play that are then in range, or linked by
`message_topology`, unless it is lost on the way to them (`message_loss`). Who leaves the map before it
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

from swarm_env.config import Topology
from swarm_env.engine.compiler import ready
from swarm_env.engine.messages import rank_hearers, text_number
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
    """

    due: int
    rank: int
    hearer: int
    text: str


class Texts(NamedTuple):
    """The texts of one world after a round.

    Attributes:
        heard: What each agent hears now, by number, in a random order that does not reveal the speakers.
        under_way: What arrives later, sorted.
    """

    heard: Mapping[int, tuple[str, ...]] = {}
    under_way: tuple[UnderWay, ...] = ()


SILENCE = Texts()


def deliver_texts(
    world: World, said: Mapping[int, str], under_way: Sequence[UnderWay] = (), w: int = 0
) -> Texts:
    """Send the texts of a round, given by speaker, after its moves, and deliver all that arrive now."""
    arrays, config = world.arrays, world.config
    (low, high), noise, topology = config.message_delay, config.message_noise, config.message_topology
    now = due = int(arrays.clock[w, ROUND])
    arriving: dict[int, list[tuple[int, str]]] = {}
    later: list[UnderWay] = []
    for one in under_way:
        if one.due > now:
            later.append(one)
        elif arrays.active[w, one.hearer] == PRESENT:
            arriving.setdefault(one.hearer, []).append((one.rank, one.text))
    rank = np.zeros(config.num_agents, np.uint64)
    find, handle = ready(rank_hearers), world.handle
    for speaker, text in said.items():
        if not text or arrays.active[w, speaker] != PRESENT:
            continue
        find(handle, w, speaker, rank)
        hearers, words = np.flatnonzero(rank).tolist(), cut_text(text)
        if topology != "range":
            hearers = [a for a in hearers if are_linked(topology, speaker, a, config.num_agents)]
        if noise:
            words = _with_noise(words, noise, _number(world, w, speaker, NOISE))
        if high:
            due = now + low + _number(world, w, speaker, DELAY) % (high - low + 1)
        if due == now:
            for a in hearers:
                arriving.setdefault(a, []).append((int(rank[a]), words))
        else:
            later += [UnderWay(due, int(rank[a]), a, words) for a in hearers]
    heard = {a: tuple(text for _, text in sorted(texts)) for a, texts in arriving.items()}
    return Texts(heard, tuple(sorted(later)))


def cut_text(text: str) -> str:
    """Cut a text to 120 characters; "..." marks a cut."""
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "..."


def are_linked(topology: Topology, speaker: int, hearer: int, num_agents: int) -> bool:
    """Whether the topology lets an agent hear another one, given that the text carries so far.

    In a ring and a chain agents hear those with the next lower and the next higher number; links of agents
    that left are not replaced. The centre of a star, and the commander, is agent 0.
    """
    if topology in ("star", "commander"):
        return 0 in (speaker, hearer)
    apart = abs(speaker - hearer)
    if topology == "ring":
        return apart in (1, num_agents - 1)
    return topology != "chain" or apart == 1


def digest_of(world: str, texts: Texts) -> str:
    """128-bit digest of a world (its own digest) and its texts, in hex."""
    if not (texts.heard or texts.under_way):
        return world
    encoded = json.dumps(sorted(texts.heard.items()))
    if texts.under_way:
        encoded += json.dumps(texts.under_way)
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
