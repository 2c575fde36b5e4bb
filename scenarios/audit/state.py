"""The state of audit and its kernels: jobs, results that wait, votes, verdicts and payments."""

import numpy as np

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
    set_mark,
    stream,
    unit,
    vote_by,
)

STATION = 3  # code of a station
WORK, CHEAT, VERIFY, ACCEPT, REJECT = 5, 6, 7, 8, 9  # actions
REACH = 2  # how far a verifier may stand from the worker, in rows and columns [cells]
MOST_VOTES = 16  # on one result
MOST_PANEL = 3
# Indices into world.options, in the order of Audit.Options.
STATIONS, PANEL, SAMPLING, CHEATS, LAZY, STAKE, PURSE, FEE, HARM, EFFORT, CHECK, WINDOW, PATIENCE = range(13)
FALSE_ACCEPT, FALSE_REJECT, KINDS, SHARED = range(13, 17)
# Values of the state.
CHEATING, BLIND = 1, 2  # bits of `role`
NOTHING, GENUINE, FALSE = 0, 1, 2  # `holds`
SAME, OTHER = 1, 2  # `found`; or NOTHING
UNCHECKED, ACCEPTED, REJECTED, OPEN = 1, 2, 3, 4  # `outcome`; 0: no job finished yet
# Indices into sense.
INSTRUCTION, PROGRESS, LEFT_OVER, CASE, LAST, OWNS, STANDS = 0, 1, 2, 3, 4, 5, 6
# Purposes of random numbers: cheats and blind voters; by job whether it is checked, what verifiers
# find, and whose votes count.
DRAW_ROLES, DRAW_CHECKED, DRAW_FINDINGS, DRAW_PANEL = USER, USER + 1, USER + 2, USER + 3


class State(ScenarioState):
    """Jobs, results, votes and accounts."""

    jobs = integer()  # jobs finished so far
    waiting = integer()  # results that wait for a verdict
    # Of each agent as a worker:
    role = integers("agents")  # CHEATING and BLIND
    worked = integers("agents")  # rounds of work on the job at hand
    holds = integers("agents")  # NOTHING, or a result that waits: GENUINE or FALSE
    job = integers("agents")  # number of its last job
    since = integers("agents")  # rounds played when its result began to wait
    votes = integers("agents")  # votes on its result
    outcome = integers("agents")  # of its last job
    # Of each agent as a verifier:
    target = integers("agents")  # the worker whose result waits for its vote + 1, 0 none
    checking = integers("agents")  # the job it verifies + 1, 0 none
    checked = integers("agents")  # rounds it has verified that job
    found = integers("agents")  # NOTHING yet, SAME or OTHER
    purse = reals("agents")  # points it owns
    standing = reals("agents")  # with the rule
    # Votes on the result of each worker, in the order they were given.
    voter = scratch(np.int32, "agents", MOST_VOTES)
    rejects = scratch(np.int32, "agents", MOST_VOTES)
    holder_at = scratch(np.int32, "cells")  # the worker with a result that stands there + 1, 0 none
    # The agents whose votes count, how they vote, and their standing before and after the verdict.
    panel = scratch(np.int32, MOST_PANEL)
    before = scratch(np.float64, MOST_PANEL)
    after = scratch(np.float64, MOST_PANEL)
    choice = scratch(np.int32, lambda size: max(size.agents, MOST_PANEL))


@kernel()
def draw_roles(world: WorldArrays, w: int) -> None:
    """Draw the cheats, and independently of that the blind voters."""
    n, state = world.sizes.num_agents, State(world, w)
    key = stream(world.seed[w], world.clock[w, EPISODE], 0, DRAW_ROLES)
    cheats, blind = int(world.options[CHEATS] * n + 0.5), int(world.options[LAZY] * n + 0.5)
    for a in range(n):  # each with the chance that makes all choices of so many equally likely
        cheat = below(key, a, n - a) < cheats
        lazy = below(key, n + a, n - a) < blind
        cheats -= cheat
        blind -= lazy
        state.role[a] = CHEATING * cheat + BLIND * lazy


@kernel()
def open_accounts(world: WorldArrays, w: int) -> None:
    """Fill the purses, and let the rule set the first standing of all agents."""
    state, n = State(world, w), world.sizes.num_agents
    choice = state.choice[:n]
    choice[:] = -1
    vote_by(world.rules[0], choice, 0, state.standing)
    state.purse[:] = world.options[PURSE]


