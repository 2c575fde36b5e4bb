"""What crowd-kit computes from votes that are drawn here; it is too large to be required for tests.

`python -m tests.consensus.crowd_kit` records its results, with its version, where crowd-kit is installed.
"""

import importlib.metadata
import json
from pathlib import Path

import numpy as np

RECORD = Path(__file__).parents[1] / "data" / "crowd_kit.json"


def votes(seed, items=8, raters=12, each=60, bias=0.0, skill=None):
    """Votes of raters, a share `skill` of which is read and the rest guessed; the strengths."""
    rng = np.random.default_rng(seed)
    truth = np.linspace(1.5, -1.5, items)
    skill = np.ones(raters) if skill is None else np.asarray(skill)
    rater = np.repeat(np.arange(raters), each)
    a = rng.integers(items, size=len(rater))
    b = (a + 1 + rng.integers(items - 1, size=len(rater))) % items
    read = rng.random(len(rater)) < skill[rater]
    chance = np.where(read, 1 / (1 + np.exp(truth[b] - truth[a])), 0.5 + bias)
    wins = rng.random(len(rater)) < chance
    given = {"winner": np.where(wins, a, b), "loser": np.where(wins, b, a), "rater": rater, "first": a}
    return given, truth


def votes_on_all_pairs():
    """Every one of 12 judges, 8 good and 4 bad, votes once on every pair of 8 items; the larger is better."""
    rng, skill = np.random.default_rng(2), np.repeat([0.9, 0.55], [8, 4])
    pairs = np.array([(a, b) for a in range(8) for b in range(a)])
    right = rng.random((12, 28)) < skill[:, None]
    return {
        "winner": np.where(right, pairs[:, 0], pairs[:, 1]).ravel(),
        "loser": np.where(right, pairs[:, 1], pairs[:, 0]).ravel(),
        "rater": np.repeat(np.arange(12), 28),
    }


def votes_with_guessers():
    """Votes of 12 judges, of whom 4 mostly name the first place; the strengths."""
    return votes(3, skill=[1.0] * 8 + [0.0] * 4, bias=0.4)


def computed():
    """The results of crowd-kit by rule, (8,) each; raises `ImportError` without it."""
    import pandas as pd  # type: ignore[import-untyped, unused-ignore]
    from crowdkit.aggregation import (  # type: ignore[import-not-found, unused-ignore]
        DawidSkene,
        NoisyBradleyTerry,
    )

    given = votes_on_all_pairs()
    low, high = np.minimum(given["winner"], given["loser"]), np.maximum(given["winner"], given["loser"])
    one = np.where((low + high) % 2, low, high)  # label 1: the first of an order that means nothing
    label = (given["winner"] == one).astype(int)
    table = pd.DataFrame({"task": low * 8 + high, "worker": given["rater"], "label": label})
    won = np.zeros(8)
    for task, row in DawidSkene(n_iter=50).fit(table).probas_.iterrows():
        first, second = (task // 8, task % 8) if sum(divmod(task, 8)) % 2 else (task % 8, task // 8)
        won[first] += row.get(1, 0.0)
        won[second] += row.get(0, 0.0)
    given, _ = votes_with_guessers()
    left, right = given["first"], given["winner"] + given["loser"] - given["first"]
    table = pd.DataFrame({"worker": given["rater"], "left": left, "right": right, "label": given["winner"]})
    noisy = NoisyBradleyTerry(n_iter=30, random_state=0).fit_predict(table)
    return {"dawid_skene": won.tolist(), "noisy_bt": noisy.loc[range(8)].tolist()}


if __name__ == "__main__":
    version = importlib.metadata.version("crowd-kit")
    RECORD.write_text(json.dumps({"crowd-kit": version, **computed()}, indent=1) + "\n", encoding="utf-8")
