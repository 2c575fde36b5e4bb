"""Frauds that invent some chunks of an answer are recognised by its farthest chunks."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.consensus.verification import (
    calibrate_chunks,
    chunks_to_check,
    mixed,
    power_by_share,
    worst_means,
)

from swarm_env.errors import ConfigError

CHUNKS = 32
rows = st.lists(st.floats(0, 4), min_size=1, max_size=12)


def honest_work(n, seed):
    """Distances near 0.02 or near 0.15, by precision, scattered from chunk to chunk."""
    rng = np.random.default_rng(seed)
    level = rng.choice([0.02, 0.15], n)[:, None]
    return np.abs(level + rng.normal(0, 0.03, (n, CHUNKS)))


def invented_work(n, seed, level=0.7):
    return np.abs(np.random.default_rng(seed).normal(level, 0.1, (n, CHUNKS)))


LIMITS = calibrate_chunks(
    honest_work(600, 1), {"near": invented_work(50, 2, 0.3), "far": invented_work(50, 3)}
)


def test_seven_invented_chunks_of_32_pass_by_the_mean_and_not_by_the_farthest():
    fair = honest_work(2000, 4)
    jobs = mixed(fair, invented_work(100, 5), 7)
    threshold = (fair.mean(axis=1).max() + invented_work(100, 6, 0.3).mean(axis=1).min()) / 2
    assert (jobs.mean(axis=1) <= threshold).mean() > 0.4
    assert LIMITS.accepts(jobs).mean() == 0.0
    assert LIMITS.accepts(fair).mean() > 0.98


def test_the_power_rises_with_the_share_and_starts_at_the_false_rejects():
    power = power_by_share(LIMITS, honest_work(2000, 7), invented_work(100, 8, 0.3), (0, 1, 2, 4, 8, 16, 32))
    values = [interval.value for interval in power.values()]
    assert values == sorted(values)
    assert power[0].low <= 0.01 + 0.01 and values[-1] == 1.0


@pytest.mark.parametrize("draw", [np.random.Generator.standard_exponential, np.random.Generator.random])
def test_new_honest_work_is_rejected_as_rarely_as_promised_whatever_its_distribution(draw):
    rejected = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        limits = calibrate_chunks(draw(rng, (100, 8)), {"far": 5 + draw(rng, (20, 8))}, 0.05)
        rejected.append(1 - limits.accepts(draw(rng, (500, 8))).mean())
    assert np.mean(rejected) <= 0.05 + 3 * np.std(rejected) / math.sqrt(40)


@given(rows)
def test_worst_means_are_those_of_the_sorted(distances):
    ordered = sorted(distances, reverse=True)
    wanted = [sum(ordered[:m]) / m for m in range(1, len(ordered) + 1)]
    assert worst_means(distances) == pytest.approx(wanted)


@given(st.lists(st.floats(0, 0.4), min_size=CHUNKS, max_size=CHUNKS))
def test_stopping_early_decides_as_all_chunks_do(distances):
    after = LIMITS.rejected_after(distances)
    assert (after is None) == bool(LIMITS.accepts(distances))
    if after is not None:
        assert LIMITS.rejected_after([*distances[:after], *[0.0] * (CHUNKS - after)]) == after


def test_a_sequential_check_ends_at_the_first_far_chunk():
    assert LIMITS.rejected_after([0.02] * 4 + [1.0] + [0.02] * 27) == 5
    assert LIMITS.rejected_after([0.02] * CHUNKS) is None


@given(st.integers(1, 60), st.data())
def test_so_many_chunks_meet_an_invented_one(chunks, data):
    invented = data.draw(st.integers(1, chunks))
    miss = data.draw(st.sampled_from([0.0, 0.01, 0.1, 0.5]))
    number = chunks_to_check(chunks, invented, miss)

    def chance(n):
        return math.comb(chunks - invented, n) / math.comb(chunks, n)

    assert chance(number) <= miss + 1e-12
    assert number == 0 or chance(number - 1) > miss - 1e-12


def test_what_cannot_be_calibrated_is_refused():
    work = honest_work(100, 1)
    wrong: tuple[dict[str, Any], ...] = (
        {"false_reject": 0.01},
        {"frauds": {}},
        {"honest": work[:, :0]},
        {"honest": -work},
    )
    for bad in wrong:
        with pytest.raises(ConfigError):
            calibrate_chunks(**{"honest": work, "frauds": {"a": work}, "false_reject": 0.05} | bad)
    with pytest.raises(ConfigError, match="chunks"):
        mixed(work, work[:, :3], 1)
    with pytest.raises(ConfigError, match="32 chunks"):
        LIMITS.rejected_after([0.0] * 33)
