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

from swarm_env.agents.scripted.expert import STAY, Cell, TeamExpert
from swarm_env.agents.scripted.walker import STUCK, Walker

from swarm_env.agent import Brief, Decision, Perception

ENOUGH = 3  # sites to compare before a vote that may close the question
READINGS = 2  # of each site
PLACES = 2  # ranks that get a vote at the end, one per round, the lowest first
MIDDLE, SPREAD = 50.5, 833.0  # mean and variance of a quality from 1 to 100


class Scout(Walker):
    """Looks at sites and votes."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        votes = [move for move, action in enumerate(brief.actions) if action.startswith("VOTE_")]
        self._vote_of = votes  # by site
        self._names = [brief.actions[move].removeprefix("VOTE_") for move in votes]
        self._sites = int(brief.facts.get("sites", len(votes)))
        self._hurry = float(brief.facts.get("quorum", 0.0)) > 0.0  # votes may close a question early
        self._error = float(brief.facts.get("noise", 15.0)) ** 2
        self._cells: dict[int, Cell] = {}  # cell of each known site
        self._left = 0
        self._ask_anew()

    def _ask_anew(self) -> None:
        """Reset readings and votes for a new question."""
        self._sum = [0] * len(self._names)
        self._count = [0] * len(self._names)
        self._said: list[int] = []  # the order at the last vote

    def decide(self, perception: Perception) -> Decision:
        """Vote, or go and see."""
        promoted = self._take_in(perception)
        order = self._order(promoted)
        place = self._left - 1  # rank of the site to vote for now
        if self._hurry and len(order) >= min(ENOUGH, self._sites) and order != self._said:
            place = 0
        if 0 <= place < min(PLACES, len(order)):
            move = self._vote_of[order[place]]
            if not perception.allowed or perception.allowed[move]:
                self._said = order
                return Decision(move)
        return Decision(self._step(perception, promoted))

    def _take_in(self, perception: Perception) -> int | None:
        """Update the memory; return the site to promote, None for honest agents."""
        self._view = self.see(perception)
        for cell, symbol in self.memory.fresh.items():
            if symbol in self._names:
                self._cells[self._names.index(symbol)] = cell
        if not perception.senses:
            return None
        site, reading, promoted, left, _ = perception.senses
        if left > self._left:
            self._ask_anew()
        self._left = left
        if site:
            self._sum[site - 1] += reading
            self._count[site - 1] += 1
        return promoted - 1 if promoted else None

    def _estimate(self, site: int) -> float:
        """Estimated quality of a site."""
        share = SPREAD / (SPREAD + self._error / self._count[site])
        return MIDDLE + share * (self._sum[site] / self._count[site] - MIDDLE)

    def _order(self, promoted: int | None) -> list[int]:
        """The sites with readings in the order of the votes, the best first."""
        enough = 1 if self._left <= PLACES else READINGS
        read = [site for site, count in enumerate(self._count) if count >= enough]
        if promoted is None:
            return sorted(read, key=self._estimate, reverse=True)
        return sorted(read, key=lambda site: (site != promoted, self._estimate(site)))

    def _step(self, perception: Perception, promoted: int | None) -> int:
        """Go to a site with too few readings or to an unseen cell; stay at a site to read it."""
        others = self.others(self._view)
        if perception.senses and perception.senses[0]:
            site = perception.senses[0] - 1
            if self._count[site] < READINGS and self.waits < READINGS + STUCK:
                return STAY
        wanted = [site for site in self._cells if self._count[site] < READINGS]
        if promoted is not None and not self._count[promoted]:
            wanted = [site for site in wanted if site == promoted]
        around = {cell for site in wanted for cell in self.around(self._cells[site])} - others
        if around:
            return self.towards(around, others)
        if len(self._cells) < self._sites:
            return self.explore(others)
        return STAY


class Expert(TeamExpert):
    """One scout per agent."""

    member = Scout
