"""How speed and memory change with worlds, agents, view and threads; how long starts take, cold and warm."""

import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.tables import Row, flags, say, show
from benchmarks.timing import Rival, stopwatch, take_turns
from swarm_env.perf import N_AGENTS, Floor, vector_player

SCENARIO = "foraging"
TURNS, SLICE = 9, 0.03
WORLDS = (1, 4, 16, 64, 256, 1024, 4096, 16384)
AGENTS = (4, 10, 100, 1000, 10_000, 100_000, 1_000_000)
VIEWS = (3, 5, 7, 9, 11)
DENSITY = 10 / 144  # agents per cell
STARTS = {
    "import swarm_env": ["-c", "import swarm_env"],
    "swarm list": ["-m", "swarm_env", "list"],
    "first reset, from Python": [
        "-c",
        "import swarm_env; swarm_env.parallel_env('pursuit').reset(seed=0)",
    ],
    "swarm run pursuit --rounds 1": ["-m", "swarm_env", "run", "pursuit", "--rounds", "1", "--quiet"],
}


def by_worlds(turns: int, seconds: float, most: int) -> Iterator[Row]:
    """Batches of more and more worlds, beside floors of as many."""
    for worlds in (w for w in WORLDS if w <= most):
        say(f"{worlds} worlds")
        rivals = {
            "floor": Rival(Floor(worlds).step, worlds * N_AGENTS),
            "ours": Rival(*vector_player(SCENARIO, worlds)),
        }
        times = take_turns(rivals, turns, seconds)
        yield {
            "worlds": worlds,
            "agent-steps/s": times.rate("ours"),
            "us a round": times.round_time("ours") * 1e6,
            "times the floor": times.ratio("ours", "floor"),
        }


def by_agents(turns: int, seconds: float, most: int) -> Iterator[Row]:
    """One world with more and more agents on the same space for each, beside a batch of small worlds."""
    batch = Rival(*vector_player(SCENARIO, min(1024, most)))
    for agents in (a for a in AGENTS if a <= most):
        say(f"{agents} agents")
        side = max(8, math.ceil(math.sqrt(agents / DENSITY)))
        sizes = {"num_agents": agents, "height": side, "width": side}
        one = Rival(*vector_player(SCENARIO, 1, **sizes))
        times = take_turns({"one": one, "batch": batch}, turns, seconds)
        yield {
            "agents in one world": agents,
            "map": f"{side} x {side}",
            "agent-steps/s": times.rate("one"),
            "us a round": times.round_time("one") * 1e6,
            "times the batch": times.ratio("one", "batch"),
            "bytes per agent": memory_of(**sizes) / agents,
        }


def memory_of(**sizes: Any) -> int:
    """What a world with its vector API allocates [bytes]."""
    from swarm_env.envs.vector import vector_env

    vector_env(SCENARIO, num_agents=4).reset(seed=0)  # what is loaded once is no part of it
    tracemalloc.start()
    env = vector_env(SCENARIO, obs="codes", **sizes)
    env.reset(seed=0)
    found = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return found


def by_view(turns: int, seconds: float, worlds: int) -> Iterator[Row]:
    """Wider and wider views, as codes and as planes, beside the narrowest."""
    least = Rival(*vector_player(SCENARIO, worlds, view_size=VIEWS[0]))
    for view in VIEWS:
        say(f"view {view}")
        rivals = {"least": least}
        for obs in ("codes", "planes"):
            rivals[obs] = Rival(*vector_player(SCENARIO, worlds, view_size=view, obs=obs))
        times = take_turns(rivals, turns, seconds)
        yield {
            "view": view,
            "codes, agent-steps/s": times.rate("codes"),
            "times view 3": times.ratio("codes", "least"),
            "planes, agent-steps/s": times.rate("planes"),
            "planes, times view 3": times.ratio("planes", "least"),
        }


def by_threads(turns: int, seconds: float, worlds: int) -> Iterator[Row]:
    """More and more threads, up to the processors of the machine."""
    counts = [2**i for i in range(6) if 2**i <= (os.cpu_count() or 1)]
    rivals = {str(n): Rival(*vector_player(SCENARIO, worlds, threads=n)) for n in counts}
    say(f"{counts[-1]} threads")
    times = take_turns(rivals, turns, seconds)
    for count in counts:
        gain = times.ratio("1", str(count))
        yield {"threads": count, "agent-steps/s": times.rate(str(count)), "times one thread": gain}


def starts(repeats: int) -> Iterator[Row]:
    """Wall time of new processes, with no compiled code on disk and with all of it."""
    for name, arguments in STARTS.items():
        say(f"start: {name}")
        with tempfile.TemporaryDirectory() as folder:
            cold = start_time(arguments, Path(folder))
            warm = [start_time(arguments, Path(folder)) for _ in range(repeats)]
        yield {
            "start": name,
            "cold, s": cold,
            "warm, s": statistics.median(warm),
            "warm, least, s": min(warm),
        }


def start_time(arguments: list[str], folder: Path) -> float:
    """Wall time of a Python process with its compiled code in `folder` [s]."""
    runs = folder / "runs"
    out = ["--out", str(runs)] if "run" in arguments else []
    environment = os.environ | {"SWARM_ENV_CACHE": str(folder / "cache")}
    with stopwatch() as found:
        subprocess.run([sys.executable, *arguments, *out], check=True, capture_output=True, env=environment)
    shutil.rmtree(runs, ignore_errors=True)
    return found[0]


def measure(quick: bool = False, parts: str = "worlds,agents,view,threads,start") -> dict[str, list[Row]]:
    """All tables.

    Args:
        quick: Small sizes and few short slices; the figures mean nothing.
        parts: Which tables, separated by commas.

    Returns:
        Rows by title.
    """
    turns, seconds = (2, 0.001) if quick else (TURNS, SLICE)
    chosen, tables = parts.split(","), {}
    if "worlds" in chosen:
        rows = list(by_worlds(turns, seconds, 16 if quick else WORLDS[-1]))
        tables[f"Worlds of ten agents, {SCENARIO}, vector API, one thread"] = rows
    if "agents" in chosen:
        rows = list(by_agents(turns, seconds, 100 if quick else AGENTS[-1]))
        tables[f"Agents in one world, {SCENARIO}"] = rows
    if "view" in chosen:
        tables["View, 1 024 worlds"] = list(by_view(turns, seconds, 16 if quick else 1024))
    if "threads" in chosen:
        tables["Threads, 4 096 worlds"] = list(by_threads(turns, seconds, 16 if quick else 4096))
    if "start" in chosen:
        tables["Start of a process"] = list(starts(1 if quick else 5))
    return tables


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--parts", default="worlds,agents,view,threads,start", help="of %(default)s")
    given = parser.parse_args()
    show(measure(given.quick, given.parts), given.json)


if __name__ == "__main__":
    main()
