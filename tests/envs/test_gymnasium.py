"""The Gymnasium APIs against Gymnasium's own checks."""

import copy
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics, TimeLimit
from gymnasium.wrappers import vector as vector_wrappers

import swarm_env
from swarm_env.agent import Decision
from swarm_env.errors import ConfigError, RunError, SwarmEnvError
from swarm_env.registry import names, register, unregister

SCENARIOS = names("scenario")
SMALL: dict[str, Any] = {"num_agents": 4, "height": 9, "width": 9, "max_rounds": 12}

SINCE_1_4 = pytest.mark.skipif(
    tuple(map(int, gymnasium.__version__.split(".")[:2])) < (1, 4),
    reason="wrappers of older Gymnasium miscount batches, whose worlds reset in the same step",
)


class Circling:
    """Moves in circles; the direction depends on its seed."""

    def reset(self, brief, agents, seed):
        self.turn = seed % 4

    def decide(self, perceptions):
        self.turn += 1
        return [Decision(1 + self.turn % 4) for _ in perceptions]


@pytest.fixture(autouse=True, scope="module")
def circling():
    """Register it for the tests of this file; returns its name."""
    register("agent", "circling", Circling)
    yield
    unregister("agent", "circling")


def single(scenario="pursuit", **settings):
    return swarm_env.gym_env(scenario, **{**SMALL, "others": "circling", **settings})


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("message", ["none", "tokens", "vector", "text"])
def test_check_env(scenario, message):
    env = gymnasium.make(f"swarm_env/{scenario}-v0", others="circling", message=message, **SMALL)
    check_env(env.unwrapped, skip_render_check=True)


@pytest.mark.parametrize("obs", ["planes", "codes", "dict", "masked"])
def test_check_env_with_each_kind_of_observation(obs):
    with warnings.catch_warnings():
        # Gymnasium guesses that a small square of bytes is a picture on which to run convolutions.
        warnings.filterwarnings("ignore", ".*(image|Box observation space).*")
        check_env(single(obs=obs), skip_render_check=True)


@pytest.mark.parametrize("name", ["pursuit-v0", "pursuit-single-v0"])
def test_check_env_renders_every_mode_by_the_spec(name):
    env = gymnasium.make(f"swarm_env/{name}", others="circling", render_mode="rgb_array", **SMALL)
    assert env.spec is not None and env.spec.id == f"swarm_env/{name}"
    again: Any = gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert again.unwrapped.parallel.config == env.unwrapped.parallel.config  # type: ignore[attr-defined]
    check_env(env.unwrapped)


def test_the_team_plays_and_everything_is_seeded():
    trajectories = []
    for seed in (1, 1, 2):
        env = single("synchronization")
        env.action_space.seed(5)
        env.reset(seed=seed)
        digests = []
        over = False
        while not over:
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            digests.append(env.parallel.digest())
            over = terminated or truncated
        trajectories.append(digests)
    assert trajectories[0] == trajectories[1] != trajectories[2]
    assert len(trajectories[0]) == 12
    env.close()


def test_the_learner_may_be_any_agent():
    for agent in ("agent_0", "agent_3"):
        env = single("synchronization", agent=agent)
        env.reset(seed=1)
        before = env.parallel.perceptions()[int(agent[-1])].mark
        env.step(5)
        assert env.parallel.perceptions()[int(agent[-1])].mark == 1 - before
        env.close()


def test_the_learner_may_be_the_only_agent():
    env = single("foraging", num_agents=1)
    env.reset(seed=1)
    env.step(1)
    env.close()


def test_bad_arguments_are_refused():
    with pytest.raises(ConfigError, match="agent_9"):
        single(agent="agent_9")
    with pytest.raises(SwarmEnvError, match="scriptd"):
        single(others="scriptd")
    env = single()
    with pytest.raises(RunError, match="reset"):
        env.step(0)
    env.reset(seed=1)
    before = env.parallel.digest()
    with pytest.raises(ConfigError, match="UP"):
        env.step(9)
    with pytest.raises(ConfigError, match="seed"):
        env.reset(seed="x")
    assert env.parallel.digest() == before
    env.close()


def test_a_step_after_the_end_requires_a_reset():
    env = single(max_rounds=2)
    env.reset(seed=1)
    env.step(0)
    _, _, terminated, truncated, _ = env.step(0)
    assert truncated and not terminated
    with pytest.raises(RunError, match="reset"):
        env.step(0)
    env.close()


