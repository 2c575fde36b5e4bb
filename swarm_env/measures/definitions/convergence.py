"""Measures of a protocol that emerges: do messages become alike?

SwarmBench correlates the growth of both likenesses over a game with the score (arXiv 2505.04364, Appendix
S.8). It does not say between which rounds they grow. Our choice: since the first round that has a value.
"""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import kernel
from swarm_env.measures.declare import GameStatistics, Series, group_measure
from swarm_env.measures.definitions.messages import message_similarity
from swarm_env.measures.game import SILENT

COMPARED = 128  # messages of a round that are compared with each other at most (our choice)
_FEW = "fewer than two messages"
_FEW_TEXTS = f"{_FEW}, or the channel carries no text"


@group_measure("likeness of two messages by edit distance", high=1.0, undefined=_FEW_TEXTS, published=18)
def edit_consistency(stats: GameStatistics) -> Series:
    """Mean over pairs of messages of 1 - (edit distance) / (characters of the longer one).

    The edit distance is V. Levenshtein's (1966): insertions, deletions and substitutions of characters. Of
    more than `COMPARED` messages in a round, so many, evenly spread over the agents, are compared.
    """
    return stats.shared(_edit_consistency)


@group_measure(
    "growth of message_similarity since the first round that has one",
    low=-2.0,
    high=2.0,
    undefined=_FEW,
    published=19,
)
def homogeneity_growth(stats: GameStatistics) -> Series:
    """`message_similarity` minus its first value."""
    return _growth(message_similarity.compute(stats))


@group_measure(
    "growth of edit_consistency since the first round that has one",
    low=-1.0,
    high=1.0,
    undefined=_FEW_TEXTS,
    published=20,
)
def consistency_growth(stats: GameStatistics) -> Series:
    """`edit_consistency` minus its first value."""
    return _growth(stats.shared(_edit_consistency))


def _growth(series: Series) -> Series:
    """Differences to the first value that is defined."""
    first = series[~np.isnan(series)][:1]
    return series - first if len(first) else series


def _edit_consistency(stats: GameStatistics) -> Series:
    game = stats.game
    values = np.full(game.rounds, np.nan)
    if game.channel != "text":
        return values
    texts = [str(text) for text in game.messages]
    start = np.cumsum([0, *map(len, texts)])
    letters = np.array([ord(letter) for text in texts for letter in text], np.int32)
    row = np.empty(max(map(len, texts), default=0) + 1, np.int32)
    for r, said in enumerate(game.said):
        spoken = said[said != SILENT]
        if len(spoken) < 2:
            continue
        if len(spoken) > COMPARED:
            spoken = spoken[np.linspace(0, len(spoken) - 1, COMPARED).astype(np.int64)]
        what, times = np.unique(spoken, return_counts=True)
        values[r] = _mean_likeness(letters, start, what, times, row)
    return values


@kernel(wrapped=True)
def _mean_likeness(
    letters: NDArray[np.int32],
    start: NDArray[np.int64],
    what: NDArray[np.int64],
    times: NDArray[np.int64],
    row: NDArray[np.int32],
) -> float:
    """Mean likeness of all pairs of messages.

    Args:
        letters: All texts, one after the other.
        start: (M + 1,) where each begins.
        what: (D,) the different texts, not empty.
        times: (D,) how often each was said.
        row: Scratch: a row of the table of distances, as long as the longest text and one more.
    """
    alike, pairs = 0.0, 0
    for i in range(len(what)):
        alike += times[i] * (times[i] - 1) // 2
        pairs += times[i] * (times[i] - 1) // 2
        one, m = start[what[i]], start[what[i] + 1] - start[what[i]]
        for j in range(i):
            other, n = start[what[j]], start[what[j] + 1] - start[what[j]]
            for k in range(n + 1):
                row[k] = k
            for a in range(m):
                diagonal, row[0] = row[0], a + 1
                for b in range(n):
                    above = row[b + 1]
                    changed = diagonal + (letters[one + a] != letters[other + b])
                    row[b + 1] = min(above + 1, row[b] + 1, changed)
                    diagonal = above
            alike += times[i] * times[j] * (1 - row[n] / max(m, n))
            pairs += times[i] * times[j]
    return alike / pairs
