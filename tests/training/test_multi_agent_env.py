"""The interface of SMAC: what PyMARL's and EPyMARL's runners rely on."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env import ConfigError, RunError
from swarm_env.training.smac import EpymarlEnv, PymarlEnv
from tests.rl.learners import DOOR, OPEN, RIGHT, SMALL

ROWS = ["WWWWWWW", *["W.....W"] * 5, "WWWWWWW"]
ROWS[3], ROWS[5] = "W..A..A", "W.A..AW"  # the door is open, one stands in it


def steps_of(env, choose, seed):
    """An episode as a PyMARL runner plays it: each round before the step, and the last moment."""
    env.seed(seed)
    env.reset()
    rounds, done = [], False
    while not done:
        seen = {"state": env.get_state(), "avail": env.get_avail_actions(), "obs": env.get_obs()}
        actions = choose(np.array(seen["avail"]))
        reward, done, info = env.step(actions)
        rounds.append((seen, actions, reward, done, info))
    return rounds, {"state": env.get_state(), "avail": env.get_avail_actions(), "obs": env.get_obs()}


def allowed_at_random(seed):
    rng = np.random.default_rng(seed)

    def choose(avail):
        return np.where(avail > 0, rng.random(avail.shape) + (np.arange(avail.shape[1]) >= 4), -1).argmax(1)

    return choose


@pytest.mark.parametrize("scenario", [DOOR, "foraging", "nest_site"])
def test_an_episode_is_that_of_the_parallel_environment(scenario):
    settings: dict[str, Any] = SMALL | {"max_rounds": 30, "reward": "shaped"} if scenario == DOOR else {
        "num_agents": 3, "max_rounds": 12
    }  # fmt: skip
    env, plain = PymarlEnv(scenario, **settings), swarm_env.parallel_env(scenario, **settings)
    rounds, last = steps_of(env, allowed_at_random(1), seed=4)
    info = env.get_env_info()
    observations, infos = plain.reset(seed=4)
    for seen, actions, reward, done, what in rounds:
        assert np.array(seen["obs"]).shape == (info["n_agents"], info["obs_shape"])
        assert np.array(seen["avail"]).shape == (info["n_agents"], info["n_actions"])
        assert seen["state"].shape == (info["state_shape"],) and seen["state"].dtype == np.float32
        np.testing.assert_array_equal(seen["state"], plain.state())
        for a, name in enumerate(plain.possible_agents):
            if name in plain.agents:
                np.testing.assert_array_equal(seen["obs"][a], observations[name])
                assert seen["avail"][a] == infos[name]["action_mask"].tolist()
            else:  # it has left
                assert not seen["obs"][a].any() and seen["avail"][a] == [1] + [0] * (info["n_actions"] - 1)
        moves = {name: int(actions[int(name[6:])]) for name in plain.agents}
        observations, rewards, _, _, infos = plain.step(moves)
        assert reward == pytest.approx(sum(rewards.values()), abs=1e-5)
        assert done == plain.done and what["score"] == plain.score
    assert len(rounds) <= info["episode_limit"]
    assert what["episode_limit"] == (len(rounds) == info["episode_limit"])
    np.testing.assert_array_equal(last["state"], plain.state())
    with pytest.raises(RunError, match="reset"):
        env.step([0] * info["n_agents"])


def test_it_says_which_end_the_limit_of_rounds_made():
    env = EpymarlEnv(DOOR, **SMALL, time_limit=9, pretrained_wrapper=None)
    env.reset(seed=1, options={"layout": ROWS})
    for _ in range(8):
        *_, over, cut, info = env.step([0] * 4)
        assert not over and not cut and not info["episode_limit"]
    *_, over, cut, info = env.step([0] * 4)
    assert (over, cut, info["episode_limit"], env.episode_limit) == (False, True, True, 9)
    out = ["WWWWWWW", *["W.....W"] * 5, "WWWWWWW"]
    out[3] = "W...AAA"
    env = EpymarlEnv(DOOR, **SMALL | {"num_agents": 3})
    env.reset(options={"layout": out})
    for _ in range(3):
        seen, _, over, cut, info = env.step([RIGHT] * 3)
    assert (over, cut, info["episode_limit"]) == (True, False, False) and not np.any(seen)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, lambda each: sum(each)),
        ({"reward_scalarisation": "mean"}, lambda each: sum(each) / len(each)),
        ({"common_reward": False}, list),
    ],
)
def test_epymarl_chooses_how_rewards_are_put_together(settings, expected):
    world: dict[str, Any] = SMALL | {"reward": "shaped"}
    env, plain = EpymarlEnv(DOOR, seed=3, **world, **settings), swarm_env.parallel_env(DOOR, **world)
    env.reset()
    plain.reset(seed=3)
    observations, reward, over, cut, _ = env.step(np.array([RIGHT, 1, 2, 3]))
    _, rewards, *_ = plain.step(dict(zip(plain.agents, [RIGHT, 1, 2, 3], strict=True)))
    assert reward == pytest.approx(expected(list(rewards.values()))) and (over, cut) == (False, False)
    assert len(observations) == 4 and any(rewards.values())


def test_seeds_and_following_episodes():
    env = PymarlEnv("foraging", seed=5, num_agents=2, max_rounds=3)
    first = [env.reset()[1] for _ in range(3)]
    assert not np.array_equal(first[0], first[1]) and not np.array_equal(first[1], first[2])
    again = PymarlEnv("foraging", num_agents=2, max_rounds=3)
    again.seed(5)
    for state in first:
        np.testing.assert_array_equal(again.reset()[1], state)
    assert env.get_stats() == {}
    env.save_replay()
    np.testing.assert_array_equal(env.get_obs_agent(1), env.get_obs()[1])
    assert env.get_avail_agent_actions(1) == env.get_avail_actions()[1]


def test_wrong_actions_and_settings_are_refused():
    env = PymarlEnv(DOOR, **SMALL)
    with pytest.raises(RunError, match="reset"):
        env.step([0] * 4)
    env.reset()
    with pytest.raises(ConfigError, match="3 numbers for 4 agents"):
        env.step([0] * 3)
    with pytest.raises(ConfigError, match="expected an integer from 0 to 5"):
        env.step([0, 0, 0, 6])
    env.step([OPEN, 0, 1, 0])  # OPEN is not available: played as STAY
    with pytest.raises(ConfigError, match="sum"):
        EpymarlEnv(DOOR, reward_scalarisation="median")
    for message in ("text", "vector"):
        with pytest.raises(ConfigError, match="tokens"):
            PymarlEnv("foraging", message=message)


def test_tokens_are_part_of_the_action():
    talk: dict[str, Any] = {"message": "tokens", "vocabulary": 3, "message_range": 7}
    env, plain = PymarlEnv(DOOR, seed=2, **SMALL | talk), swarm_env.parallel_env(DOOR, **SMALL | talk)
    env.reset()
    plain.reset(seed=2)
    assert env.get_env_info()["n_actions"] == 18 and len(env.get_avail_actions()[0]) == 18
    actions = [3 * RIGHT + 2, 3, 1, 0]
    env.step(actions)
    observations, *_ = plain.step({f"agent_{a}": divmod(action, 3) for a, action in enumerate(actions)})
    np.testing.assert_array_equal(np.array(env.get_obs()), np.stack(list(observations.values())))
