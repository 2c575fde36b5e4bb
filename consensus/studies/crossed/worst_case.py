"""Looks for the worst case of a rule: an evolution strategy turns the knobs of an attacker.

(mu + 1) evolution strategy (I. Rechenberg, "Evolutionsstrategie", 1973) from a neutral start: a child changes
a few knobs of one of the mu worst settings so far, or of the neutral one, by steps of all sizes, and takes
the place of the mildest of them if it does more harm. Children are compared with them on the same questions
of several seeds, one seed after the other, and dropped as soon as all mu do more harm: few runs are spent on
mild ones, and luck with one seed is not enough. The mu that remain are measured again on other seeds, the
worst is chosen by these, and what is reported was measured on seeds that decided nothing. All of that is our
choice.
"""

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.adversaries.knobs import Knobs
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.fortytwo.settings import BURN_IN, Attack, Protocol, Swarm
from swarm_env.consensus.fortytwo.simulated.simulation import simulate
from swarm_env.consensus.intervals import Interval, mean

from swarm_env.errors import ConfigError

Goal = Literal["all", "struck"]
DOUBT = 2  # questions answered rightly that are added to those struck, so that luck with few counts little
KEPT, LOOKS, LEAST_TRIES = 4, 3, 12  # mu; seeds on which a setting is compared
STEPS = (0.05, 0.1, 0.2, 0.4)  # deviations of a small change of a knob
AFRESH, CHANGED = 0.2, 0.25  # shares of children of the neutral setting, and of knobs that a child changes
NEUTRAL = Knobs()
Point = NDArray[np.float64]
NAMES = tuple(one.name for one in fields(Knobs) if one.init)


class Found(NamedTuple):
    """The worst case found."""

    knobs: dict[str, float]
    tries: int
    accuracy: Interval  # on all questions after burn-in, over seeds that the search did not see
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
        questions: Of each run, burn-in included. A setting has up to three runs.
        seed: Of the search, and of the questions.
        goal: What is to be low: the accuracy on "all" questions, or on the "struck" ones.
        budget: What each attacker may spend on bribes and coming back, in stakes; with 0 it can do neither.
        held_out: Number of seeds on which the finalists are measured again, and as many others on which the
            chosen one is; at least 2.
        report: Called with the number of tries and the lowest accuracy so far.

    Raises:
        ConfigError: An argument is not allowed.
    """
    swarm, protocol = swarm or Swarm(), protocol or Protocol()
    checked_number("tries", tries, LEAST_TRIES, 10**7)
    checked_number("held_out", held_out, 2, 10_000)
    checked_number("questions", questions, BURN_IN + 12, 10**6)
    checked_number("seed", seed, -(2**63), 2**64)
    if goal not in ("all", "struck"):
        raise ConfigError(f"goal must be all or struck, not {goal!r}.")
    checked_number("budget", budget, 0.0, 1e9)
    attack, rng = Attack("policy", share, budget=budget), np.random.default_rng([seed % 2**64, 91])

    def harm(point: Point, look: int) -> float:
        return _harm(
            _at(point), measure(_at(point), swarm, protocol, attack, questions, look), goal, questions
        )

    neutral = np.array([getattr(NEUTRAL, name) for name in NAMES])
    worst = [_Setting(neutral, [harm(neutral, seed + 1 + look) for look in range(LOOKS)])]
    for tried in range(1, tries):
        child = _Setting(_child(worst, neutral, rng), [])
        while len(child.harms) < LOOKS:
            child.harms.append(harm(child.point, seed + 1 + len(child.harms)))
            looks = len(child.harms)
            if len(worst) == KEPT and all(child.after(looks) >= one.after(looks) for one in worst):
                break
        else:
            worst = sorted([*worst, child], key=lambda one: one.after(LOOKS))[:KEPT]
        if report is not None:
            report(tried + 1, worst[0].after(LOOKS))
    seeds = [seed + 1000 + run for run in range(held_out)]
    again = [float(np.mean([harm(one.point, look) for look in seeds])) for one in worst]
    chosen = _at(worst[int(np.argmin(again))].point)
    return _held_out(chosen, tries, swarm, protocol, attack, questions, seed + 100_000, held_out)


class _Setting(NamedTuple):
    """A setting of the knobs, and what it did on the first seeds of the search."""

    point: Point
    harms: list[float]  # by seed; low is harmful

    def after(self, looks: int) -> float:
        """The mean on the first seeds."""
        return float(np.mean(self.harms[:looks]))


def _harm(knobs: Knobs, measured: tuple[float, float, float, float], goal: Goal, questions: int) -> float:
    every, struck = measured[:2]
    if goal == "all":
        return every
    number = sum(knobs.strikes(t) for t in range(BURN_IN, questions))
    return (struck * number + DOUBT) / (number + DOUBT) if number else 1.0


def _child(worst: list[_Setting], neutral: Point, rng: np.random.Generator) -> Point:
    """The neutral setting, or one of the worst, with a few knobs moved, drawn anew, or turned to an end."""
    parent = neutral if rng.random() < AFRESH else worst[rng.integers(len(worst))].point
    changed = rng.random(len(parent)) < CHANGED
    changed[rng.integers(len(parent))] = True
    moved = _folded(parent + rng.choice(STEPS) * rng.standard_normal(len(parent)))
    kind = rng.integers(3, size=len(parent))
    anew = np.where(kind == 1, rng.random(len(parent)), rng.integers(2, size=len(parent)))
    drawn = np.where(kind == 0, moved, anew)
    return np.where(changed, drawn, parent)


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


def _at(point: Point) -> Knobs:
    return Knobs(**dict(zip(NAMES, map(float, point), strict=True)))


def _folded(points: Point) -> Point:
    """Points folded back into [0, 1], so that no knob sticks at an end."""
    return np.asarray(1.0 - np.abs(1.0 - np.abs(points) % 2.0), np.float64)
