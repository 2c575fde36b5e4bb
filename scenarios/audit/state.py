"""What audit remembers of a world: results in the hands of workers, what verifiers find, votes, and money."""

import numpy as np

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import USER, below, number, stream, unit
from swarm_env.engine.rule_calls import vote_by
from swarm_env.engine.state import EPISODE, PRESENT, WorldArrays, set_mark

STATION = 3  # code of a station
WORK, CHEAT, VERIFY, ACCEPT, REJECT = 5, 6, 7, 8, 9  # actions
REACH = 2  # how far a verifier may stand from the worker, in rows and columns [cells]
# Places in world.options, in the order of Audit.Options.
STATIONS, PANEL, SAMPLING, CHEATS, LAZY, STAKE, PURSE, FEE, HARM, EFFORT, CHECK, WINDOW, PATIENCE = range(13)
FALSE_ACCEPT, FALSE_REJECT, KINDS, SHARED = range(13, 17)
# Places in memory: how many jobs were finished and how many results wait for a verdict; then by agent.
JOBS, WAITING, BY_AGENT = 0, 1, 2
# Blocks of one number per agent: its role in bits, rounds worked, what it holds (NOTHING, GENUINE or
# FALSE), of which job, since when, votes on it, outcome of its last job, the agent + 1 whose result waits for
# its vote, the job + 1 it checks, for how many rounds, what it found (NOTHING, SAME or OTHER); then two
# blocks of float64: its purse and its standing with the rule.
ROLE, WORKED, HOLDS, JOB, SINCE, VOTES, OUTCOME, TARGET, CHECKING, CHECKED, FOUND = range(11)
ACCOUNTS, BLOCKS = 11, 13
CHEATING, BLIND = 1, 2  # bits of the role
NOTHING, GENUINE, FALSE = 0, 1, 2
SAME, OTHER = 1, 2
UNCHECKED, ACCEPTED, REJECTED, OPEN = 1, 2, 3, 4  # outcomes; 0: no job finished yet
# Places in sense.
TOLD, PROGRESS, LEFT_OVER, CASE, LAST, OWNS, STANDS = 0, 1, 2, 3, 4, 5, 6
MOST_VOTES = 16  # on one result
MOST_PANEL = 3
# Purposes of random numbers: who cheats and who votes blindly; by job whether it is checked, what verifiers
# find, and whose votes count.
DRAW_ROLES, DRAW_CHECKED, DRAW_FINDINGS, DRAW_PANEL = USER, USER + 1, USER + 2, USER + 3


def _ballots_at(n: int) -> int:
    """Where the votes of `n` agents begin in `table`, behind real numbers that take two places each."""
    return 4 * MOST_PANEL


def _panel_at(n: int) -> int:
    """Where the panel begins, and behind it its choices: behind two places for each vote."""
    return 4 * MOST_PANEL + 2 * MOST_VOTES * n


def _places_at(n: int) -> int:
    """Where the map of those who hold results begins, behind the choices of a panel or of everybody."""
    return 6 * MOST_PANEL + (2 * MOST_VOTES + 1) * n


# The same for kernels, which Python cannot call.
ballots_at, panel_at, places_at = (kernel(inline=True)(one) for one in (_ballots_at, _panel_at, _places_at))


def table_needed(num_agents: int, num_cells: int) -> int:
    """Numbers in `table`."""
    return _places_at(num_agents) + num_cells


@kernel()
def draw_roles(world: WorldArrays, w: int) -> None:
    """Draw who cheats, and independently of that who votes blindly."""
    n, memory = world.sizes.num_agents, world.memory[w]
    key = stream(world.seed[w], world.clock[w, EPISODE], 0, DRAW_ROLES)
    cheats, blind = int(world.options[CHEATS] * n + 0.5), int(world.options[LAZY] * n + 0.5)
    for a in range(n):  # each with the chance that makes all choices of so many equally likely
        cheat = below(key, a, n - a) < cheats
        lazy = below(key, n + a, n - a) < blind
        cheats -= cheat
        blind -= lazy
        memory[BY_AGENT + ROLE * n + a] = CHEATING * cheat + BLIND * lazy


