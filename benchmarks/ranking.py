"""Bradley-Terry beside other libraries in the same run, and how often its intervals hold the truth."""

import importlib.util
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.bradley_terry import bootstrap, fit
from swarm_env.consensus.votes_file import read_votes

from benchmarks.tables import Row, flags, say, show
from benchmarks.timing import Rival, take_turns

SIZES = ((7, 147), (35, 3_675), (100, 100_000), (100, 1_000_000))  # items, votes
MOST_FOR_CHOIX = 100_000  # votes; more would take minutes
BAR, AT = 20.0, (100, 100_000)  # evalica is to take at least so many times as long, at this size
RANKED = 8  # items whose intervals are looked at
LEVEL = 0.95
TURNS, SLICE = 9, 0.05
PARTS = "speed,coverage,file,large"

Votes = tuple[NDArray[np.int32], NDArray[np.int32]]


def votes_of(items: int, votes: int, seed: int = 1) -> Votes:
    """Winners and losers, (votes,) each, drawn from Bradley-Terry with strengths from the prior."""
    return drawn(items, votes, seed)[:2]


def drawn(
    items: int, votes: int, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Winners and losers, (votes,) each, and the log-strengths they were drawn by, (items,)."""
    rng = np.random.default_rng(seed)
    strength = rng.logistic(size=items)
    a = rng.integers(items, size=votes)
    b = (a + 1 + rng.integers(items - 1, size=votes)) % items
    wins = rng.random(votes) < 1.0 / (1.0 + np.exp(strength[b] - strength[a]))
    return np.where(wins, a, b).astype(np.int32), np.where(wins, b, a).astype(np.int32), strength


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
            "of the fastest": times.least_ratio(name, "ours"),
            "bar": BAR if name == "evalica" and (items, votes) == AT else None,
        }


def coverage(trials: int, draws: int) -> Iterator[Row]:
    """How often intervals hold the truth, for strengths drawn from the prior and votes drawn by them."""
    for votes in (15, 30, 100, 400, 10_000):
        say(f"coverage, {votes} votes")
        inside: dict[str, list[float]] = {"Hessian": [], "bootstrap": []}
        widths: dict[str, list[float]] = {name: [] for name in inside}
        for trial in range(trials):
            winner, loser, truth = drawn(RANKED, votes, trial)
            truth = centred(truth)
            found = {"Hessian": fit(winner, loser, num_items=RANKED).interval(LEVEL)}
            if trial < trials // 4:
                again = bootstrap(winner, loser, num_items=RANKED, draws=draws, seed=trial)
                found["bootstrap"] = again.interval(LEVEL)
            for name, (low, high) in found.items():
                inside[name].append(float(((low <= truth) & (truth <= high)).mean()))
                widths[name].append(float((high - low).mean()))
        for name, shares in inside.items():
            yield {
                "votes": votes,
                "interval": name,
                "trials": len(shares),
                "holds the truth": f"{np.mean(shares):.1%}",
                "standard error": f"{np.std(shares) / np.sqrt(len(shares)):.1%}",
                "mean width": float(np.mean(widths[name])),
            }


def from_file(items: int, votes: int, turns: int) -> Iterator[Row]:
    """A file of votes, with every name in quotes, to intervals; beside pyarrow's reader and the fit alone."""
    from pyarrow import csv, table  # type: ignore[import-untyped]

    say(f"a file of {votes} votes")
    winner, loser = votes_of(items, votes)
    names = np.array([f"item {i}" for i in range(items)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "votes.csv"
        csv.write_csv(table({"winner": names[winner], "loser": names[loser]}), path)

        def whole() -> None:
            read = read_votes(path)
            fit(read.winner, read.loser, num_items=len(read.items)).interval()

        least = {
            "pyarrow's reader": _least(lambda: csv.read_csv(path), turns),
            "fit alone": _least(lambda: fit(winner, loser, num_items=items), turns),
            "from the file to intervals": _least(whole, turns),
        }
    bare = least["pyarrow's reader"] + least["fit alone"]
    for name, seconds in least.items():
        yield {"what": name, "processor s": seconds, "of reader and fit": seconds / bare}


def large(items: int, votes: int) -> Iterator[Row]:
    """Many items without a matrix: fit and errors once, and the most memory that this process ever held."""
    say(f"{items} items, {votes} votes")
    winner, loser = votes_of(items, votes)
    started = time.process_time()
    found = fit(winner, loser, num_items=items)
    fitted = time.process_time()
    _ = found.standard_error
    yield {
        "items": items,
        "votes": votes,
        "fit, processor s": fitted - started,
        "errors, processor s": time.process_time() - fitted,
        "peak GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def _least(function: Callable[[], Any], turns: int) -> float:
    """The least processor time of several calls [s]."""
    found = []
    for _ in range(turns):
        started = time.process_time()
        function()
        found.append(time.process_time() - started)
    return min(found)


def centred(strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-strengths shifted to where `fit` puts them: the sum of tanh(s / 2) is 0."""
    for _ in range(50):
        strength = strength - np.tanh(strength / 2).sum() / (0.5 / np.cosh(strength / 2) ** 2).sum()
    return strength


def measure(quick: bool = False, parts: str = PARTS) -> dict[str, list[Row]]:
    """All tables.

    Args:
        quick: Small sizes and few short slices; the figures mean nothing.
        parts: Which tables, separated by commas.

    Returns:
        Rows by title.
    """
    turns, seconds = (2, 0.001) if quick else (TURNS, SLICE)
    sizes = SIZES[:2] if quick else SIZES
    chosen, tables = parts.split(","), {}
    if "speed" in chosen:
        rows = [row for size in sizes for row in compare(*size, turns, seconds)]
        tables["Bradley-Terry, from integer arrays to strengths"] = rows
    if "coverage" in chosen:
        rows = list(coverage(*((8, 20) if quick else (2000, 400))))
        tables[f"Intervals of {LEVEL:.0%}, {RANKED} items, strengths drawn from the prior"] = rows
    if "file" in chosen and importlib.util.find_spec("pyarrow"):
        rows = list(from_file(*((30, 3_000) if quick else (1_000, 1_000_000)), turns))
        tables["A million votes, from a file to intervals"] = rows
    if "large" in chosen:
        rows = list(large(*((5_000, 20_000) if quick else (1_000_000, 10_000_000))))
        tables["Many items"] = rows
    return tables


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--parts", default=PARTS, help="of %(default)s")
    given = parser.parse_args()
    show(measure(given.quick, given.parts), given.json)


if __name__ == "__main__":
    main()
