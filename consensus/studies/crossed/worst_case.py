"""Looks for the worst case of a rule: an evolution strategy turns the knobs of an attacker.

(1 + lambda) evolution strategy (I. Rechenberg, "Evolutionsstrategie", 1973): from a neutral start, lambda
children a generation, of which the best replaces the parent if it does more harm. Of the children a quarter
is drawn anywhere, the others change some of the parent's knobs, by steps that grow with success and shrink
without: our choice. All tries of a search answer the same questions; what is reported was measured on seeds
that the search never saw.
"""

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from swarm_env.consensus.adversaries.knobs import Knobs
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.fortytwo.settings import BURN_IN, Attack, Protocol, Swarm
from swarm_env.consensus.fortytwo.simulated.simulation import simulate
from swarm_env.consensus.intervals import Interval, mean

from swarm_env.errors import ConfigError

Goal = Literal["all", "struck"]
DOUBT = 4  # questions answered rightly that are added to those struck, so that luck with few counts little
CHILDREN, FIRST_STEP, LEAST_STEP = 12, 0.4, 0.05
NEUTRAL = Knobs()
NAMES = tuple(one.name for one in fields(Knobs) if one.init)


class Found(NamedTuple):
    """The worst case found."""

    knobs: dict[str, float]
    tries: int
    accuracy: Interval  # on all questions after burn-in, over held-out seeds
    struck: Interval  # on the questions that were struck
    unharmed: Interval  # without attack, same seeds
    excluded_honest: float  # mean number
    stake_lost: float  # by honest nodes, in stakes, mean


def measure(
    knobs: Knobs, swarm: Swarm, protocol: Protocol, attack: Attack, questions: int, seed: int
) -> tuple[float, float, float, float]:
    """One run: accuracies, exclusions of honest nodes, stake that they lost.

    Accuracy is on all questions and on struck ones (NaN: none).
    """
    ran = simulate(
        swarm, protocol, attack, questions=questions, seed=seed, adversary=replace(knobs),
        baselines=False, sealed=False,
    )  # fmt: skip
    late = ran.right["fortytwo"][BURN_IN:]
    struck = np.array([knobs.strikes(t) for t in range(BURN_IN, questions)])
    wrongly = sum(not ran.attacker[node] for _, node in ran.excluded)
    return (
        float(late.mean()), float(late[struck].mean()) if struck.any() else np.nan, float(wrongly),
        ran.slashed[0] / max(protocol.stake, 1e-12),
    )  # fmt: skip


def search(
    swarm: Swarm | None = None,
    protocol: Protocol | None = None,
    share: float = 0.45,
    *,
    tries: int = 240,
    questions: int = BURN_IN + 60,
    seed: int = 0,
    goal: Goal = "all",
    budget: float = 0.0,
    held_out: int = 8,
    report: Callable[[int, float], None] | None = None,
) -> Found:
    """Search for the knobs that do most harm.

    Args:
        swarm: Nodes and questions; None: the defaults.
        protocol: The protocol, whose `rule` chooses; None: the defaults.
        share: Share of the nodes that attack.
        tries: How many settings of the knobs are tried, at least 12.
        questions: Of each try, burn-in included.
        seed: Of the search, and of the questions.
        goal: What is to be low: the accuracy on "all" questions, or on the "struck" ones.
        budget: What each attacker may spend on bribes and coming back, in stakes; with 0 it can do neither.
        held_out: Number of seeds on which the best setting is measured, at least 2.
        report: Called with the number of tries and the lowest accuracy so far.

    Raises:
        ConfigError: An argument is not allowed.
    """
    swarm, protocol = swarm or Swarm(), protocol or Protocol()
    checked_number("tries", tries, CHILDREN, 10**7)
    checked_number("held_out", held_out, 2, 10_000)
    checked_number("questions", questions, BURN_IN + 12, 10**6)
    if goal not in ("all", "struck"):
        raise ConfigError(f"goal must be all or struck, not {goal!r}.")
    checked_number("budget", budget, 0.0, 1e9)
    attack, rng = Attack("policy", share, budget=budget), np.random.default_rng([seed % 2**64, 91])
    best = np.array([getattr(NEUTRAL, name) for name in NAMES])
    step, tried, lowest = FIRST_STEP, 0, 1.0

    def harm(point: Any) -> float:
        knobs = _at(point)
        every, struck, *_ = measure(knobs, swarm, protocol, attack, questions, seed + 1)
        if goal == "all" or np.isnan(struck):
            return every if goal == "all" else 1.0
        number = sum(knobs.strikes(t) for t in range(BURN_IN, questions))
        return (struck * number + DOUBT) / (number + DOUBT)

    while tried + CHILDREN <= tries:
        changed = rng.random((CHILDREN, len(NAMES))) < 0.4
        children = _folded(best + changed * step * rng.standard_normal(changed.shape))
        children[: CHILDREN // 4] = rng.random((CHILDREN // 4, len(NAMES)))
        values = np.array([harm(child) for child in children])
        tried += CHILDREN
        first = int(np.argmin(values))
        if values[first] < lowest:
            best, lowest, step = children[first], float(values[first]), min(step * 1.3, FIRST_STEP)
        else:
            step = max(step * 0.9, LEAST_STEP)
        if report is not None:
            report(tried, lowest)
    return _held_out(_at(best), tried, swarm, protocol, attack, questions, seed + 1000, held_out)


def _held_out(
    knobs: Knobs, tried: int, swarm: Swarm, protocol: Protocol, attack: Attack, questions: int, seed: int,
    runs: int,
) -> Found:  # fmt: skip
    found = np.array([measure(knobs, swarm, protocol, attack, questions, seed + run) for run in range(runs)])
    none = Attack("policy", 0.0)
    calm = [measure(NEUTRAL, swarm, protocol, none, questions, seed + run)[0] for run in range(runs)]
    struck = found[~np.isnan(found[:, 1]), 1]
    shown = {name: float(value) for name, value in asdict(knobs).items() if name in NAMES}
    return Found(
        shown, tried, mean(found[:, 0]), mean(struck), mean(calm), float(found[:, 2].mean()),
        float(found[:, 3].mean()),
    )  # fmt: skip


def _at(point: Any) -> Knobs:
    return Knobs(**dict(zip(NAMES, map(float, point), strict=True)))


def _folded(points: Any) -> Any:
    """Points folded back into [0, 1], so that no knob sticks at an end."""
    return 1.0 - np.abs(1.0 - np.abs(points) % 2.0)
