from typing import Any

import numpy as np
import pytest
from swarm_env.consensus.verification import (
    count_near,
    distance_counts,
    paired_distances,
    random_pairs_within,
)

from swarm_env import ConfigError


def hashes(count, seed, words=1):
    """Some near each other, some equal."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 1 << 64, (count, words), dtype=np.uint64)
    if count > 4:
        found[count // 2] = found[0]
        found[count // 3] = found[1] ^ np.uint64(0b1011)
    return found if words > 1 else found[:, 0]


def distances(a, b):
    a, b = (x[:, None] if x.ndim == 1 else x for x in (a, b))
    return np.bitwise_count(a[:, None] ^ b[None]).sum(axis=2, dtype=np.int64)


@pytest.mark.parametrize("words", [1, 3])
@pytest.mark.parametrize(("n", "m"), [(0, 5), (1, 1), (7, 9), (8, 1024), (37, 1500)])
def test_counts_are_numpys(n, m, words):
    a, b = hashes(n, 1, words), hashes(m, 2, words)
    apart = distances(a, b)
    for threshold in (0, 1, 23, 31, 32, 40, 62, 63, 64, 90, 64 * words, 64 * words + 5):
        assert count_near(a, b, threshold) == (apart <= threshold).sum()
    assert np.array_equal(distance_counts(a, b), np.bincount(apart.ravel(), minlength=64 * words + 1))


def test_the_extremes_are_counted_at_every_place():
    zero, full = np.zeros(16, np.uint64), np.full(16, 2**64 - 1, np.uint64)
    for i in range(16):
        mixed = zero.copy()
        mixed[i] = full[0]
        assert count_near(mixed, zero, 63) == 15 * 16
        assert count_near(mixed, zero, 0) == 15 * 16
        assert count_near(mixed, full, 63) == count_near(mixed, full, 0) == 16
        assert count_near(mixed, zero, 64) == 256


def test_pairs_within_one_list_count_once():
    a = hashes(50, 3)
    apart = distances(a, a)[np.triu_indices(50, 1)]
    assert count_near(a, None, 30) == (apart <= 30).sum()
    assert np.array_equal(distance_counts(a, None), np.bincount(apart, minlength=65))
    assert count_near(a, None, 64) == 50 * 49 // 2


def test_rows_in_pairs():
    a, b = hashes(20, 4, 2), hashes(20, 5, 2)
    assert np.array_equal(paired_distances(a, b), np.diag(distances(a, b)))


def test_an_array_that_is_not_in_a_row_counts_the_same():
    a = hashes(40, 6)
    assert count_near(a[::2], a[::-1], 30) == (distances(a[::2], a[::-1]) <= 30).sum()


@pytest.mark.parametrize(
    ("threshold", "published"),
    [(0, 5.4e-20), (4, 3.7e-14), (5, 4.5e-13), (10, 1.0e-8), (16, 3.9e-5), (20, 1.8e-3), (23, 1.6e-2)],
)
def test_random_hashes_collide_as_the_binomial_says(threshold, published):
    assert random_pairs_within(64, threshold) == pytest.approx(published, rel=0.05)


def test_what_is_refused():
    a = hashes(4, 7)
    wrong: list[Any] = [-1, 1.5, True, "3"]
    for threshold in wrong:
        with pytest.raises(ConfigError, match="threshold"):
            count_near(a, a, threshold)
    with pytest.raises(ConfigError, match="uint64"):
        count_near(a.astype(np.int64), a, 3)
    with pytest.raises(ConfigError, match="1 and of 2 words"):
        count_near(a, hashes(4, 8, 2), 3)
    with pytest.raises(ConfigError, match="pairs"):
        paired_distances(a, a[:3])
