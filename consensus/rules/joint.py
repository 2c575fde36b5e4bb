"""One model of answers, texts, places, own views and judges' skills. Options: text=0.5, rounds=6."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import Ballots, checked_number

_STEPS = 6  # of Newton's method in each round
_WIDE = 2.0  # standard deviation of the effects of answers [logits]


@dataclass(frozen=True, slots=True)
class Joint:
    """An item's score is the effect of its answer plus that of its text.

    A vote's log-odds are k_r (c_a + t_a - c_b - t_b) + place + own (s_a - s_b): c the effect of the answer,
    shared by all texts that give it; t that of the text; `place` is standing first; s is 1 where a text gives
    the judge's own answer, so `own` is the taste for one's like; k_r is the judge's skill, 0 to 2. Effects
    have normal priors, skills one of mean 1. Fitted by Newton's method for the effects in turn with a step
    for the skills. All of it is our choice; the parts are those of Bradley-Terry, Davidson and Beaver (1977),
    and of rater models after Dawid and Skene (1979).

    Attributes:
        text: Standard deviation of the effects of texts [logits]; those of answers have 2.
        rounds: How often skills are estimated; 0: all judges alike.
    """

    text: float = 0.5
    rounds: int = 6
    name: str = "joint"

    def __post_init__(self) -> None:
        checked_number("text", self.text, 1e-3, 10.0)
        checked_number("rounds", self.rounds, 0, 1000)

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """(num_items,): logits.

        Raises `ConfigError` if the voters, the authors or the classes of answers are not known.
        """
        b = ballots
        raters, index = np.unique(b.known("rater", self.name), return_inverse=True)
        who, count, n = index.astype(np.int64), len(raters), b.num_items
        _, where = np.unique(b.known("answer_of", self.name), return_inverse=True)
        kinds = int(where.max(initial=-1)) + 1
        order = np.lexsort((b.weight, b.tie, b.first, who, b.loser, b.winner))  # sums in one order
        won, lost, who = b.winner[order], b.loser[order], who[order]
        weight = b.weight[order] / max(float(b.weight.max(initial=0.0)), 1e-300)
        said = np.where(b.tie[order], 0.5, 1.0)
        stood = np.where(b.first[order] < 0, 0.0, np.where(b.first[order] == won, 1.0, -1.0))
        like = self._like(b, raters, where)
        own = like[who, won] - like[who, lost]
        size = kinds + n + 2
        precision = np.concatenate([np.full(kinds, _WIDE**-2), np.full(n, self.text**-2), [0.25, 0.25]])
        effect, skill = np.zeros(size), np.ones(count)
        design = np.zeros((kinds + n, n))
        design[where, np.arange(n)] = 1.0
        design[kinds + np.arange(n), np.arange(n)] = 1.0
        for turn in range(self.rounds + 1):
            for _ in range(_STEPS if not turn else 2):
                effect += _step(design, won, lost, skill[who], stood, own, weight, said, effect, precision)
            if turn < self.rounds:
                gap = (effect[:-2] @ design)[won] - (effect[:-2] @ design)[lost]
                rest = effect[-2] * stood + effect[-1] * own
                chance = 0.5 * (1.0 + np.tanh(0.5 * (skill[who] * gap + rest)))
                pull = np.bincount(who, weight * gap * (said - chance), count) - (skill - 1.0)
                curve = np.bincount(who, weight * gap**2 * chance * (1.0 - chance), count) + 1.0
                skill = np.clip(skill + pull / curve, 0.0, 2.0)
        return np.asarray(effect[:-2] @ design, np.float64)

    def _like(
        self, ballots: Ballots, raters: NDArray[np.int32], where: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """(raters, items) 1 where the item gives the answer of the judge's own text; else 0."""
        author = ballots.known("author", self.name)
        like = np.zeros((len(raters), ballots.num_items))
        for row, rater in enumerate(raters):
            mine = where[author == rater]
            if len(mine):
                like[row] = where == mine[0]
        return like


def _step(
    design: NDArray[np.float64], won: NDArray[np.int32], lost: NDArray[np.int32], skill: NDArray[np.float64],
    stood: NDArray[np.float64], own: NDArray[np.float64], weight: NDArray[np.float64],
    said: NDArray[np.float64], effect: NDArray[np.float64], precision: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """One step of Newton's method for the effects (m,), whose squares are punished by `precision`."""
    n = design.shape[1]
    item = effect[:-2] @ design
    margin = skill * (item[won] - item[lost]) + effect[-2] * stood + effect[-1] * own
    chance = 0.5 * (1.0 + np.tanh(0.5 * margin))
    pull, curve = weight * (said - chance), weight * chance * (1.0 - chance)
    toward = np.bincount(won, skill * pull, n) - np.bincount(lost, skill * pull, n)
    heavy = np.bincount(won * n + lost, curve * skill**2, n * n).reshape(n, n)
    heavy = heavy + heavy.T
    among = np.diag(heavy.sum(axis=1)) - heavy
    sides = [
        np.bincount(won, skill * curve * x, n) - np.bincount(lost, skill * curve * x, n) for x in (stood, own)
    ]
    information = np.diag(precision)
    information[:-2, :-2] += design @ among @ design.T
    for i, (side, x) in enumerate(zip(sides, (stood, own), strict=True)):
        information[:-2, i - 2] += design @ side
        information[i - 2, :-2] += design @ side
        information[i - 2, -2:] += [(curve * x * stood).sum(), (curve * x * own).sum()]
    gradient = (
        np.concatenate([design @ toward, [(pull * stood).sum(), (pull * own).sum()]]) - precision * effect
    )
    step = np.linalg.solve(information, gradient)
    return np.asarray(step * min(1.0, 4.0 / max(float(np.abs(step).max(initial=0.0)), 1e-12)), np.float64)


RULE = Joint
