"""What the games of a match say: differences over swapped pairs, outcomes, ratings, exploitability.

Games of one seed with swapped sides are one pair: what the seed brings to a side both members meet, and it
cancels. The *difference* of a pair is half of (score with A on the first side - score with B there), where
the score is what the first side has gained. A has *won the pair* if its difference is above 0; with 0 it is a
draw. Seeds are independent; intervals are over seeds, and repeats count as their mean.

Ratings take a pair as one vote (a draw as a tie), by the project's own rules `bradley_terry` and `elo`.
Intervals of ratings are the middle 95% of `DRAWS` fits to seeds drawn with replacement (our choice: 200);
they need `FEWEST` seeds.

The *exploitability* of a member is how much the best answer to it in the pool gains in the mean of a pair,
and 0 if none does. That is a lower bound of its exploitability by any policy.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.leaderboard.comparisons import FEWEST
from swarm_env.leaderboard.intervals import mean_interval
from swarm_env.rules import scores_of

DRAWS = 200
ELO_SCALE = 400 / np.log(10)  # points per unit of log-strength: ten to one is 400 points
CENTRE = 1500.0  # points of a rating of average strength
End = Literal["over", "time-out"]


class Game(NamedTuple):
    """A finished game between two members.

    Attributes:
        first: The member on the first side.
        second: The one on the second.
        seed: Its seed.
        score: What the first side has gained over the second.
        payoffs: Mean payoff of the agents of each side; None if they are not paid by themselves.
        end: "over": the task came to its end; "time-out": it was cut off at `max_rounds`.
    """

    first: str
    second: str
    seed: int
    score: float
    payoffs: tuple[float, float] | None
    end: End


class Estimate(NamedTuple):
    """A mean and its 95% interval; None where there is none."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One member of the pool.

    Attributes:
        member: Its label.
        pairs: Pairs of games.
        win_share: Of the pairs, a draw counts as half.
        difference: Mean difference of its pairs.
        payoff: Mean payoff of its agents less that of their opponents; None without payoffs.
        bradley_terry: Rating [Elo points, `CENTRE` is the average].
        elo: Rating [points].
        exploitability: What the best answer in the pool gains; a lower bound.
        exploited_by: That answer; "" if none gains.
    """

    member: str
    pairs: int
    win_share: Estimate
    difference: Estimate
    payoff: Estimate | None
    bradley_terry: Estimate
    elo: Estimate
    exploitability: float
    exploited_by: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the games of one ordered pair of members ended, by side.

    Attributes:
        first: The member on the first side.
        second: The one on the second.
        games: Their number.
        wins: Games that the first side won, [until they were over, by time-out].
        losses: Games that it lost, likewise.
        draws: Games with equal scores, likewise.
        win_share: Of the first side, a draw counts as half.
    """

    first: str
    second: str
    games: int
    wins: tuple[int, int]
    losses: tuple[int, int]
    draws: tuple[int, int]
    win_share: Estimate


@dataclass(frozen=True, slots=True)
class Match:
    """All results of one world.

    Attributes:
        standings: Best first, by Bradley-Terry.
        matrix: (member, other) to difference and win share of the member.
        outcomes: One for each ordered pair that has played.
    """

    standings: tuple[Standing, ...]
    matrix: Mapping[tuple[str, str], tuple[Estimate, Estimate]]
    outcomes: tuple[Outcome, ...]


class _Pair(NamedTuple):
    """Two games of a seed, as a sees them."""

    seed: int
    difference: float
    payoff: float | None

    @property
    def won(self) -> float:
        return 0.5 if self.difference == 0 else float(self.difference > 0)


_Pairs = dict[tuple[str, str], list[_Pair]]


def evaluate(games: Sequence[Game]) -> Match:
    """The results of the games of one world. A game without its swapped game counts in `outcomes` only."""
    members = sorted({name for game in games for name in (game.first, game.second)})
    pairs = _pairs(games)
    matrix = {key: (_estimate(_by_seed(own, "difference")), _share(own)) for key, own in pairs.items()}
    points = {rule: _ratings(rule, members, pairs) for rule in ("bradley_terry", "elo")}
    standings = [_standing(name, pairs, matrix, points, i) for i, name in enumerate(members)]
    standings.sort(key=lambda one: (-one.bradley_terry.mean, one.member))
    return Match(tuple(standings), matrix, tuple(_outcomes(games)))


