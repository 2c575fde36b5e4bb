"""`kill -9` at any moment of a run with language models: it goes on as if nothing had happened."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from swarm_env.agents.mock_server import Faults, MockServer

from swarm_env.playing.runner import Calls, fork, resume
from swarm_env.runs.files import CALLS_FILE, read_run
from tests.runs.test_runner import ROOT, actions, digests

TIMES = 20
NAMES = 4  # driven by the language model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked"),
]


def by_rote(messages, schema):
    """An action and a message that follow from every letter of the prompt."""
    dice = hashlib.blake2b(repr(messages).encode(), digest_size=8).digest()
    actions = schema["properties"]["action"]["enum"]
    return json.dumps({"action": actions[dice[0] % len(actions)], "message": dice.hex()})


def stored(folder):
    """Rows of the ledger of a run; 0 if it had none yet."""
    if not (folder / CALLS_FILE).exists():
        return 0
    ledger = sqlite3.connect(folder / CALLS_FILE)
    try:
        (rows,) = ledger.execute("SELECT COUNT(*) FROM calls").fetchone()
    except sqlite3.OperationalError:  # it was killed before the first table
        return 0
    finally:
        ledger.close()
    return int(rows)


def settled(server):
    """What a server has served, once it works on nothing any more."""
    while (stats := server.stats())["waiting"]:
        time.sleep(0.005)
    return stats


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """A server, a folder with a whole run and 20 killed ones, and how often those had asked."""
    base = tmp_path_factory.mktemp("crashed")
    with MockServer(by_rote, Faults(latency=0.04, latency_rate=0.5)) as server:
        script = [sys.executable, "-m", "tests.runs.crashing", str(base), server.url, str(TIMES)]
        done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        yield server, base, done.stdout.splitlines(), settled(server)


def test_runs_killed_at_random_moments_go_on_as_the_uninterrupted_one(crashed):
    server, base, ends, served = crashed
    assert sum(line.endswith("killed") for line in ends) > TIMES // 2
    whole = base / "whole"
    parts = sorted(base.glob("part*"))
    assert len(parts) == TIMES
    lost = served["requests"] - sum(map(stored, [base / "warm", whole, *parts]))
    assert 0 <= lost <= NAMES * TIMES  # answers that were under way when the process died
    broken = 0
    for part in parts:
        if read_run(part).result is not None:  # it was faster than the kill
            continue
        rows, before = stored(part), settled(server)["requests"]
        broken += rows > NAMES * sum(1 for _ in read_run(part).rounds())
        resume(part)
        asked = settled(server)["requests"] - before
        assert asked == stored(part) - rows, "an answer that was stored was asked for again"
        assert digests(part) == digests(whole)
        assert actions(part) == actions(whole)
        assert stored(part) == stored(whole)
    assert broken > 2, "no run was killed in the middle of a round"


def test_a_run_that_was_killed_and_resumed_is_replayed_without_a_network(crashed):
    server, base, _, _ = crashed
    part: Path = base / "part3"
    if read_run(part).result is None:
        resume(part)
    before = settled(server)["requests"]
    fork(part, 0, calls=Calls("replay"), out=base / "again")
    assert digests(base / "again") == digests(base / "whole")
    assert settled(server)["requests"] == before
