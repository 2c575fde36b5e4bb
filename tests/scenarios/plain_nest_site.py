"""nest_site once more, slowly and plainly: dictionaries, whole lists of votes, draws and fits written out."""

import math
from collections import Counter
from typing import Any

from tests.reference.pushing import Cell

WORD = 2**64
GOLDEN, MIX1, MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
NAMES = "PQRSTU"


def mix(x: int) -> int:
    x %= WORD
    x = (x ^ (x >> 30)) * MIX1 % WORD
    x = (x ^ (x >> 27)) * MIX2 % WORD
    return x ^ (x >> 31)


def stream(seed: int, episode: int, time: int, purpose: int) -> int:
    key = mix(seed + GOLDEN)
    key = mix(key ^ (episode * MIX1 + GOLDEN) % WORD)
    key = mix(key ^ (time * MIX2 + GOLDEN) % WORD)
    return mix(key ^ (purpose + GOLDEN) % WORD)


def number(key: int, i: int) -> int:
    return mix(key + (i + 1) * GOLDEN)


def unit(key: int, i: int) -> float:
    return (number(key, i) >> 11) / 2**53


def strengths(votes: list[tuple[str, str, float]]) -> dict[str, float]:
    """Log-strengths by (winner, loser, weight), with a win and a loss of each against one of strength 1.

    D. Hunter's iteration ("MM algorithms for generalized Bradley-Terry models", 2004), until nothing moves.
    """
    found = dict.fromkeys(NAMES, 1.0)
    won = {name: 1.0 + sum(weight for winner, _, weight in votes if winner == name) for name in NAMES}
    met = [(a, b, weight) for winner, loser, weight in votes for a, b in ((winner, loser), (loser, winner))]
    for _ in range(10_000):
        met_by = {name: 2.0 / (found[name] + 1.0) for name in NAMES}
        for one, other, weight in met:
            met_by[one] += weight / (found[one] + found[other])
        new = {name: won[name] / met_by[name] for name in NAMES}
        moved = max(abs(new[name] / found[name] - 1.0) for name in NAMES)
        found = new
        if moved < 1e-10:
            break
    return {name: math.log(strength) for name, strength in found.items()}


