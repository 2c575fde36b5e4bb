"""Ties by Davidson's model, weights that are no numbers of votes, goodness of fit, cycles, votes needed."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from swarm_env.consensus.bradley_terry import bootstrap, cycles, fit, goodness, votes_needed

from swarm_env.errors import ConfigError

ITEMS, VOTES = 6, 600


def drawn(seed, log_nu=0.5, votes=VOTES, items=ITEMS, bias=0.0, truth=None) -> tuple[dict[str, Any], Any]:
    """Votes by Davidson's model, arguments of `fit`, and the log-strengths with mean 0."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 1, items) if truth is None else truth
    a = rng.integers(items, size=votes)
    b = (a + 1 + rng.integers(items - 1, size=votes)) % items
    half = (truth[a] - truth[b] + bias) / 2
    parts = np.stack([np.exp(half), np.exp(-half), np.full(votes, math.exp(log_nu))])
    outcome = (rng.random(votes) > np.cumsum(parts / parts.sum(0), axis=0)[:2]).sum(0)
    lost = outcome == 1
    given = {
        "winner": np.where(lost, b, a),
        "loser": np.where(lost, a, b),
        "tie": outcome == 2,
        "slot": lost.astype(np.int32),
        "num_items": items,
    }
    return given, truth - truth.mean()


def covered(found, truth):
    gaps = [
        abs(found.difference(0, i)[0] - (truth[0] - truth[i])) < 1.96 * found.difference(0, i)[1]
        for i in range(1, len(truth))
    ]
    return float(np.mean(gaps))


def plain(votes) -> dict[str, Any]:
    return {name: votes[name] for name in ("winner", "loser", "tie", "num_items")}


def log_posterior(x, votes, prior):
    """By the formulas, vote by vote."""
    strength, nu = np.exp(x[:-1]), math.exp(x[-1])
    total = sum(-prior * (math.log1p(math.exp(-v)) + math.log1p(math.exp(v))) for v in x[:-1])
    total += prior * (math.log(nu / (2 + nu)) + math.log(2 / (2 + nu)))
    for a, b, tie in zip(votes["winner"], votes["loser"], votes["tie"], strict=True):
        root = nu * math.sqrt(strength[a] * strength[b])
        total += math.log((root if tie else strength[a]) / (strength[a] + strength[b] + root))
    return total


def test_the_strengths_are_at_the_maximum_of_the_formula():
    votes, _ = drawn(1, votes=80)
    found = fit(**plain(votes), prior=0.7)

    def height(x) -> float:
        return -float(log_posterior(x, votes, 0.7))

    best: Any = minimize(height, np.zeros(ITEMS + 1), tol=1e-12)
    assert found.converged
    assert found.parameters == pytest.approx(best.x, abs=1e-4)
    assert -best.fun == pytest.approx(log_posterior(found.parameters, votes, 0.7), abs=1e-7)


def test_intervals_hold_the_truth_where_half_wins_do_not():
    rates: dict[Any, list[float]] = {"davidson": [], "half": []}
    for seed in range(60):
        votes, truth = drawn(seed, log_nu=1.5, truth=np.linspace(-2, 2, ITEMS))
        for ties in rates:
            rates[ties].append(covered(fit(**plain(votes), ties=ties), truth))
    assert np.mean(rates["davidson"]) > 0.91
    assert np.mean(rates["half"]) < 0.8


@pytest.mark.parametrize("weight", [10.0, 0.1])
def test_constant_weights_do_not_change_what_is_known(weight):
    held = []
    for seed in range(60):
        votes, truth = drawn(seed, log_nu=-30.0)
        heavy = fit(**plain(votes), weight=np.full(VOTES, weight))
        held.append(covered(heavy, truth))
        assert heavy.errors == "weighted"
    assert np.mean(held) > 0.91
    light = fit(**plain(votes)).standard_error
    assert heavy.standard_error == pytest.approx(light, rel=0.3)  # light weights: the prior counts more
    counted = fit(**plain(votes), weight=np.full(VOTES, 10.0), errors="hessian").standard_error
    assert (counted < 0.5 * light).all()


