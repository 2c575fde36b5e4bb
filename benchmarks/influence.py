"""What the exact influence of a message costs, in rounds of the same run played anew.

    python -m benchmarks.influence [--rounds 40]

A branch plays at most 20 rounds: it may cost no more than those (`BAR`). What it adds, copying agents and
restoring the world, must be less than what it saves by beginning in the middle of the run.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import swarm_env
from swarm_env.measures.messages.influence import MOST_SWAPS, message_influence

BAR = 20.0  # rounds
TOKENS = 8
BRANCHES = TOKENS + 1  # of a message: as said, each other token, silent, muted for some rounds
TEAMS = {"scripted": {"message": "tokens"}, "ppo": {"message": "vector"}}


def cost(team: str, rounds: int, folder: Path) -> tuple[float, float]:
    """Time of a round of `swarm_env.play` and of a branch of `message_influence` [s], the least of three."""
    settings = {"max_rounds": rounds, "seed": 3, **TEAMS[team]}
    played, branched = [], []
    for _ in range(3):
        began = time.process_time()
        swarm_env.play("scout", team, **settings)
        played.append((time.process_time() - began) / rounds)
    run = swarm_env.play("scout", team, out=folder, **settings).folder
    assert run is not None
    middle = [rounds // 4]  # whose branches last 20 rounds
    for _ in range(3):
        began = time.process_time()
        message_influence(run, rounds=[])
        past = time.process_time() - began
        began = time.process_time()
        found = message_influence(run, rounds=middle)
        branches = len(found) * (BRANCHES if team == "scripted" else 3 + MOST_SWAPS)
        branched.append((time.process_time() - began - past) / branches)
    return min(played), min(branched)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40, help="of the run")
    rounds = parser.parse_args().rounds
    for team in TEAMS:
        with TemporaryDirectory() as folder:
            one, branch = cost(team, rounds, Path(folder) / "run")
        verdict = "within" if branch <= BAR * one else "above"
        words = f"a round {one * 1e3:.2f} ms, a branch {branch * 1e3:.2f} ms = {branch / one:.1f} rounds"
        print(f"{team}: {words}, {verdict} {BAR:g}", flush=True)


if __name__ == "__main__":
    main()