@kernel()
def open_accounts(world: WorldArrays, w: int) -> None:
    """Fill the purses, and let the rule say with what standing everybody begins."""
    n, table = world.sizes.num_agents, world.table[w]
    panel = table[panel_at(n) :]
    everybody = panel[MOST_PANEL : MOST_PANEL + n]
    everybody[:] = -1
    accounts = world.memory[w, BY_AGENT + ACCOUNTS * n :].view(np.float64)
    vote_by(world.rules[0], everybody, 0, accounts[n : 2 * n])
    accounts[:n] = world.options[PURSE]


@kernel()
def finish(world: WorldArrays, w: int, a: int, made: int, time: int) -> None:
    """Agent `a` has a result: it is drawn whether it is checked, else it is paid at once.

    Args:
        world: The batch.
        w: Which world.
        a: The worker.
        made: GENUINE or FALSE.
        time: Rounds played.
    """
    n, memory = world.sizes.num_agents, world.memory[w]
    mine = memory[BY_AGENT + a :: n]  # this agent's number of each block
    mine[WORKED] = 0
    mine[JOB] = memory[JOBS]
    memory[JOBS] += 1
    key = stream(world.seed[w], world.clock[w, EPISODE], mine[JOB], DRAW_CHECKED)
    if panel_size(world) > 0 and unit(key, 0) < world.options[SAMPLING]:
        mine[HOLDS], mine[SINCE], mine[VOTES] = made, time, 0
        memory[WAITING] += 1
        set_mark(world, w, a, 1)
    else:
        pay(world, w, a, made)
        mine[OUTCOME] = UNCHECKED


@kernel()
def panel_size(world: WorldArrays) -> int:
    """How many verifiers decide: 0, 1 or 3."""
    panel = int(world.options[PANEL])
    return 1 if panel == 1 else MOST_PANEL * (panel == 2)


@kernel()
def pay(world: WorldArrays, w: int, a: int, made: int) -> None:
    """A result is taken for genuine: the worker earns 1, the team gains or loses by what it is."""
    n = world.sizes.num_agents
    world.memory[w, BY_AGENT + ACCOUNTS * n :].view(np.float64)[a] += 1.0
    world.score[w] += 1.0 if made == GENUINE else -world.options[HARM]


@kernel()
def verify(world: WorldArrays, w: int, a: int) -> None:
    """Agent `a` does the job of its target again, for a round."""
    n, memory = world.sizes.num_agents, world.memory[w]
    mine = memory[BY_AGENT + a :: n]
    worker = mine[TARGET] - 1
    job = memory[BY_AGENT + JOB * n + worker]
    if mine[CHECKING] != job + 1:
        mine[CHECKING], mine[CHECKED], mine[FOUND] = job + 1, 0, NOTHING
    mine[CHECKED] += 1
    if mine[CHECKED] >= int(world.options[CHECK]):
        mine[FOUND] = finding(world, w, a, job, memory[BY_AGENT + HOLDS * n + worker])


@kernel()
def finding(world: WorldArrays, w: int, a: int, job: int, made: int) -> int:
    """What agent `a` finds when it does a job again: SAME or OTHER, wrong at times.

    With probability `shared` all agents with one kind of hardware find the same; else each draws by itself.
    """
    kinds = int(world.options[KINDS])
    kind = a % kinds
    key = stream(world.seed[w], world.clock[w, EPISODE], job, DRAW_FINDINGS)
    drawn = unit(number(key, 2 * kinds), a)
    if unit(key, 2 * kind) < world.options[SHARED]:
        drawn = unit(key, 2 * kind + 1)
    if made == GENUINE:
        return OTHER if drawn < world.options[FALSE_REJECT] else SAME
    return SAME if drawn < world.options[FALSE_ACCEPT] else OTHER


