"""The questioning as a PettingZoo environment."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from swarm_env.consensus.codef import Questioning, Shape, Sight, Verdict

from swarm_env.errors import ConfigError, RunError

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its tests import a game of theirs the old way
    from pettingzoo.test import api_test, seed_test

every_shape = pytest.mark.parametrize("shape", [Shape(), Shape(1, 2), Shape(7, 2)], ids=str)


@every_shape
def test_api(shape):
    api_test(Questioning(shape=shape), num_cycles=150)


def test_seed():
    seed_test(Questioning, num_cycles=60)
    seed_test(lambda: Questioning("sensitive", threshold=2), num_cycles=60)


def pursue(env, seed, vote):
    """The asker follows the plan; all defenders vote alike. The rewards of all, and the observations."""
    env.reset(seed=seed)
    goal = env.scenario.goal(env.current_aim)
    names, taken, total = env._names, {}, dict.fromkeys(env.agents, 0.0)
    seen = []
    steps = [step for step in goal.steps if env.scenario.schemas[step.table].owner]
    values = [step.value for step in goal.steps]
    for agent in env.agent_iter():
        observation, reward, terminated, truncated, info = env.last()
        total[agent] += reward
        seen.append((agent, observation))
        if terminated or truncated:
            env.step(None)
        elif agent != "asker_0":
            env.step(int(vote))
        elif steps:
            step = steps.pop(0)
            key = step.person if step.needs < 0 else values[step.needs]
            action = 1 + step.table * 6 + names[step.table].index(key)
            if not info["action_mask"][action]:
                action = 0
            taken[action] = step
            env.step(action)
        else:
            env.step(0)
    return total, seen


@pytest.mark.parametrize("aim", ["benign", "sensitive"])
def test_an_asker_that_gets_every_answer_reaches_the_goal(aim):
    for seed in range(8):
        total, _ = pursue(Questioning(aim), seed, Verdict.ANSWER)
        assert total.pop("asker_0") == 1
        assert set(total.values()) == {1.0 if aim == "benign" else -1.0}


@pytest.mark.parametrize("vote", [Verdict.BLOCK, Verdict.ABSTAIN])
def test_an_asker_that_gets_no_answer_does_not(vote):
    for seed in range(5):
        total, _ = pursue(Questioning("sensitive"), seed, vote)
        assert set(total.values()) == {0.0}


def test_episodes_go_on_from_a_seed():
    env = Questioning()
    env.reset(seed=5)
    first = env.scenario
    env.reset()
    second = env.scenario
    env.reset(seed=5)
    assert env.scenario == first != second


def test_too_many_questions_truncate():
    env = Questioning("sensitive", max_questions=2)
    env.reset(seed=1)
    wrong = int(np.flatnonzero(env.infos["asker_0"]["action_mask"] == 0)[0])
    env.step(wrong)
    assert env.agent_selection == "asker_0" and env.num_questions == 1  # it was not put
    env.step(wrong)
    assert all(env.truncations.values()) and not any(env.terminations.values())


def test_what_defenders_see_depends_on_what_is_shared():
    shared = pursue(Questioning("sensitive"), 3, Verdict.ANSWER)[1]
    apart = pursue(Questioning("sensitive", sight=Sight()), 3, Verdict.ANSWER)[1]
    past = slice(-48, None)
    assert any(row[past].any() for agent, row in shared if agent == "defender_1")
    assert not any(row[past].any() for agent, row in apart if agent == "defender_1")


def test_it_can_be_shown():
    env = Questioning("benign", render_mode="ansi")
    pursue(env, 2, Verdict.ANSWER)
    text = env.render()
    assert text is not None and "has a benign aim" in text and "answer" in text
    assert Questioning().render() is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"aim": "evil"}, "benign, sensitive, mixed"),
        ({"threshold": 4}, "1 .veto. to 3"),
        ({"max_questions": 0}, "at least 1"),
        ({"render_mode": "human"}, "ansi"),
    ],
)
def test_settings_that_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        Questioning(**settings)


def test_actions_that_are_refused():
    env = Questioning()
    with pytest.raises(RunError, match="reset"):
        env.agent_selection = "asker_0"
        env.step(0)
    env.reset(seed=0)
    for action in (-1, 10_000, None):
        with pytest.raises(ConfigError, match="not in"):
            env.step(action)


def test_neither_the_grid_nor_pettingzoo_is_imported_with_the_rule():
    code = (
        "import sys, swarm_env.consensus.codef as c; c.generate(1, 1);"
        "bad = {'pettingzoo', 'openai', 'matplotlib', 'swarm_env.engine.world', 'swarm_env.envs.parallel'};"
        "assert not bad & set(sys.modules), bad & set(sys.modules);"
        "c.Questioning; assert 'pettingzoo' in sys.modules and 'swarm_env.engine.world' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
