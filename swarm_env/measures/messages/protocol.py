"""The protocol by which claims about learned talk are tested: do messages help, and is it the messages?

Several arms (ways to learn; one of them silent) are trained at equal samples or equal processor time, each
with at least 5 seeds, and tested on 100 unseen episodes, with controls. The unit of statistics is a training,
not an episode: policies of one arm differ more than episodes of one policy do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError

TRAININGS, EPISODES = 5, 100  # that a claim needs
LEARNED = 0.5  # part of the gap that a training closes if it learned; our choice
UNEQUAL = 1.1  # ratio of samples or processor times above which arms are not comparable; our choice


@dataclass(frozen=True, slots=True)
class Trained:
    """One training, tested.

    Attributes:
        scores: (episodes,) scores of unseen episodes, by control; "" is none. Others by custom: "mute"
            (nothing is sent), "scramble" (all agents are sent what was said in another world in the same
            round), "signs" (vectors are cut to their signs).
        samples: Agent-steps of the training.
        seconds: Its processor time.
    """

    scores: Mapping[str, NDArray[np.float64]]
    samples: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Arm:
    """All trainings of an arm, and between which values of a score they are judged.

    Attributes:
        name: Its name.
        trainings: In the order of the seeds.
        silent: Score of the best team without messages.
        ideal: Score of the best team.
    """

    name: str
    trainings: tuple[Trained, ...]
    silent: float
    ideal: float

    def means(self, control: str = "") -> NDArray[np.float64]:
        """(trainings,) mean score of each; NaN if it was not tested so."""
        return np.array([np.mean(one.scores.get(control, np.nan)) for one in self.trainings])

    def mean(self, control: str = "") -> float:
        """Mean over trainings."""
        return float(self.means(control).mean())

    def error(self, control: str = "") -> float:
        """Standard error of the mean over trainings; NaN for a single one."""
        n = len(self.trainings)
        return float(self.means(control).std(ddof=1) / n**0.5) if n > 1 else float("nan")

    @property
    def gaps_closed(self) -> NDArray[np.float64]:
        """(trainings,) (score - silent) / (ideal - silent) of each."""
        return (self.means() - self.silent) / (self.ideal - self.silent)

    @property
    def learned(self) -> float:
        """Share of the trainings that closed at least half of the gap."""
        return float((self.gaps_closed >= LEARNED).mean())

    @property
    def seconds(self) -> float:
        """Mean processor time of a training."""
        return float(np.mean([one.seconds for one in self.trainings]))

    @property
    def samples(self) -> float:
        """Mean agent-steps of a training."""
        return float(np.mean([one.samples for one in self.trainings]))

    def above(self, other: "Arm | float") -> float:
        """By how many standard errors of the difference it is above another arm, or a known value.

        NaN without errors (single trainings); infinite where there is a difference and no error.
        """
        value, error = (other.mean(), other.error()) if isinstance(other, Arm) else (other, 0.0)
        difference, size = self.mean() - value, float(np.hypot(self.error(), error))
        return difference / size if size else float(np.copysign(np.inf, difference)) if difference else 0.0


def compare(
    train: Callable[[str, int], Trained],
    arms: Sequence[str],
    *,
    silent: float,
    ideal: float,
    seeds: Sequence[int] = range(1, TRAININGS + 1),
    equal: Literal["samples", "seconds"] = "samples",
    report: Callable[[str], object] = lambda line: None,
) -> list[Arm]:
    """Train and test all arms with all seeds.

    Args:
        train: Trains the arm of this name with this seed, and tests it; called arm by arm for each seed.
        arms: Their names.
        silent: Score of the best team without messages, known from theory or by enumeration.
        ideal: Score of the best team.
        seeds: Of the trainings.
        equal: What all arms get equally much of: agent-steps, or processor time.
        report: Called with one line for each training.

    Raises:
        ConfigError: `ideal` is not above `silent`, there are no arms or seeds, or arms got unequal amounts
            (by more than a tenth).
    """
    if not ideal > silent or not arms or not seeds:
        raise ConfigError(f"silent={silent}, ideal={ideal}, arms={list(arms)}, seeds={list(seeds)}: "
                          "give ideal above silent, and at least one arm and one seed.")  # fmt: skip
    found: dict[str, list[Trained]] = {arm: [] for arm in arms}
    for seed in seeds:
        for arm in arms:
            one = train(arm, seed)
            found[arm].append(one)
            tested = ", ".join(f"{control or 'score'} {np.mean(s):.3f}" for control, s in one.scores.items())
            report(f"{arm} seed {seed}: {tested} ({one.seconds:.0f} s, {one.samples:,} agent-steps)")
    result = [Arm(arm, tuple(trainings), silent, ideal) for arm, trainings in found.items()]
    got = [float(getattr(arm, equal)) for arm in result]
    if max(got) > UNEQUAL * min(got):
        amounts = ", ".join(f"{arm.name} {amount:,.0f}" for arm, amount in zip(result, got, strict=True))
        raise ConfigError(f"The arms got unequal {equal} ({amounts}), and can't be compared by them.")
    return result


def table(arms: Sequence[Arm]) -> str:
    """A Markdown table of arms, and what a claim lacks: trainings, or episodes."""
    controls = list(dict.fromkeys(control for arm in arms for one in arm.trainings for control in one.scores))
    rows = [
        ["arm", *(control or "score" for control in controls), "learned", "gap closed", "CPU s"],
        ["---", *("--:" for _ in range(len(controls) + 3))],
    ]
    for arm in arms:
        scores = [f"{arm.mean(control):.3f} ± {arm.error(control):.3f}" for control in controls]
        learned = f"{arm.learned * len(arm.trainings):.0f} of {len(arm.trainings)}"
        rows.append([arm.name, *scores, learned, f"{arm.gaps_closed.mean():.2f}", f"{arm.seconds:.0f}"])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    trainings = min(len(arm.trainings) for arm in arms)
    episodes = min(len(scores) for arm in arms for one in arm.trainings for scores in one.scores.values())
    if trainings < TRAININGS or episodes < EPISODES:
        needed = f"{TRAININGS} trainings tested on {EPISODES} episodes"
        lines.append(f"\nNo claim yet: {trainings} and {episodes} in place of {needed}.")
    return "\n".join(lines)
