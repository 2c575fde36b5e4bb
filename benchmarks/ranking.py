"""Bradley-Terry from integer arrays, beside the same by other libraries, in the same run."""

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import Row, flags, say, show
from benchmarks.timing import Rival, take_turns
from consensus.bradley_terry import bootstrap, fit

SIZES = ((7, 147), (35, 3_675), (100, 100_000), (100, 1_000_000))  # items, votes
MOST_FOR_CHOIX = 100_000  # votes; more would take minutes
TURNS, SLICE = 9, 0.05

Votes = tuple[NDArray[np.int32], NDArray[np.int32]]


def votes_of(items: int, votes: int, seed: int = 1) -> Votes:
    """Winners and losers, (votes,) each, drawn from Bradley-Terry with strengths from the logistic prior."""
    rng = np.random.default_rng(seed)
    strength = rng.logistic(size=items)
    a = rng.integers(items, size=votes)
    b = (a + 1 + rng.integers(items - 1, size=votes)) % items
    wins = rng.random(votes) < 1.0 / (1.0 + np.exp(strength[b] - strength[a]))
    return np.where(wins, a, b).astype(np.int32), np.where(wins, b, a).astype(np.int32)


def solvers(winner: NDArray[np.int32], loser: NDArray[np.int32], items: int) -> dict[str, Callable[[], Any]]:
    """Who solves, by name. Where others want lists and not arrays, these are made beforehand, at no cost."""
    found: dict[str, Callable[[], Any]] = {
        "ours": lambda: fit(winner, loser, num_items=items),
        "ours, with errors": lambda: fit(winner, loser, num_items=items).standard_error,
        "ours, 10 draws of the bootstrap": lambda: bootstrap(winner, loser, num_items=items, draws=10),
    }
    if importlib.util.find_spec("evalica"):
        found |= _evalica(winner.tolist(), loser.tolist(), items)
    if importlib.util.find_spec("choix") and len(winner) <= MOST_FOR_CHOIX:
        import choix

        pairs = list(zip(winner.tolist(), loser.tolist(), strict=True))
        found["choix, I-LSR"] = lambda: choix.ilsr_pairwise(items, pairs, alpha=0.01)
    return found


def _evalica(xs: list[int], ys: list[int], items: int) -> dict[str, Callable[[], Any]]:
    """The library evalica with integers as names and a ready index; and the compiled part of it alone."""
    import evalica
    import pandas as pd
    from evalica import _brzo

    index, outcomes, ones = pd.Index(range(items)), [evalica.Winner.X] * len(xs), [1.0] * len(xs)
    return {
        "evalica": lambda: evalica.bradley_terry(xs, ys, outcomes, index=index),
        "evalica, compiled part alone": lambda: _brzo.bradley_terry(
            xs=xs, ys=ys, winners=outcomes, weights=ones, total=items, win_weight=1.0, tie_weight=0.5,
            tolerance=1e-6, limit=100,
        ),
    }  # fmt: skip


def compare(items: int, votes: int, turns: int, seconds: float) -> Iterator[Row]:
    """One row per solver."""
    say(f"{items} items, {votes} votes")
    chosen = solvers(*votes_of(items, votes), items)
    times = take_turns({name: Rival(lambda _, f=f: f(), 1) for name, f in chosen.items()}, turns, seconds)
    for name in chosen:
        yield {
            "items": items,
            "votes": votes,
            "solver": name,
            "ms": times.round_time(name) * 1e3,
            "least ms": float(times.costs[name].min()) * 1e3,
            "times ours": times.ratio(name, "ours"),
        }


def measure(quick: bool = False) -> dict[str, list[Row]]:
    """All tables.

    Args:
        quick: Small sizes and few short slices; the figures mean nothing.

    Returns:
        Rows by title.
    """
    turns, seconds = (2, 0.001) if quick else (TURNS, SLICE)
    sizes = SIZES[:2] if quick else SIZES
    rows = [row for size in sizes for row in compare(*size, turns, seconds)]
    return {"Bradley-Terry, from integer arrays to strengths": rows}


def main() -> None:
    """Print the tables."""
    given = flags(__doc__).parse_args()
    show(measure(given.quick), given.json)


if __name__ == "__main__":
    main()
