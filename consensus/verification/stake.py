"""Stakes that make cheating unprofitable: the algebra of sampled checks.

Crynux (the documentation of crynux-contracts) has it for groups of three of which two decide. r (`sampling`)
is the share of tasks that are checked, k (`gain`) what a cheat gains by one task, s (`stake`) what it loses
if it is caught, in the same unit, and p (`passes`) the probability that a check lets it pass:

    E = (1 - r) k + r (p k - (1 - p) s) = k - r (1 - p) (k + s)

All functions raise `ConfigError` for a probability outside [0, 1], or an amount that is negative or not
finite.
"""

import math

from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.verification.agreement import NEED, VERIFIERS, check_majority

from swarm_env.errors import ConfigError

ROUNDING = 1e-12
_MOST = 1e300  # of an amount


def colluding_majority(dishonest: int, honest: int, verifiers: int = VERIFIERS, need: int = NEED) -> float:
    """Probability that a random group of `verifiers` nodes holds at least `need` colluders.

    For 2 of 3 it is (C(d, 2) C(h, 1) + C(d, 3)) / C(d + h, 3), with d dishonest and h honest nodes.
    """
    _check_group(dishonest, honest, verifiers, need)
    total = dishonest + honest
    ways = sum(math.comb(dishonest, i) * math.comb(honest, verifiers - i) for i in range(need, verifiers + 1))
    return ways / math.comb(total, verifiers)


def passing(
    dishonest: int, honest: int, false_accept: float, verifiers: int = VERIFIERS, need: int = NEED
) -> float:
    """p: probability that a random group of verifiers lets a cheat pass.

    All colluders in the group accept, and each of the others errs by itself: the sum over the number i of
    colluders of the probability that so many are drawn (hypergeometric), times the probability that at least
    `need` - i of the others err.

    Args:
        dishonest: Number of colluding nodes.
        honest: Number of other nodes.
        false_accept: Probability that a single honest verifier accepts a cheat.
        verifiers: Size of a group.
        need: Number of acceptances that decide.
    """
    _check_group(dishonest, honest, verifiers, need)
    _probabilities(false_accept=false_accept)
    total = math.comb(dishonest + honest, verifiers)
    return min(1.0, sum(
        math.comb(dishonest, i) * math.comb(honest, verifiers - i) / total
        * _at_least(need - i, verifiers - i, false_accept)
        for i in range(verifiers + 1)
    ))  # fmt: skip


def _at_least(need: int, of: int, rate: float) -> float:
    """Probability that at least `need` of so many independent verifiers accept."""
    return sum(math.comb(of, k) * rate**k * (1.0 - rate) ** (of - k) for k in range(max(need, 0), of + 1))


def expected_gain(sampling: float, gain: float, stake: float, passes: float) -> float:
    """E: what a cheat expects to gain by one task; cheating does not pay if it is below 0."""
    _probabilities(sampling=sampling, passes=passes)
    _amounts(gain=gain, stake=stake)
    return (1.0 - sampling) * gain + sampling * (passes * gain - (1.0 - passes) * stake)


def required_stake(sampling: float, gain: float, passes: float) -> float:
    """The stake with which E is 0: ((1 - r) k + r p k) / (r (1 - p)); infinite if no cheat is ever caught."""
    _probabilities(sampling=sampling, passes=passes)
    _amounts(gain=gain)
    caught = sampling * (1.0 - passes)
    if not caught:
        return math.inf
    return ((1.0 - sampling) * gain + sampling * passes * gain) / caught


def required_sampling(gain: float, stake: float, passes: float) -> float:
    """The r with which E is 0: k / ((1 - p) (k + s)), 0 to 1; infinite if no share is enough."""
    _probabilities(passes=passes)
    _amounts(gain=gain, stake=stake)
    if gain == 0.0:
        return 0.0
    found = gain / ((1.0 - passes) * (gain + stake)) if passes < 1.0 else math.inf
    return min(found, 1.0) if found <= 1.0 + ROUNDING else math.inf


def honest_loss(sampling: float, stake: float, true_accept: float) -> float:
    """Expected loss of an honest worker by one task, because verifiers err: r (1 - true_accept) s."""
    _probabilities(sampling=sampling, true_accept=true_accept)
    _amounts(stake=stake)
    return sampling * (1.0 - true_accept) * stake


def _check_group(dishonest: int, honest: int, verifiers: int, need: int) -> None:
    check_majority(verifiers, need)
    for name, value in (("dishonest", dishonest), ("honest", honest)):
        checked_number(name, value, 0, 10**9)
    if dishonest + honest < verifiers:
        raise ConfigError(f"{verifiers} verifiers cannot be drawn from {dishonest + honest} nodes.")


def _probabilities(**values: float) -> None:
    for name, value in values.items():
        checked_number(name, value, 0.0, 1.0)


def _amounts(**values: float) -> None:
    for name, value in values.items():
        checked_number(name, value, 0.0, _MOST)
