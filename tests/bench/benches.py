"""Benches for the tests: their file, a process that plays one, what it has recorded."""

import contextlib
import hashlib
import json
import sqlite3
import subprocess
import time

from swarm_env.runs.files import CALLS_FILE, ROUNDS_FILE
from tests.cli.programs import SWARM

WORLD = "[settings.default]\nnum_agents = 3\nheight = 8\nwidth = 8\n"


def write(tmp_path, text):
    (tmp_path / "bench.toml").write_text(text)


def rounds_of(folder):
    return {path.parent.name: path.read_bytes() for path in sorted(folder.glob(f"runs/*/{ROUNDS_FILE}"))}


def by_rote(messages, schema):
    """A model whose action follows from every letter of the prompt."""
    dice = hashlib.blake2b(repr(messages).encode(), digest_size=8).digest()
    actions = schema["properties"]["action"]["enum"]
    return json.dumps({"action": actions[dice[0] % len(actions)], "message": dice.hex()})


def calls_in(folder):
    """Rows of a run's ledger."""
    if not (folder / CALLS_FILE).exists():
        return 0
    with contextlib.closing(sqlite3.connect(folder / CALLS_FILE)) as ledger:
        return ledger.execute("SELECT COUNT(*) FROM calls").fetchone()[0]


def start(tmp_path, slow="Slow", **options):
    """A bench of slow agents in a process of its own, once some of its runs are under way."""
    process = subprocess.Popen(
        [SWARM, "bench", "bench.toml", "--out", "cut"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    runs = tmp_path / "cut" / "runs"
    limit = time.monotonic() + 60
    while sum(path.stat().st_size > 400 for path in runs.glob(f"*{slow}*/{ROUNDS_FILE}")) < 2:
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.01)
    return process
