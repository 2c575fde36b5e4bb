"""The state of `secrets` and its kernels: how cases begin and end, and what agents sense of them."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import (
    EPISODE,
    PRESENT,
    USER,
    ScenarioState,
    WorldArrays,
    below,
    integer,
    integers,
    kernel,
    number,
    reals,
    scratch,
    stream,
    unit,
)

NAMES = "PQRSTU"
MOST_TABLES = len(NAMES)
MOST_STRANGERS = 8
VALUES = 8  # a value is 1 to 8; a vague reply gives the pair it is in: 1-2, 3-4, 5-6 or 7-8
HONEST, SPY = 1, 2  # aims
# Actions.
ANSWER, VAGUE, BLOCK, ABSTAIN, ASK = 5, 6, 7, 8, 9
# Verdicts, as the rules number them (see `consensus/vote_kernels.py`).
TELL, HINT, REFUSE = 0, 1, 2
RULES = (  # their numbers stand in files
    "codef", "codef?threshold=2", "codef?threshold=majority", "majority", "asked", "none", "ledger",
)  # fmt: skip
BY_ASKED, BY_NOBODY, BY_LEDGER = RULES.index("asked"), RULES.index("none"), RULES.index("ledger")
# Indices into world.options, in the order of Secrets.Options.
STRANGERS, MALICIOUS, RULE, HEARING, TABLES, MARKED, WANTED, INTERVAL, POOLED = range(9)
# Indices into sense; the last ones are the tables.
GOAL, HOLDS, ASKED, ASKER, OUTCOME, VALUE, LEFT_OVER, TABLE = range(8)
# Purposes of random numbers: aims of a case, values of its person, guesses at its end.
DRAW_AIMS, DRAW_VALUES, DRAW_GUESSES = USER, USER + 1, USER + 2


class State(ScenarioState):
    """The case, its questions and replies.

    A set of tables has bit x for table x. A set of replies has bit x for a table that was given exactly, and
    bit MOST_TABLES + x for one that was given vaguely.
    """

    case = integer()  # number of cases before this one
    began = integer()  # rounds played when it began
    honest_cases = integer()  # honest strangers judged so far
    served = integer()  # of these, those that knew all they wanted
    secret_cases = integer()  # cases with a spy so far
    kept = integer()  # of these, those in which the secret was kept
    aim = integers("agents")  # strangers: HONEST or SPY; keepers: 0
    wants = integers("agents")  # strangers: set of tables
    replies = integers("agents")  # strangers: set of replies
    question = integers("agents")  # strangers: table asked for + 1; keepers: stranger heard + 1; 0 none
    target = integers("agents")  # strangers: the keeper asked
    verdict = integers("agents")  # on the question decided in this round, + 1; 0 none
    reply = integers("agents")  # strangers: the value given in this round, 0 none
    standing = reals("agents")  # with the rule
    heard = integers("agents", "strangers")  # by a keeper: set of replies to a stranger
    choice = scratch(np.int32, "agents")  # the verdict each agent votes for, -1 none


@kernel()
def open_case(world: WorldArrays, w: int, time: int) -> None:
    """Draw the strangers' aims after `time` rounds; about the new person there is no reply yet."""
    state, options = State(world, w), world.options
    state.began = time
    aims, replies = (state.aim, state.wants), (state.replies, state.verdict, state.reply)
    for numbers in (*aims, state.question, state.target, *replies):
        numbers[:] = 0
    state.heard[:] = 0
    tables, marked = int(options[TABLES]), int(options[MARKED])
    key = stream(world.seed[w], world.clock[w, EPISODE], state.case, DRAW_AIMS)
    for s in range(int(options[STRANGERS])):
        own = number(key, s)
        if unit(own, 0) < options[MALICIOUS]:
            state.aim[s], state.wants[s] = SPY, (1 << marked) - 1
            continue
        state.aim[s] = HONEST
        never = below(own, 1, marked)  # the marked table that is not among those wanted
        left, draw = int(options[WANTED]), 2
        while left > 0:
            bit = 1 << below(own, draw, tables)
            draw += 1
            if bit != 1 << never and not state.wants[s] & bit:
                state.wants[s] |= bit
                left -= 1


@kernel(inline=True)
def value_of(world: WorldArrays, w: int, table: int) -> int:
    """What a table says of the person of the case, 1 to VALUES."""
    key = stream(world.seed[w], world.clock[w, EPISODE], State(world, w).case, DRAW_VALUES)
    return 1 + below(key, table, VALUES)


@kernel(inline=True)
def apart(world: WorldArrays, w: int, a: int, b: int) -> int:
    """Rows or columns between two agents, the larger of both [cells]."""
    position = world.position[w]
    return max(abs(position[a, 0] - position[b, 0]), abs(position[a, 1] - position[b, 1]))


