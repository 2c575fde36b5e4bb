"""`state()`: one vector per world that holds what the digest holds, but for the seed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.envs.state_vector import PART, parts, summands
from swarm_env.registry import names
from tests.envs.batches import drawn_actions, of_world, parallel, vector

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SCENARIOS = [*names("scenario"), *(str(EXAMPLES / f"{name}.py") for name in ("garden", "door"))]


def played(scenario, seeds, rounds, rng, **settings):
    """Digests and states of a world at every round of several episodes."""
    env = parallel(scenario, **settings)
    for seed, options in seeds:
        env.reset(seed=seed, options=options)
        for _ in range(rounds):
            yield env.digest(), env.state(), env
            if not env.agents:
                break
            for agent in env.agents:
                env.action_space(agent).seed(int(rng.integers(2**31)))
            env.step({agent: env.action_space(agent).sample() for agent in env.agents})


@pytest.mark.parametrize("message", ["none", "tokens", "vector", "text"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda name: Path(name).stem)
def test_states_differ_exactly_where_digests_do(scenario, message):
    settings: dict[str, Any] = {"message": message, "reward": ["score", "shaped"][message == "vector"]}
    episodes = [(3, None), (None, None), (3, None)]  # a seed, its next episode, the same again
    found: dict[str, bytes] = {}
    for digest, state, env in played(scenario, episodes, 8, np.random.default_rng(1), **settings):
        assert state.dtype == np.float32 and env.state_space.contains(state)
        assert found.setdefault(digest, state.tobytes()) == state.tobytes()
    assert len(set(found.values())) == len(found) > 15


def test_a_state_says_what_can_differ_between_equal_pictures():
    # 60 rounds in which all stay: the picture is the same, the timers are not.
    env = swarm_env.parallel_env("nest_site", num_agents=4, max_rounds=60)
    env.reset(seed=1)
    states = set()
    while env.agents:
        states.add(env.state().tobytes())
        env.step(dict.fromkeys(env.agents, 0))
    assert len(states) == 60


@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda name: Path(name).stem)
def test_row_w_is_the_state_of_a_single_world_of_its_seed(scenario, message):
    batch = vector(scenario, 3, message=message)
    singles = [parallel(scenario, message=message) for _ in range(3)]
    batch.reset(seed=5)
    for w, single in enumerate(singles):
        single.reset(seed=5 + w)
    rng = np.random.default_rng(2)
    for _ in range(11):  # into the next episode
        states = batch.state()
        assert batch.state_space.contains(states)
        for w, single in enumerate(singles):
            assert np.array_equal(states[w], single.state())
        assert batch.single_state_space == singles[0].state_space
        assert batch.state_slices == singles[0].state_slices
        actions = drawn_actions(batch, rng)
        batch.step(actions)
        for w, single in enumerate(singles):
            single.step(of_world(actions, w, single))
            if single.done:
                single.reset()


def test_the_parts_of_a_state_are_where_their_names_say():
    env = swarm_env.parallel_env("nest_site", num_agents=5, max_rounds=20, liars=0.4)
    env.reset(seed=2)
    for _ in range(3):
        env.step(dict.fromkeys(env.agents, 1))
    state, slices = env.state(), env.state_slices
    assert [part.start for part in slices.values()] == [0, *(part.stop for part in slices.values())][:-1]
    assert list(slices.values())[-1].stop == len(state)
    assert state[slices["round"]] == np.float32(3 / 20)
    assert np.array_equal(state[slices["round_exact"]], [PART[3], 0, 0, 0])
    places = state[slices["position"]].reshape(5, 2) * [env.config.height + 1, env.config.width + 1] - 1
    assert np.rint(places).astype(int).tolist() == [list(place) for place in env.positions().values()]
    lies = state[slices["task.lies"]].reshape(5, 4)
    promoted = [perception.senses[2] > 0 for perception in env.perceptions()]
    assert sum(promoted) == 2 and (lies[:, 0] > 0).tolist() == promoted


def test_a_picture_with_more_objects_makes_the_state_longer():
    rows = ["WWWWWWWW", "W.B.BB.W", "W......W", "W.AAAA.W", "W...BB.W", *["W......W"] * 2, "WWWWWWWW"]
    env = swarm_env.parallel_env("transport", num_agents=4, height=8, width=8)
    usual = env.state_space.shape
    env.reset(seed=1, options={"layout": rows})
    assert env.state_space.shape > usual and env.state_space.contains(env.state())
    other = swarm_env.parallel_env("transport", num_agents=4, height=8, width=8)
    other.reset(options={"snapshot": env.snapshot()})
    assert np.array_equal(other.state(), env.state())


def test_large_numbers_keep_every_digit():
    rng = np.random.default_rng(0)
    whole = np.unique(np.concatenate([rng.integers(-(2**63), 2**63, 400), [2**24, 2**24 + 1, -1, 0, 1]]))
    assert len(np.unique(parts(whole), axis=0)) == len(whole)
    assert len(np.unique(PART)) == 2**16 and PART.min() == 0 and PART.max() == 1
    real = np.concatenate([rng.normal(size=400), [1 / 3, 1 + 2**-52, 1e9 + 1e-6]])
    assert np.array_equal(summands(real).astype(np.float64).sum(axis=-1), real)
    assert np.isfinite(summands(np.array([np.inf, -np.inf, np.nan, 1e300]))).all()


def test_a_long_episode_has_a_state_for_every_round():
    env = swarm_env.parallel_env("synchronization", num_agents=2, height=4, width=4, max_rounds=2**31)
    env.reset(seed=1)
    states = []
    for number in (2**24, 2**24 + 1, 2**31 - 2):
        env._world.arrays.clock[0, 0] = number
        states.append(env.state().tobytes())
    assert len(set(states)) == 3
