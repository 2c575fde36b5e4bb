"""Continuous space: sums over neighbours, exact orders, and the same bits everywhere."""

import math

import numpy as np
import pytest

import swarm_env
from swarm_env.engine.space import neighbours
from swarm_env.engine.space.angles import rotated, sincos
from swarm_env.errors import UnknownNameError

CELL = neighbours.CELL
SIZES = [(1, 1, 30), (2, 2, 40), (2, 7, 60), (3, 3, 50), (5, 9, 200), (16, 4, 300)]  # height, width, agents


def world_of(env):
    return env._world.arrays


def vicsek(num_worlds=1, **settings):
    env = swarm_env.vector_env("vicsek", num_worlds=num_worlds, obs="codes", **settings)
    env.reset(seed=3)
    return env


def advance(env, rounds):
    """Play rounds in which all go ahead; the order of each."""
    orders = []
    for _ in range(rounds):
        env.step(np.zeros(env.num_envs, np.int64))
        orders.append(env.measure("order"))
    return np.array(orders)


def plain_sums(arrays, w, height, width):
    """(N, N) whether particles are neighbours, and the sums of headings (N, 2), by looking at all pairs."""
    sides = np.array([height, width], np.int64)
    at = arrays.place[w].astype(np.int64) * sides >> 18
    away = np.abs(at[:, None] - at[None])
    away = np.minimum(away, sides * CELL - away)
    near = (away**2).sum(axis=2) <= CELL**2
    return near, near.astype(np.int64) @ arrays.heading[w].astype(np.int64)


@pytest.mark.parametrize(("height", "width", "agents"), SIZES)
def test_a_round_of_the_law_is_that_of_all_pairs(height, width, agents):
    env = vicsek(2, num_agents=agents, height=height, width=width, law=1, noise=0.0, speed=0.3)
    arrays = world_of(env)
    for _ in range(6):
        place, heading = arrays.place.copy(), arrays.heading.copy()
        wanted = []
        for w in range(2):
            sums = plain_sums(arrays, w, height, width)[1].astype(np.float64)
            length = np.hypot(*sums.T)[:, None]
            ahead = np.where(length > 0, sums / np.where(length > 0, length, 1), heading[w] / 2.0**15)
            wanted.append(np.floor(ahead * 2.0**15 + 0.5))
        env.step(np.zeros(env.num_envs, np.int64))
        assert np.abs(arrays.heading - np.array(wanted)).max() <= 1  # the last unit may round either way
        step = (arrays.place - place).view(np.int32) * (np.array([height, width]) / 2.0**32)
        assert np.abs(step - 0.3 * heading / 2.0**15).max() < 1e-6
        assert (
            arrays.position == (arrays.place * np.array([height, width], np.uint64)) >> np.uint64(32)
        ).all()


@pytest.mark.parametrize(("height", "width", "agents"), SIZES)
def test_sums_over_neighbours_equal_those_of_all_pairs(height, width, agents):
    env = vicsek(num_agents=agents, height=height, width=width, law=1)
    advance(env, 3)
    arrays = world_of(env)
    near, sums = plain_sums(arrays, 0, height, width)
    state = env.scenario.State(arrays, 0)
    with np.errstate(over="ignore"):
        count = neighbours.sort_particles(arrays, 0, state)
        found = np.array([neighbours.sum_near(arrays, 0, state, count, i) for i in range(count)])
    order = state.order[:count]
    assert count == agents and sorted(order.tolist()) == list(range(agents))
    assert np.array_equal(found[:, 0], near.sum(axis=1)[order])
    assert np.array_equal(found[:, 1:], sums[order])


def test_sines_and_turns():
    turns = np.linspace(-3, 3, 2001)
    found = np.array([sincos(t) for t in turns])
    assert np.abs(found - np.stack([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)], 1)).max() < 2e-13
    assert rotated(0.0, 5.0, 0.25) == (-32768, 0), "a quarter turn to the left of right is up"
    assert rotated(-1.0, 0.0, 0.5) == (32768, 0)


def test_full_noise_gives_the_order_of_chance():
    env = vicsek(8, num_agents=1000, height=10, width=10, law=1, noise=2 * math.pi, max_rounds=10**6)
    assert advance(env, 60).mean() == pytest.approx(math.sqrt(math.pi / 4000), abs=0.005)