def test_sandwich_errors_agree_with_the_hessian_where_the_model_holds():
    votes, _ = drawn(3, votes=20_000)
    hessian, sandwich = (fit(**plain(votes), errors=e).standard_error for e in ("hessian", "sandwich"))
    assert sandwich == pytest.approx(hessian, rel=0.05)
    weighted = fit(**plain(votes), errors="weighted").standard_error
    assert weighted == pytest.approx(hessian, rel=0.01)


def test_votes_of_a_rater_that_depend_on_each_other_widen_errors_by_rater():
    votes, truth = drawn(4, votes=300)
    copies: dict[str, Any] = {name: np.tile(votes[name], 8) for name in ("winner", "loser", "tie")}
    rater = np.tile(np.arange(300), 8)  # each voted eight times alike
    by_rater = fit(**copies, rater=rater, errors="rater", num_items=ITEMS).standard_error
    once = fit(**plain(votes), errors="sandwich").standard_error
    assert by_rater == pytest.approx(once, rel=0.15)
    assert (fit(**copies, num_items=ITEMS).standard_error < 0.5 * once).all()


def test_a_position_bias_and_ties_are_estimated_together():
    votes, _ = drawn(5, votes=4000, bias=0.8)
    found = fit(**votes, position_bias=True)
    assert found.position_bias[0] == pytest.approx(0.8, abs=3 * found.bias_error[0])
    assert found.log_nu == pytest.approx(0.5, abs=0.15)
    by_rater = fit(**votes, rater=np.arange(4000) % 3, position_bias="rater")
    assert by_rater.position_bias == pytest.approx([0.8] * 3, abs=0.3)


def test_without_ties_the_model_is_bradley_terry_to_the_last_bit():
    votes, _ = drawn(6, log_nu=-30)
    assert not votes["tie"].any()
    assert fit(**plain(votes)).log_strength.tolist() == fit(**plain(votes), ties="half").log_strength.tolist()


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_the_order_of_votes_and_the_names_of_ties_change_no_bit(seed):
    votes, _ = drawn(seed, votes=40)
    rng = np.random.default_rng(seed)
    votes |= {"weight": rng.exponential(1, 40), "rater": rng.integers(4, size=40)}
    order = rng.permutation(40)
    mixed: dict[str, Any] = {k: v[order] if isinstance(v, np.ndarray) else v for k, v in votes.items()}
    flip = mixed["tie"] & (rng.random(40) < 0.5)
    mixed |= {
        "winner": np.where(flip, mixed["loser"], mixed["winner"]),
        "loser": np.where(flip, mixed["winner"], mixed["loser"]),
        "slot": np.where(flip, 1 - mixed["slot"], mixed["slot"]),
    }
    for bias in (False, True):
        once, again = (fit(**v, position_bias=bias, errors="weighted") for v in (votes, mixed))
        assert once.parameters.tolist() == again.parameters.tolist()
        assert once.standard_error == pytest.approx(again.standard_error, rel=1e-9)
        draws = [bootstrap(**v, position_bias=bias, draws=3).log_strength for v in (votes, mixed)]
        assert draws[0] == pytest.approx(draws[1], abs=1e-9)


def test_the_bootstrap_draws_ties_by_the_same_model():
    votes, _ = drawn(7, votes=3000)
    found, again = fit(**plain(votes)), bootstrap(**plain(votes), draws=150)
    assert again.log_strength.mean(axis=0) == pytest.approx(found.log_strength, abs=0.05)
    assert again.standard_error == pytest.approx(found.standard_error, rel=0.25)


