"""The scripted team's answers in words, and many prompt worlds at once."""

from typing import Any

import pytest

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.training.prompt_envs import PromptEnvs, prompt_envs

WORLD: dict[str, Any] = {"num_agents": 3, "height": 9, "width": 9, "max_rounds": 20}


@pytest.mark.parametrize("answer", ["auto", "text", "word", "logprobs"])
def test_the_expert_answers_what_the_scripted_team_plays(answer):
    world = {**WORLD, "height": 7, "width": 7}
    env = swarm_env.prompt_env("foraging", f"llm:x?answer={answer}", message="none", **world)
    env.reset(seed=3)
    while env.agents:
        env.step(env.expert())
    played = swarm_env.play("foraging", "scripted", seed=3, message="none", **world)
    assert env.world.score == played.score > 0


def test_the_expert_talks_in_words():
    env = swarm_env.prompt_env("scout", "llm:x?answer=word", **WORLD)
    env.reset(seed=1)
    said = set()
    while env.agents:
        answers = env.expert()
        said |= {answer.partition("MSG: ")[2] for answer in answers.values()}
        env.step(answers)
    assert any(text.startswith("site ") for text in said)


def test_the_expert_sees_rounds_that_others_played():
    env = swarm_env.prompt_env("foraging", "llm:x?answer=word", message="none", **WORLD)
    env.reset(seed=3)
    other = swarm_env.prompt_env("foraging", "llm:x?answer=word", message="none", **WORLD)
    other.reset(seed=3)
    for number in range(6):
        answers = dict.fromkeys(env.agents, ("UP", "LEFT")[number % 2])
        env.expert()
        env.step(answers)
        other.step(answers)
    assert env.expert() == other.expert() == env.expert()
    with pytest.raises(ConfigError, match="random"):
        env.expert("random")


def test_worlds_at_once_are_those_worlds():
    envs = prompt_envs("pursuit", 3, **WORLD)
    singles = [swarm_env.prompt_env("pursuit", **WORLD) for _ in range(3)]
    envs.reset(seed=5)
    for i, single in enumerate(singles):
        single.reset(seed=5 + i)
    for number in range(WORLD["max_rounds"]):
        answers = {place: ("UP", "DOWN", "LEFT")[(place[0] + number) % 3] for place in envs.prompts}
        judged = envs.judge([answers])[0]
        prompts, rewards, ended, readings = envs.step(answers)
        for i, single in enumerate(singles):
            _, paid, _, truncated, read = single.step({name: answers[i, name] for name in single.agents})
            assert {name: rewards[i, name] for name in paid} == paid
            assert {name: judged[i, name] for name in paid} == paid
            assert {name: ended[i, name] for name in paid} == truncated
            assert {name: readings[i, name] for name in paid} == read
    assert [score for _, score in envs.scores] == [single.world.score for single in singles]
    assert len(prompts) == 9  # new episodes have begun
    with pytest.raises(ConfigError, match="0 to 2"):
        envs.step({(3, "agent_0"): "UP"})


def test_worlds_may_differ():
    small = swarm_env.prompt_env("pursuit", **{**WORLD, "num_agents": 1})
    envs = PromptEnvs([small, swarm_env.prompt_env("foraging", **WORLD)])
    assert len(envs.reset(seed=1)) == 4
    assert set(envs.expert()) == set(envs.prompts)
    for wrong in ([], [small, small]):
        with pytest.raises(ConfigError):
            PromptEnvs(wrong)
    with pytest.raises(ConfigError, match="worlds=0"):
        prompt_envs("pursuit", 0)
