"""Hamming distances of 64-bit hashes beside NumPy in the same run; and what proofs of activations cost."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.signatures.activations import Context, build, check
from swarm_env.consensus.signatures.hamming import count_near

from benchmarks.tables import Row, flags, say, show
from benchmarks.timing import Rival, take_turns

THRESHOLD, BAR = 10, 8.0  # bits; NumPy is to take at least so many times as long
PAIRS = 10**9
SAMPLE = 4096  # hashes on a side when rivals take turns: NumPy needs some 40 ms for all pairs
BLOCKS = (1, 4, 16, 64, 256)  # rows that NumPy is given at a time
TOKENS, WIDTH, BUILD_BAR, CHECK_BAR = 32, 4096, 0.5, 0.1  # ms
TURNS, SLICE = 15, 0.05
CALLS, CALL = 1000, 1e-5  # proofs: slices of a single call, some without any other work in between

Words = NDArray[np.uint64]


def hashes_of(count: int, seed: int = 1) -> Words:
    """(count,) random hashes."""
    return np.random.default_rng(seed).integers(0, 1 << 64, count, dtype=np.uint64)


def by_numpy(first: Words, second: Words, threshold: int, rows: int) -> int:
    """The same count by NumPy, in blocks and without new arrays in the loop."""
    apart, bits = np.empty((rows, len(second)), np.uint64), np.empty((rows, len(second)), np.uint8)
    near, total = np.empty((rows, len(second)), np.bool_), 0
    for begin in range(0, len(first), rows):
        block = first[begin : begin + rows, None]
        n = len(block)
        np.bitwise_xor(block, second, out=apart[:n])
        np.bitwise_count(apart[:n], out=bits[:n])
        np.less_equal(bits[:n], threshold, out=near[:n])
        total += int(np.count_nonzero(near[:n]))
    return total


def counters(first: Words, second: Words) -> dict[str, Callable[[], int]]:
    """Who counts, by name."""
    found: dict[str, Callable[[], int]] = {"ours": lambda: count_near(first, second, THRESHOLD)}
    for rows in BLOCKS:
        found[f"np.bitwise_count, blocks of {rows}"] = lambda r=rows: by_numpy(first, second, THRESHOLD, r)
    return found


def distances(count: int, turns: int, seconds: float) -> Iterator[Row]:
    """One row per counter; the bar is for the fastest block size of NumPy."""
    say(f"{count} x {count} hashes")
    chosen = counters(hashes_of(count), hashes_of(count, 2))
    times = take_turns({name: Rival(lambda _, f=f: f(), 1) for name, f in chosen.items()}, turns, seconds)
    fastest = min((name for name in chosen if name != "ours"), key=times.round_time)
    for name in chosen:
        yield {
            "counter": name,
            "s per 1e9 pairs": times.round_time(name) * PAIRS / count**2,
            "least": float(times.costs[name].min()) * PAIRS / count**2,
            "times ours": times.ratio(name, "ours"),
            "of the fastest": times.least_ratio(name, "ours"),
            "bar": BAR if name == fastest else None,
        }


def heavy_tailed(tokens: int, width: int, seed: int = 1) -> NDArray[np.float32]:
    """(tokens, width) activations: Student's t with 3 degrees of freedom, channels of log-normal scale."""
    rng = np.random.default_rng(seed)
    scale = np.exp(rng.normal(0.0, 1.0, width))
    return (rng.standard_t(3, (tokens, width)) * scale).astype(np.float32)


def proofs(turns: int, seconds: float) -> Iterator[Row]:
    """One row for building and one for checking."""
    say("proofs")
    x, context = heavy_tailed(TOKENS, WIDTH), Context("request", "model")
    proof = build(x, context)
    works = {"build": lambda _: build(x, context), "check": lambda _: check(proof, x, context)}
    times = take_turns({name: Rival(play, 1) for name, play in works.items()}, turns, seconds)
    for name, bar in (("build", BUILD_BAR), ("check", CHECK_BAR)):
        yield {
            "what": name,
            "tokens": TOKENS,
            "width": WIDTH,
            "bytes": len(proof),
            "ms": times.round_time(name) * 1e3,
            "least ms": float(times.costs[name].min()) * 1e3,
            "bar, ms": bar,
        }


def measure(quick: bool = False, parts: str = "distances,proofs") -> dict[str, list[Row]]:
    """All tables.

    Args:
        quick: Small sizes and few short slices; the figures mean nothing.
        parts: Which tables, separated by commas.

    Returns:
        Rows by title.
    """
    turns, seconds = (2, 0.001) if quick else (TURNS, SLICE)
    calls = 2 if quick else CALLS
    chosen, tables = parts.split(","), {}
    if "distances" in chosen:
        title = f"Pairs of 64-bit hashes within {THRESHOLD} bits"
        tables[title] = list(distances(512 if quick else SAMPLE, turns, seconds))
        if not quick:
            side = round(PAIRS**0.5)
            tables["All at once"] = list(distances(side, 1, 0.0))
    if "proofs" in chosen:
        tables["Proofs of activations, k = 128"] = list(proofs(calls, CALL))
    return tables


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--parts", default="distances,proofs", help="of %(default)s")
    given = parser.parse_args()
    show(measure(given.quick, given.parts), given.json)


if __name__ == "__main__":
    main()
