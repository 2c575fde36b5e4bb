"""Run it with: pytest test_my_entry.py."""

from pathlib import Path

import numpy as np

import swarm_env
from swarm_env.consensus.ballots import Ballots
from swarm_env.runs.files import read_run
from swarm_env.runs.verify import verify_one

FILE = str(Path(__file__).with_name("my_entry.py"))


def test_the_item_that_wins_more_votes_is_better() -> None:
    rule = swarm_env.rule(FILE)()
    scores = rule.scores(Ballots.of(3, [0, 0, 2], [1, 2, 1]), seed=0)
    assert np.isfinite(scores).all() and scores.argmax() == 0


def test_a_world_asks_it(tmp_path: Path) -> None:
    swarm_env.play("nest_site", seed=1, rule=FILE, max_rounds=30, out=tmp_path / "run")
    assert verify_one(read_run(tmp_path / "run")).agrees
