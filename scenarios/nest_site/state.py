"""The state of nest_site and its kernels: questions, readings, votes and the decision."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.common import codes_around

from swarm_env.engine import (
    EPISODE,
    PRESENT,
    USER,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integer,
    integers,
    kernel,
    number,
    rank_by,
    reals,
    room,
    scratch,
    stream,
    unit,
)

NAMES = "PQRSTU"
MOST_SITES = len(NAMES)
PAIRS = MOST_SITES * (MOST_SITES - 1) // 2
FIRST_SITE = 3  # code of site P
VOTE = 5  # the first action that votes
BEST_QUALITY = 100
TIED = 1e-9  # scores nearer than this, relative to the best (at least 1), are equal
# Indices into world.options, in the order of NestSite.Options.
SITES, RULE, LIARS, INTERVAL, QUORUM, NOISE = 0, 1, 2, 3, 4, 5
# Indices into sense.
SITE, READING, PROMOTED, LEFT_OVER, LAST_CHOSEN = 0, 1, 2, 3, 4
# Purposes of random numbers: the liars, the qualities of a question, readings of a round, ties of a question.
DRAW_LIARS, DRAW_QUALITIES, DRAW_READINGS, DRAW_TIES = USER, USER + 1, USER + 2, USER + 3


class State(ScenarioState):
    """The question, the sites, what each agent has seen and voted, and the arrays that the rule works in."""

    question = integer()  # number of questions before this one
    began = integer()  # rounds played when it was put
    chosen = integer()  # site of the last decision + 1, 0 for none
    decided = integer()  # decisions so far
    right = integer()  # of these, for a best site
    quality = integers(MOST_SITES)  # 1 to 100; 0 for a site that is not on the map
    visited = integers("agents")  # bit s: it has been beside site s
    better = integers("agents")  # bit s * MOST_SITES + t: it says that s is better than t
    choice = integers("agents")  # the site it votes for + 1, 0 for none
    lies = integers("agents")
    standing = reals("agents")  # with the rule
    # The rule's arguments, see `engine.rule_calls.RANKING`.
    scores = scratch(np.float64, MOST_SITES)
    work = scratch(np.float64, lambda size: room(MOST_SITES, size.agents, size.agents * PAIRS))
    voice = scratch(np.int32, "agents")
    winner = scratch(np.int32, lambda size: size.agents * PAIRS)
    loser = scratch(np.int32, lambda size: size.agents * PAIRS)
    rater = scratch(np.int32, lambda size: size.agents * PAIRS)


@kernel()
def put_question(world: WorldArrays, w: int, time: int) -> None:
    """Draw new qualities for the sites on the map, and forget all votes; `time` rounds have been played."""
    state = State(world, w)
    state.began = time
    key = stream(world.seed[w], world.clock[w, EPISODE], state.question, DRAW_QUALITIES)
    if state.question == 0:
        for q in range(world.cells.shape[1]):
            code = world.cells[w, q]
            if FIRST_SITE <= code < FIRST_SITE + MOST_SITES:
                state.quality[code - FIRST_SITE] = 1
    for s in range(MOST_SITES):
        if state.quality[s] > 0:
            state.quality[s] = 1 + below(key, s, BEST_QUALITY)
    state.visited[:] = 0
    state.better[:] = 0
    state.choice[:] = 0
    world.allowed[w, :, VOTE:] = 0


@kernel()
def perceive(world: WorldArrays, w: int, time: int) -> None:
    """Write what every agent senses after `time` rounds, and note which sites it is beside."""
    state, sense = State(world, w), world.sense[w]
    key = stream(world.seed[w], world.clock[w, EPISODE], time, DRAW_READINGS)
    left = state.began + int(world.options[INTERVAL]) - time
    worst = worst_site(state) + 1
    for a in range(world.sizes.num_agents):
        if world.active[w, a] != PRESENT:
            continue
        q = index(world, world.position[w, a, 0], world.position[w, a, 1])
        beside = (codes_around(world, w, q) >> FIRST_SITE) & ((1 << MOST_SITES) - 1)
        sense[a, SITE], sense[a, READING] = 0, 0
        if beside:
            s = lowest_bit(int(beside))
            sense[a, SITE] = s + 1
            sense[a, READING] = reading(key, a, state.quality[s], world.options[NOISE])
            state.visited[a] |= 1 << s
            world.allowed[w, a, VOTE + s] = 1
        sense[a, PROMOTED] = worst * state.lies[a]
        sense[a, LEFT_OVER], sense[a, LAST_CHOSEN] = left, state.chosen


@kernel()
def lowest_bit(bits: int) -> int:
    """Index of the lowest 1."""
    place = 0
    while not (bits >> place) & 1:
        place += 1
    return place


@kernel()
def worst_site(state: State) -> int:
    """The site of least quality (the first such), -1 on a map without sites."""
    worst = -1
    for s in range(MOST_SITES):
        if state.quality[s] > 0 and (worst < 0 or state.quality[s] < state.quality[worst]):
            worst = s
    return worst


@kernel()
def best_quality(state: State) -> int:
    """Quality of the best site, 0 on a map without sites."""
    best = 0
    for s in range(MOST_SITES):
        best = max(best, state.quality[s])
    return best


@kernel()
def reading(key: np.uint64, a: int, quality: int, noise: float) -> int:
    """What an agent reads of a quality: the sum of four uniform numbers has a variance of a third."""
    own = number(key, a)
    error = unit(own, 0) + unit(own, 1) + unit(own, 2) + unit(own, 3) - 2.0
    found = np.floor(quality + noise * error * 1.7320508075688772 + 0.5)
    return int(min(max(found, 1.0), float(BEST_QUALITY)))


@kernel()
def vote(state: State, a: int, s: int) -> None:
    """Take agent `a`'s vote: of the sites it has been beside, `s` is the best."""
    better = state.better[a]
    for t in range(MOST_SITES):
        if t != s and (state.visited[a] >> t) & 1:
            better |= np.int64(1) << (s * MOST_SITES + t)
            better &= ~(np.int64(1) << (t * MOST_SITES + s))
    state.better[a] = better
    state.choice[a] = s + 1


