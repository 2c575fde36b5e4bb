"""Visit sites, read each several times, vote for the best; liars vote for the one they are told.

- Where to: the nearest site that is not yet read often enough, by the shortest way on the map as far as it
  was seen (unseen cells count as free); where no such site is known, the nearest cell not yet seen. Sites
  stay where they are, so later questions need no search.
- How good: the mean of the readings, drawn towards the middle of what is possible as the errors are large
  and the readings few (the estimate of least squared error for qualities that are spread evenly).
- When to vote: in the last rounds, for the second best and then for the best, which tells more than one
  vote. Where votes can close a question earlier, also after some sites, and again when the order changes.
- A liar does the same, begins with the site it is to promote, and tells the opposite order, that site on
  top.

Nobody says anything.
"""

from swarm_env.agents.scripted.expert import STAY, Cell, Minds, look
from swarm_env.agents.scripted.walker import STUCK, Walker

from swarm_env.agent import Brief, Decision, Perception

ENOUGH = 3  # sites to compare before a vote that may close the question
READINGS = 2  # of each site
PLACES = 2  # of the own order that are told at the end, the last of them first, a round each
MIDDLE, SPREAD = 50.5, 833.0  # mean and variance of a quality from 1 to 100


class Scout(Walker):
    """Looks at sites and votes."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode without a map."""
        super().__init__(brief, name, seed)
        votes = [move for move, action in enumerate(brief.actions) if action.startswith("VOTE_")]
        self._vote_of = votes  # by site
        self._names = [brief.actions[move].removeprefix("VOTE_") for move in votes]
        self._sites = int(brief.facts.get("sites", len(votes)))
        self._hurry = float(brief.facts.get("quorum", 0.0)) > 0.0  # votes may close a question early
        self._error = float(brief.facts.get("noise", 15.0)) ** 2
        self._cells: dict[int, Cell] = {}  # where each known site is
        self._left = 0
        self._ask_anew()

    def _ask_anew(self) -> None:
        """A new question: readings and votes are void."""
        self._sum = [0] * len(self._names)
        self._count = [0] * len(self._names)
        self._said: list[int] = []  # the order at the last vote

    def decide(self, perception: Perception) -> Decision:
        """Vote, or go and see.

        Args:
            perception: What the body perceives.

        Returns:
            A vote or a step.
        """
        told = self._take_in(perception)
        order = self._order(told)
        place = self._left - 1  # in the order, of the site to vote for now
        if self._hurry and len(order) >= min(ENOUGH, self._sites) and order != self._said:
            place = 0
        if 0 <= place < min(PLACES, len(order)):
            move = self._vote_of[order[place]]
            if not perception.allowed or perception.allowed[move]:
                self._said = order
                return Decision(move)
        return Decision(self._step(perception, told))

    def _take_in(self, perception: Perception) -> int | None:
        """Learn from what is perceived; the site to promote, if any."""
        self.see(perception)
        for cell, symbol in self.memory.fresh.items():
            if symbol in self._names:
                self._cells[self._names.index(symbol)] = cell
        if not perception.senses:
            return None
        site, reading, told, left, _ = perception.senses
        if left > self._left:
            self._ask_anew()
        self._left = left
        if site:
            self._sum[site - 1] += reading
            self._count[site - 1] += 1
        return told - 1 if told else None

    def _estimate(self, site: int) -> float:
        """The quality of a site, as far as it was read."""
        share = SPREAD / (SPREAD + self._error / self._count[site])
        return MIDDLE + share * (self._sum[site] / self._count[site] - MIDDLE)

    def _order(self, told: int | None) -> list[int]:
        """The sites that were read, the best first, as the body wants others to see them."""
        enough = 1 if self._left <= PLACES else READINGS
        read = [site for site, count in enumerate(self._count) if count >= enough]
        if told is None:
            return sorted(read, key=self._estimate, reverse=True)
        return sorted(read, key=lambda site: (site != told, self._estimate(site)))

    def _step(self, perception: Perception, told: int | None) -> int:
        """Go on to a site that is not yet read, or to a place not yet seen; stay where one is being read."""
        bodies = self.others(look(perception))
        if perception.senses and perception.senses[0]:
            site = perception.senses[0] - 1
            if self._count[site] < READINGS and self.waits < READINGS + STUCK:
                return STAY
        wanted = [site for site in self._cells if self._count[site] < READINGS]
        if told is not None and not self._count[told]:
            wanted = [site for site in wanted if site == told]
        around = {cell for site in wanted for cell in self.around(self._cells[site])} - bodies
        if around:
            return self.towards(around, bodies)
        if len(self._cells) < self._sites:
            return self.explore(bodies)
        return STAY


class Expert(Minds):
    """One scout per body."""

    mind = Scout
