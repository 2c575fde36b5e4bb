"""What is no array of numbers raises the project's error, which names the argument, wherever one is taken."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from swarm_env.consensus import trustjudge
from swarm_env.consensus.adversaries import load
from swarm_env.consensus.answer_classes import class_strengths
from swarm_env.consensus.ballots import winner_of
from swarm_env.consensus.bradley_terry import fit, votes_needed
from swarm_env.consensus.intervals import block_chance, exact_share, mean, share
from swarm_env.consensus.verification import agreement, calibration, chunk_limits, stake

from swarm_env.errors import ConfigError

NO_NUMBERS = {
    "ragged": [[1, 2], [3]], "texts": ["1", "2"], "a text": "abc", "objects": [object(), 1], "a scalar": 3.0,
    "NaN": [float("nan"), 1.0], "complex": [1j, 2], "a mapping": {1: 2},
    "masked": np.ma.array([0.1, 0.2], mask=[False, True]),
}  # fmt: skip
TAKE_ARRAYS: dict[str, Callable[[Any], Any]] = {
    "rater_weight": lambda bad: fit([0, 1], [1, 0], rater=[0, 1], rater_weight=bad),
    "weight": lambda bad: fit([0, 1], [1, 0], weight=bad),
    "rater": lambda bad: fit([0, 1], [1, 0], rater=bad),
    "tie": lambda bad: fit([0, 1], [1, 0], tie=bad),
    "winner": lambda bad: fit(bad, [1, 0]),
    "log_strength": lambda bad: votes_needed(bad, 0.1),
    "honest": lambda bad: calibration.calibrate(bad, [5.0, 6.0]),
    "fraud": lambda bad: calibration.calibrate([0.1, 0.2], bad),
    "distances": calibration.spread,
    "honest chunks": lambda bad: chunk_limits.calibrate_chunks(bad, {"a": [[1.0, 2.0]]}, 0.4),
    "fraud chunks": lambda bad: chunk_limits.mixed(np.ones((2, 2)), bad, 1),
    "chunks": chunk_limits.worst_means,
    "chances": block_chance,
    "values": mean,
    "scores": lambda bad: winner_of(bad, 0),
    "strengths": lambda bad: class_strengths(bad, [0, 1]),
    "probabilities": lambda bad: trustjudge.expected_ratings(bad, [1, 2]),
    "ratings": lambda bad: trustjudge.likeliest_ratings([0.5, 0.5], bad),
    "there": lambda bad: trustjudge.preferences(bad, [0.1, 0.2, 0.7]),
    "outcomes": lambda bad: trustjudge.inconsistency([1.0, 2.0], bad),
    "log_probabilities": lambda bad: trustjudge.rating_distribution(bad, (1, 2)),
}


@pytest.mark.parametrize("bad", NO_NUMBERS)
@pytest.mark.parametrize("name", TAKE_ARRAYS)
def test_what_is_no_array_of_numbers_is_refused(name, bad):
    with pytest.raises(ConfigError):
        TAKE_ARRAYS[name](NO_NUMBERS[bad])


@pytest.mark.parametrize("bad", ["half", None, [1], float("nan"), -1, 1e301, 1j])
@pytest.mark.parametrize(
    "call",
    [
        lambda bad: fit([0, 1], [1, 0]).interval(bad),
        lambda bad: votes_needed([0.0, 1.0], 0.1, level=bad),
        lambda bad: votes_needed([0.0, 1.0], bad),
        lambda bad: calibration.calibrate([0.1, 0.2], [5.0, 6.0], bad),
        lambda bad: calibration.threshold_at([0.1], [5.0], bad),
        lambda bad: share(bad, 10),
        lambda bad: share(1, bad),
        lambda bad: exact_share(1, 10, bad),
        lambda bad: mean([1.0, 2.0], bad),
        lambda bad: block_chance([0.5, 0.5], bad),
        lambda bad: agreement.effective_verifiers(["a", "b"], bad),
        lambda bad: stake.passing(bad, 5, 0.1),
        lambda bad: stake.required_stake(0.1, bad, 0.1),
        lambda bad: chunk_limits.chunks_to_check(bad, 1, 0.1),
        lambda bad: load(f"strike?effort={bad}"),
        lambda bad: load(f"rotation?parts={bad}"),
        load,
    ],
)
def test_what_is_no_number_of_the_range_is_refused(call, bad):
    with pytest.raises(ConfigError):
        call(bad)
