"""The vector API equals the PettingZoo API bit for bit, in any batch, on any number of threads."""

import numpy as np
import pytest

import swarm_env
from tests.envs.batches import OPEN, SCENARIOS, drawn_actions, of_world, parallel, vector


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
@pytest.mark.parametrize(("num_worlds", "num_threads"), [(1, 1), (1, 2), (7, 1), (7, 2)])
def test_world_w_equals_the_parallel_api_with_seed_s_plus_w(scenario, message, num_worlds, num_threads):
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
                assert infos["_final_obs"][mine].all() and infos["_final_score"][mine].all()
                assert np.array_equal(infos["final_obs"][mine], list(shown.values()))
                assert (infos["final_score"][mine] == world.score).all()
                shown, _ = world.reset()
            elif "_final_obs" in infos:
                assert not infos["_final_obs"][mine].any()
            assert np.array_equal(observations[mine], list(shown.values()))
            assert batch.grid(w) == world.grid()
            assert batch.scores[w] == world.score
        assert batch.digests() == [world.digest() for world in worlds]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_4096_worlds_equal_single_worlds_on_one_and_two_threads(scenario):
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


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["transport", "synchronization"])
def test_one_huge_world_is_the_same_on_one_and_two_threads(scenario):
    # From 20 000 agents on, the threads share one world: its lines in a push, its agents in the views.
    settings = {"num_agents": 20_000, "height": 160, "width": 170, "max_rounds": 6, "message": "tokens"}
    worlds = [vector(scenario, 1, num_threads=threads, **settings) for threads in (1, 2)]
    for world in worlds:
        world.reset(seed=3)
    rng = np.random.default_rng(3)
    for number in range(8):
        actions = drawn_actions(worlds[0], rng)
        if number % 2:
            actions[rng.random(20_000) < 0.9, 0] = 1 + number % 4  # nearly all push one way
        seen = [world.step(actions) for world in worlds]
        for one, two in zip(seen[0][:4], seen[1][:4], strict=True):
            assert np.array_equal(one, two)
        assert worlds[0].digests() == worlds[1].digests()


def test_seeds_are_s_plus_w_or_a_list_taken_as_it_is():
    batch = vector("foraging", 3)
    batch.reset(seed=[9, 4, 4])
    grids = [batch.grid(w) for w in range(3)]
    assert grids[1] == grids[2] != grids[0]
    batch.reset(seed=4)
    assert batch.grid(0) == grids[1]
    batch.reset(seed=np.array([4, 9, 4]))
    assert batch.grid(1) == grids[0]


def test_resetting_without_a_seed_starts_the_next_episodes():
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
        ended = infos.get("_final_score", np.zeros(40, bool))[::8]
        for w in range(5):
            mine = slice(8 * w, 8 * w + 8)
            gone = ~active_before[mine]
            assert (rewards[mine][gone] == 0).all()
            if ended[w]:
                ends += 1
                assert (terminated | truncated)[mine].all(), "also those that left earlier"
                assert terminated[mine][gone].all() and not (terminated & truncated)[mine].any()
                assert infos["active"][mine].all()
            else:
                assert not terminated[mine][gone].any(), "terminated once before the end"
                left = active_before[mine] & ~infos["active"][mine]
                assert (terminated[mine] == left).all() and not truncated[mine].any()
                assert not observations[mine][~infos["active"][mine]].any(), "a zero view"
        active_before = infos["active"].copy()
    assert ends >= 5
    assert batch.grid(0)[0] == "W" * 10, "the next episode is drawn, not the picture again"


@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
def test_actions_of_departed_agents_are_ignored(message):
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
