"""CPU time per decision of language models, of two installed versions in turns.

    python -m benchmarks.decisions --against OTHER/bin/python

Each version plays in a process of its own, against one server in a third process. The processes live as long
as the measurement, and take turns, so that what else the machine does falls on both. A decision is everything
on this side: prompt, request, ledger on disk, reading the answer, and the round of the world.
"""

import os
import subprocess
import sys
import tempfile
from statistics import median, quantiles

from benchmarks.tables import Row, flags, show

AGENTS, ROUNDS, TURNS = 30, 15, 9
CLIENT = """
import sys, tempfile, time
import swarm_env
url, agents, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
turn = 0
for _ in sys.stdin:
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        result = swarm_env.play("pursuit", f"llm:m@{url}", seed=turn, num_agents=agents, max_rounds=rounds,
                                message="text", out=f"{folder}/run")
        used = time.process_time() - began
    assert result.usage.answered == result.usage.decisions == agents * rounds, result.usage
    print(used / (agents * rounds) * 1e3, flush=True)
    turn += 1
"""


def measure(other: str, turns: int) -> list[Row]:
    """CPU time per decision of this version and of another one [ms].

    Args:
        other: The interpreter that the other version is installed for.
        turns: Games of each, after one to warm up.
    """
    command = [sys.executable, "-m", "benchmarks.chat", "--serve", "0"]
    environment = os.environ | {"OPENAI_API_KEY": "any", "PYTHONPATH": ""}
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        clients = [
            subprocess.Popen(
                [python, "-c", CLIENT, url, str(AGENTS), str(ROUNDS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=folder,
                env=environment,
            )
            for python in (sys.executable, other)
        ]
        used = [[_turn(client) for client in clients] for _ in range(turns + 1)][1:]
        for client in clients:
            client.communicate()
        server.terminate()
    rows: list[Row] = []
    for name, times in zip(("this version", "the other"), zip(*used, strict=True), strict=True):
        low, _, high = quantiles(times, n=4)
        rows.append(
            {"version": name, "median, ms": median(times), "lower quartile": low, "upper quartile": high}
        )
    ratios = [this / that for this, that in used]
    low, _, high = quantiles(ratios, n=4)
    rows.append(
        {"version": "ratio", "median, ms": median(ratios), "lower quartile": low, "upper quartile": high}
    )
    return rows


def _turn(client: "subprocess.Popen[str]") -> float:
    """Let a client play one game; returns its CPU time per decision [ms]."""
    assert client.stdin is not None and client.stdout is not None
    client.stdin.write("\n")
    client.stdin.flush()
    line = client.stdout.readline()
    if not line:
        raise RuntimeError("A client has ended; its error is printed above.")
    return float(line)


def main() -> None:
    """Print the table."""
    parser = flags(__doc__)
    parser.add_argument("--against", required=True, metavar="PYTHON", help="interpreter of the other version")
    chosen = parser.parse_args()
    title = f"CPU per decision, {AGENTS} agents, {ROUNDS} rounds, {TURNS} games each in turns"
    show({title: measure(chosen.against, 2 if chosen.quick else TURNS)}, chosen.json)


if __name__ == "__main__":
    main()
