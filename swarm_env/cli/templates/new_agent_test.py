"""Run it with: pytest test_my_entry.py."""

from pathlib import Path

import swarm_env
from swarm_env.runs.files import read_run
from swarm_env.runs.verify import verify_one

FILE = str(Path(__file__).with_name("my_entry.py"))


def test_it_plays_an_episode(tmp_path: Path) -> None:
    result = swarm_env.play("synchronization", FILE, seed=1, max_rounds=20, out=tmp_path / "run")
    assert result.rounds == 20
    assert verify_one(read_run(tmp_path / "run")).agrees


def test_the_same_seed_gives_the_same_moves(tmp_path: Path) -> None:
    for name in ("one", "two"):
        swarm_env.play("pursuit", FILE, seed=2, max_rounds=10, out=tmp_path / name)
    one, two = ((tmp_path / name / "rounds.jsonl").read_text() for name in ("one", "two"))
    assert one == two
