"""Intervals hold the truth as often as they say; the bootstrap agrees with the Hessian."""

from typing import Any

import numpy as np
import pytest
from swarm_env.consensus.bradley_terry import bootstrap, fit

from swarm_env.errors import ConfigError

ITEMS, VOTES = 8, 400


def centred(strength):
    """Strengths as the prior centres them: the sum of tanh(s / 2) is 0."""
    for _ in range(50):
        strength = strength - np.tanh(strength / 2).sum() / (0.5 / np.cosh(strength / 2) ** 2).sum()
    return strength


def drawn(rng, votes, bias=0.0, items=ITEMS):
    """Strengths from the prior of weight 1, the logistic distribution, and votes by them."""
    truth = rng.logistic(size=items)
    first = rng.integers(items, size=votes)
    second = (first + 1 + rng.integers(items - 1, size=votes)) % items
    wins = rng.random(votes) < 1 / (1 + np.exp(truth[second] - truth[first] - bias))
    return np.where(wins, first, second), np.where(wins, second, first), np.where(wins, 0, 1), centred(truth)


@pytest.mark.parametrize(("votes", "least"), [(30, 0.84), (VOTES, 0.87), (10_000, 0.87)])
def test_intervals_by_the_hessian_hold_the_truth_as_often_as_they_say(votes, least):
    rng = np.random.default_rng(votes)
    inside = []
    for _ in range(300):
        winner, loser, _, truth = drawn(rng, votes)
        low, high = fit(winner, loser, num_items=ITEMS).interval(0.9)
        inside.append(((low <= truth) & (truth <= high)).mean())
    assert (
        least < np.mean(inside) < 0.93
    )  # its own standard error is about 0.008; few votes: a bit too narrow


@pytest.mark.slow
def test_intervals_by_bootstrap_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(2)
    inside = []
    for trial in range(200):
        winner, loser, _, truth = drawn(rng, VOTES)
        low, high = bootstrap(winner, loser, num_items=ITEMS, draws=300, seed=trial).interval(0.9)
        inside.append(((low <= truth) & (truth <= high)).mean())
    assert 0.85 < np.mean(inside) < 0.93


def test_the_interval_of_the_position_bias_holds_it():
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(300):
        winner, loser, slot, _ = drawn(rng, VOTES, bias=0.7)
        found = fit(winner, loser, num_items=ITEMS, slot=slot, position_bias=True)
        inside.append(abs(found.position_bias[0] - 0.7) < 1.645 * found.bias_error[0])
    assert 0.84 < np.mean(inside) < 0.96


def test_the_error_of_a_difference_is_that_of_differences():
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(300):
        winner, loser, _, truth = drawn(rng, VOTES)
        gap, error = fit(winner, loser, num_items=ITEMS).difference(0, 1)
        inside.append(abs(gap - (truth[0] - truth[1])) < 1.645 * error)
    assert 0.84 < np.mean(inside) < 0.96


@pytest.mark.slow
def test_both_kinds_of_errors_agree_on_many_votes():
    winner, loser, _, _ = drawn(np.random.default_rng(5), 20_000)
    again = bootstrap(winner, loser, num_items=ITEMS, draws=600)
    assert again.unfinished == 0
    assert again.standard_error == pytest.approx(fit(winner, loser).standard_error, rel=0.15)


def test_raters_that_err_together_widen_the_interval_by_rater():
    rng = np.random.default_rng(6)
    taste = rng.normal(0, 2, (12, 4))  # each rater's own strengths
    votes = [(a, b, r) for r in range(12) for a in range(4) for b in range(4) if a != b for _ in range(20)]
    first, second, rater = map(np.array, zip(*votes, strict=True))
    wins = rng.random(len(votes)) < 1 / (1 + np.exp(taste[rater, second] - taste[rater, first]))
    winner, loser = np.where(wins, first, second), np.where(wins, second, first)
    by_vote = bootstrap(winner, loser, draws=200).standard_error
    by_rater = bootstrap(winner, loser, rater=rater, by="rater", draws=200).standard_error
    assert (by_rater > 3 * by_vote).all()


def test_the_order_of_votes_changes_no_bit_of_the_bootstrap():
    rng = np.random.default_rng(7)
    winner, loser, slot, _ = drawn(rng, 200)
    options = {"weight": rng.random(200), "tie": rng.random(200) < 0.3, "slot": slot, "rater": winner}
    order = rng.permutation(200)
    mixed = {name: values[order] for name, values in options.items()}
    for bias in (False, True):
        for by in ("vote", "rater"):
            more: dict[str, Any] = {"num_items": ITEMS, "draws": 5, "by": by, "position_bias": bias}
            once = bootstrap(winner, loser, **options, **more)
            again = bootstrap(winner[order], loser[order], **mixed, **more)
            assert once.log_strength.tolist() == again.log_strength.tolist()
            assert once.position_bias.tolist() == again.position_bias.tolist()


def test_it_does_not_matter_which_item_of_a_tie_is_called_the_winner():
    once = bootstrap(
        [0, 1, 2], [1, 2, 0], tie=[True, False, True], slot=[0, 1, -1], position_bias=True, draws=9
    )
    turned = bootstrap(
        [1, 1, 0], [0, 2, 2], tie=[True, False, True], slot=[1, 1, -1], position_bias=True, draws=9
    )
    assert once.log_strength.tolist() == turned.log_strength.tolist()


def test_draws_follow_the_seed():
    votes = drawn(np.random.default_rng(8), 100)[:2]
    one, same, other = (bootstrap(*votes, draws=4, seed=s).log_strength for s in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()


@pytest.mark.parametrize("votes", [([], []), ([0], [1])])
def test_little_can_be_drawn_from(votes):
    again = bootstrap(votes[0], votes[1], num_items=3, draws=10)
    assert np.isfinite(again.log_strength).all() and np.isfinite(again.interval().low).all()
    assert bootstrap([], [], draws=2).log_strength.shape == (2, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"draws": 1},
        {"draws": True},
        {"by": "rater"},
        {"by": "item"},
        {"prior": 0},
        {"position_bias": "rater"},
    ],
)
def test_what_is_not_allowed_is_said(wrong):
    with pytest.raises(ConfigError):
        bootstrap([0], [1], **wrong)
