"""A real language model on this machine plays; its weights are fetched once, into the user's cache."""

import importlib.util
import json

import pytest
from swarm_env.agents.local_models.catalog import MODELS
from swarm_env.agents.local_models.weights import file_sha256, get

from tests.cli.programs import swarm

pytestmark = [
    pytest.mark.rl,
    pytest.mark.skipif(
        importlib.util.find_spec("xllamacpp") is None,
        reason="llama.cpp is not installed: pip install '.[local]'",
    ),
]
SCENARIOS = (
    "audit", "flocking", "foraging", "nest_site", "pursuit", "secrets", "synchronization", "transport"
)  # fmt: skip


def test_a_real_model_plays_and_its_answers_are_used(tmp_path, capsys, monkeypatch):
    """Two agents and two rounds each: at most one answer in twenty is unusable."""
    monkeypatch.chdir(tmp_path)
    path, _ = get("smollm2")
    assert file_sha256(path) == MODELS["smollm2"].sha256
    calls = fallbacks = 0
    for scenario in SCENARIOS:
        run = ("run", scenario, "--agents", "llm:smollm2@local", "-n", 2, "--rounds", 2, "--seed", 1, "-q")
        done = swarm(capsys, *run, "--out", scenario)
        assert done.status == 0, done.err
        result = json.loads((tmp_path / scenario / "result.json").read_text())
        calls += result["usage"]["decisions"]
        fallbacks += sum(result["usage"]["fallbacks"].values())
    assert calls >= 28 and fallbacks <= 0.05 * calls
    again = swarm(capsys, "run", "--from", "pursuit", "--calls", "replay", "--out", "again", "-q")
    assert again.status == 0, again.err
    assert swarm(capsys, "verify", "again").status == 0
