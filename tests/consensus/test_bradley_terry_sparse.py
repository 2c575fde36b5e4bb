"""Many items: the solver without matrices finds what the one with matrices finds."""

from typing import Any

import numpy as np
import pytest
import swarm_env.consensus.bradley_terry as package
from swarm_env.consensus.bradley_terry import bootstrap, fit, merged_votes
from swarm_env.consensus.bradley_terry import estimates as estimates_module
from swarm_env.consensus.bradley_terry import problem as problem_module

from swarm_env.errors import ConfigError


def drawn(items, votes, seed, *, ties=0.2) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    truth = rng.logistic(size=items)
    a = rng.integers(items, size=votes)
    b = (a + 1 + rng.integers(items - 1, size=votes)) % items
    wins = rng.random(votes) < 1 / (1 + np.exp(truth[b] - truth[a] - 0.5))
    return {
        "winner": np.where(wins, a, b),
        "loser": np.where(wins, b, a),
        "weight": rng.exponential(1, votes),
        "tie": rng.random(votes) < ties,
        "slot": np.where(wins, 0, 1) - (rng.random(votes) < 0.1),
        "num_items": items,
    }


@pytest.fixture
def without_matrices(monkeypatch):
    for module in (package, problem_module, estimates_module, merged_votes):
        monkeypatch.setattr(module, "MOST_ITEMS", 5)


@pytest.mark.parametrize("options", [{}, {"ties": "half"}, {"position_bias": True}, {"prior": 0.05}])
def test_both_solvers_find_the_same(monkeypatch, options):
    votes = drawn(40, 900, 1)
    dense = fit(**votes, **options)
    errors = dense.standard_error, dense.difference(0, 1)
    for module in (package, problem_module, estimates_module, merged_votes):
        monkeypatch.setattr(module, "MOST_ITEMS", 5)
    sparse = fit(**votes, **options)
    assert sparse.converged
    assert sparse.parameters == pytest.approx(dense.parameters, abs=1e-6)
    assert sparse.island.tolist() == dense.island.tolist()
    assert sparse.standard_error == pytest.approx(errors[0], rel=0.6)
    assert np.mean(sparse.standard_error / errors[0]) == pytest.approx(1, abs=0.1)


@pytest.mark.usefixtures("without_matrices")
def test_the_order_of_votes_changes_no_bit_and_islands_are_found():
    votes = drawn(30, 25, 2)
    order = np.random.default_rng(3).permutation(25)
    mixed: dict[str, Any] = {k: v[order] if isinstance(v, np.ndarray) else v for k, v in votes.items()}
    one, two = fit(**votes), fit(**mixed)
    assert one.parameters.tolist() == two.parameters.tolist()
    assert one.num_islands > 1 and np.isfinite(one.standard_error).all()


@pytest.mark.usefixtures("without_matrices")
def test_what_needs_a_matrix_says_so():
    votes = drawn(30, 50, 4)
    with pytest.raises(ConfigError, match="prior"):
        fit(**votes, prior=0)
    with pytest.raises(ConfigError, match="bootstrap takes"):
        bootstrap(**votes)
    with pytest.raises(ConfigError, match="'hessian' or 'weighted'"):
        fit(**votes, errors="sandwich")
    with pytest.raises(ConfigError, match="no matrix"):
        _ = fit(**votes).covariance


def test_more_items_than_a_matrix_could_hold():
    votes = drawn(50_000, 300_000, 5, ties=0.0)
    found = fit(votes["winner"], votes["loser"], num_items=50_000)
    truth = np.random.default_rng(5).logistic(size=50_000)
    assert found.converged and np.corrcoef(found.log_strength, truth)[0, 1] > 0.85
    low, high = found.interval(0.95)
    assert 0.9 < ((low <= truth) & (truth <= high)).mean() < 0.97
