"""Run it with: pytest test_my_entry.py."""

import subprocess
import sys
from pathlib import Path

FILE = str(Path(__file__).with_name("my_entry.py"))
RUN = "run synchronization --num-agents 3 --rounds 4 --seed 1 --fps 0 --render"


def test_it_shows_every_round(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "swarm_env", *RUN.split(), FILE, "--out", str(tmp_path / "run")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "round 0/4" in shown and "round 4/4" in shown
