"""TorchRL learns, and handles masks and departures."""

import pytest

from tests.rl.learners import OPEN, improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_torchrl(capsys, monkeypatch):
    names, before, after = improvement("train_torchrl.py", capsys, monkeypatch=monkeypatch)
    assert after > before + 0.3
    batch, rows = names["batch"], names["rows"]
    there = batch["team", "mask"]
    assert len(rows) == int(there.sum()) < there.numel()  # some had left
    assert bool(rows["action_mask"].gather(-1, rows["action"][:, None]).all())
    gone = batch["team"][~there]
    assert not gone["observation"].any() and not batch["next", "team", "reward"][~there].any()
    assert bool((~batch["team", "action_mask"][..., OPEN]).any())
