"""Benches for the tests: their file, a process that plays one, what it has recorded."""

import subprocess
import time

from swarm_env.run_files import ROUNDS_FILE
from tests.cli.programs import SWARM

WORLD = "[settings.default]\nnum_agents = 3\nheight = 8\nwidth = 8\n"


def write(tmp_path, text):
    (tmp_path / "bench.toml").write_text(text)


def rounds_of(folder):
    return {path.parent.name: path.read_bytes() for path in sorted(folder.glob(f"runs/*/{ROUNDS_FILE}"))}


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
