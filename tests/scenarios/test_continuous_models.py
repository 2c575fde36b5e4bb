"""Scenarios in continuous space: their laws against slow references, exact values, the same bits."""

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.measures import measure

ROOT = Path(__file__).parent.parent.parent
NAMES = ("vicsek", "kuramoto", "aggregation", "couzin")
UNIT, CELL = 2.0**15, 2.0**14


def worlds(name, num_worlds=1, seed=3, **settings):
    env = swarm_env.vector_env(name, num_worlds=num_worlds, obs="codes", **settings)
    env.reset(seed=seed)
    return env, env.worlds.arrays


def advance(env, rounds):
    for _ in range(rounds):
        env.step(np.zeros(env.action_space.shape, env.action_space.dtype))


def ways(arrays, w, sides, wraps=True):
    """(N, N, 2) whole ways from each agent to each other [2**-14 cells]."""
    at = arrays.place[w].astype(np.int64) * np.array(sides) >> 18
    away = at[None] - at[:, None]
    whole = np.array(sides) * int(CELL)
    if wraps:
        away = np.where(2 * away > whole, away - whole, np.where(2 * away < -whole, away + whole, away))
    return away


def angle(vectors):
    """Angles of (…, 2) vectors (down, right), to the left from right."""
    return np.arctan2(-vectors[..., 0], vectors[..., 1])


def turned(before, after):
    """Turns to the left, -pi to pi, between headings (N, 2)."""
    return (angle(after.astype(float)) - angle(before.astype(float)) + math.pi) % (2 * math.pi) - math.pi


@pytest.mark.slow
@pytest.mark.parametrize(
    ("coupling", "step", "wanted"),
    [
        (1.0, 0.05, 0.0),
        (1.8, 0.05, 0.0),
        (2.5, 0.01, 0.447),
        (3, 0.02, 0.577),
        (4, 0.02, 0.707),
        (6, 0.02, 0.816),
    ],
)
def test_the_order_of_kuramoto_is_exact(coupling, step, wanted):
    env, _ = worlds(
        "kuramoto", num_agents=4000, height=1, width=1, law=1, coupling=coupling, spread=1.0, step=step,
        max_rounds=10**6,
    )  # fmt: skip
    advance(env, int(15 / step))
    orders = []
    for _ in range(int(15 / step)):
        advance(env, 1)
        orders.append(env.measure("order"))
    if wanted:
        assert np.mean(orders) == pytest.approx(wanted, abs=0.02)
    else:
        assert np.mean(orders) < 0.1


def test_frequencies_are_quantiles_or_drawn():
    env, arrays = worlds("kuramoto", num_agents=999, spread=2.0)
    found = np.array(env.scenario.State(arrays, 0).frequency)
    wanted = 2.0 * np.tan(np.pi * ((np.arange(999) + 0.5) / 999 - 0.5))
    assert np.sort(found) == pytest.approx(wanted, abs=1e-6) and not np.array_equal(found, np.sort(found))
    env, arrays = worlds("kuramoto", num_agents=999, spread=2.0, even=0)
    drawn = np.array(env.scenario.State(arrays, 0).frequency)
    assert np.quantile(drawn, [0.25, 0.5, 0.75]) == pytest.approx([-2.0, 0.0, 2.0], abs=0.5)


def test_a_round_of_kuramoto_is_that_of_all_pairs():
    env, arrays = worlds(
        "kuramoto", num_agents=60, height=4, width=5, law=1, step=0.1, coupling=2.0, speed=0.2
    )
    frequency = np.array(env.scenario.State(arrays, 0).frequency)
    for _ in range(4):
        near = (ways(arrays, 0, (4, 5)) ** 2).sum(axis=2) <= CELL**2
        before, place = arrays.heading[0].copy(), arrays.place[0].copy()
        phase = angle(before.astype(float))
        pull = (np.sin(phase[None] - phase[:, None]) * near).sum(axis=1) / near.sum(axis=1)
        advance(env, 1)
        off = turned(before, arrays.heading[0]) - 0.1 * (frequency + 2.0 * pull)
        assert np.abs((off + math.pi) % (2 * math.pi) - math.pi).max() < 1e-4
        step = (arrays.place[0] - place).view(np.int32) * (np.array([4, 5]) / 2.0**32)
        assert np.abs(step - 0.2 * before / UNIT).max() < 1e-6


