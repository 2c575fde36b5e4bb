"""What messages say, against figures by hand and slow obvious references."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm_env.errors import ConfigError
from swarm_env.measures.messages import information as info

PAIRS = list(itertools.product("abc", "xyz"))  # meanings of two parts


def entropy(labels):
    counts = np.unique(np.array(labels, dtype=str), return_counts=True)[1]
    return float(-sum(c / len(labels) * math.log2(c / len(labels)) for c in counts))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_mutual_information_is_the_sum_of_entropies_less_the_joint_one(pairs):
    first, second = zip(*pairs, strict=True)
    expected = entropy(first) + entropy(second) - entropy([f"{a} {b}" for a, b in pairs])
    assert info.mutual_information(first, second) == pytest.approx(expected, abs=1e-9)


def test_what_follows_from_the_clock_alone_is_no_signal():
    rounds = np.tile(np.arange(8), 50)
    rng = np.random.default_rng(0)
    senses = (rng.random(400) < np.where(rounds < 4, 0.9, 0.1)).astype(int)
    tokens = (rng.random(400) < np.where(rounds < 4, 0.9, 0.1)).astype(int)
    assert info.mutual_information(senses, tokens) > 0.2  # over all rounds together
    found = info.signal_information(senses, tokens, rounds, permutations=199)
    assert found.p_value > 0.05 and found.bits < 2.5 * found.by_chance
    real = info.signal_information(senses, senses, rounds, permutations=199)
    assert real.p_value == 1 / 200 and real.bits > 10 * real.by_chance


def test_p_values_of_noise_are_even():
    rng = np.random.default_rng(1)
    below = 0
    for _ in range(100):
        x, y = rng.integers(2, size=(2, 40))
        below += info.signal_information(x, y, np.arange(40) % 4, permutations=39).p_value <= 0.25
    assert 12 <= below <= 38  # a binomial of 100 and 0.25: 25 ± 3 standard deviations


def test_a_language_of_parts_and_one_without():
    parts = [(a, y.upper()) for a, y in PAIRS]
    assert info.topographic_similarity(PAIRS, parts) == pytest.approx(1.0)
    assert info.context_independence(PAIRS, parts) == pytest.approx(1.0)
    rng = np.random.default_rng(3)
    shuffled = [parts[i] for i in rng.permutation(9)]
    assert abs(info.topographic_similarity(PAIRS, shuffled)) < 0.8
    assert info.context_independence(PAIRS, shuffled) < 0.8
    same = [("m",)] * 9
    assert math.isnan(info.topographic_similarity(PAIRS, same))
    assert info.context_independence(PAIRS, same) == pytest.approx(1 / 3)


@given(st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_edit_distance_by_recursion(one, other):
    def slow(a, b):
        if not a or not b:
            return len(a) + len(b)
        return min(slow(a[1:], b) + 1, slow(a, b[1:]) + 1, slow(a[1:], b[1:]) + (a[0] != b[0]))

    assert info.edit_distance(one, other) == slow(one, other)


def test_zipf():
    said = [k for k in range(1, 41) for _ in range(round(1000 / k))]
    assert info.zipf_slope(said) == pytest.approx(-1.0, abs=0.02)
    assert info.zipf_slope(["a", "b", "a", "b"]) == pytest.approx(0.0)
    assert math.isnan(info.zipf_slope(["a"] * 5))


def test_reach_along_a_chain():
    hears = np.zeros((6, 4, 4), bool)
    for a in range(3):
        hears[:, a + 1, a] = True  # each hears the one before
    found = info.reach_by_hops(hears, most=8)
    assert found[:3] == pytest.approx([3 / 12, 5 / 12, 6 / 12]) and found[5] == 0.5
    assert np.isnan(found[6:]).all()


def test_samples_must_fit():
    with pytest.raises(ConfigError, match="3, 2, 3 samples"):
        info.signal_information([1, 2, 3], [1, 2], [0, 0, 0])
    with pytest.raises(ConfigError, match="2 meanings and 1 messages"):
        info.topographic_similarity(["a", "b"], ["x"])


def test_topographic_similarity_is_that_of_emlangkit():
    """Its figures for the same languages (version 0.3.0)."""
    rng = np.random.default_rng(0)
    for expected in (0.12030574587294289, 0.0632116884436776, -0.08165649411646443):
        meanings, messages = rng.integers(3, size=(12, 2)), rng.integers(4, size=(12, 3))
        found = info.topographic_similarity(meanings.tolist(), messages.tolist())
        assert found == pytest.approx(expected, abs=1e-12)
