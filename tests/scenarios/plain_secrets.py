"""secrets once more, slowly and plainly: dictionaries and sets, votes counted as the rules are stated."""

from collections import Counter
from typing import Any

from tests.reference.pushing import Cell
from tests.scenarios.plain_nest_site import number, stream, unit

NAMES = "PQRSTU"
VERDICTS = ("ANSWER", "VAGUE", "BLOCK")  # from the mildest


def far(one: Cell, other: Cell) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def counted(votes: list[str], rule: str) -> str:
    """The verdict of votes; abstentions are left out."""
    if not votes:
        return "BLOCK"
    if rule == "majority":
        count = Counter(votes)
        return max(VERDICTS, key=lambda verdict: (count[verdict], VERDICTS.index(verdict)))
    needed = {"codef": 1, "asked": 1, "codef_2": min(2, len(votes)), "codef_majority": len(votes) // 2 + 1}
    if votes.count("BLOCK") >= needed[rule]:
        return "BLOCK"
    return "VAGUE" if len(votes) - votes.count("ANSWER") >= needed[rule] else "ANSWER"


class PlainSecrets:
    """One game, given the places and moves of all agents.

    Args:
        agents: All agents.
        positions: Of those in play.
        seed: Of the world.
        episode: Number of the episode.
        options: All of them, by name; `rule` by its name too.
    """

    def __init__(
        self, agents: list[str], positions: dict[str, Cell], seed: int, episode: int, options: dict[str, Any]
    ) -> None:
        self.agents, self.seed, self.episode, self.options = agents, seed, episode, options
        self.strangers = agents[: options["strangers"]]
        self.keepers = agents[options["strangers"] :]
        self.tables = NAMES[: options["tables"]]
        self.secret = set(NAMES[: options["marked"]])
        self.holds = {k: self.tables[i % len(self.tables)] for i, k in enumerate(self.keepers)}
        self.case, self.round, self.score, self.verdicts = 0, 0, 0, Counter[str]()
        self.open_case(positions)

    def open_case(self, positions: dict[str, Cell]) -> None:
        """A new person."""
        self.began = self.round
        key = stream(self.seed, self.episode, self.case, 16)
        self.spies, self.wants = [], dict[str, set[str]]()
        for i, stranger in enumerate(self.strangers):
            own = number(key, i)
            if unit(own, 0) < self.options["malicious"]:
                self.spies.append(stranger)
                self.wants[stranger] = set(self.secret)
                continue
            never, wants, draw = NAMES[int(unit(own, 1) * len(self.secret))], set[str](), 2
            while len(wants) < self.options["wanted"]:
                wants |= {self.tables[int(unit(own, draw) * len(self.tables))]} - {never}
                draw += 1
            self.wants[stranger] = wants
        values = stream(self.seed, self.episode, self.case, 17)
        self.value = {name: 1 + int(unit(values, x) * 8) for x, name in enumerate(NAMES)}
        # replies to each stranger, and what each keeper heard of them: (table, exactly)
        self.given = {stranger: set[tuple[str, bool]]() for stranger in self.strangers}
        self.heard = {(k, s): set[tuple[str, bool]]() for k in self.keepers for s in self.strangers}
        self.questions: dict[str, tuple[str, str]] = {}  # by stranger: table, keeper
        self.listens: dict[str, str] = {}  # by keeper: stranger
        self.just: dict[str, str] = {}  # by agent: verdict of this round
        self.legal = self.asks(positions)

    def asks(self, positions: dict[str, Cell]) -> dict[str, set[str]]:
        """What every agent in play may do besides moving."""
        legal = {}
        for agent, place in positions.items():
            if agent in self.holds:
                legal[agent] = {*VERDICTS, "ABSTAIN"} if agent in self.listens else set[str]()
            elif agent in self.questions:
                legal[agent] = set()
            else:
                near = [k for k in self.keepers if k in positions and far(positions[k], place) <= 1]
                legal[agent] = {f"ASK_{self.holds[k]}" for k in near}
        return legal

    def has(self, stranger: str) -> set[tuple[str, bool]]:
        """What a stranger knows; spies share."""
        return set.union(*(self.given[s] for s in (self.spies if stranger in self.spies else [stranger])))

    def step(self, moves: dict[str, str], positions: dict[str, Cell]) -> None:
        """A round.

        Args:
            moves: Of the agents that acted.
            positions: After the pushes, of those in play.
        """
        self.round += 1
        self.just = {}
        for stranger, (table, keeper) in list(self.questions.items()):
            self.settle(stranger, table, keeper, moves, positions)
        self.questions, self.listens = {}, {}
        self.put(moves, positions)
        if self.round - self.began >= self.options["interval"]:
            self.close_case(positions)
            self.case += 1
            self.open_case(positions)
        self.legal = self.asks(positions)

    def settle(
        self, stranger: str, table: str, keeper: str, moves: dict[str, str], positions: dict[str, Cell]
    ) -> None:
        """Decide a question."""
        rule, votes = self.options["rule"], []
        listeners = [k for k, s in self.listens.items() if s == stranger]
        for k in listeners:
            if k in positions and (rule != "asked" or k == keeper) and moves[k] != "ABSTAIN":
                votes.append(moves[k] if moves[k] in VERDICTS else "BLOCK")
        book = [self.given[s] for s in self.strangers if s == stranger or self.options["pooled"]]
        known = {name for given in book for name, _ in given} | {table}
        if stranger not in positions or keeper not in positions:
            verdict = "BLOCK"
        elif rule == "none":
            verdict = "ANSWER"
        elif rule == "ledger":
            verdict = "BLOCK" if table in self.secret and self.secret <= known else "ANSWER"
        else:
            verdict = counted(votes, rule)
        self.verdicts[verdict] += 1
        self.just |= dict.fromkeys([stranger, *listeners], verdict)
        if verdict != "BLOCK":
            reply = (table, verdict == "ANSWER")
            self.given[stranger].add(reply)
            for k in listeners:
                self.heard[k, stranger].add(reply)
            low = (self.value[table] - 1) // 2 * 2 + 1
            self.just[stranger] = f"{verdict} {self.value[table] if reply[1] else low}"

    def put(self, moves: dict[str, str], positions: dict[str, Cell]) -> None:
        """Take new questions."""
        for stranger in self.strangers:
            if stranger not in positions or not moves[stranger].startswith("ASK_"):
                continue
            table = moves[stranger].removeprefix("ASK_")
            near = [k for k in self.keepers if k in positions and far(positions[k], positions[stranger]) <= 1]
            free = [k for k in near if self.holds[k] == table and k not in self.listens]
            if free:
                self.questions[stranger], self.listens[free[0]] = (table, free[0]), stranger
        for k in self.keepers:
            if k in positions and k not in self.listens and self.questions:
                nearest = min(self.questions, key=lambda s: far(positions[s], positions[k]))
                if far(positions[nearest], positions[k]) <= self.options["hearing"]:
                    self.listens[k] = nearest

    def close_case(self, positions: dict[str, Cell]) -> None:
        """Score."""
        there = [s for s in self.strangers if s in positions]
        self.score += sum(self.knows(s) for s in there if s not in self.spies)
        spies = [s for s in there if s in self.spies]
        self.score += bool(spies) and not self.knows(spies[0])

    def knows(self, stranger: str) -> bool:
        """Whether a stranger has all it wants, partly by guessing."""
        key = number(stream(self.seed, self.episode, self.case, 18), self.agents.index(stranger))
        has = self.has(stranger)
        for table in self.wants[stranger]:
            low = (self.value[table] - 1) // 2 * 2 + 1
            guess = low + int(unit(key, NAMES.index(table)) * 2)
            if (table, True) not in has and ((table, False) not in has or guess != self.value[table]):
                return False
        return True

    def potentials(self, positions: dict[str, Cell]) -> dict[int, float]:
        """Potentials of the shaped reward, by number of the strangers in play."""
        found, longer = {}, max(self.options["height"], self.options["width"])
        for s, stranger in enumerate(self.strangers):
            if stranger not in positions:
                continue
            has, wants = self.has(stranger), self.wants[stranger]
            known = sum(1.0 if (x, True) in has else 0.5 if (x, False) in has else 0.0 for x in wants)
            missing = {x for x in wants if (x, True) not in has}
            needed = [k for k in self.keepers if k in positions and self.holds[k] in missing]
            away = min((far(positions[stranger], positions[k]) for k in needed), default=longer)
            near = 1.0 - (min(away, longer) if missing else 0) / longer
            found[s] = 0.25 * known / len(wants) + 0.25 * near
        return found

    def senses(self, agent: str) -> dict[str, int]:
        """What an agent in play senses."""
        verdict, _, said = self.just.get(agent, "").partition(" ")
        felt = {
            "verdict": 1 + VERDICTS.index(verdict) if verdict else 0,
            "left": self.began + self.options["interval"] - self.round,
        }
        wants, known = set[str](), set[tuple[str, bool]]()
        if agent in self.holds:
            asker = self.listens.get(agent)
            felt |= {"goal": 0, "holds": 1 + NAMES.index(self.holds[agent])}
            felt |= {"asker": 1 + self.strangers.index(asker) if asker else 0}
            felt |= {"asked": 1 + NAMES.index(self.questions[asker][0]) if asker else 0}
            felt |= {"value": self.value[self.holds[agent]]}
            for s in self.strangers if asker and self.options["pooled"] else [asker] if asker else []:
                known |= self.heard[agent, s]
        else:
            table = self.questions.get(agent, ("", ""))[0]
            felt |= {"goal": 2 if agent in self.spies else 1, "holds": 0, "asker": 0, "value": int(said or 0)}
            felt |= {"asked": 1 + NAMES.index(table) if table else 0}
            wants, known = self.wants[agent], self.has(agent)
        for x in NAMES:
            felt[x] = 3 if (x, True) in known else 2 if (x, False) in known else int(x in wants)
        return felt
