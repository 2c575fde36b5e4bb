"""QMIX on the interface of SMAC learns."""

import pytest

from tests.rl.learners import improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_qmix(capsys, monkeypatch):
    _, before, after = improvement("qmix.py", capsys, "--episodes", 400, monkeypatch=monkeypatch)
    assert after > before + 1.0
