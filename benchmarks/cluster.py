"""What a Ray cluster costs a bench: its start, processor time beside the episodes, calls a second.

Needs Ray: pip install '.[ray]'. Processor time is read from /proc, so `overhead` is for Linux. Nodes
are processes of this machine that stand for machines, each with a given number of cores.
"""

import asyncio
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.tables import Row, flags, say, show
from swarm_env.bench.bench import Bench
from swarm_env.bench.folder import BenchFolder
from swarm_env.bench.plan import read_plan
from swarm_env.chat.ledger.store import CallRow, Ledger, OutcomeRow
from swarm_env.cluster.cluster_player import ClusterPlayer
from swarm_env.cluster.connection import LOCAL, Cluster, joined, library
from swarm_env.cluster.coordinator import Answer, Coordinator, Event
from swarm_env.cluster.coordinator_client import RemoteGate, WorkerRelay
from swarm_env.cluster.ray_calls import RayLink

PARTS = "start,overhead,nodes,coordinator"
ROUNDS = {"about 1 s": 1200, "about 3 s": 3600}  # of pursuit by the scripted team, in processor time
NODES = (1, 2, 4, 8)
PAUSE = 0.1  # of an agent that waits for a model [s]
START = "from swarm_env.cluster.connection import joined\nwith joined('local') as c: print(c.seconds)"


class Waiting:
    """An agent that takes its time, as if it asked a model."""

    def reset(self, brief: Any, agents: Any, seed: int) -> None:
        """Nothing is remembered."""

    def decide(self, perceptions: Any) -> list[Any]:
        """Wait, and stay."""
        from swarm_env import Decision

        time.sleep(PAUSE)
        return [Decision(0) for _ in perceptions]


@dataclass(frozen=True, slots=True)
class Played:
    """A bench that was played on a cluster.

    Attributes:
        wall: From the first run handed over to the end of the last [s].
        episodes: How each went.
        used: Processor time of all processes of ours and Ray's meanwhile [s].
    """

    wall: float
    episodes: list[Any]
    used: float