def test_common_wrappers_work():
    env = RecordEpisodeStatistics(TimeLimit(FlattenObservation(single(obs="dict")), 5))
    env.reset(seed=1)
    for _ in range(5):
        _, _, _, truncated, info = env.step(env.action_space.sample())
    assert truncated and info["episode"]["l"] == 5
    env.close()


# The vector API


def test_the_batch_is_a_gymnasium_vector_environment():
    batch: Any = gymnasium.make_vec(
        "swarm_env/pursuit-v0", num_envs=12, vectorization_mode="vector_entry_point", **SMALL
    )
    assert batch.num_envs == 12 and batch.unwrapped.num_worlds == 3
    assert isinstance(batch, VectorEnv)
    assert batch.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    observations, infos = batch.reset(seed=1)
    assert batch.observation_space.contains(observations)
    assert batch.action_space.shape == (12,)
    assert isinstance(batch.single_action_space, gymnasium.spaces.Discrete)
    batch.step(batch.action_space.sample())
    assert isinstance(batch.unwrapped, VectorEnv)
    batch.close()


def test_slots_must_fill_worlds():
    with pytest.raises(ConfigError, match="num_envs=10.*num_agents=4"):
        gymnasium.make_vec(
            "swarm_env/pursuit-v0", num_envs=10, vectorization_mode="vector_entry_point", **SMALL
        )


@pytest.mark.parametrize("mode", ["sync", None])
def test_num_envs_means_environments_with_the_ids_of_one_agent(mode):
    batch: Any = gymnasium.make_vec(
        "swarm_env/synchronization-single-v0", num_envs=3, vectorization_mode=mode, others="circling", **SMALL
    )
    assert batch.num_envs == 3 and batch.single_action_space.shape == ()
    observations, _ = batch.reset(seed=1)
    alone = single("synchronization")
    for w in range(3):
        assert np.array_equal(observations[w], alone.reset(seed=1 + w)[0])
    for _ in range(14):
        observations, *_ = batch.step(batch.action_space.sample())
    batch.close()


@SINCE_1_4
def test_gymnasium_counts_episodes_of_a_batch_correctly():
    batch = swarm_env.vector_env("synchronization", num_worlds=3, **SMALL)
    counted = vector_wrappers.RecordEpisodeStatistics(batch)
    counted.reset(seed=1)
    rng = np.random.default_rng(1)
    episodes = 0
    for number in range(1, 37):
        _, _, terminated, truncated, infos = counted.step(rng.integers(0, 6, 12))
        assert (terminated | truncated).all() == (number % 12 == 0)
        if "_episode" in infos:
            assert (infos["episode"]["l"][infos["_episode"]] == 12).all()
            episodes += int(infos["_episode"].sum())
    assert episodes == 3 * 12
    counted.close()


@SINCE_1_4
def test_other_vector_wrappers_work():
    # Gymnasium's observation wrappers refuse every batch that resets in the same step; the others fit.
    batch = swarm_env.vector_env("pursuit", num_worlds=2, copy=True, **SMALL)
    wrapped = vector_wrappers.DictInfoToList(vector_wrappers.ClipReward(batch, -0.5, 0.5))
    wrapped.reset(seed=1)
    for _ in range(13):
        _, rewards, _, _, infos = wrapped.step(wrapped.action_space.sample())
        assert abs(rewards).max() <= 0.5 and len(infos) == 8
    wrapped.close()


def test_gymnasium_can_batch_the_single_agent_api():
    batch = gymnasium.vector.SyncVectorEnv([lambda: single("synchronization")] * 3)
    observations, _ = batch.reset(seed=1)
    for _ in range(14):
        observations, *_ = batch.step(batch.action_space.sample())
    assert observations.shape[0] == 3
    batch.close()


def test_copy_returns_arrays_that_later_steps_do_not_change():
    batch = swarm_env.vector_env("pursuit", num_worlds=2, copy=True, **SMALL)
    batch.reset(seed=1)
    kept = batch.step(np.ones(8, int))
    frozen = copy.deepcopy(kept)
    batch.step(np.full(8, 2))
    for a, b in zip(kept[:4], frozen[:4], strict=True):
        assert np.array_equal(a, b)
