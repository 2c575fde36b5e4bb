"""How long a round takes in each scenario and API: times the floor of the same run, beside the bar.

The floor moves an agent if the cell ahead is free and writes its view, with sizes fixed when it is compiled
(`swarm_env.perf.floor_round`); `CFloor` is the same in C; `DictFloor` adds PettingZoo's five dictionaries,
the plain way. Ten agents on 12 x 12 cells, view 5, random moves, pushes, rules, views, rewards and resets
included.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import speed_cases
from benchmarks.c_floor import CFloor
from benchmarks.tables import Row, as_text, flags, say, show
from benchmarks.timing import SLICE, TURNS, Rival, Times, take_turns
from swarm_env.perf import N_AGENTS, Floor, dict_floor_player, parallel_player, vector_player
from swarm_env.registry import names

WORLDS = 4096
# A round costs at most so many times the floor's.
BARS = {
    "transport": 1.6, "synchronization": 1.6, "foraging": 1.6, "pursuit": 2.0, "audit": 2.5, "nest_site": 2.3,
    "secrets": 2.2, "flocking": 5.0,
}  # fmt: skip
PLANES_BAR = 4.5  # with observations as planes
TOKENS_BAR = 1.5  # and with token messages so many times a round without
DICTS_BARS = {"planes": 1.6, "codes": 1.6, "dict": 1.9}  # PettingZoo's dictionaries, over DictFloor
GYM_BARS = {"random": 5.0, "scripted": 8.0}  # beside nine agents of a team
PARTS = "batch,dicts,threads,flocking,messages,huge,starts"
HUGE_BAR = 1.5  # one world of a million agents, per agent over the batch
HUGE_MEMORY = 2.0  # GB
HUGE_AGENTS, HUGE_SIDE = 1_000_000, 4096
HUGE = ("synchronization", "foraging")


def row(case: str, times: Times, name: str, other: str, bar: float | None) -> Row:
    """A row of a table: rate, time of a round, ratio with its quartiles, bar."""
    low, high = times.spread(name, other)
    ratio = times.ratio(name, other)
    return {
        "case": case,
        "agent-steps/s": times.rate(name),
        "us a round": times.round_time(name) * 1e6,
        "ratio": ratio,
        "quartiles": f"{low:.2f} to {high:.2f}",
        "of the fastest": times.least_ratio(name, other),
        "bar": bar,
        "held": "" if bar is None else speed_cases.held(ratio, bar),
    }


def c_floor(worlds: int) -> dict[str, Rival]:
    """The floor in C, or nothing where it cannot be built, which is said."""
    try:
        return {"C": Rival(CFloor(worlds).step, worlds * N_AGENTS)}
    except OSError as error:
        say(f"left out: the floor in C ({error})")
        return {}


def batches(turns: int, seconds: float, worlds: int) -> Iterator[Row]:
    """Batches of worlds on one thread over the floor, without and with token messages."""
    floors = {"floor": Rival(Floor(worlds).step, worlds * N_AGENTS), **c_floor(worlds)}
    for name in BARS:
        say(f"{name}, {worlds} worlds")
        rivals = {
            **floors,
            "codes": Rival(*vector_player(name, worlds)),
            "planes": Rival(*vector_player(name, worlds, obs="planes")),
            "bytes": Rival(*vector_player(name, worlds, obs="planes", obs_dtype="uint8")),
            "tokens": Rival(*vector_player(name, worlds, message="tokens")),
        }
        times = take_turns(rivals, turns, seconds)
        bar = BARS.get(name)
        planes = None if bar is None else max(PLANES_BAR, bar)
        cases = {
            "codes": (name, bar),
            "planes": (f"{name}, planes", planes),
            "bytes": (f"{name}, planes of bytes", planes),
            "tokens": (f"{name}, token messages", bar and bar * TOKENS_BAR),
        }
        for rival, (case, limit) in cases.items():
            found = row(case, times, rival, "floor", limit)
            yield found | {"times the floor in C": times.ratio(rival, "C") if "C" in rivals else None}


def battle(turns: int, seconds: float, worlds: int) -> Row:
    """Two armies of 81 with a wide view, over the floor, per agent."""
    say("battle, 81 against 81")
    sizes = {"num_agents": 162, "height": 45, "width": 45, "view_size": 13}
    rivals = {
        "floor": Rival(Floor(worlds).step, worlds * N_AGENTS),
        "battle": Rival(*vector_player("battle", max(worlds // 32, 1), **sizes)),
    }
    times = take_turns(rivals, turns, seconds)
    return row("battle, 81 against 81 on 45 x 45, view 13", times, "battle", "floor", speed_cases.BATTLE_BAR)


def dictionaries(turns: int, seconds: float) -> Iterator[Row]:
    """The PettingZoo API in each form of observation, over DictFloor."""
    for name in BARS:
        say(f"{name}, one world")
        rivals = {"floor": Rival(*dict_floor_player())}
        for obs in ("planes", "codes", "dict"):
            rivals[obs] = Rival(*parallel_player(name, obs=obs))
        for others in GYM_BARS:
            rivals[others] = Rival(*gym_player(name, others))
        times = take_turns(rivals, turns, seconds)
        for obs in ("planes", "codes", "dict"):
            yield row(f"{name}, parallel_env {obs}", times, obs, "floor", DICTS_BARS[obs])
        for others, bar in GYM_BARS.items():
            yield row(f"{name}, gym_env beside nine {others} agents", times, others, "floor", bar)


def gym_player(scenario: str, others: str) -> tuple[Any, int]:
    """The Gymnasium API on random moves, beside nine agents of a team; ten agent-steps a round."""
    from swarm_env.training.single import gym_env

    env = gym_env(scenario, others=others, num_agents=N_AGENTS)
    env.reset(seed=0)
    moves = np.random.default_rng(1).integers(0, int(env.action_space.n), 1021).tolist()  # type: ignore[attr-defined]

    def play(number: int) -> None:
        _, _, terminated, truncated, _ = env.step(moves[number % len(moves)])
        if terminated or truncated:
            env.reset()

    return play, N_AGENTS


def huge_row(name: str, turns: int, seconds: float, agents: int, side: int) -> Row:
    """One huge world over a batch of small ones, per agent; and the memory of a process with it alone."""
    child = [sys.executable, "-m", "benchmarks.speed", "--memory", name, str(agents), str(side)]
    memory = float(subprocess.run(child, check=True, capture_output=True, text=True).stdout) / 1e9
    one = Rival(*vector_player(name, 1, num_agents=agents, height=side, width=side))
    batch = Rival(*vector_player(name, min(WORLDS, max(agents // N_AGENTS, 1))))
    times = take_turns({"one": one, "batch": batch}, turns, seconds)
    case = f"{name}, {as_text(agents)} agents on {side} x {side}"
    found = row(case, times, "one", "batch", HUGE_BAR)
    return found | {"memory, GB": memory, "memory bar": HUGE_MEMORY}


def memory_of(name: str, agents: int, side: int) -> int:
    """Peak memory of this process after a reset and three rounds of one world [bytes]."""
    from swarm_env.envs.vector import vector_env

    env = vector_env(name, obs="codes", num_agents=agents, height=side, width=side)
    env.reset(seed=0)
    moves = np.random.default_rng(1).integers(0, 5, agents, dtype=np.int8)
    for _ in range(3):
        env.step(moves)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def measure(quick: bool = False, parts: str = PARTS) -> dict[str, list[Row]]:
    """All tables.

    Args:
        quick: Small sizes and few short slices; the figures mean nothing.
        parts: Which tables, separated by commas.

    Returns:
        Rows by title.
    """
    turns, seconds, worlds = (2, 0.002, 16) if quick else (TURNS, SLICE, WORLDS)
    chosen, tables = parts.split(","), {}
    if "batch" in chosen:
        title = f"Times the floor: {worlds} worlds of ten agents, vector API, one thread"
        tables[title] = [*batches(turns, seconds, worlds), battle(turns, seconds, worlds)]
    if "threads" in chosen:
        title = f"Two threads beside two processes, {worlds} worlds each"
        compared = ["synchronization"] if quick else BARS
        tables[title] = list(speed_cases.threads(compared, turns, seconds, worlds))
    if "dicts" in chosen:
        tables["Times DictFloor: one world of ten agents"] = list(dictionaries(turns, seconds))
    if "flocking" in chosen:
        tables["Flocking with more agents"] = list(speed_cases.flocking(turns, quick))
    if "messages" in chosen:
        agents = 20 if quick else 1000
        tables["Messages that reach far"] = list(speed_cases.message_ranges(turns, seconds, agents))
    if "starts" in chosen:
        chosen_names = ["synchronization"] if quick else names("scenario")
        tables["First start of a process"] = list(speed_cases.starts(chosen_names))
    if "huge" in chosen:
        agents, side = (100, 32) if quick else (HUGE_AGENTS, HUGE_SIDE)
        rows = [huge_row(name, min(turns, 11), seconds, agents, side) for name in HUGE]
        tables[f"One huge world, times the batch of {worlds} per agent"] = rows
    return tables


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--parts", default=PARTS, help="which tables, of %(default)s")
    parser.add_argument(
        "--memory", nargs=3, metavar=("SCENARIO", "AGENTS", "SIDE"), help="only a peak, in bytes"
    )
    given = parser.parse_args()
    if given.memory:
        print(memory_of(given.memory[0], int(given.memory[1]), int(given.memory[2])))
    else:
        show(measure(given.quick, given.parts), given.json)


if __name__ == "__main__":
    main()
