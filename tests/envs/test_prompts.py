"""`prompt_env` has the same prompts, readings and worlds as a run."""

import pickle
import runpy

import pytest

import swarm_env
from swarm_env.errors import ConfigError, ContractError
from swarm_env.training.prompt_env import PromptEnv
from tests.docs.pages import ROOT

ANSWERS = {
    "agent_0": '{"action": "UP", "message": "hello"}',
    "agent_1": "ACTION: LEFT\nMSG: there",
    "agent_2": "STAY",
}


def small(**settings):
    return swarm_env.prompt_env(
        "pursuit", **{"num_agents": 3, "height": 8, "width": 8, "max_rounds": 6} | settings
    )


def test_prompts_are_those_of_a_run():
    from swarm_env.playing.dry_run import dry_run
    from swarm_env.playing.team import Team

    env = small(message_range=7, max_rounds=1)
    prompts = env.reset(seed=5)
    asked = dry_run(env.world.config, Team.parse("llm:student"), 5).previews
    for preview in asked:
        assert [(message["role"], message["content"]) for message in prompts[preview.name]] == list(
            preview.messages
        )


def test_answers_are_played_heard_and_remembered():
    env = small(message_range=7)
    env.reset(seed=5)
    other = swarm_env.parallel_env(
        "pursuit", num_agents=3, height=8, width=8, max_rounds=6, message="text", message_range=7
    )
    other.reset(seed=5)
    prompts, rewards, terminations, truncations, readings = env.step(ANSWERS)
    _, paid, *_ = other.step({
        "agent_0": {"move": 1, "message": "hello"},
        "agent_1": {"move": 3, "message": "there"},
        "agent_2": {"move": 0, "message": ""},
    })  # fmt: skip
    assert env.world.digest() == other.digest() and rewards == paid
    assert [reading.action for reading in readings.values()] == ["UP", "LEFT", "STAY"]
    text = "\n".join(message["content"] for message in prompts["agent_2"])
    assert "hello" in text and "there" in text
    assert not any(terminations.values()) and not any(truncations.values())
    while env.agents:
        last = env.step(dict.fromkeys(env.agents, "UP"))
    assert last[0] == {} and all(last[3].values())


def test_an_unparsable_answer_stays_and_is_penalised():
    env = small(unusable=-0.25)
    env.reset(seed=5)
    before = env.world.positions()["agent_1"]
    _, rewards, _, _, readings = env.step(ANSWERS | {"agent_1": "I would rather sing."})
    assert not readings["agent_1"].usable and readings["agent_1"].reason == "unparsable"
    assert rewards["agent_1"] == rewards["agent_0"] - 0.25
    assert env.world.positions()["agent_1"] == before


def test_sets_of_answers_are_judged_from_one_state():
    env = small(reward="shaped", unusable=-1.0)
    env.reset(seed=5)
    env.step(ANSWERS)
    digest, prompts, saved = env.world.digest(), dict(env.prompts), pickle.dumps(env.world.snapshot())
    towards, away, spoilt = env.judge([{"agent_0": "DOWN"}, {"agent_0": "UP"}, {"agent_0": "?"}])
    assert (env.world.digest(), env.prompts) == (digest, prompts)
    assert towards["agent_0"] > away["agent_0"] and spoilt["agent_0"] < -0.5
    assert spoilt["agent_1"] > -0.5  # who was left out stays, at no cost
    later = small(reward="shaped", unusable=-1.0).at(pickle.loads(saved))
    assert later.judge([{"agent_0": "DOWN"}]) == [towards]
    _, rewards, *_ = env.step(dict.fromkeys(env.agents, "STAY") | {"agent_0": "DOWN"})
    assert rewards == towards


def test_bad_arguments_and_answers_are_refused():
    env = small()
    env.reset(seed=5)
    for answers in ({}, {"agent_0": "UP"}, ANSWERS | {"agent_9": "UP"}, ANSWERS | {"agent_0": None}):
        with pytest.raises(ConfigError, match="one text for each agent in play: agent_0, agent_1, agent_2"):
            env.step(answers)
    assert env.world.round == 0
    with pytest.raises(ContractError, match="makes no model calls"):
        PromptEnv("pursuit", agent="scripted")
    with pytest.raises(ConfigError, match="thinking=plain"):
        small(agent="llm:student?thinking=reflect").reset(seed=1)


@pytest.mark.slow
def test_the_example_learner_improves():
    names = runpy.run_path(str(ROOT / "examples" / "train_prompts.py"))
    student = names["Student"](1)
    paid = names["train"](student, 120)
    assert sum(paid[-30:]) > sum(paid[:30]) + 1.0
    env = swarm_env.prompt_env(names["DOOR"], num_agents=3, height=5, width=8, max_rounds=20)
    prompts = env.reset(options={"layout": names["ROOM"]})
    assert max(student.chances(student.read(prompts["agent_0"]))[:6]) > 0.3
    assert student.chances(student.read(prompts["agent_0"]))[6] < 0.05  # mumbling
