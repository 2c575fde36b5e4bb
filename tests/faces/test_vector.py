"""The vector face: bit for bit the course of the PettingZoo face, in any batch, on any number of threads."""

import copy
import pickle
import random

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.registry import names

SCENARIOS = names("scenario")
SETTINGS = {"num_agents": 6, "height": 10, "width": 12, "max_rounds": 9, "vocabulary": 3, "message_loss": 0.2}
OPEN = ["A..A..A..A", "..........", "A..A..A..A", *[".........."] * 4]


def vector(scenario, num_worlds, **settings):
    return swarm_env.vector_env(scenario, num_worlds=num_worlds, **{**SETTINGS, **settings})


def parallel(scenario, **settings):
    return swarm_env.parallel_env(scenario, **{**SETTINGS, **settings})


def drawn_actions(env, rng):
    """Actions for all slots, drawn from the numpy generator `rng`."""
    n, moves = env.num_envs, len(env.scenario.actions)
    chosen = rng.integers(0, moves, n)
    if env.config.message == "none":
        return chosen
    if env.config.message == "tokens":
        said = rng.integers(0, env.config.vocabulary, (n, env.config.message_length))
        return np.concatenate([chosen[:, None], said], axis=1)
    said = rng.uniform(-1, 1, (n, env.config.message_dim)).astype(np.float32)
    return {"move": chosen, "message": said}


def of_world(actions, w, env):
    """One world's part of the actions, as the PettingZoo face takes them."""
    n = env.config.num_agents
    slots = {agent: w * n + a for a, agent in enumerate(env.possible_agents)}
    if isinstance(actions, dict):
        return {a: {key: part[slots[a]] for key, part in actions.items()} for a in env.agents}
    return {agent: actions[slots[agent]] for agent in env.agents}


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
@pytest.mark.parametrize(("num_worlds", "num_threads"), [(1, 1), (1, 2), (7, 1), (7, 2)])
def test_runs_as_the_pettingzoo_face_with_seed_s_plus_w(scenario, message, num_worlds, num_threads):
    batch = vector(scenario, num_worlds, message=message, num_threads=num_threads)
    worlds = [parallel(scenario, message=message) for _ in range(num_worlds)]
    n, rng = 6, np.random.default_rng(1)
    observations, _ = batch.reset(seed=50)
    for w, world in enumerate(worlds):
        first, _ = world.reset(seed=50 + w)
        assert np.array_equal(observations[w * n : (w + 1) * n], list(first.values()))
    for _ in range(20):  # over the end of two episodes
        actions = drawn_actions(batch, rng)
        observations, rewards, terminated, truncated, infos = batch.step(actions)
        for w, world in enumerate(worlds):
            mine = slice(w * n, (w + 1) * n)
            shown, gains, over, cut, _ = world.step(of_world(actions, w, world))
            assert rewards[mine].tolist() == list(gains.values())
            assert terminated[mine].tolist() == list(over.values())
            assert truncated[mine].tolist() == list(cut.values())
            if world.done:
                assert infos["_final_obs"][mine].all() and infos["_final_score"][w]
                assert np.array_equal(infos["final_obs"][mine], list(shown.values()))
                assert infos["final_score"][w] == world.score
                shown, _ = world.reset()
            elif "_final_obs" in infos:
                assert not infos["_final_obs"][mine].any()
            assert np.array_equal(observations[mine], list(shown.values()))
            assert batch.grid(w) == world.grid()
            assert batch.scores[w] == world.score
        assert batch.digests() == [world.digest() for world in worlds]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_batch_of_4096_worlds_runs_like_single_ones_on_one_and_two_threads(scenario):
    settings = {"num_agents": 10, "height": 12, "width": 12, "max_rounds": 4, "obs": "codes"}
    batches = [vector(scenario, 4096, num_threads=threads, **settings) for threads in (1, 2)]
    chosen = [0, 1, 15, 16, 2047, 2048, 4095]
    worlds = {w: parallel(scenario, **settings) for w in chosen}
    for batch in batches:
        batch.reset(seed=7)
    for w, world in worlds.items():
        world.reset(seed=7 + w)
    rng = np.random.default_rng(2)
    for _ in range(6):
        actions = drawn_actions(batches[0], rng)
        seen = [batch.step(actions) for batch in batches]
        for one, other in zip(seen[0][:4], seen[1][:4], strict=True):
            assert np.array_equal(one, other)
        for w, world in worlds.items():
            world.step(of_world(actions, w, world))
            if world.done:
                world.reset()
            assert batches[0]._world.digest(w) == world.digest()
    assert batches[0].digests() == batches[1].digests()


