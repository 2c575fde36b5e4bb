"""Cases of `benchmarks.speed` that need a form of their own: processes, large teams, messages, starts."""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import numpy as np

from benchmarks.tables import Row, say
from benchmarks.timing import Rival, take_turns
from swarm_env.perf import N_AGENTS, vector_player

THREADS_BAR = 0.95  # two threads reach so much of what two processes do
FLOCKING_BARS = {20: 3.0, 40: 15.0, 80: 50.0}  # us per agent in the first rounds, by number of agents
FIRST_ROUNDS = 3
RANGES, RANGE_BAR = (1, 20), 2.0  # of token messages [cells]; how many times as long the wider may take
DENSITY = N_AGENTS / 144  # agents per cell
SPARSE = 0.025  # agents per cell: sums over the map cost as much as its cells
BATTLE_BAR = 12.0  # 81 against 81 on 45 x 45, view 13: per agent over the floor
CHILD = """
import sys, time
from swarm_env.perf import vector_player
play, _ = vector_player(sys.argv[1], int(sys.argv[2]))
for number in range(3):
    play(number)
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for number in range(int(line)):
        play(number)
    print(time.perf_counter() - start, flush=True)
"""


def held(value: float, bar: float, more_is_better: bool = False) -> str:
    """The column that says whether a bar is held."""
    return "yes" if (value >= bar if more_is_better else value <= bar) else "no"


def threads(scenarios: Iterable[str], turns: int, seconds: float, worlds: int) -> Iterator[Row]:
    """Two threads beside two processes, each of these with as many worlds on one thread; in the same turns.

    Two processes are what the machine can do for two: they share memory bandwidth and clock, but no work.
    """
    for name in scenarios:
        say(f"{name}, two threads and two processes")
        one, two = (Rival(*vector_player(name, worlds, threads=count)) for count in (1, 2))
        with ExitStack() as stack:
            children = [
                stack.enter_context(
                    subprocess.Popen(
                        [sys.executable, "-c", CHILD, name, str(worlds)],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                    )
                )
                for _ in range(2)
            ]  # fmt: skip
            for child in children:
                child.stdout.readline()  # type: ignore[union-attr]
            length = max(1, round(seconds / _time(one, 2) * 2))
            gains = np.array([_turn(one, two, children, length) for _ in range(turns)])
        by_threads, by_processes = np.median(gains, axis=0)
        share = gains[:, 0] / gains[:, 1]
        low, value, high = np.quantile(share, (0.25, 0.5, 0.75))
        yield {
            "scenario": name,
            "gain of two threads": by_threads,
            "gain of two processes": by_processes,
            "threads / processes": value,
            "quartiles": f"{low:.2f} to {high:.2f}",
            "bar": THREADS_BAR,
            "held": held(value, THREADS_BAR, more_is_better=True),
        }


def _turn(
    one: Rival, two: Rival, children: list["subprocess.Popen[str]"], length: int
) -> tuple[float, float]:
    """How many times as many rounds two threads and two processes play as one thread."""
    alone, together = _time(one, length), _time(two, length)
    for child in children:
        print(length, file=child.stdin, flush=True)
    slower = max(float(child.stdout.readline()) for child in children)  # type: ignore[union-attr]
    return alone / together, 2 * alone / slower


def _time(rival: Rival, length: int) -> float:
    start = time.perf_counter()
    for number in range(length):
        rival.play(number)
    return time.perf_counter() - start


def flocking(turns: int, quick: bool) -> Iterator[Row]:
    """The first rounds of flocking with many agents, in which no price of the last round helps."""
    from swarm_env.envs.vector import vector_env

    for agents, bar in FLOCKING_BARS.items():
        say(f"flocking, {agents} agents")
        side = math.ceil(math.sqrt(agents / DENSITY))
        env = vector_env("flocking", 1, obs="codes", num_agents=agents, height=side, width=side)
        moves = np.random.default_rng(1).integers(0, 5, (FIRST_ROUNDS, agents), dtype=np.int8)
        found = []
        for turn in range(1 if quick else max(3, turns // 3)):
            env.reset(seed=turn)
            start = time.perf_counter()
            for row in moves:
                env.step(row)
            found.append((time.perf_counter() - start) / FIRST_ROUNDS / agents * 1e6)
        low, value, high = np.quantile(found, (0.25, 0.5, 0.75))
        yield {
            "case": f"flocking, {agents} agents on {side} x {side}, first {FIRST_ROUNDS} rounds",
            "us per agent": value,
            "quartiles": f"{low:.3g} to {high:.3g}",
            "bar": bar,
            "held": held(value, bar),
        }


def message_ranges(turns: int, seconds: float, agents: int) -> Iterator[Row]:
    """Token messages that reach far, over messages that reach the next cells; on a usual and a sparse map."""
    for density in (DENSITY, SPARSE):
        yield _message_range(turns, seconds, agents, math.ceil(math.sqrt(agents / density)))


def _message_range(turns: int, seconds: float, agents: int, side: int) -> Row:
    say(f"token messages, {agents} agents on {side} x {side}")
    sizes = {"num_agents": agents, "height": side, "width": side, "message": "tokens"}
    rivals = {
        str(reach): Rival(*vector_player("foraging", 1, **sizes, message_range=reach)) for reach in RANGES
    }
    near, far = map(str, RANGES)
    times = take_turns(rivals, turns, seconds)
    low, high = times.spread(far, near)
    ratio = times.ratio(far, near)
    return {
        "case": f"token messages, {agents} agents on {side} x {side}, range {near} to {far}",
        f"ns per agent, range {near}": 1e9 / times.rate(near),
        f"ns per agent, range {far}": 1e9 / times.rate(far),
        "ratio": ratio,
        "quartiles": f"{low:.2f} to {high:.2f}",
        "bar": RANGE_BAR,
        "held": held(ratio, RANGE_BAR),
    }


def starts(scenarios: list[str]) -> Iterator[Row]:
    """The first reset of a process with an empty cache, and one that finds its machine code on disk."""
    for name in scenarios:
        say(f"{name}, first start")
        code = f"import swarm_env; swarm_env.parallel_env({name!r}).reset(seed=0)"
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"SWARM_ENV_CACHE": folder}
            passed = []
            for _ in range(2):
                start = time.perf_counter()
                subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True)
                passed.append(time.perf_counter() - start)
        yield {"first start": name, "empty cache, s": passed[0], "kept code, s": passed[1]}
