"""Hostile input of every kind that `benchmarks.fuzz` knows, and whether it would find a missing check."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fuzz.__main__ import fuzz, main, tried
from benchmarks.fuzz.targets import TARGETS
from swarm_env.bench import plan
from swarm_env.bench.bench_file import BenchConfig
from swarm_env.engine.settings import map_text
from swarm_env.envs import parallel, vector
from swarm_env.envs.channel import message_kinds, vector_messages
from swarm_env.runs import files

CORPUS = Path(__file__).parent.parent / "data" / "fuzz"


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_is_a_crash_and_a_seed_repeats_its_inputs(target):
    count = 40 if target == "worlds" else 300  # kernels of a drawn world are compiled
    row, crashes = fuzz(target, count)
    assert not crashes
    assert 0 < row["refused"] < count
    assert fuzz(target, count)[0] == row
    assert fuzz(target, 5, seed=1)[0]["digest"] != fuzz(target, 5, seed=2)[0]["digest"]


def test_inputs_that_crashed_once_do_so_no_more():
    assert CORPUS.is_dir()
    for file in sorted(CORPUS.glob("*.json")):
        outcome = tried(file.name.partition("-")[0], json.loads(file.read_text()))
        assert isinstance(outcome, bool), file.name


UNCHECKED = {
    "layouts": (map_text, "check_symbols", lambda *given: None),
    "resets": (parallel, "read_seed", lambda seed: seed),
    "actions": (message_kinds.MessageKind, "split", lambda self, action: (action[0], action[1])),
    "messages": (vector_messages.Vectors, "normal", lambda self, said: said),
    "batches": (message_kinds, "as_array", lambda given, name: np.asarray(given)),
    "answers": (message_kinds.Texts, "normal", lambda self, said: said),
    "runs": (files, "_read_json", lambda path, kind: kind.model_validate_json(path.read_bytes())),
    "worlds": (vector, "make_config", lambda scenario, settings: 3),
    "benches": (
        plan,
        "read_config",
        lambda file: (BenchConfig.model_validate(tomllib.loads(file.read_text())), ""),
    ),
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_missing_check_is_found(target, monkeypatch):
    place, name, unchecked = UNCHECKED[target]
    monkeypatch.setattr(place, name, unchecked)
    assert fuzz(target, 10 if target == "worlds" else 1500)[1]


def test_a_crash_is_printed_and_saved(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(plan, "read_config", UNCHECKED["benches"][2])
    assert main(["benches", "--count", "60", "--save", str(tmp_path)]) == 1
    saved = sorted(tmp_path.glob("benches-*.json"))
    assert saved
    assert json.loads(saved[0].read_text()).startswith("scenarios")
    assert "benches: " in capsys.readouterr().err