class PlainNestSite:
    """One game, given the places and votes of all agents.

    Args:
        grid: The map at the start.
        agents: All agents.
        seed: Of the world.
        episode: Number of the episode.
        options: By name; `rule` by its name too.
    """

    def __init__(
        self, grid: list[str], agents: list[str], seed: int, episode: int, options: dict[str, Any]
    ) -> None:
        self.cells = {(i, j): symbol for i, row in enumerate(grid) for j, symbol in enumerate(row)}
        self.sites = [name for name in NAMES if name in self.cells.values()]
        self.agents, self.seed, self.episode, self.options = agents, seed, episode, options
        self.question, self.score, self.round = 0, 0.0, 0
        self.chosen: str | None = None
        self.decisions: list[str] = []
        self.reputation = dict.fromkeys(agents, 0.5)
        left = int(options["liars"] * len(agents) + 0.5)
        self.liars = []
        for a, agent in enumerate(agents):
            if int(unit(self.stream(0, 16), a) * (len(agents) - a)) < left:
                self.liars.append(agent)
                left -= 1
        self.open_vote()

    def stream(self, time: int, purpose: int) -> int:
        return stream(self.seed, self.episode, time, purpose)

    def open_vote(self) -> None:
        """A new question."""
        key = self.stream(self.question, 17)
        self.quality = {name: 1 + int(unit(key, NAMES.index(name)) * 100) for name in self.sites}
        self.began = self.round
        self.visited: dict[str, set[str]] = {agent: set() for agent in self.agents}
        self.ballot: dict[str, tuple[str, list[tuple[str, str]]]] = {}

    def sense(self, positions: dict[str, Cell]) -> dict[str, tuple[int, ...]]:
        """What every agent in play senses; notes which sites each has been beside."""
        senses: dict[str, tuple[int, ...]] = {}
        for agent, (row, col) in positions.items():
            near = [self.cells.get((row + i, col + j)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
            beside = [name for name in self.sites if name in near]
            promoted = 1 + NAMES.index(min(self.sites, key=lambda s: self.quality[s])) if self.sites else 0
            left = self.began + self.options["interval"] - self.round
            site = reading = 0
            if beside:
                key = number(self.stream(self.round, 18), self.agents.index(agent))
                error = sum(unit(key, i) for i in range(4)) - 2
                value = self.quality[beside[0]] + self.options["noise"] * error * 1.7320508075688772
                site, reading = 1 + NAMES.index(beside[0]), min(max(math.floor(value + 0.5), 1), 100)
                self.visited[agent].add(beside[0])
            chosen = 1 + NAMES.index(self.chosen) if self.chosen else 0
            senses[agent] = (site, reading, promoted if agent in self.liars else 0, left, chosen)
        return senses

    def step(self, moves: dict[str, str], positions: dict[str, Cell]) -> dict[str, tuple[int, ...]]:
        """A round.

        Args:
            moves: Of the agents that acted.
            positions: After the pushes, of those in play.

        Returns:
            What they sense then.
        """
        self.round += 1
        for agent in positions:
            if moves[agent].startswith("VOTE_"):
                site = moves[agent].removeprefix("VOTE_")
                said = self.ballot[agent][1] if agent in self.ballot else []
                rest = [pair for pair in said if site not in pair]
                kept = [(won, lost) for won, lost in said if won == site]
                new = [(site, other) for other in sorted(self.visited[agent] - {site})]
                self.ballot[agent] = (site, rest + sorted({*kept, *new}))
        ballots = {agent: self.ballot[agent] for agent in positions if agent in self.ballot}
        quorum, late = self.options["quorum"], self.round - self.began >= self.options["interval"]
        if late or (quorum > 0 and ballots and len(ballots) >= quorum * len(positions)):
            self.chosen = self.decide(ballots) if ballots else None
            if self.chosen:
                best = max(self.quality.values())
                mine = self.quality[self.chosen]
                self.score += 1.0 if mine == best else 0.5 * mine / best
                self.decisions.append(self.chosen)
            self.question += 1
            self.open_vote()
        return self.sense(positions)

    def potentials(self, positions: dict[str, Cell]) -> dict[int, float]:
        """Potentials of the shaped reward, by number of the agents in play."""
        found = {}
        for a, agent in enumerate(self.agents):
            if agent in positions and self.sites:
                seen = 0.25 * len(self.visited[agent]) / len(self.sites)
                choice = self.ballot[agent][0] if agent in self.ballot else None
                mine = self.quality[choice] / max(self.quality.values()) if choice else 0.0
                found[a] = seen + 0.25 * mine
        return found

    def decide(self, ballots: dict[str, tuple[str, list[tuple[str, str]]]]) -> str:
        """The site that is chosen."""
        votes = [(won, lost, agent) for agent, (_, said) in ballots.items() for won, lost in said]
        rule = self.options["rule"]
        if rule == "majority":
            scores = {name: float(n) for name, n in Counter(site for site, _ in ballots.values()).items()}
        elif rule == "bradley_terry":
            scores = strengths([(winner, loser, 1.0) for winner, loser, _ in votes])
        else:
            voters = {agent for *_, agent in votes}
            mean = sum(self.reputation[agent] for agent in voters) / max(len(voters), 1)
            scores = strengths([(won, lost, self.reputation[voter] / mean) for won, lost, voter in votes])
            for agent in voters:
                ahead = [scores[won] - scores[lost] for won, lost, voter in votes if voter == agent]
                apart = [math.tanh(x / 2) for x in ahead]
                weight = sum(map(abs, apart))
                if weight > 1e-6:
                    share = sum(x for x in apart if x > 0) / weight
                    moved = 0.9 * self.reputation[agent] + 0.1 * share
                    self.reputation[agent] = min(max(moved, 0.01), 1.0)
        named = sorted({site for site, _ in ballots.values()})
        best = max(scores[name] for name in named)
        equal = [name for name in named if scores[name] >= best - 1e-6]
        return equal[int(unit(self.stream(self.question, 19), 0) * len(equal))]