@pytest.mark.parametrize("case", [([0, 1], [1, 0]), ([0], [1])])
def test_only_ties_have_a_finite_answer_by_the_prior(case):
    winner, loser = case
    found = fit(winner, loser, tie=[True] * len(winner), num_items=3)
    assert np.isfinite(found.parameters).all() and np.isfinite(found.standard_error).all()
    assert found.log_strength == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ConfigError, match="all votes are ties"):
        fit([0, 1], [1, 0], tie=[True, True], prior=0)


@pytest.mark.parametrize("wrong", [{"ties": "none"}, {"errors": "robust"}, {"errors": "rater"}])
def test_what_is_not_allowed_is_refused(wrong):
    with pytest.raises(ConfigError):
        fit([0], [1], **wrong)


# Goodness of fit and cycles


@pytest.mark.parametrize("log_nu", [0.5, -30.0])
@pytest.mark.parametrize("votes", [60, 600])
def test_the_goodness_of_fit_rejects_the_model_as_rarely_as_it_says(log_nu, votes):
    p = [goodness(fit(**plain(drawn(seed, log_nu, votes)[0]))).p for seed in range(200)]
    assert np.mean(np.array(p) < 0.05) < 0.1
    assert 0.35 < np.mean(p) < 0.75


def test_a_ring_of_preferences_is_no_tie():
    ring: dict[str, Any] = {"winner": [0] * 20 + [1] * 20 + [2] * 20, "loser": [1] * 20 + [2] * 20 + [0] * 20}
    found = fit(**ring)
    assert found.log_strength == pytest.approx(0.0, abs=1e-9)
    assert goodness(found).p < 1e-6
    assert cycles(found.votes) == (1, 1, 0) and cycles(found.votes).rate == 1.0
    tied = fit([0, 1, 2] * 10, [1, 2, 0] * 10, tie=[True] * 30)
    assert cycles(tied.votes).rate == 0.0


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_cycles_are_those_of_a_slow_count(seed):
    votes, _ = drawn(seed, votes=25)
    counted = cycles(fit(**plain(votes)).votes)
    lead, judged = np.zeros((ITEMS, ITEMS)), np.zeros((ITEMS, ITEMS), bool)
    for a, b, tie in zip(votes["winner"], votes["loser"], votes["tie"], strict=True):
        judged[a, b] = judged[b, a] = True
        lead[a, b] += not tie
        lead[b, a] -= not tie
    wrong = total = 0
    for i in range(ITEMS):
        for j in range(i):
            for k in range(j):
                if judged[i, j] and judged[j, k] and judged[i, k]:
                    total += 1
                    # a weak order agrees with some places of the three
                    places = [(x, y, z) for x in range(3) for y in range(3) for z in range(3)]
                    wrong += not any(
                        np.sign(x - y) == np.sign(lead[i, j])
                        and np.sign(y - z) == np.sign(lead[j, k])
                        and np.sign(x - z) == np.sign(lead[i, k])
                        for x, y, z in places
                    )
    assert (counted.triples, counted.circular + counted.contradicted) == (total, wrong)


# Votes needed


@pytest.mark.parametrize("log_nu", [None, 0.5])
def test_so_many_votes_give_the_wanted_interval(log_nu):
    truth = np.linspace(-1, 1, ITEMS)
    needed = votes_needed(truth, 0.2, log_nu=log_nu)
    votes, _ = drawn(8, -30.0 if log_nu is None else log_nu, needed, truth=truth)
    low, high = fit(**plain(votes)).interval(0.95)
    assert (high - low).max() / 2 == pytest.approx(0.2, rel=0.12)
    assert votes_needed(truth, 0.1, log_nu=log_nu) == pytest.approx(4 * needed, abs=4)


@pytest.mark.parametrize("wrong", [([0.0], 0.1), ([0.0, 1.0], 0.0), ([0.0, math.nan], 0.1)])
def test_no_number_of_votes_is_guessed(wrong):
    with pytest.raises(ConfigError):
        votes_needed(*wrong)