def _pairs(games: Sequence[Game]) -> _Pairs:
    """The pairs of each ordered pair of members that met with both sides."""
    found: dict[tuple[str, str, int], list[Game]] = defaultdict(list)
    for game in games:
        found[game.first, game.second, game.seed].append(game)
    pairs: _Pairs = defaultdict(list)
    for (a, b, seed), own in found.items():
        for game, swapped in zip(own, found.get((b, a, seed), ()), strict=False):
            payoff = None
            if game.payoffs and swapped.payoffs:
                payoff = (game.payoffs[0] - game.payoffs[1] + swapped.payoffs[1] - swapped.payoffs[0]) / 2
            pairs[a, b].append(_Pair(seed, (game.score - swapped.score) / 2, payoff))
    return dict(pairs)


def _standing(
    name: str,
    pairs: _Pairs,
    matrix: Mapping[tuple[str, str], tuple[Estimate, Estimate]],
    points: Mapping[str, list[Estimate]],
    index: int,
) -> Standing:
    own = [pair for (a, _), some in pairs.items() if a == name for pair in some]
    against = {b: -found[0].mean for (a, b), found in matrix.items() if a == name}
    best = max(against, key=lambda other: against[other], default="")
    gain = max(0.0, against.get(best, 0.0))
    payoffs = _by_seed(own, "payoff")
    none = Estimate(float("nan"), None, None)
    return Standing(
        name,
        len(own),
        _share(own) if own else none,
        _estimate(_by_seed(own, "difference")) if own else none,
        _estimate(payoffs) if payoffs else None,
        points["bradley_terry"][index],
        points["elo"][index],
        gain,
        best if gain > 0 else "",
    )


def _outcomes(games: Sequence[Game]) -> list[Outcome]:
    found: dict[tuple[str, str], list[Game]] = defaultdict(list)
    for game in games:
        found[game.first, game.second].append(game)
    outcomes = []
    for (first, second), own in sorted(found.items()):
        signs = [int(np.sign(game.score)) for game in own]

        def count(sign: int, own: list[Game] = own, signs: list[int] = signs) -> tuple[int, int]:
            ends = [game.end for game, found in zip(own, signs, strict=True) if found == sign]
            return ends.count("over"), ends.count("time-out")

        shares: dict[int, list[float]] = defaultdict(list)
        for game, sign in zip(own, signs, strict=True):
            shares[game.seed].append((sign + 1) / 2)
        share = _estimate([float(np.mean(x)) for x in shares.values()], (0.0, 1.0))
        outcomes.append(Outcome(first, second, len(own), count(1), count(-1), count(0), share))
    return outcomes


def _ratings(rule: str, members: Sequence[str], pairs: _Pairs) -> list[Estimate]:
    """Rating of each member with its interval over seeds."""
    number = {name: i for i, name in enumerate(members)}
    votes = [(number[a], number[b], pair) for (a, b), own in pairs.items() if a < b for pair in own]
    if not votes:
        return [Estimate(float("nan"), None, None)] * len(members)
    better = np.array([(a, b) if pair.difference >= 0 else (b, a) for a, b, pair in votes])
    tie = np.array([pair.difference == 0 for *_, pair in votes])
    seeds, row = np.unique([pair.seed for *_, pair in votes], return_inverse=True)

    def points(weight: NDArray[Any]) -> NDArray[np.float64]:
        kept = weight > 0
        found: NDArray[np.float64] = scores_of(
            rule, len(members), better[kept, 0], better[kept, 1], tie=tie[kept], weight=weight[kept]
        )
        return CENTRE + ELO_SCALE * found if rule == "bradley_terry" else found

    means = points(np.ones(len(votes)))
    if len(seeds) < FEWEST:
        return [Estimate(float(mean), None, None) for mean in means]
    rng = np.random.default_rng(DRAWS)
    drawn = [
        points(rng.multinomial(len(seeds), [1 / len(seeds)] * len(seeds))[row] * 1.0) for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return [Estimate(*map(float, one)) for one in zip(means, low, high, strict=True)]


def _by_seed(pairs: Sequence[_Pair], field: str) -> list[float]:
    """The means over each seed; empty if a value is unknown."""
    values: dict[int, list[float]] = defaultdict(list)
    for pair in pairs:
        if (value := getattr(pair, field)) is None:
            return []
        values[pair.seed].append(value)
    return [float(np.mean(own)) for own in values.values()]


def _share(pairs: Sequence[_Pair]) -> Estimate:
    return _estimate(_by_seed(pairs, "won"), (0.0, 1.0))


def _estimate(values: Sequence[float], bounds: tuple[float, float] | None = None) -> Estimate:
    """The mean of values, one per seed, with its interval."""
    interval = mean_interval(values, bounds) if len(values) >= 2 else None
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Estimate(float(np.mean(values)), low, high)