@kernel()
def replies_known(world: WorldArrays, w: int, s: int) -> int:
    """Set of replies that stranger `s` knows; spies share everything."""
    state, known = State(world, w), np.int64(0)
    for t in range(int(world.options[STRANGERS])):
        if t == s or (state.aim[s] == SPY and state.aim[t] == SPY):
            known |= state.replies[t]
    return int(known)


@kernel()
def replies_heard(world: WorldArrays, w: int, a: int, s: int) -> int:
    """Set of replies to stranger `s` that keeper `a` heard; with `pooled` those to any stranger."""
    state, heard = State(world, w), np.int64(0)
    for t in range(int(world.options[STRANGERS])):
        if t == s or world.options[POOLED] > 0.0:
            heard |= state.heard[a, t]
    return int(heard)


@kernel()
def knows(world: WorldArrays, w: int, s: int) -> bool:
    """Whether stranger `s` knows all it wants; it guesses what it knows vaguely."""
    state, known = State(world, w), replies_known(world, w, s)
    key = number(stream(world.seed[w], world.clock[w, EPISODE], state.case, DRAW_GUESSES), s)
    for x in range(MOST_TABLES):
        if not (state.wants[s] >> x) & 1 or (known >> x) & 1:
            continue
        if not (known >> (MOST_TABLES + x)) & 1 or below(key, x, 2) != (value_of(world, w, x) - 1) % 2:
            return False
    return True


@kernel()
def close_case(world: WorldArrays, w: int) -> None:
    """Score a point for each honest stranger that knows what it wants, and one for a secret that was kept."""
    state, spy, before = State(world, w), -1, world.score[w]
    for s in range(int(world.options[STRANGERS])):
        if world.active[w, s] != PRESENT:
            continue
        if state.aim[s] == SPY:
            spy = s if spy < 0 else spy  # all spies know the same, and guess once
            continue
        served = knows(world, w, s)
        state.honest_cases += 1
        state.served += served
        world.score[w] += served
        if world.sizes.private:
            world.payoff[w, s] += served
    if spy >= 0:
        kept = not knows(world, w, spy)
        state.secret_cases += 1
        state.kept += kept
        world.score[w] += kept
        if world.sizes.private:
            for s in range(int(world.options[STRANGERS])):
                if state.aim[s] == SPY and world.active[w, s] == PRESENT:
                    world.payoff[w, s] += not kept
    if world.sizes.private:
        for a in range(int(world.options[STRANGERS]), world.sizes.num_agents):
            world.payoff[w, a] += world.score[w] - before
    state.case += 1


@kernel()
def perceive(world: WorldArrays, w: int, time: int) -> None:
    """Write what every agent senses and may do, `time` rounds after the start."""
    state, sense = State(world, w), world.sense[w]
    strangers, tables = int(world.options[STRANGERS]), int(world.options[TABLES])
    question, left = state.question, state.began + int(world.options[INTERVAL]) - time
    new = time == state.began
    for a in range(world.sizes.num_agents):
        if world.active[w, a] != PRESENT:
            continue
        sense[a, OUTCOME], sense[a, LEFT_OVER] = state.verdict[a], left
        if a < strangers:
            sense[a, GOAL], sense[a, ASKED], sense[a, VALUE] = state.aim[a], question[a], state.reply[a]
            perceive_tables(sense[a], state.wants[a], replies_known(world, w, a))
            allow_questions(world, w, a, question[a] == 0)
        elif new or question[a] > 0 or sense[a, ASKED] > 0:  # else nothing has changed
            held, s = (a - strangers) % tables, question[a] - 1
            sense[a, HOLDS], sense[a, VALUE] = held + 1, value_of(world, w, held)
            sense[a, ASKER], sense[a, ASKED] = s + 1, question[s] if s >= 0 else 0
            perceive_tables(sense[a], 0, replies_heard(world, w, a, s) if s >= 0 else 0)
            world.allowed[w, a, ANSWER:ASK] = s >= 0


@kernel()
def perceive_tables(sense: NDArray[np.uint8], wants: int, known: int) -> None:
    """Write for each table 3 if it is known exactly, 2 if vaguely, else 1 if it is wanted."""
    for x in range(MOST_TABLES):
        vague, exact = (known >> (MOST_TABLES + x)) & 1, (known >> x) & 1
        sense[TABLE + x] = 3 if exact else 2 if vague else (wants >> x) & 1


@kernel()
def allow_questions(world: WorldArrays, w: int, s: int, free: bool) -> None:
    """Let stranger `s` ask for what keepers beside it hold, if no question of its own is open."""
    strangers, tables = int(world.options[STRANGERS]), int(world.options[TABLES])
    world.allowed[w, s, ASK:] = 0
    if not free:
        return
    for a in range(strangers, world.sizes.num_agents):
        if world.active[w, a] == PRESENT and apart(world, w, s, a) <= 1:
            world.allowed[w, s, ASK + (a - strangers) % tables] = 1