def wanted_by_couzin(arrays, sides, repulsion, orientation, blind):
    """(N, 2) the directions that the model wants, in real numbers; 0 if none."""
    away, heads = ways(arrays, 0, sides).astype(float), arrays.heading[0] / UNIT
    wanted = np.zeros((len(heads), 2))
    for i, own in enumerate(heads):
        distance = np.hypot(*away[i].T)
        others = np.flatnonzero((distance <= CELL) & (np.arange(len(heads)) != i))
        unit = away[i, others] / np.maximum(distance[others], 1)[:, None]
        close = distance[others] <= repulsion * CELL
        if close.any():
            wanted[i] = -unit[close].sum(axis=0)
            continue
        seen = unit @ own >= math.cos(math.pi - blind / 2)
        middle = distance[others] <= orientation * CELL
        wanted[i] = heads[others[seen & middle]].sum(axis=0) + unit[seen & ~middle].sum(axis=0)
    return wanted


@pytest.mark.parametrize("size", [2, 5])
def test_a_round_of_couzin_is_that_of_all_pairs(size):
    zones: dict[str, Any] = {"repulsion": 0.2, "orientation": 0.5, "blind": 2.0}
    env, arrays = worlds(
        "couzin",
        num_agents=40,
        height=size,
        width=size,
        law=1,
        noise=0.0,
        turn=0.5,
        start=float(size),
        **zones,
    )
    for _ in range(4):
        before, wanted = arrays.heading[0].copy(), wanted_by_couzin(arrays, (size, size), **zones)
        advance(env, 1)
        has = np.hypot(*wanted.T) > 1e-3
        turn = np.where(has, turned(before, wanted), 0.0)
        clear = np.abs(np.abs(turn) - math.pi) > 1e-3  # who wants to go straight back may turn either way
        off = turned(before, arrays.heading[0]) - np.clip(turn, -0.5, 0.5)
        assert np.abs(off[clear]).max() < 1e-3


@pytest.mark.slow
def test_couzins_animals_swarm_circle_or_travel():
    found = {}
    for orientation in (0.08, 0.3, 0.6):
        env, _ = worlds("couzin", 6, law=1, orientation=orientation, max_rounds=10**6)
        advance(env, 900)
        found[orientation] = env.measure("order"), env.measure("rotation")
    assert max(found[0.08]) < 0.4, "a swarm"
    assert found[0.3][1] > 0.5 > found[0.3][0], "a circle"
    assert found[0.6][0] > 0.95 and found[0.6][1] < 0.2, "a travelling group"


@pytest.mark.parametrize("height", [2, 4])
def test_aggregation_moves_to_the_mean_place_and_measures_it(height):
    env, arrays = worlds("aggregation", num_agents=30, height=height, width=4, law=1, noise=0.0, speed=0.05)
    for _ in range(4):
        before = arrays.heading[0].copy()
        away = ways(arrays, 0, (height, 4), wraps=False)
        near = ((away**2).sum(axis=2) <= CELL**2) & ~np.eye(30, dtype=bool)
        wanted = (away * near[..., None]).sum(axis=1)
        place = arrays.place[0].astype(np.int64)
        advance(env, 1)
        inside = np.abs(place * [height, 4] / 2.0**32 - [height / 2, 2]) < [height / 2 - 0.06, 1.94]
        calm = inside.all(axis=1) & (np.hypot(*wanted.T) > 0)  # not thrown back
        assert np.abs(turned(wanted, arrays.heading[0])[calm]).max() < 1e-3
        assert (
            np.abs(turned(before, arrays.heading[0])[inside.all(axis=1) & ~near.any(axis=1)]).max(initial=0)
            < 1e-3
        )
        at = arrays.place[0] * (np.array([height, 4]) / 2.0**32)
        dispersion = math.sqrt(((at - at.mean(axis=0)) ** 2).sum(axis=1).mean())
        assert env.measure("dispersion") == pytest.approx(dispersion, abs=1e-4)
        assert env.measure("closeness") == pytest.approx(1 / (1 + dispersion), abs=1e-4)