@kernel()
def finish(world: WorldArrays, w: int, a: int, made: int, time: int) -> None:
    """Finish a job of agent `a` (`made`: GENUINE or FALSE): draw whether it is checked; if not, pay it."""
    state = State(world, w)
    state.worked[a] = 0
    state.job[a] = state.jobs
    state.jobs += 1
    key = stream(world.seed[w], world.clock[w, EPISODE], state.job[a], DRAW_CHECKED)
    if panel_size(world) > 0 and unit(key, 0) < world.options[SAMPLING]:
        state.holds[a], state.since[a], state.votes[a] = made, time, 0
        state.waiting += 1
        set_mark(world, w, a, 1)
    else:
        pay(world, w, a, made)
        state.outcome[a] = UNCHECKED


@kernel()
def panel_size(world: WorldArrays) -> int:
    """How many verifiers decide: 0, 1 or 3."""
    panel = int(world.options[PANEL])
    return 1 if panel == 1 else MOST_PANEL * (panel == 2)


@kernel()
def earn(world: WorldArrays, w: int, a: int, amount: float) -> None:
    """Put an amount into a purse; cheats and blind voters are paid it with `own_pay`."""
    state = State(world, w)
    state.purse[a] += amount
    if world.sizes.private and state.role[a]:
        world.payoff[w, a] += amount


@kernel()
def pay(world: WorldArrays, w: int, a: int, made: int) -> None:
    """Accept a result: the worker earns 1; the team gains 1 if it is genuine, else loses `harm`."""
    earn(world, w, a, 1.0)
    world.score[w] += 1.0 if made == GENUINE else -world.options[HARM]


@kernel()
def verify(world: WorldArrays, w: int, a: int) -> None:
    """Let agent `a` do the job of its target again, for a round."""
    state = State(world, w)
    worker = state.target[a] - 1
    job = state.job[worker]
    if state.checking[a] != job + 1:
        state.checking[a], state.checked[a], state.found[a] = job + 1, 0, NOTHING
    state.checked[a] += 1
    if state.checked[a] >= int(world.options[CHECK]):
        state.found[a] = finding(world, w, a, job, state.holds[worker])


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
    """Take agent `a`'s vote on its target's result; it stays secret until the verdict."""
    state = State(world, w)
    worker = state.target[a] - 1
    votes = state.votes[worker]
    if votes < MOST_VOTES:
        state.voter[worker, votes], state.rejects[worker, votes] = a, rejects
        state.votes[worker] = votes + 1


@kernel()
def settle(world: WorldArrays, w: int, time: int) -> None:
    """Decide what is due: results with enough votes after the window, and those that waited too long."""
    state, size = State(world, w), panel_size(world)
    if state.waiting == 0:
        return
    for a in range(world.sizes.num_agents):
        if state.holds[a] == NOTHING:
            continue
        waited, votes = time - state.since[a], state.votes[a]
        gone = world.active[w, a] != PRESENT
        late = waited >= int(world.options[PATIENCE])
        if gone or late or (votes >= size and waited >= int(world.options[WINDOW])):
            verdict = OPEN
            if not gone and 2 * votes > size:
                verdict = judge(world, w, a, min(votes, size))
            if verdict == ACCEPTED:
                pay(world, w, a, state.holds[a])
            elif verdict == REJECTED:
                earn(world, w, a, -world.options[STAKE])
            state.holds[a], state.outcome[a] = NOTHING, verdict
            state.waiting -= 1
            if not gone:
                set_mark(world, w, a, 0)


@kernel()
def draw_panel(world: WorldArrays, w: int, worker: int, size: int) -> None:
    """Draw whose votes on the result of a worker count: fill `panel`, `choice`, `before` and `after`."""
    state, drawn = State(world, w), 0
    key = stream(world.seed[w], world.clock[w, EPISODE], state.job[worker], DRAW_PANEL)
    votes = state.votes[worker]
    for v in range(votes):  # each with the chance that makes all choices of `size` equally likely
        if below(key, v, votes - v) < size - drawn:
            verifier = state.voter[worker, v]
            state.panel[drawn], state.choice[drawn] = verifier, state.rejects[worker, v]
            state.before[drawn] = state.after[drawn] = state.standing[verifier]
            drawn += 1


@kernel()
def judge(world: WorldArrays, w: int, worker: int, size: int) -> int:
    """Draw the `size` votes that count, ask the rule, pay or slash the verifiers; returns the outcome."""
    draw_panel(world, w, worker, size)
    state = State(world, w)
    choice, after = state.choice[:size], state.after[:size]
    verdict = vote_by(world.rules[0], choice, 1 + state.job[worker], after)  # 0 accepted, 1 rejected, 2 open
    if verdict == 2:
        return OPEN
    rejected = verdict == 1
    for v in range(size):
        verifier = state.panel[v]
        if (choice[v] > 0) == rejected:
            earn(world, w, verifier, world.options[FEE])
        earn(world, w, verifier, -world.options[STAKE] * (1.0 - after[v] / state.before[v]))
        state.standing[verifier] = after[v]
    return REJECTED if rejected else ACCEPTED