@pytest.mark.parametrize("noise", [0.5, 1, 2, 3, 4, 5])
def test_where_all_are_neighbours_the_order_is_that_of_the_noise(noise):
    env = vicsek(num_agents=1000, height=1, width=1, law=1, noise=noise)
    assert advance(env, 20)[5:].mean() == pytest.approx(math.sin(noise / 2) / (noise / 2), abs=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [1, 3])
def test_the_order_is_that_of_a_reference_with_a_tree(noise):
    spatial = pytest.importorskip("scipy.spatial")
    n, side, worlds, speed, first, rounds = 100, 5, 64, 0.3, 60, 260
    rng = np.random.default_rng(noise)
    place, angle = rng.random((worlds * n, 2)) * side, rng.random(worlds * n) * 2 * np.pi
    apart = np.repeat(np.arange(worlds) * 4.0, n)[:, None]  # one tree for all worlds, one above the other
    orders = []
    for t in range(rounds):
        box = [side, side, 4.0 * worlds]
        pairs = spatial.cKDTree(np.hstack([place, apart]), boxsize=box).query_pairs(
            1.0, output_type="ndarray"
        )
        heads = np.stack([np.cos(angle), np.sin(angle)], 1)
        sums = heads.copy()
        for one, other in ((0, 1), (1, 0)):
            for axis in (0, 1):
                sums[:, axis] += np.bincount(pairs[:, one], heads[pairs[:, other], axis], worlds * n)
        place = (place + speed * heads) % side
        angle = np.arctan2(sums[:, 1], sums[:, 0]) + noise * (rng.random(worlds * n) - 0.5)
        if t >= first:
            mean = np.exp(1j * angle).reshape(worlds, n).mean(axis=1)
            orders.append(np.abs(mean).mean())
    env = vicsek(
        worlds, num_agents=n, height=side, width=side, law=1, noise=noise, speed=speed, max_rounds=10**6
    )
    assert advance(env, rounds)[first:].mean() == pytest.approx(np.mean(orders), abs=0.007)


def test_the_score_is_the_mean_order_so_far():
    env = vicsek(3, num_agents=20, law=1)
    orders = []
    for _ in range(10):
        env.step(np.zeros(env.num_envs, np.int64))
        orders.append(env.scenario.measures(world_of(env))["order"])
    assert env.scores == pytest.approx(np.mean(orders, axis=0))
    with pytest.raises(UnknownNameError, match="order"):
        env.measure("ordre")


def test_turns_are_what_was_chosen():
    env = vicsek(num_agents=5, noise=0.0, turn=1.0, speed=0.0)
    heads = world_of(env).heading[0].astype(np.float64)
    env.step(np.arange(5))
    now = world_of(env).heading[0].astype(np.float64)
    turned = np.angle((now[:, 1] - 1j * now[:, 0]) / (heads[:, 1] - 1j * heads[:, 0]))  # up is positive
    assert turned == pytest.approx([0.0, 0.5, -0.5, 1.0, -1.0], abs=1e-4)


def test_a_layout_sets_particles_into_the_middle_of_cells():
    env = swarm_env.parallel_env("vicsek", num_agents=2, height=2, width=4)
    env.reset(seed=1, options={"layout": ["A...", "..A."]})
    assert world_of(env).place[0].tolist() == [[2**30, 2**29], [3 * 2**30, 5 * 2**29]]
    assert np.hypot(*world_of(env).heading[0].T) == pytest.approx(2**15, abs=2)


def test_a_huge_world_is_the_same_on_two_threads():
    settings = {"num_agents": 20_000, "height": 70, "width": 70, "law": 1}
    digests = set()
    for threads in (1, 2):
        env = vicsek(num_threads=threads, **settings)
        advance(env, 2)
        digests.add(env.digests()[0])
    assert len(digests) == 1
    rows = world_of(env).position[0, :100, 0]  # numbered by cell
    assert set(rows.tolist()) <= {69, 0, 1}


def test_a_snapshot_goes_on_as_the_world_did():
    env = vicsek(2, num_agents=30, law=1)
    advance(env, 5)
    kept = env.snapshot()
    orders = advance(env, 5)
    digests = env.digests()
    advance(env, 5)
    env.restore(kept)
    assert advance(env, 5).tolist() == orders.tolist() and env.digests() == digests


def test_language_models_are_refused():
    with pytest.raises(swarm_env.SwarmEnvError, match="no prompts"):
        swarm_env.play("vicsek", "llm:scripted@embedded", seed=1, max_rounds=1)
