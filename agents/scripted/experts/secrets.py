"""Strangers collect tables, keepers vote from what they heard, with errors.

The senses show an agent's part: strangers have a goal.

- A stranger, honest or a spy, remembers where it saw each keeper, walks to the nearest one with a table that
  it wants and asks. It searches for keepers not yet found. It repeats a question after a refusal or a vague
  answer when no other table is left, with another keeper of the table if it knows one.
- A keeper stays where it is. For each marked table it judges from what it heard whether the asker has it, and
  whether it is the one asked for. If so and no other is missing it blocks; if one other is missing it is
  sometimes vague; else it answers. Each judgement is wrong with probability `ERROR_RATE`, drawn
  independently. (Our choice, after the voters of the study in `docs/consensus/codef.md`: no figure is of a
  language model.)

It sends no messages.
"""

from collections.abc import Sequence

from swarm_env.agents.scripted.expert import STAY, Cell, TeamExpert, is_agent
from swarm_env.agents.scripted.walker import STUCK, Walker

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.errors import ConfigError

ERROR_RATE = 0.15  # of a keeper's judgement on one table
CAUTION = 0.1  # probability of a vague answer if one other table is missing
TRIES = 2  # questions for one table in a case
WANTED, VAGUE, KNOWN = 1, 2, 3  # sense values of a table


class Member(Walker):
    """A stranger or a keeper.

    A keeper misjudges a table with probability `error_rate`; the strictest of `draws` judgements is its vote.
    """

    def __init__(
        self, brief: Brief, name: str, seed: int, error_rate: float = ERROR_RATE, draws: int = 1
    ) -> None:
        super().__init__(brief, name, seed)
        facts, senses, actions = brief.facts, list(brief.senses), list(brief.actions)
        self._strangers, self._tables = int(facts.get("strangers", 1)), int(facts.get("tables", 6))
        self._marked = int(facts.get("marked", 3))
        self._error_rate, self._draws = error_rate, draws
        self._names = [action.removeprefix("ASK_") for action in actions if action.startswith("ASK_")]
        self._ask = [actions.index(f"ASK_{name}") for name in self._names]  # by table
        self._answer, self._vague, self._block = map(actions.index, ("ANSWER", "VAGUE", "BLOCK"))
        self._places = {sense: place for place, sense in enumerate(senses)}
        self._keepers: dict[int, Cell] = {}  # cell where each was last seen
        self._left = 0
        self._tried: dict[int, list[int]] = {}  # by table, the keepers asked in this case

    def decide(self, perception: Perception) -> Decision:
        """Vote, ask or walk."""
        if not perception.senses:
            return Decision(STAY)
        sense = {name: perception.senses[place] for name, place in self._places.items()}
        if sense["goal"] == 0:
            # votes are numbered from the mildest to the strictest
            return Decision(max(self._judge(sense) for _ in range(self._draws)) if sense["asked"] else STAY)
        if sense["left"] > self._left:
            self._tried = {}
        self._left = sense["left"]
        return Decision(self._inquire(perception, sense))

    def _judge(self, sense: dict[str, int]) -> int:
        """A keeper's vote on the present question."""
        table = sense["asked"] - 1
        if (table < self._marked) == self._errs():  # judged not to be marked
            return self._answer
        others = [sense[name] >= VAGUE for name in self._names[: self._marked]]
        missing = sum(known == self._errs() for x, known in enumerate(others) if x != table)
        if missing == 0:
            return self._block
        return self._vague if missing == 1 and self.random.random() < CAUTION else self._answer

    def _errs(self) -> bool:
        """Draw whether a judgement is wrong."""
        return self.random.random() < self._error_rate

    def _inquire(self, perception: Perception, sense: dict[str, int]) -> int:
        """A stranger's move."""
        view = self.see(perception)
        self._notice(view)
        if sense["asked"]:
            self.waits = 0
            return STAY  # until it is decided
        wanted = [x for x in range(self._tables) if sense[self._names[x]] in (WANTED, VAGUE)]
        fresh = [x for x in wanted if x not in self._tried]
        again = [x for x in wanted if 0 < len(self._tried.get(x, ())) < TRIES]
        tables = fresh or again
        for x in tables:
            whom = [k for k in self._holders(x) if _distance(self._keepers[k], self.here) <= 1]
            if whom and (not perception.allowed or perception.allowed[self._ask[x]]):
                self._tried.setdefault(x, []).append(whom[0])
                self.waits = 0
                return self._ask[x]
        return self._walk(tables, view) if tables else STAY

    def _walk(self, tables: list[int], view: dict[Cell, str]) -> int:
        """A move towards a keeper of one of these tables, or in search of one."""
        others = self.others(view)
        goals = {self._keepers[k] for x in tables for k in self._holders(x)}
        around = {cell for goal in goals for cell in self.around(goal)} - others
        if around and self.waits < STUCK:
            return self.towards(around, others)
        return self.explore(others)

    def _notice(self, view: dict[Cell, str]) -> None:
        """Remember the cells of keepers, and forget those who have left theirs."""
        self._keepers = {k: cell for k, cell in self._keepers.items() if view.get(cell) in (None, str(k))}
        for cell, symbol in view.items():
            if is_agent(symbol) and not symbol.startswith("$"):
                self._keepers[int(symbol)] = cell

    def _holders(self, table: int) -> list[int]:
        """Known keepers of a table; only those not yet asked for it, if any."""
        found = [k for k in sorted(self._keepers) if (k - self._strangers) % self._tables == table]
        return [k for k in found if k not in self._tried.get(table, ())] or found


def _distance(one: Cell, other: Cell) -> int:
    """Chebyshev distance of two cells."""
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


class Expert(TeamExpert):
    """One member per agent.

    Args:
        error_rate: Probability that a keeper misjudges one table, 0 to 1.
        draws: Number of judgements of a question, at least 1; the strictest is the vote (self-voting with the
            rule "asked").

    Raises:
        ConfigError: `error_rate` is not in 0 to 1, or `draws` is below 1.
    """

    member = Member

    def __init__(self, error_rate: float = ERROR_RATE, draws: int = 1) -> None:
        if not 0.0 <= error_rate <= 1.0:
            raise ConfigError(f"error_rate is {error_rate}; it must be from 0 to 1.")
        if draws < 1:
            raise ConfigError(f"draws is {draws}; it must be at least 1.")
        self._error_rate, self._draws = error_rate, draws

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode with new members."""
        self._members = {name: Member(brief, name, seed, self._error_rate, self._draws) for name in agents}
