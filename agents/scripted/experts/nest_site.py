"""Visit sites, read each several times, vote for the best; liars vote for the site they must promote.

- Where to: the nearest site with too few readings, on a shortest path of the known map (unseen cells count as
  free); without such a site, the nearest unseen cell. Sites do not move, so later questions need no search.
- Quality: the mean of the readings, shrunk towards the middle of the range, more for large errors and few
  readings (the least-squares estimate for uniform qualities).
- When to vote: in the last rounds, for the second best and then for the best, which gives more information
  than one vote. If votes can close a question early, also after some sites, and again when the order changes.
- A liar does the same, begins with the site that it promotes, and votes in the opposite order with that site
  first.

It sends no messages.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import STAY
from swarm_env.agents.scripted.explorer import (
    STUCK,
    WAITS,
    Explorers,
    Ground,
    add_around,
    explore,
    learn,
    new_goals,
    towards,
)
from swarm_env.agents.scripted.sights import Sights, cell_of

from swarm_env.engine.compiler import kernel

ENOUGH = 3  # sites to compare before a vote that may close the question
READINGS = 2  # of each site
PLACES = 2  # ranks that get a vote at the end, one per round, the lowest first
MIDDLE, SPREAD = 50.5, 833.0  # mean and variance of a quality from 1 to 100
SITE, READING, PROMOTED, LEFT = range(4)  # senses
# Columns of `sites`: sum and number of readings, place, whether it is known, rank at the last vote (0: none).
SUM, COUNT, AT_ROW, AT_COL, KNOWN, SAID = range(6)


class Rules(NamedTuple):
    """The question, as all agents know it."""

    votes: NDArray[np.int64]  # (S,) the move that votes for each site
    symbols: NDArray[np.int64]  # (S,)
    sites: int  # on the map
    hurry: bool  # votes may close a question early
    error: float  # variance of a reading


class Expert(Explorers):
    """One scout per agent."""

    def begin(self) -> None:
        """Set up the memory."""
        super().begin()
        facts, actions = self.brief.facts, self.brief.actions
        votes = [move for move, action in enumerate(actions) if action.startswith("VOTE_")]
        self._rules = Rules(
            np.array(votes, np.int64),
            np.array([cell_of(actions[move].removeprefix("VOTE_")) for move in votes], np.int64),
            int(facts.get("sites", len(votes))),
            float(facts.get("quorum", 0.0)) > 0.0,
            float(facts.get("noise", 15.0)) ** 2,
        )
        n = len(self.numbers)
        self._left, self._sites = np.zeros(n, np.int64), np.zeros((n, len(votes), 6), np.int64)
        self._order = np.zeros(len(votes), np.int64)

    def moves(self, sights: Sights) -> NDArray[np.int8]:
        """(n,) the moves of agents who see this."""
        moves = np.zeros(len(sights.rows), np.int8)
        decide(*sights, self.ground(), self._rules, self._left, self._sites, self._order, moves)
        return moves


@kernel(wrapped=True)
def decide(
    rows: NDArray[np.int64], cells: NDArray[np.int32], at: NDArray[np.int32], marks: NDArray[np.uint8],
    time: int, senses: NDArray[np.uint8], allowed: NDArray[np.uint8], ground: Ground, rules: Rules,
    left: NDArray[np.int64], sites: NDArray[np.int64], order: NDArray[np.int64], moves: NDArray[np.int8],
) -> None:  # fmt: skip
    """Vote, or go and see; of all agents in `rows`."""
    for i in range(len(rows)):
        m, own, promoted, beside = rows[i], sites[rows[i]], -1, -1
        learn(ground, m, cells[i], at[i, 0], at[i, 1])
        note_sites(cells[i], at[i, 0], at[i, 1], rules, own)
        if senses.shape[1]:
            beside, promoted = int(senses[i, SITE]) - 1, int(senses[i, PROMOTED]) - 1
            if senses[i, LEFT] > left[m]:  # a new question
                own[:, SUM], own[:, COUNT], own[:, SAID] = 0, 0, 0
            left[m] = senses[i, LEFT]
            if beside >= 0:
                own[beside, SUM] += senses[i, READING]
                own[beside, COUNT] += 1
        count = rank(own, rules, 1 if left[m] <= PLACES else READINGS, promoted, order)
        place = left[m] - 1  # rank of the site to vote for now
        if rules.hurry and count >= min(ENOUGH, rules.sites) and differs(own, order, count):
            place = 0
        if 0 <= place < min(PLACES, count) and allowed[i, rules.votes[order[place]]]:
            moves[i] = rules.votes[order[place]]
            own[:, SAID] = 0
            for r in range(count):
                own[order[r], SAID] = r + 1
        else:
            moves[i] = step(ground, m, cells[i], rules, own, beside, promoted)


@kernel()
def note_sites(view: NDArray[np.int32], row: int, col: int, rules: Rules, sites: NDArray[np.int64]) -> None:
    """Remember where the sites in a view are."""
    half = view.shape[0] // 2
    for y in range(view.shape[0]):
        for x in range(view.shape[1]):
            for s in range(len(sites)):
                if view[y, x] == rules.symbols[s]:
                    sites[s, AT_ROW], sites[s, AT_COL] = row + y - half, col + x - half
                    sites[s, KNOWN] = 1


@kernel()
def estimate(site: NDArray[np.int64], error: float) -> float:
    """Estimated quality of a site that was read."""
    count = max(site[COUNT], 1)
    share = SPREAD / (SPREAD + error / count)
    return float(MIDDLE + share * (site[SUM] / count - MIDDLE))


@kernel()
def rank(sites: NDArray[np.int64], rules: Rules, enough: int, promoted: int, order: NDArray[np.int64]) -> int:
    """Write the sites with enough readings in the order of the votes, best first; returns their number."""
    count = 0
    for s in range(len(sites)):
        if sites[s, COUNT] < enough:
            continue
        found, place = estimate(sites[s], rules.error), count
        while place > 0:
            before = estimate(sites[order[place - 1]], rules.error)
            if promoted < 0:
                moves_up = found > before
            else:  # the promoted site first, then the worst
                moves_up = s == promoted or (order[place - 1] != promoted and found < before)
            if not moves_up:
                break
            order[place] = order[place - 1]
            place -= 1
        order[place] = s
        count += 1
    return count


@kernel()
def differs(sites: NDArray[np.int64], order: NDArray[np.int64], count: int) -> bool:
    """Whether the order is not that of the last vote."""
    said = 0
    for s in range(len(sites)):
        said += sites[s, SAID] > 0
    for r in range(count):
        if sites[order[r], SAID] != r + 1:
            return True
    return said != count


@kernel()
def step(
    ground: Ground, m: int, view: NDArray[np.int32], rules: Rules, sites: NDArray[np.int64], beside: int,
    promoted: int,
) -> int:  # fmt: skip
    """Go to a site with too few readings or to an unseen cell; stay at a site to read it."""
    if beside >= 0 and sites[beside, COUNT] < READINGS and ground.here[m, WAITS] < READINGS + STUCK:
        return STAY
    new_goals(ground)
    goals, known = 0, 0
    only = promoted >= 0 and sites[promoted, COUNT] == 0
    for s in range(len(sites)):
        known += sites[s, KNOWN]
        if sites[s, KNOWN] and sites[s, COUNT] < READINGS and (s == promoted or not only):
            goals += add_around(ground, m, view, sites[s, AT_ROW], sites[s, AT_COL], True)
    if goals:
        return towards(ground, m, view)
    return explore(ground, m, view) if known < rules.sites else STAY