def test_one_huge_world_is_the_same_on_one_and_two_threads_and_like_a_small_batch_would_play_it():
    settings = {"num_agents": 20_000, "height": 200, "width": 200, "max_rounds": 4, "obs": "codes"}
    for scenario in ("synchronization", "foraging"):
        worlds = [vector(scenario, 1, num_threads=threads, **settings) for threads in (1, 2)]
        reference = parallel(scenario, **settings)
        reference.reset(seed=3)
        for world in worlds:
            world.reset(seed=3)
        rng = np.random.default_rng(3)
        for _ in range(3):
            actions = drawn_actions(worlds[0], rng)
            seen = [world.step(actions) for world in worlds]
            assert np.array_equal(seen[0][0], seen[1][0])
            reference.step(of_world(actions, 0, reference))
            assert worlds[0].digests() == worlds[1].digests() == [reference.digest()]


def test_seeds_are_s_plus_w_or_a_list_taken_as_it_is():
    batch = vector("foraging", 3)
    batch.reset(seed=[9, 4, 4])
    grids = [batch.grid(w) for w in range(3)]
    assert grids[1] == grids[2] != grids[0]
    batch.reset(seed=4)
    assert batch.grid(0) == grids[1]
    batch.reset(seed=np.array([4, 9, 4]))
    assert batch.grid(1) == grids[0]


def test_resetting_without_a_seed_goes_on_with_the_next_episodes():
    one, other = vector("pursuit", 3), vector("pursuit", 3)
    for batch in (one, other):
        batch.reset(seed=5)
    first = one.digests()
    one.reset()
    other.reset()
    assert one.digests() == other.digests() != first


def test_worlds_end_each_by_itself_and_all_their_slots_together():
    batch = swarm_env.vector_env(
        "synchronization", num_worlds=5, num_agents=8, height=7, width=10, max_rounds=60, obs="codes"
    )
    _, infos = batch.reset(seed=1, options={"layout": OPEN})
    rng = np.random.default_rng(4)
    active_before, ends = infos["active"].copy(), 0
    for _ in range(60):
        observations, rewards, terminated, truncated, infos = batch.step(drawn_actions(batch, rng))
        ended = infos.get("_final_score", np.zeros(5, bool))
        for w in range(5):
            mine = slice(8 * w, 8 * w + 8)
            gone = ~active_before[mine]
            assert not terminated[mine][gone].any(), "terminated once"
            assert (rewards[mine][gone] == 0).all()
            if ended[w]:
                ends += 1
                assert (terminated | truncated)[mine][active_before[mine]].all()
                assert infos["active"][mine].all()
            else:
                left = active_before[mine] & ~infos["active"][mine]
                assert (terminated[mine] == left).all() and not truncated[mine].any()
                assert not observations[mine][~infos["active"][mine]].any(), "a zero view"
        active_before = infos["active"].copy()
    assert ends >= 5
    assert batch.grid(0)[0] == "W" * 10, "the next episode is drawn, not the picture again"


@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
def test_actions_of_slots_whose_agent_left_are_ignored(message):
    results = []
    for junk in (0, 1):
        batch = swarm_env.vector_env(
            "synchronization", num_worlds=2, num_agents=8, height=7, width=10, max_rounds=30, message=message
        )
        _, infos = batch.reset(seed=1, options={"layout": OPEN})
        rng = np.random.default_rng(5)
        for _ in range(15):
            actions = drawn_actions(batch, rng)
            gone = ~infos["active"]
            if junk and message == "vector":
                actions["move"][gone], actions["message"][gone] = -1, np.nan
            elif junk:
                actions[gone] = 99
            _, _, _, _, infos = batch.step(actions)
        results.append(batch.digests())
    assert results[0] == results[1]


@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
def test_observations_lie_in_the_space_of_the_batch(obs, message):
    batch = vector("synchronization", 2, obs=obs, message=message)
    observations, _ = batch.reset(seed=1)
    rng = np.random.default_rng(6)
    for _ in range(12):
        assert batch.observation_space.contains(observations)
        observations, rewards, terminated, truncated, infos = batch.step(drawn_actions(batch, rng))
        assert rewards.dtype == np.float32 and rewards.shape == (12,)
        assert terminated.dtype == truncated.dtype == bool
        if "final_obs" in infos:
            assert batch.observation_space.contains(infos["final_obs"]), "the same parts as an observation"