@kernel()
def vote(world: WorldArrays, w: int, a: int, rejects: int) -> None:
    """Keep agent `a`'s vote on its target's result; nobody learns of it before the verdict."""
    n, memory = world.sizes.num_agents, world.memory[w]
    worker = memory[BY_AGENT + TARGET * n + a] - 1
    votes = memory[BY_AGENT + VOTES * n + worker]
    if votes < MOST_VOTES:
        ballots = world.table[w, ballots_at(n) :]
        ballots[(worker * MOST_VOTES + votes) * 2] = a
        ballots[(worker * MOST_VOTES + votes) * 2 + 1] = rejects
        memory[BY_AGENT + VOTES * n + worker] = votes + 1


@kernel()
def settle(world: WorldArrays, w: int, time: int) -> None:
    """Decide what is due: results with enough votes after the window, and those that waited too long."""
    n, memory, size = world.sizes.num_agents, world.memory[w], panel_size(world)
    accounts = memory[BY_AGENT + ACCOUNTS * n :].view(np.float64)
    if memory[WAITING] == 0:
        return
    for a in range(n):
        mine = memory[BY_AGENT + a :: n]
        if mine[HOLDS] == NOTHING:
            continue
        waited, votes = time - mine[SINCE], mine[VOTES]
        gone = world.active[w, a] != PRESENT
        late = waited >= int(world.options[PATIENCE])
        if gone or late or (votes >= size and waited >= int(world.options[WINDOW])):
            verdict = OPEN
            if not gone and 2 * votes > size:
                verdict = judge(world, w, a, min(votes, size))
            if verdict == ACCEPTED:
                pay(world, w, a, mine[HOLDS])
            elif verdict == REJECTED:
                accounts[a] -= world.options[STAKE]
            mine[HOLDS], mine[OUTCOME] = NOTHING, verdict
            memory[WAITING] -= 1
            if not gone:
                set_mark(world, w, a, 0)


@kernel()
def judge(world: WorldArrays, w: int, worker: int, size: int) -> int:
    """Draw whose votes count, ask the rule, and pay or slash the verifiers.

    Args:
        world: The batch.
        w: Which world.
        worker: Whose result.
        size: Votes that count.

    Returns:
        ACCEPTED, REJECTED or OPEN.
    """
    n, memory, table = world.sizes.num_agents, world.memory[w], world.table[w]
    mine = memory[BY_AGENT + worker :: n]
    reals = table[: ballots_at(n)].view(np.float64)
    before, after = reals[:size], reals[MOST_PANEL : MOST_PANEL + size]
    ballots = table[ballots_at(n) + worker * MOST_VOTES * 2 :]
    panel = table[panel_at(n) :]
    choice = panel[MOST_PANEL : MOST_PANEL + size]
    key = stream(world.seed[w], world.clock[w, EPISODE], mine[JOB], DRAW_PANEL)
    accounts, drawn = memory[BY_AGENT + ACCOUNTS * n :].view(np.float64), 0
    for v in range(mine[VOTES]):  # each with the chance that makes all choices of `size` equally likely
        if below(key, v, mine[VOTES] - v) < size - drawn:
            panel[drawn], choice[drawn] = ballots[2 * v], ballots[2 * v + 1]
            before[drawn] = after[drawn] = accounts[n + panel[drawn]]
            drawn += 1
    verdict = vote_by(world.rules[0], choice, 1 + mine[JOB], after)  # 0 accepted, 1 rejected, 2 open
    if verdict == 2:
        return OPEN
    rejected = verdict == 1
    for v in range(size):
        if (choice[v] > 0) == rejected:
            accounts[panel[v]] += world.options[FEE]
        accounts[panel[v]] -= world.options[STAKE] * (1.0 - after[v] / before[v])
        accounts[n + panel[v]] = after[v]
    return REJECTED if rejected else ACCEPTED
