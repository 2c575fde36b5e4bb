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

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import STAY
from swarm_env.agents.scripted.explorer import (
    COL,
    ROW,
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
from swarm_env.agents.scripted.sights import AGENT, RESERVE, Sights, draw_unit

from swarm_env.engine.compiler import kernel
from swarm_env.errors import ConfigError

ERROR_RATE = 0.15  # of a keeper's judgement on one table
CAUTION = 0.1  # probability of a vague answer if one other table is missing
TRIES = 2  # questions for one table in a case
WANTED, VAGUE = 1, 2  # sense values of a table
NOBODY = -1
NUMBER, AT_ROW, AT_COL = range(3)  # columns of `Case.keepers`
LEFT, KNOWN = range(2)  # columns of `Case.state`


class Rules(NamedTuple):
    """The game, as all agents know it: senses by column, moves by number."""

    goal: int
    asked: int
    left: int
    tables: NDArray[np.int64]  # (T,) senses
    ask: NDArray[np.int64]  # (T,) moves
    answer: int
    vague: int
    block: int
    strangers: int
    used: int  # tables of the game, the first of T
    marked: int  # the first tables
    error_rate: float
    draws: int


class Case(NamedTuple):
    """What one agent remembers."""

    keepers: NDArray[np.int64]  # (K, 3) number, row and column of those it knows of, in any order
    tried: NDArray[np.int64]  # (T, TRIES) the keepers asked for each table in this case, NOBODY
    state: NDArray[np.int64]  # (2,) rounds that were left, how many keepers it knows of


class Expert(Explorers):
    """One member per agent.

    A stranger asks. A keeper misjudges a table with probability `error_rate`; the strictest of `draws`
    judgements is its vote.

    Args:
        error_rate: Probability that a keeper misjudges one table, 0 to 1.
        draws: Number of judgements of a question, at least 1; the strictest is the vote (self-voting with the
            rule "asked").

    Raises:
        ConfigError: `error_rate` is not in 0 to 1, or `draws` is below 1.
    """

    def __init__(self, error_rate: float = ERROR_RATE, draws: int = 1) -> None:
        if not 0.0 <= error_rate <= 1.0:
            raise ConfigError(f"error_rate is {error_rate}; it must be from 0 to 1.")
        if draws < 1:
            raise ConfigError(f"draws is {draws}; it must be at least 1.")
        self._error_rate, self._draws = error_rate, draws
        self.reserve = RESERVE * draws

    def begin(self) -> None:
        """Set up the memory."""
        super().begin()
        facts, senses, actions = self.brief.facts, list(self.brief.senses), list(self.brief.actions)
        names = [action.removeprefix("ASK_") for action in actions if action.startswith("ASK_")]
        move, sense = actions.index, senses.index
        self._rules = Rules(
            sense("goal"), sense("asked"), sense("left"),
            np.array([sense(name) for name in names], np.int64),
            np.array([move(f"ASK_{name}") for name in names], np.int64),
            move("ANSWER"), move("VAGUE"), move("BLOCK"),
            int(facts.get("strangers", 1)), int(facts.get("tables", 6)), int(facts.get("marked", 3)),
            float(self._error_rate), int(self._draws),
        )  # fmt: skip
        n = len(self.numbers)
        self._keepers, self._state = np.zeros((n, 0, 3), np.int64), np.zeros((n, 2), np.int64)
        self._tried = np.full((n, len(names), TRIES), NOBODY)

    def moves(self, sights: Sights) -> NDArray[np.int8]:
        """(n,) the moves of agents who see this."""
        room = int(self._state[:, KNOWN].max()) + sights.cells[0].size
        if room > self._keepers.shape[1]:
            more = np.zeros((len(self.numbers), room, 3), np.int64)
            self._keepers = np.concatenate([self._keepers, more], axis=1)
        moves = np.zeros(len(sights.rows), np.int8)
        decide(
            *sights, self.ground(), self._rules, self._keepers, self._tried, self._state, moves,
        )  # fmt: skip
        return moves


@kernel(wrapped=True)
def decide(
    rows: NDArray[np.int64], cells: NDArray[np.int32], places: NDArray[np.int32], marks: NDArray[np.uint8],
    time: int, senses: NDArray[np.uint8], allowed: NDArray[np.uint8], ground: Ground, rules: Rules,
    keepers: NDArray[np.int64], tried: NDArray[np.int64], state: NDArray[np.int64], moves: NDArray[np.int8],
) -> None:  # fmt: skip
    """Vote, ask or walk; of all agents in `rows`."""
    for i in range(len(rows)):
        m = rows[i]
        if senses.shape[1] == 0:
            continue
        if senses[i, rules.goal] == 0:
            # Votes are numbered from the mildest to the strictest.
            for _ in range(rules.draws if senses[i, rules.asked] else 0):
                moves[i] = max(moves[i], judge(ground, m, rules, senses[i]))
            continue
        case = Case(keepers[m], tried[m], state[m])
        if senses[i, rules.left] > case.state[LEFT]:
            case.tried[:] = NOBODY
        case.state[LEFT] = senses[i, rules.left]
        learn(ground, m, cells[i], places[i, 0], places[i, 1])
        notice(ground, m, cells[i], case)
        if senses[i, rules.asked]:
            ground.here[m, WAITS] = 0  # until it is decided
        else:
            moves[i] = inquire(ground, m, cells[i], rules, case, senses[i], allowed[i])


@kernel()
def errs(ground: Ground, m: int, rules: Rules) -> bool:
    """Draw whether a judgement is wrong."""
    return draw_unit(ground.words, ground.drawn, m) < rules.error_rate


@kernel()
def judge(ground: Ground, m: int, rules: Rules, senses: NDArray[np.uint8]) -> int:
    """A keeper's vote on the present question."""
    table, missing = int(senses[rules.asked]) - 1, 0
    if (table < rules.marked) == errs(ground, m, rules):  # judged not to be marked
        return rules.answer
    for x in range(min(rules.marked, len(rules.tables))):
        if x != table:
            missing += (senses[rules.tables[x]] >= VAGUE) == errs(ground, m, rules)
    if missing == 0:
        return rules.block
    if missing == 1 and draw_unit(ground.words, ground.drawn, m) < CAUTION:
        return rules.vague
    return rules.answer


@kernel()
def notice(ground: Ground, m: int, view: NDArray[np.int32], case: Case) -> None:
    """Remember the cells of keepers, and forget those who have left theirs."""
    known, half = case.keepers, view.shape[0] // 2
    top, left, count = ground.here[m, ROW] - half, ground.here[m, COL] - half, 0
    for i in range(case.state[KNOWN]):
        y, x = known[i, AT_ROW] - top, known[i, AT_COL] - left
        if not (0 <= y <= 2 * half and 0 <= x <= 2 * half):  # those in view are noted below
            known[count, 0], known[count, 1], known[count, 2] = known[i, 0], known[i, 1], known[i, 2]
            count += 1
    for y in range(2 * half + 1):
        for x in range(2 * half + 1):
            if view[y, x] >= AGENT and (view[y, x] - AGENT) & 1:
                number, place = (view[y, x] - AGENT) >> 1, 0
                while place < count and known[place, NUMBER] != number:
                    place += 1
                known[place, NUMBER], known[place, AT_ROW], known[place, AT_COL] = number, top + y, left + x
                count = max(count, place + 1)
    case.state[KNOWN] = count


@kernel()
def holds(rules: Rules, case: Case, x: int, i: int, untried: bool) -> bool:
    """Whether the i-th known keeper holds table `x`; with `untried` only if it was not yet asked for it."""
    number = case.keepers[i, NUMBER]
    if (number - rules.strangers) % rules.used != x:
        return False
    return not untried or (case.tried[x, 0] != number and case.tried[x, 1] != number)


@kernel()
def only_untried(rules: Rules, case: Case, x: int) -> bool:
    """Whether some known keeper of a table was not yet asked for it."""
    found = False
    for i in range(case.state[KNOWN]):
        found |= holds(rules, case, x, i, True)
    return found


@kernel()
def inquire(
    ground: Ground, m: int, view: NDArray[np.int32], rules: Rules, case: Case, senses: NDArray[np.uint8],
    allowed: NDArray[np.uint8],
) -> int:  # fmt: skip
    """A stranger's move: ask who is near, or walk to a keeper of a table that it wants, or search for one."""
    fresh = again = 0  # tables that it wants, as bits: not yet asked for, and asked for once
    for x in range(rules.used):
        if senses[rules.tables[x]] == WANTED or senses[rules.tables[x]] == VAGUE:
            fresh |= (case.tried[x, 0] == NOBODY) << x
            again |= (case.tried[x, 0] != NOBODY and case.tried[x, 1] == NOBODY) << x
    tables, here, goals = fresh if fresh else again, ground.here[m], 0
    if tables == 0:
        return STAY
    for x in range(rules.used):
        whom, untried = -1, only_untried(rules, case, x)
        for i in range(case.state[KNOWN] if tables >> x & 1 else 0):
            away = max(abs(case.keepers[i, AT_ROW] - here[ROW]), abs(case.keepers[i, AT_COL] - here[COL]))
            lower = whom < 0 or case.keepers[i, NUMBER] < whom
            if away <= 1 and lower and holds(rules, case, x, i, untried):
                whom = case.keepers[i, NUMBER]
        if whom >= 0 and allowed[rules.ask[x]]:
            case.tried[x, 0 if case.tried[x, 0] == NOBODY else 1] = whom
            here[WAITS] = 0
            return int(rules.ask[x])
    new_goals(ground)
    for x in range(rules.used):
        untried = only_untried(rules, case, x)
        for i in range(case.state[KNOWN] if tables >> x & 1 else 0):
            if holds(rules, case, x, i, untried):
                goals += add_around(ground, m, view, case.keepers[i, AT_ROW], case.keepers[i, AT_COL], True)
    if goals and here[WAITS] < STUCK:
        return towards(ground, m, view)
    return explore(ground, m, view)