def test_sampled_actions_of_the_batch_space_are_accepted():
    for message in ("none", "tokens", "vector"):
        batch = vector("pursuit", 2, message=message)
        batch.reset(seed=1)
        batch.step(batch.action_space.sample())


def arrays_in(value):
    if isinstance(value, np.ndarray):
        return [value]
    return [array for part in value.values() for array in arrays_in(part)] if isinstance(value, dict) else []


@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
def test_copies_are_fresh_and_buffers_are_reused(obs):
    batch = vector("synchronization", 3, obs=obs, copy=True, max_rounds=3)
    before = batch.reset(seed=1)
    kept = copy.deepcopy(before)
    rng = np.random.default_rng(7)
    for _ in range(7):
        after = batch.step(drawn_actions(batch, rng))
        old = [array for part in before for array in arrays_in(part)]
        new = [array for part in after for array in arrays_in(part)]
        assert not any(np.shares_memory(a, b) for a in old for b in new)
        frozen = [array for part in kept for array in arrays_in(part)]
        assert all(np.array_equal(a, b) for a, b in zip(old, frozen, strict=True))
        before, kept = after, copy.deepcopy(after)
    reusing = vector("synchronization", 3, obs="codes")
    one, _ = reusing.reset(seed=1)
    other, *_ = reusing.step(drawn_actions(reusing, rng))
    assert np.shares_memory(one, other)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("how", ["pickle", "deepcopy", "snapshot"])
def test_a_saved_batch_goes_on_as_the_original(scenario, how):
    batch = vector(scenario, 3, message="tokens", num_threads=2)
    batch.reset(seed=1)
    rng = np.random.default_rng(8)
    for _ in range(5):
        batch.step(drawn_actions(batch, rng))
    if how == "pickle":
        other = pickle.loads(pickle.dumps(batch))
    elif how == "deepcopy":
        other = copy.deepcopy(batch)
    else:
        other = vector(scenario, 3, message="tokens")
        other.reset(seed=99)
        other.restore(pickle.loads(pickle.dumps(batch.snapshot())))
    for _ in range(15):
        actions = drawn_actions(batch, rng)
        one, two = batch.step(actions), other.step(actions)
        for a, b in zip(one[:4], two[:4], strict=True):
            assert np.array_equal(a, b)
        assert batch.digests() == other.digests()


def test_rewards_of_an_episode_add_up_to_its_final_score():
    batch = vector("synchronization", 4, num_agents=2, max_rounds=20)
    batch.reset(seed=1)
    rng, total, ends = np.random.default_rng(9), np.zeros(4), 0
    for _ in range(60):
        _, rewards, _, _, infos = batch.step(drawn_actions(batch, rng))
        total += rewards[::2]
        if "_final_score" in infos:
            done = infos["_final_score"]
            assert infos["final_score"][done] == pytest.approx(total[done], abs=1e-4)
            total[done] = 0
            ends += done.sum()
    assert ends == 12


def test_a_closed_or_unused_batch_can_be_dropped():
    batch = vector("pursuit", 4, num_threads=2)
    batch.close()
    batch = vector("pursuit", 4, num_threads=2)
    batch.reset(seed=1)
    batch.step(np.zeros(24, int))
    batch.close()
    batch.close()


def test_steps_from_several_threads_at_once_are_safe_for_different_batches():
    from concurrent.futures import ThreadPoolExecutor

    def play(seed):
        batch = vector("pursuit", 8, num_threads=2)
        batch.reset(seed=seed)
        rng = np.random.default_rng(seed)
        for _ in range(20):
            batch.step(drawn_actions(batch, rng))
        batch.close()
        return batch.digests()

    alone = [play(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(play, range(4))) == alone


def test_refused_actions_change_nothing():
    batch = vector("synchronization", 2)
    batch.reset(seed=1)
    rng = random.Random(1)
    good = np.zeros(12, int)
    before = batch.digests()
    for _ in range(20):
        bad = good.copy()
        bad[rng.randrange(12)] = rng.choice([-1, 6, 99, -(2**40)])
        with pytest.raises(ConfigError, match="slot"):
            batch.step(bad)
        assert batch.digests() == before