@kernel()
def decide(world: WorldArrays, w: int) -> int:
    """The site that the rule chooses by the votes of the agents in play, of whom at least one has voted."""
    state = State(world, w)
    choice, winner, loser, rater = state.voice, state.winner, state.loser, state.rater
    votes, named = 0, 0
    for a in range(world.sizes.num_agents):
        choice[a] = state.choice[a] - 1 if world.active[w, a] == PRESENT else -1
        if choice[a] < 0:
            continue
        named |= 1 << choice[a]
        for pair in range(MOST_SITES * MOST_SITES):
            if (state.better[a] >> pair) & 1:
                winner[votes], loser[votes], rater[votes] = pair // MOST_SITES, pair % MOST_SITES, a
                votes += 1
    question, standing, scores, work = state.question, state.standing, state.scores, state.work
    winner, loser, rater, rule = winner[:votes], loser[:votes], rater[:votes], world.rules[0]
    rank_by(rule, choice, winner, loser, rater, question, standing, scores, work)
    key = stream(world.seed[w], world.clock[w, EPISODE], question, DRAW_TIES)
    return best_of(scores, named, key)


@kernel()
def best_of(scores: NDArray[np.float64], named: int, key: np.uint64) -> int:
    """The site of best score among those named (bit s); one of equals is drawn."""
    best = -np.inf
    for s in range(MOST_SITES):
        if (named >> s) & 1:
            best = max(best, scores[s])
    least, equals = best - TIED * max(1.0, abs(best)), 0
    for s in range(MOST_SITES):
        equals += ((named >> s) & 1) != 0 and scores[s] >= least
    drawn = below(key, 0, equals)
    for s in range(MOST_SITES):
        if (named >> s) & 1 and scores[s] >= least:
            if drawn == 0:
                return s
            drawn -= 1
    return 0