def test_walls_throw_back():
    env, arrays = worlds("aggregation", num_agents=40, height=1, width=2, noise=0.0, speed=0.9)
    for _ in range(10):
        at = arrays.place[0] * (np.array([1, 2]) / 2.0**32)
        to = at + 0.9 * arrays.heading[0] / UNIT
        wanted = np.where(to < 0, -to, np.where(to > [1, 2], 2 * np.array([1, 2]) - to, to))
        advance(env, 1)
        assert np.abs(arrays.place[0] * (np.array([1, 2]) / 2.0**32) - wanted).max() < 1e-4


def test_rotation_is_that_of_the_cross_products():
    env, arrays = worlds("couzin", num_agents=25, start=2.0)
    env.step(np.arange(25) % 5)
    away = ways(arrays, 0, (9, 9))[0].astype(float)
    out = away - away.mean(axis=0)
    out /= np.hypot(*out.T)[:, None]
    heads = arrays.heading[0] / UNIT
    rotation = abs((out[:, 1] * heads[:, 0] - out[:, 0] * heads[:, 1]).mean())
    assert env.measure("rotation") == pytest.approx(rotation, abs=1e-3)
    assert env.measure("order") == pytest.approx(np.hypot(*heads.mean(axis=0)), abs=1e-3)


PROGRAM = """
import numpy as np
import swarm_env
from swarm_env.measures import measure
for name in ("vicsek", "kuramoto", "aggregation", "couzin"):
    for law, more in ((0, {"field": "kernels", "action": "box"}), (0, {}), (1, {})):
        env = swarm_env.vector_env(name, num_worlds=2, num_agents=9, height=3, width=4, law=law, **more)
        env.reset(seed=5)
        for i in range(3):
            actions = np.arange(env.num_envs) % 5
            if "action" in more:
                actions = np.linspace(-1, 1, env.num_envs * env.single_action_space.shape[0])
                actions = actions.reshape(env.action_space.shape).astype(np.float32)
            seen, *_ = env.step(actions)
        print(name, law, env.digests(), env.scores.tolist(), seen.tobytes().hex()[:4000])
"""


@pytest.mark.slow
def test_without_the_compiler_all_bits_are_the_same():
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM],
            cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=True,
        ).stdout
        for more in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]  # fmt: skip
    assert outputs[0] == outputs[1] and outputs[0].count("\n") == 12


@pytest.mark.parametrize("law", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_threads_and_batches_change_no_bit(name, law):
    settings: dict[str, Any] = {"num_agents": 50, "height": 6, "width": 8, "law": law}
    one, two = (worlds(name, 6, num_threads=threads, **settings)[0] for threads in (1, 2))
    single = swarm_env.parallel_env(name, **settings)
    single.reset(seed=3 + 4)
    for _ in range(4):
        for env in (one, two):
            env.step(np.arange(env.num_envs) % 50 % 5)
        single.step({agent: i % 5 for i, agent in enumerate(single.agents)})
    assert one.digests() == two.digests() and one.digests()[4] == single.digest()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("action", ["turns", "box"])
def test_the_scripted_rule_is_far_better_than_chance(name, action):
    settings: dict[str, Any] = {"num_agents": 20, "height": 3, "width": 3, "max_rounds": 60, "action": action}
    scores = [swarm_env.play(name, team, seed=1, **settings).score for team in ("scripted", "random")]
    assert scores[0] > 1.15 * scores[1]


def test_measures_of_recorded_runs_are_those_of_the_world(tmp_path):
    settings: dict[str, Any] = {"num_agents": 12, "max_rounds": 6}
    env = swarm_env.parallel_env("couzin", **settings)
    env.reset(seed=4)
    found: dict[str, list[float]] = {"order": [], "rotation": [], "dispersion": []}
    while env.agents:
        env.step(dict.fromkeys(env.agents, 1))
        for name, numbers in found.items():
            numbers.append(env.measure(name))
    left = tmp_path / "left.py"
    left.write_text(
        "from swarm_env import Decision\n\n\nclass Left:\n    def reset(self, brief, agents, seed): ...\n\n"
        "    def decide(self, seen):\n        return [Decision(1) for _ in seen]\n",
        encoding="utf-8",
    )
    swarm_env.play("couzin", f"{left}:Left", seed=4, out=tmp_path / "run", **settings)
    measured = measure(tmp_path / "run").values
    for name, numbers in found.items():
        assert measured[name] == pytest.approx(numbers), name
    swarm_env.play("pursuit", "random", seed=4, max_rounds=3, out=tmp_path / "grid")
    assert np.isnan(measure(tmp_path / "grid").values["order"]).all()
