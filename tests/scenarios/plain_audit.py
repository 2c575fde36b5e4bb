"""audit once more, slowly and plainly: dictionaries, whole lists of votes, draws written out."""

from dataclasses import dataclass, field
from typing import Any

from tests.reference.pushing import Cell
from tests.scenarios.plain_nest_site import number, stream, unit

PANEL = {"none": 0, "single": 1, "majority": 3}


@dataclass
class Result:
    """What a worker holds while it is checked."""

    genuine: bool
    job: int
    since: int
    votes: list[tuple[str, bool]] = field(default_factory=list)  # voter, whether for it


@dataclass
class Plain:
    """One agent."""

    instruction: int
    purse: float
    standing: float = 1.0
    worked: int = 0
    held: Result | None = None
    outcome: int = 0
    target: str = ""
    checking: int = -1
    checked: int = 0
    found: bool | None = None


class PlainAudit:
    """One game, given the places and moves of all agents.

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
        self.stations = {
            (i, j) for i, row in enumerate(grid) for j, symbol in enumerate(row) if symbol == "J"
        }
        self.agents, self.seed, self.episode, self.options = agents, seed, episode, options
        self.score, self.round, self.jobs = 0.0, 0, 0
        self.verdicts: list[int] = []
        roles = self.drawn_roles(0, "cheats"), self.drawn_roles(len(agents), "lazy")
        self.known = {a: Plain((a in roles[0]) + 2 * (a in roles[1]), options["purse"]) for a in agents}

    def stream(self, time: int, purpose: int) -> int:
        return stream(self.seed, self.episode, time, purpose)

    def drawn_roles(self, offset: int, share: str) -> set[str]:
        key, left, found = self.stream(0, 16), int(self.options[share] * len(self.agents) + 0.5), set()
        for a, agent in enumerate(self.agents):
            if int(unit(key, offset + a) * (len(self.agents) - a)) < left:
                found.add(agent)
                left -= 1
        return found

    def sense(self, positions: dict[str, Cell]) -> dict[str, tuple[tuple[int, ...], set[str]]]:
        """What every agent in play senses, and which of the own actions and steps are legal."""
        seen: dict[str, tuple[tuple[int, ...], set[str]]] = {}
        for agent, (row, col) in positions.items():
            me, can = self.known[agent], {"STAY"}
            me.target = ""
            backed = me.purse >= self.options["stake"]
            asking = [
                (other.held.job, name)
                for name, other in self.known.items()
                if name != agent and name in positions and other.held and len(other.held.votes) < 16
                and abs(positions[name][0] - row) <= 2 and abs(positions[name][1] - col) <= 2
                and agent not in [voter for voter, _ in other.held.votes]
            ]  # fmt: skip
            case = 0
            if asking and backed:
                job, me.target = min(asking)
                found = me.found if me.checking == job else None
                case = 1 if found is None else 2 if found else 3
                can |= {"ACCEPT", "REJECT"} | ({"VERIFY"} if case == 1 else set())
            if me.held is None:
                can |= {"UP", "DOWN", "LEFT", "RIGHT"}
                around = {(row + i, col + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
                if backed and around & self.stations:
                    can |= {"WORK", "CHEAT"}
            left = me.held.since + self.options["patience"] - self.round if me.held else 0
            purse, standing = int(min(max(me.purse, 0), 255)), int(100 * me.standing + 0.5)
            seen[agent] = ((me.instruction, me.worked, left, case, me.outcome, purse, standing), can)
        return seen

    def step(
        self, moves: dict[str, str], positions: dict[str, Cell]
    ) -> dict[str, tuple[tuple[int, ...], set[str]]]:
        """A round.

        Args:
            moves: Of the agents that acted; legal ones.
            positions: After the pushes, of those in play.

        Returns:
            What they sense and may do then.
        """
        self.round += 1
        for agent in positions:
            self.act(agent, moves[agent])
        for agent in self.agents:
            if self.known[agent].held:
                self.settle(agent, agent in positions)
        return self.sense(positions)

    def potentials(self, positions: dict[str, Cell]) -> dict[int, float]:
        """Potentials of the shaped reward, by number of the agents in play."""
        found = {}
        for a, agent in enumerate(self.agents):
            me = self.known[agent]
            if agent in positions:
                done = float(me.held.genuine) if me.held else me.worked / self.options["effort"]
                found[a] = 0.5 * done
        return found

    def act(self, agent: str, move: str) -> None:
        me = self.known[agent]
        if move == "WORK":
            me.worked += 1
        if move == "CHEAT" or (move == "WORK" and me.worked >= self.options["effort"]):
            me.worked = 0
            result = Result(move == "WORK", self.jobs, self.round)
            self.jobs += 1
            drawn = unit(self.stream(result.job, 17), 0) < self.options["sampling"]
            if drawn and self.options["rule"] != "none":
                me.held = result
            else:
                self.pay(me, result)
                me.outcome = 1
        if move in ("VERIFY", "ACCEPT", "REJECT"):
            held = self.known[me.target].held
            assert held
            if move != "VERIFY":
                if len(held.votes) < 16:
                    held.votes.append((agent, move == "ACCEPT"))
                return
            if me.checking != held.job:
                me.checking, me.checked, me.found = held.job, 0, None
            me.checked += 1
            if me.checked >= self.options["check"]:
                me.found = self.finding(self.agents.index(agent), held)

    def pay(self, worker: Plain, result: Result) -> None:
        worker.purse += 1
        self.score += 1 if result.genuine else -self.options["harm"]

    def finding(self, a: int, result: Result) -> bool:
        """Whether agent number `a` finds the same result."""
        key, kinds = self.stream(result.job, 18), self.options["kinds"]
        together = unit(key, 2 * (a % kinds)) < self.options["shared"]
        drawn = unit(key, 2 * (a % kinds) + 1) if together else unit(number(key, 2 * kinds), a)
        if result.genuine:
            return bool(drawn >= self.options["false_reject"])
        return bool(drawn < self.options["false_accept"])

    def settle(self, agent: str, here: bool) -> None:
        me, size = self.known[agent], PANEL[self.options["rule"]]
        assert me.held
        waited, votes = self.round - me.held.since, me.held.votes
        late = waited >= self.options["patience"]
        if here and not late and (len(votes) < size or waited < self.options["window"]):
            return
        verdict = 4
        if here and 2 * len(votes) > size:
            key, panel = self.stream(me.held.job, 19), list[tuple[str, bool]]()
            for v, vote in enumerate(votes):
                if int(unit(key, v) * (len(votes) - v)) < min(size, len(votes)) - len(panel):
                    panel.append(vote)
            ayes = sum(aye for _, aye in panel)
            if 2 * ayes != len(panel):
                verdict = 2 if 2 * ayes > len(panel) else 3
                for voter, aye in panel:
                    verifier = self.known[voter]
                    if aye == (verdict == 2):
                        verifier.purse += self.options["fee"]
                    else:
                        verifier.standing *= 0.9
                        verifier.purse -= 0.1 * self.options["stake"]
        if verdict == 2:
            self.pay(me, me.held)
        elif verdict == 3:
            me.purse -= self.options["stake"]
        me.held, me.outcome = None, verdict
        self.verdicts.append(verdict)