def play(cluster: Cluster, team: str, runs: int, rounds: int, parallel: int) -> Played:
    """Play a bench of one scenario by one team.

    Args:
        cluster: Where.
        team: Who plays.
        runs: How many.
        rounds: Of each.
        parallel: Runs at a time.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.toml"
        file.write_text(
            f'scenarios = ["pursuit"]\nteams = ["{team}"]\nseeds = {runs}\nparallel = {parallel}\n'
            f"[settings.default]\nmax_rounds = {rounds}\n"
        )
        plan = read_plan(file, Path(folder) / "out")
        with BenchFolder(plan) as out, ClusterPlayer(cluster, parallel) as player:
            began, before = time.monotonic(), processor_time()
            bench = Bench(plan, out, player=player)
            bench.play(lambda ended: None)
            wall, used = time.monotonic() - began, processor_time() - before
        assert all(one.stage == "finished" for one in bench.progress), [one.error for one in bench.progress]
    return Played(wall, player.ended, used)


def processor_time() -> float:
    """Of this process and all below it that are alive [s]."""
    parents, times = {}, {}
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else None
        except OSError:  # it has just ended
            continue
        if fields:
            parents[int(entry.name)] = int(fields[1])
            times[int(entry.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    ours, last = {os.getpid()}, 0
    while len(ours) > last:
        last = len(ours)
        ours |= {process for process, parent in parents.items() if parent in ours}
    return sum(times.get(process, 0.0) for process in ours)


def starts(repeats: int) -> Iterator[Row]:
    """A cluster on this machine, in new processes."""
    for number in range(repeats):
        say(f"start {number + 1}")
        command = [sys.executable, "-c", START]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        yield {"start": number + 1, "s": float(done.stdout)}


def overhead(cluster: Cluster, runs: int) -> Iterator[Row]:
    """Episodes that compute all the time, as many at a time as there are cores."""
    play(cluster, "scripted", 2 * cluster.cores, 10, cluster.cores)  # workers load the software, once
    for name, rounds in ROUNDS.items():
        say(f"overhead, episodes of {name}")
        played = play(cluster, "scripted", runs, rounds, cluster.cores)
        computed = sum(one.computed for one in played.episodes)
        at_play = sum(one.seconds - one.waited for one in played.episodes)
        yield {
            "episodes": f"{runs} of {name}",
            "processor time of one, s": computed / runs,
            "share of the processor time": computed / played.used,
            "share of the places": at_play / (cluster.cores * played.wall),
            "cores that all else took": (played.used - computed) / played.wall,
        }


def worker_memory() -> float:
    """What a worker of Ray holds that has played, its own and what it shares, the largest [bytes]."""
    found = [0]
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cmdline").read_bytes().startswith(b"ray::"):
                found.append(int((entry / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        except OSError:  # it has just ended
            continue
    return max(found)


@contextmanager
def nodes(number: int) -> Iterator[str]:
    """A cluster of a head without cores and some nodes with one core each; gives its address."""
    utils: Any = importlib.import_module("ray.cluster_utils")
    found = utils.Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "include_dashboard": False},
        shutdown_at_exit=False,
    )
    try:
        for _ in range(number):
            found.add_node(num_cpus=1)
        yield found.address
    finally:
        found.shutdown()


def by_nodes(most: int, rounds: int, runs_each: int) -> Iterator[Row]:
    """More and more nodes, and teams that wait: what nodes bring where the processors are not the limit."""
    team = f"{Path(__file__).resolve()}:Waiting"
    for number in (n for n in NODES if n <= most):
        say(f"{number} nodes")
        with nodes(number) as address, joined(address) as cluster:
            play(cluster, team, 2 * number, 2, number)
            played, memory = play(cluster, team, runs_each * number, rounds, number), worker_memory()
        at_play = sum(one.seconds - one.waited for one in played.episodes)
        yield {
            "nodes": number,
            "runs": len(played.episodes),
            "s": played.wall,
            "runs a minute": 60 * len(played.episodes) / played.wall,
            "share of the places": at_play / (number * played.wall),
            "MB of a worker": memory / 1e6,
        }


def hammer(coordinator: Any, attempt: int, seconds: float, at_once: int) -> int:
    """A worker that does nothing but ask for turns and report calls; returns how many.

    Args:
        coordinator: Handle of the actor.
        attempt: Number of this worker.
        seconds: For how long.
        at_once: Calls under way at a time.
    """
    link, numbers = RayLink(coordinator, attempt), count()
    relay = WorkerRelay(link, (), False)
    gate, end, done = RemoteGate(link, "http://h/v1"), time.monotonic() + seconds, 0

    async def ask() -> None:
        nonlocal done
        while time.monotonic() < end:
            number = next(numbers)
            ticket = await gate.enter(4096)
            gate.leave(ticket, False)
            key = ("digest", "agent_0", number, 0)
            call = CallRow(
                *key,
                0,
                "m",
                "http://h/v1",
                "ok",
                200,
                "x" * 60,
                "stop",
                990,
                20,
                0,
                0,
                0.0,
                1.0,
                1.0,
                "endpoint",
            )
            relay.note(call, OutcomeRow(*key, None, "", 1, 1.0))
            await relay.noted()
            done += 1

    async def go() -> None:
        await asyncio.gather(*(ask() for _ in range(at_once)))

    asyncio.run(go())
    return done


def calls_per_second(cluster: Cluster, seconds: float) -> Iterator[Row]:
    """Calls that one coordinator lets through and one driver writes a second."""
    ray = library()
    for workers, at_once in ((1, 1), (1, 64), (cluster.cores, 64), (cluster.cores, 512)):
        say(f"coordinator, {workers} workers, {at_once} calls each")
        coordinator = ray.remote(Coordinator).options(num_cpus=0, max_concurrency=10_000).remote()
        with tempfile.TemporaryDirectory() as folder:
            ledgers = [Ledger.open(Path(folder) / f"{number}.sqlite") for number in range(workers)]
            under_way = [
                ray.remote(hammer).options(num_cpus=1).remote(coordinator, number, seconds, at_once)
                for number in range(workers)
            ]
            taking = coordinator.take.remote([])
            while len(ray.wait(under_way, num_returns=workers, timeout=0)[0]) < workers:
                if ray.wait([taking], timeout=0.5)[0]:
                    events: list[Event] = ray.get(taking)
                    for event in events:
                        ledgers[event.attempt].fill(event.content[0])
                    taking = coordinator.take.remote([(event.number, Answer(True)) for event in events])
            total = sum(ray.get(under_way))
            ray.kill(coordinator)
            for ledger in ledgers:
                ledger.close()
        yield {"workers": workers, "calls at a time": workers * at_once, "calls/s": total / seconds}


def measure(quick: bool = False, parts: str = PARTS) -> dict[str, list[Row]]:
    """All tables.

    Args:
        quick: Few and short episodes; the figures mean nothing.
        parts: Which tables, separated by commas.

    Returns:
        Rows by title.
    """
    chosen, tables = parts.split(","), {}
    if "start" in chosen:
        tables["Start of a cluster on this machine"] = list(starts(1 if quick else 5))
    if "overhead" in chosen or "coordinator" in chosen:
        with joined(LOCAL) as cluster:
            if "overhead" in chosen:
                runs = (2 if quick else 12) * cluster.cores
                tables[f"Episodes that compute, {cluster.cores} cores"] = list(overhead(cluster, runs))
            if "coordinator" in chosen:
                tables["One coordinator"] = list(calls_per_second(cluster, 0.5 if quick else 5.0))
    if "nodes" in chosen:
        most, rounds, runs = (1, 3, 2) if quick else (NODES[-1], 30, 6)
        title = f"Nodes of one core, teams that wait {PAUSE:g} s a round, {rounds} rounds"
        tables[title] = list(by_nodes(most, rounds, runs))
    return tables


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--parts", default=PARTS, help="of %(default)s")
    given = parser.parse_args()
    show(measure(given.quick, given.parts), given.json)


if __name__ == "__main__":
    main()
