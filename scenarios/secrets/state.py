"""What `secrets` remembers of a world, how cases begin and end, and what agents perceive of them."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import USER, below, number, stream, unit
from swarm_env.engine.state import EPISODE, PRESENT, WorldArrays

NAMES = "PQRSTU"
MOST_TABLES = len(NAMES)
MOST_STRANGERS = 8
VALUES = 8  # a value is 1 to 8; a vague reply tells which of the pairs 1-2, 3-4, 5-6, 7-8 it is in
# Actions.
ANSWER, VAGUE, BLOCK, ABSTAIN, ASK = 5, 6, 7, 8, 9
# Verdicts, as the rules number them (see `consensus/vote_kernels.py`).
TELL, HINT, REFUSE, VERDICTS = 0, 1, 2, 3
RULES = (  # their numbers stand in files
    "codef", "codef?threshold=2", "codef?threshold=majority", "majority", "asked", "none", "ledger",
)  # fmt: skip
BY_ASKED, BY_NOBODY, BY_LEDGER = RULES.index("asked"), RULES.index("none"), RULES.index("ledger")
# Places in world.options, in the order of Secrets.Options.
STRANGERS, MALICIOUS, RULE, HEARING, TABLES, MARKED, WANTED, INTERVAL, POOLED = range(9)
# Places in memory: the case and when it began; cases judged so far and those that went well, of either aim.
CASE, BEGAN, HONEST_CASES, SERVED, SECRET_CASES, KEPT, BY_AGENT = range(7)
# Blocks of one number per agent.
AIM, WANTS, TOLD, QUESTION, TARGET, VERDICT, REPLY, STANDING, BLOCKS = range(9)
# AIM      of a stranger: HONEST or SPY; 0 for keepers
# WANTS    of a stranger: tables of its aim (bit x)
# TOLD     of a stranger: tables it was told exactly (bit x) and vaguely (bit MOST_TABLES + x)
# QUESTION of a stranger: the table it asks for + 1; of a keeper: the stranger it listens to + 1; 0 none
# TARGET   of a stranger: the keeper it asks
# VERDICT  on the question that was decided in this round, + 1; 0: there was none
# REPLY    of a stranger: the value it was told in this round, 0 none
# STANDING with the rule (float64)
# Behind the blocks, for each agent and stranger: what it heard that stranger being told, as in TOLD.
HONEST, SPY = 1, 2
# Places in sense; the last ones are the tables.
GOAL, HOLDS, ASKED, ASKER, OUTCOME, VALUE, LEFT_OVER, TABLE = range(8)
# Purposes of random numbers: aims of a case, values of its person, guesses at its end.
DRAW_AIMS, DRAW_VALUES, DRAW_GUESSES = USER, USER + 1, USER + 2


def memory_needed(num_agents: int, strangers: int) -> int:
    """Numbers that a world remembers."""
    return BY_AGENT + (BLOCKS + strangers) * num_agents


@kernel()
def open_case(world: WorldArrays, w: int, time: int) -> None:
    """Draw what each stranger is after this time; a new person, of whom nobody was told anything yet.

    Args:
        world: The batch.
        w: Which world.
        time: Rounds played when the case begins.
    """
    n, memory, options = world.sizes.num_agents, world.memory[w], world.options
    memory[BEGAN] = time
    memory[BY_AGENT : BY_AGENT + STANDING * n] = 0
    memory[BY_AGENT + BLOCKS * n :] = 0
    aim, wants = memory[BY_AGENT + AIM * n :], memory[BY_AGENT + WANTS * n :]
    tables, marked = int(options[TABLES]), int(options[MARKED])
    key = stream(world.seed[w], world.clock[w, EPISODE], memory[CASE], DRAW_AIMS)
    for s in range(int(options[STRANGERS])):
        own = number(key, s)
        if unit(own, 0) < options[MALICIOUS]:
            aim[s], wants[s] = SPY, (1 << marked) - 1
            continue
        aim[s] = HONEST
        never = below(own, 1, marked)  # the marked table that is not among those wanted
        left, draw = int(options[WANTED]), 2
        while left > 0:
            bit = 1 << below(own, draw, tables)
            draw += 1
            if bit != 1 << never and not wants[s] & bit:
                wants[s] |= bit
                left -= 1


@kernel(inline=True)
def value_of(world: WorldArrays, w: int, table: int) -> int:
    """What a table says of the person of the case, 1 to VALUES."""
    key = stream(world.seed[w], world.clock[w, EPISODE], world.memory[w, CASE], DRAW_VALUES)
    return 1 + below(key, table, VALUES)


@kernel(inline=True)
def apart(world: WorldArrays, w: int, a: int, b: int) -> int:
    """Rows or columns between two agents, the larger of both [cells]."""
    position = world.position[w]
    return max(abs(position[a, 0] - position[b, 0]), abs(position[a, 1] - position[b, 1]))


@kernel()
def had_by(world: WorldArrays, w: int, s: int) -> int:
    """What stranger `s` has: spies tell each other everything."""
    n, memory = world.sizes.num_agents, world.memory[w]
    aim, told, found = memory[BY_AGENT + AIM * n :], memory[BY_AGENT + TOLD * n :], np.int64(0)
    for t in range(int(world.options[STRANGERS])):
        if t == s or (aim[s] == SPY and aim[t] == SPY):
            found |= told[t]
    return int(found)


@kernel()
def heard_by(world: WorldArrays, w: int, a: int, s: int) -> int:
    """What keeper `a` heard stranger `s` being told; with `pooled` any stranger."""
    strangers, found = int(world.options[STRANGERS]), np.int64(0)
    first = BY_AGENT + BLOCKS * world.sizes.num_agents + a * strangers
    for t in range(strangers):
        if t == s or world.options[POOLED] > 0.0:
            found |= world.memory[w, first + t]
    return int(found)


@kernel()
def knows(world: WorldArrays, w: int, s: int) -> bool:
    """Whether stranger `s` knows all it wants; what it was told vaguely it guesses."""
    memory = world.memory[w]
    wants, has = memory[BY_AGENT + WANTS * world.sizes.num_agents + s], had_by(world, w, s)
    key = number(stream(world.seed[w], world.clock[w, EPISODE], memory[CASE], DRAW_GUESSES), s)
    for x in range(MOST_TABLES):
        if not (wants >> x) & 1 or (has >> x) & 1:
            continue
        if not (has >> (MOST_TABLES + x)) & 1 or below(key, x, 2) != (value_of(world, w, x) - 1) % 2:
            return False
    return True


@kernel()
def close_case(world: WorldArrays, w: int) -> None:
    """Score a point for each honest stranger that knows what it wants, and one for a secret that was kept."""
    n, memory = world.sizes.num_agents, world.memory[w]
    aim, spy = memory[BY_AGENT + AIM * n :], -1
    for s in range(int(world.options[STRANGERS])):
        if world.active[w, s] != PRESENT:
            continue
        if aim[s] == SPY:
            spy = s if spy < 0 else spy  # all of them have the same, and guess once
            continue
        served = knows(world, w, s)
        memory[HONEST_CASES] += 1
        memory[SERVED] += served
        world.score[w] += served
    if spy >= 0:
        kept = not knows(world, w, spy)
        memory[SECRET_CASES] += 1
        memory[KEPT] += kept
        world.score[w] += kept
    memory[CASE] += 1


@kernel()
def perceive(world: WorldArrays, w: int, time: int) -> None:
    """Write what every agent senses and may do, `time` rounds after the start."""
    n, memory, sense = world.sizes.num_agents, world.memory[w], world.sense[w]
    strangers, tables = int(world.options[STRANGERS]), int(world.options[TABLES])
    aim, question = memory[BY_AGENT + AIM * n :], memory[BY_AGENT + QUESTION * n :]
    verdict, reply = memory[BY_AGENT + VERDICT * n :], memory[BY_AGENT + REPLY * n :]
    over = memory[BEGAN] + int(world.options[INTERVAL]) - time
    new = time == memory[BEGAN]
    for a in range(n):
        if world.active[w, a] != PRESENT:
            continue
        sense[a, OUTCOME], sense[a, LEFT_OVER] = verdict[a], over
        if a < strangers:
            sense[a, GOAL], sense[a, ASKED], sense[a, VALUE] = aim[a], question[a], reply[a]
            perceive_tables(sense[a], memory[BY_AGENT + WANTS * n + a], had_by(world, w, a))
            allow_questions(world, w, a, question[a] == 0)
        elif new or question[a] > 0 or sense[a, ASKED] > 0:  # else nothing has changed
            held, s = (a - strangers) % tables, question[a] - 1
            sense[a, HOLDS], sense[a, VALUE] = held + 1, value_of(world, w, held)
            sense[a, ASKER], sense[a, ASKED] = s + 1, question[s] if s >= 0 else 0
            perceive_tables(sense[a], 0, heard_by(world, w, a, s) if s >= 0 else 0)
            world.allowed[w, a, ANSWER:ASK] = s >= 0


@kernel()
def perceive_tables(sense: NDArray[np.uint8], wants: int, has: int) -> None:
    """Write for each table 3 if it is had exactly, 2 if vaguely, else 1 if it is wanted."""
    for x in range(MOST_TABLES):
        vague, exact = (has >> (MOST_TABLES + x)) & 1, (has >> x) & 1
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
