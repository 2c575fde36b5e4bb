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


def colluding_majority(dishonest: int, honest: int, verifiers: int = VERIFIERS, need: int = NEED) -> float:
    """Probability that a random group of `verifiers` nodes holds at least `need` colluders.

    For 2 of 3 it is (C(d, 2) C(h, 1) + C(d, 3)) / C(d + h, 3), with d dishonest and h honest nodes.
    """
    check_majority(verifiers, need)
    for name, value in (("dishonest", dishonest), ("honest", honest)):
        if not isinstance(value, int) or value < 0:
            raise ConfigError(f"{name}={value!r}: a whole number of nodes from 0 on.")
    total = dishonest + honest
    if total < verifiers:
        raise ConfigError(f"{verifiers} verifiers cannot be drawn from {total} nodes.")
    ways = sum(math.comb(dishonest, i) * math.comb(honest, verifiers - i) for i in range(need, verifiers + 1))
    return ways / math.comb(total, verifiers)


def passing(colluding: float, false_accept: float) -> float:
    """p: probability that a check lets a cheat pass, by colluders or else by an error."""
    _probabilities(colluding=colluding, false_accept=false_accept)
    return colluding + (1.0 - colluding) * false_accept


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


def _probabilities(**values: float) -> None:
    for name, value in values.items():
        checked_number(name, value, 0.0, 1.0)


def _amounts(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value < math.inf:
            raise ConfigError(f"{name}={value!r}: a finite amount from 0 on.")
