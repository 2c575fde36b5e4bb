"""What messages say: information about a private sense, parts of messages for parts of meanings, use, reach.

A signal that is not listened to is no communication: set these beside `influence`, which is causal.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError
from swarm_env.measures.correlate import ranks

Labels = Sequence[Any] | NDArray[Any]


@dataclass(frozen=True, slots=True)
class SignalInformation:
    """Mutual information of a sense and a message.

    Attributes:
        bits: Mean over rounds of the mutual information at equal rounds, weighted by their samples.
        by_chance: Mean of the same over the permutations: the bias of the estimate.
        p_value: Share of the permutations with as much information, the sample itself counted in.
    """

    bits: float
    by_chance: float
    p_value: float


def mutual_information(first: Labels, second: Labels) -> float:
    """The mutual information of paired labels [bits], from their frequencies (plug-in, biased up)."""
    table = _table(_numbers(first), _numbers(second))
    joint = table / table.sum()
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return max(0.0, float((joint[there] * np.log2(joint[there] / expected[there])).sum()))


def signal_information(
    senses: Labels, messages: Labels, rounds: Labels, permutations: int = 999, seed: int = 0
) -> SignalInformation:
    """Whether messages tell of a private sense, at equal rounds.

    What depends on the clock alone (a sense that is often 1 at first, a token that is) would else pass for a
    signal. Within each round the messages are permuted over the episodes for the p-value.

    Args:
        senses: (S,) what the speaker senses, one label per sample.
        messages: (S,) what it says then.
        rounds: (S,) the round (of the period) of each sample.
        permutations: Number of permutations, 1 or more.
        seed: Of the permutations.

    Raises:
        ConfigError: The lengths differ, there are no samples, or `permutations` is less than 1.
    """
    x, y, time = _numbers(senses), _numbers(messages), _numbers(rounds)
    if not len(x) == len(y) == len(time) or not len(x) or permutations < 1:
        raise ConfigError(
            f"senses, messages, rounds have {len(x)}, {len(y)}, {len(time)} samples, permutations="
            f"{permutations}: give equally many samples, at least 1, and permutations of 1 or more."
        )
    strata = [np.flatnonzero(time == t) for t in np.unique(time)]
    rng = np.random.default_rng(seed)

    def mean(said: NDArray[np.int64]) -> float:
        return sum(len(s) * mutual_information(x[s], said[s]) for s in strata) / len(x)

    bits, chance = mean(y), []
    for _ in range(permutations):
        shuffled = y.copy()
        for s in strata:
            shuffled[s] = y[rng.permutation(s)]
        chance.append(mean(shuffled))
    as_much = 1 + sum(one >= bits - 1e-12 for one in chance)
    return SignalInformation(bits, float(np.mean(chance)), as_much / (permutations + 1))


def topographic_similarity(meanings: Sequence[Sequence[Any]], messages: Sequence[Sequence[Any]]) -> float:
    """Spearman's correlation of distances between meanings and between messages, over all pairs.

    Meanings differ by the number of unequal parts (Hamming), messages by edit distance (Levenshtein)
    (H. Brighton, S. Kirby, Artificial Life 12, 2006). NaN if all distances of one kind are equal.

    Raises:
        ConfigError: The numbers of meanings and messages differ.
    """
    _same_number(meanings, messages)
    pairs = [(i, j) for i in range(len(meanings)) for j in range(i)]
    apart = [sum(a != b for a, b in zip(meanings[i], meanings[j], strict=True)) for i, j in pairs]
    edits = [edit_distance(messages[i], messages[j]) for i, j in pairs]
    x, y = ranks(np.array(apart, float)), ranks(np.array(edits, float))
    if len(pairs) < 2 or x.std() == 0 or y.std() == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def context_independence(meanings: Sequence[Sequence[Any]], messages: Sequence[Sequence[Any]]) -> float:
    """How far each part of a meaning has a symbol of its own, 0 to 1.

    The mean over parts c of p(c | s) p(s | c) with the symbol s of greatest p(c | s) (B. Bogin, M. Geva, J.
    Berant, 2018, section 4). Part c is the value at a place of the meaning; s is any symbol of a message. Our
    choice (they align by IBM's model 1): p(c | s) is the share of the messages with s whose meaning has c,
    p(s | c) the share of the meanings with c whose message has s.

    Raises:
        ConfigError: The numbers of meanings and messages differ.
    """
    _same_number(meanings, messages)
    together: dict[Any, Counter[Any]] = {}
    of_part: Counter[Any] = Counter()
    of_symbol: Counter[Any] = Counter()
    for meaning, message in zip(meanings, messages, strict=True):
        symbols = set(message)
        of_symbol.update(symbols)
        for part in enumerate(meaning):
            of_part[part] += 1
            together.setdefault(part, Counter()).update(symbols)
    found = []
    for part, counts in together.items():
        best = (
            max((counts[s] / of_symbol[s], counts[s] / of_part[part]) for s in counts) if counts else (0, 0)
        )
        found.append(best[0] * best[1])
    return float(np.mean(found)) if found else float("nan")


def zipf_slope(messages: Labels) -> float:
    """Slope of log frequency over log rank of the different messages; about -1 in natural languages.

    Least squares over the ranks. NaN for fewer than two different messages.
    """
    counts = np.sort(np.bincount(_numbers(messages)))[::-1]
    if len(counts) < 2:
        return float("nan")
    return float(np.polyfit(np.log(np.arange(1, len(counts) + 1)), np.log(counts), 1)[0])


def reach_by_hops(hears: NDArray[np.bool_], most: int = 10) -> NDArray[np.float64]:
    """How far what is said can get if it is passed on: mean share of the other agents, by hops.

    Args:
        hears: (R, N, N) whether agent [.., a, b] a hears after each round what b said in it.
        most: Hops, each of which takes a round.

    Returns:
        (most,) the share that can know after 1, 2, … hops, mean over speakers and the rounds from which so
        many follow; NaN beyond the rounds there are.
    """
    heard = np.asarray(hears, bool)
    rounds, n = heard.shape[:2]
    found = np.full(most, np.nan)
    shares: list[list[float]] = [[] for _ in range(most)]
    for start in range(rounds):
        knows = np.eye(n, dtype=bool)  # [agent, source]
        for hop in range(min(most, rounds - start)):
            knows = knows | (heard[start + hop].astype(int) @ knows.astype(int) > 0)
            shares[hop].append((knows.sum() - n) / max(n * (n - 1), 1))
    for hop, values in enumerate(shares):
        if values:
            found[hop] = np.mean(values)
    return found


def edit_distance(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Levenshtein's distance of two sequences."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _numbers(labels: Labels) -> NDArray[np.int64]:
    """Labels as numbers 0, 1, … in the order of their first use."""
    known: dict[Any, int] = {}
    plain = labels.tolist() if isinstance(labels, np.ndarray) else labels
    keys = (tuple(one) if isinstance(one, list) else one for one in plain)
    return np.array([known.setdefault(key, len(known)) for key in keys], np.int64)


def _table(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each pair of numbers occurs."""
    table = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(table, (x, y), 1)
    return table


def _same_number(meanings: Sequence[Any], messages: Sequence[Any]) -> None:
    if len(meanings) != len(messages):
        raise ConfigError(f"{len(meanings)} meanings and {len(messages)} messages: give one for each.")
