"""Inspect's own evaluation plays our worlds, and its scores are ours."""

import importlib.util
import json
from typing import Any

import pytest

import swarm_env
from swarm_env.errors import ConfigError

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # of the other package: files it leaves open
    pytest.mark.rl,
    pytest.mark.skipif(importlib.util.find_spec("inspect_ai") is None, reason="needs the extra inspect"),
]
WORLD: dict[str, Any] = {"num_agents": 2, "height": 8, "width": 8, "max_rounds": 6}


def played(seed, answer_of):
    """The score of an episode whose agents answer what a function says of their prompts."""
    env = swarm_env.prompt_env("pursuit", **WORLD)
    prompts = env.reset(seed=seed)
    while prompts:
        prompts, *_ = env.step({name: answer_of(prompt[-1]["content"]) for name, prompt in prompts.items()})
    return env.world.score


def answer_of(text):
    return json.dumps({"action": ("UP", "DOWN", "LEFT", "RIGHT")[sum(text.encode()) % 4], "message": "hello"})


class Words:
    """In place of a tokenizer that Inspect downloads to count tokens of a mock model."""

    def encode(self, text, **_):
        return text.split()


@pytest.fixture
def mock(monkeypatch):
    import tiktoken

    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: Words())
    from inspect_ai.model import ModelOutput, get_model

    asked = []

    def output(messages, tools, choice, config):
        asked.append(messages)
        return ModelOutput.from_content("mockllm/model", answer_of(messages[-1].text))

    return get_model("mockllm/model", custom_outputs=output), asked


def test_scores_are_ours(mock, tmp_path):
    from inspect_ai import eval as evaluate

    from swarm_env.training.inspect_task import swarm_task

    model, asked = mock
    (log,) = evaluate(
        swarm_task("pursuit", range(4), **WORLD), model=model, log_dir=str(tmp_path), display="none"
    )
    assert log.status == "success"
    scores = [sample.scores["world_score"].value for sample in log.samples]
    assert scores == [played(seed, answer_of) for seed in range(4)]
    assert len(asked) == 4 * 6 * 2 and {messages[0].role for messages in asked} == {"system"}
    assert all(
        sample.scores["world_score"].metadata == {"rounds": 6, "unusable": {}} for sample in log.samples
    )
    assert next(iter(log.results.scores)).metrics["mean"].value == pytest.approx(sum(scores) / 4)


def test_model_roles_play_agents(mock, tmp_path):
    from inspect_ai import eval as evaluate
    from inspect_ai.model import ModelOutput, get_model

    from swarm_env.training.inspect_task import swarm_task

    other = get_model(
        "mockllm/model", custom_outputs=lambda *_: ModelOutput.from_content("mockllm/model", "no idea")
    )
    task = swarm_task("pursuit", [1], roles={"agent_1": "guest"}, **WORLD)
    (log,) = evaluate(
        task, model=mock[0], model_roles={"guest": other}, log_dir=str(tmp_path), display="none"
    )
    assert log.samples[0].scores["world_score"].metadata["unusable"] == {"unparsable": 6}


def test_wrong_settings_are_reported_before_anything_is_asked():
    from swarm_env.training.inspect_task import swarm_task

    wrong: tuple[dict[str, Any], ...] = ({"seeds": []}, {"seeds": ["1"]}, {"num_agents": 0})
    for arguments in wrong:
        with pytest.raises(ConfigError):
            swarm_task("pursuit", **arguments)
