"""Vote on nearby results, work at the nearest station, and cheat if instructed to.

- A result nearby that waits for the agent's vote is verified, and the agent votes accordingly. If several
  agents could vote, each starts with a probability that yields the needed number per round; the others
  continue to work. Agents instructed to accept everything accept without verifying.
- Else, beside a station: honest work, or a false result.
- Else to a free cell beside the nearest known station, on a shortest path of the known map. A station without
  a free cell around is skipped for some rounds. Without a station: explore, or move at random.
- Agents without stake step aside.

It sends no messages.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import STAY
from swarm_env.agents.scripted.explorer import (
    COL,
    ROW,
    Explorers,
    Ground,
    add_around,
    explore,
    learn,
    new_goals,
    towards,
)
from swarm_env.agents.scripted.sights import AGENT, Sights, draw_below, draw_unit

from swarm_env.engine.compiler import kernel

STATION = ord("J")
CHEATING, BLIND = 1, 2  # bits of the instruction sense
ASKS, SAME = 1, 2  # of the sense `case`
NEEDED = {"none": 0, "single": 1, "majority": 3}  # votes
FULL = 12  # rounds for which a full station is skipped
INSTRUCTION, HELD, CASE, PURSE = 0, 2, 3, 5  # senses
VERIFIES, KNOWN = range(2)  # columns of `state`: whether it is to verify, how many stations it knows


class Rules(NamedTuple):
    """The game, as all agents know it: numbers of moves, the stake, stations on the map, votes needed."""

    work: int
    cheat: int
    verify: int
    accept: int
    reject: int
    stake: float
    stations: int
    needed: int


class Expert(Explorers):
    """One clerk per agent."""

    def begin(self) -> None:
        """Set up the memory."""
        super().begin()
        facts, actions = self.brief.facts, list(self.brief.actions)
        move = actions.index
        self._rules = Rules(
            move("WORK"), move("CHEAT"), move("VERIFY"), move("ACCEPT"), move("REJECT"),
            float(facts.get("stake", 0.0)), int(facts.get("stations", 1)),
            NEEDED.get(str(facts.get("rule")), 3),
        )  # fmt: skip
        n = len(self.numbers)
        self._state = np.zeros((n, 2), np.int64)
        self._stations = np.zeros((n, max(self._rules.stations, 1), 3), np.int64)

    def moves(self, sights: Sights) -> NDArray[np.int8]:
        """(n,) the moves of agents who see this."""
        moves = np.zeros(len(sights.rows), np.int8)
        decide(*sights, self.ground(), self._rules, self._state, self._stations, moves)
        return moves


@kernel(wrapped=True)
def decide(
    rows: NDArray[np.int64], cells: NDArray[np.int32], places: NDArray[np.int32], marks: NDArray[np.uint8],
    time: int, senses: NDArray[np.uint8], allowed: NDArray[np.uint8], ground: Ground, rules: Rules,
    state: NDArray[np.int64], stations: NDArray[np.int64], moves: NDArray[np.int8],
) -> None:  # fmt: skip
    """Vote, do a job, or go where one can be done; of all agents in `rows`."""
    for i in range(len(rows)):
        m, view = rows[i], cells[i]
        note_stations(ground, m, view, places[i, 0], places[i, 1], state[m], stations[m])
        learn(ground, m, view, places[i, 0], places[i, 1])
        if senses.shape[1] == 0:
            continue
        instruction, case, works = senses[i, INSTRUCTION], senses[i, CASE], allowed[i, rules.work] != 0
        if joins(ground, m, view, instruction, case, works, rules, state[m]):
            asked = rules.verify if case == ASKS else rules.reject
            moves[i] = rules.accept if instruction & BLIND or case == SAME else asked
        elif senses[i, HELD]:
            moves[i] = STAY
        elif works:
            moves[i] = rules.cheat if instruction & CHEATING else rules.work
        else:
            broke = senses[i, PURSE] < rules.stake
            moves[i] = walk(ground, m, view, time, broke, rules, state[m], stations[m])


@kernel()
def note_stations(
    ground: Ground, m: int, view: NDArray[np.int32], row: int, col: int, state: NDArray[np.int64],
    stations: NDArray[np.int64],
) -> None:  # fmt: skip
    """Remember the stations in a view that are new."""
    k = view.shape[0]
    top, left = row - k // 2, col - k // 2
    for y in range(top, top + k):
        for x in range(left, left + k):
            known = ground.seen[m, y + ground.margin, x + ground.margin] == STATION
            if view[y - top, x - left] == STATION and not known and state[KNOWN] < len(stations):
                stations[state[KNOWN], 0], stations[state[KNOWN], 1] = y, x
                state[KNOWN] += 1


@kernel()
def joins(
    ground: Ground, m: int, view: NDArray[np.int32], instruction: int, case: int, works: bool, rules: Rules,
    state: NDArray[np.int64],
) -> bool:  # fmt: skip
    """Whether to vote on the waiting result: at random if others could and there is work."""
    busy = case == ASKS and works and not instruction & BLIND
    if busy and not state[VERIFIES]:
        could = 0  # unmarked agents in sight
        for y in range(view.shape[0]):
            for x in range(view.shape[1]):
                could += view[y, x] >= AGENT and (view[y, x] - AGENT) & 1 == 0
        state[VERIFIES] = draw_unit(ground.words, ground.drawn, m) * could < rules.needed
    if case != ASKS:
        state[VERIFIES] = 0
    return bool(case > 0 and (not busy or state[VERIFIES]))


@kernel()
def walk(
    ground: Ground, m: int, view: NDArray[np.int32], time: int, broke: bool, rules: Rules,
    state: NDArray[np.int64], stations: NDArray[np.int64],
) -> int:  # fmt: skip
    """A move to a free cell beside a station; away from all stations without stake."""
    here, goals = ground.here[m], 0
    new_goals(ground)
    for s in range(state[KNOWN]):
        row, col = stations[s, 0], stations[s, 1]
        if broke:
            goals += max(abs(row - here[ROW]), abs(col - here[COL])) == 1
            continue
        count = add_around(ground, m, view, row, col, time >= stations[s, 2])
        if count == 0:
            stations[s, 2] = time + FULL
        elif time >= stations[s, 2]:
            goals += count
    if broke:
        return 1 + draw_below(ground.words, ground.drawn, m, 4) if goals else STAY
    if goals:
        return towards(ground, m, view)
    if state[KNOWN] < rules.stations:
        return explore(ground, m, view)
    return draw_below(ground.words, ground.drawn, m, 5)  # all are full
