"""What nest_site remembers of a world, how it puts a question, lets agents look, and asks the rule."""

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import USER, below, number, stream, unit
from swarm_env.engine.rule_calls import rank_by, room
from swarm_env.engine.state import EPISODE, PRESENT, WorldArrays, index

NAMES = "PQRSTU"
MOST_SITES = len(NAMES)
FIRST_SITE = 3  # code of site P
VOTE = 5  # the first action that votes
BEST_QUALITY = 100
TIED = 1e-9  # scores nearer than this, relative to the best (at least 1), are equal
# Places in world.options, in the order of NestSite.Options.
SITES, RULE, LIARS, INTERVAL, QUORUM, NOISE = 0, 1, 2, 3, 4, 5
# Places in memory: of the question, of the episode so far, then the sites' qualities, then by agent.
QUESTION, BEGAN, CHOSEN, DECIDED, RIGHT, QUALITY = 0, 1, 2, 3, 4, 5
BY_AGENT = QUALITY + MOST_SITES
# Blocks of one number per agent: sites it has been beside (bit s), which site it calls better than which (bit
# s * MOST_SITES + t: s than t), its choice + 1, whether it lies, and its standing with the rule (float64).
VISITED, BETTER, CHOICE, LIES, STANDING, BLOCKS = 0, 1, 2, 3, 4, 5
PAIRS = MOST_SITES * (MOST_SITES - 1) // 2
# Places in sense.
SITE, READING, TOLD, LEFT_OVER, LAST_CHOSEN = 0, 1, 2, 3, 4
# Purposes of random numbers: who lies, the qualities of a question, readings of a round, ties of a question.
DRAW_LIARS, DRAW_QUALITIES, DRAW_READINGS, DRAW_TIES = USER, USER + 1, USER + 2, USER + 3


@kernel()
def put_question(world: WorldArrays, w: int, time: int) -> None:
    """Draw new qualities for the sites on the map, and forget all votes.

    Args:
        world: The batch.
        w: Which world.
        time: Rounds played when the question begins.
    """
    n, memory = world.sizes.num_agents, world.memory[w]
    memory[BEGAN] = time
    key = stream(world.seed[w], world.clock[w, EPISODE], memory[QUESTION], DRAW_QUALITIES)
    if memory[QUESTION] == 0:
        for q in range(world.cells.shape[1]):
            code = world.cells[w, q]
            if FIRST_SITE <= code < FIRST_SITE + MOST_SITES:
                memory[QUALITY + code - FIRST_SITE] = 1
    for s in range(MOST_SITES):
        if memory[QUALITY + s] > 0:
            memory[QUALITY + s] = 1 + below(key, s, BEST_QUALITY)
    for block in (VISITED, BETTER, CHOICE):
        memory[BY_AGENT + block * n : BY_AGENT + (block + 1) * n] = 0
    world.allowed[w, :, VOTE:] = 0


@kernel()
def perceive(world: WorldArrays, w: int, time: int) -> None:
    """Write what every agent senses, and which sites it has now been beside.

    Args:
        world: The batch.
        w: Which world.
        time: Rounds played.
    """
    n, stride, memory = world.sizes.num_agents, world.sizes.stride, world.memory[w]
    cells, sense = world.cells[w], world.sense[w]
    visited, lies = memory[BY_AGENT + VISITED * n :], memory[BY_AGENT + LIES * n :]
    key = stream(world.seed[w], world.clock[w, EPISODE], time, DRAW_READINGS)
    over = memory[BEGAN] + int(world.options[INTERVAL]) - time
    worst = worst_site(memory) + 1
    for a in range(n):
        if world.active[w, a] != PRESENT:
            continue
        q = index(world, world.position[w, a, 0], world.position[w, a, 1])
        beside = np.int64(0)  # bit c: code c is there
        for middle in (q - stride, q, q + stride):
            for t in (middle - 1, middle, middle + 1):
                beside |= np.int64(1) << np.int64(cells[np.uint64(t)])
        beside = (beside >> FIRST_SITE) & ((1 << MOST_SITES) - 1)
        sense[a, SITE], sense[a, READING] = 0, 0
        if beside:
            s = lowest_bit(int(beside))
            sense[a, SITE] = s + 1
            sense[a, READING] = reading(key, a, memory[QUALITY + s], world.options[NOISE])
            visited[a] |= 1 << s
            world.allowed[w, a, VOTE + s] = 1
        sense[a, TOLD] = worst * lies[a]
        sense[a, LEFT_OVER], sense[a, LAST_CHOSEN] = over, memory[CHOSEN]


@kernel()
def lowest_bit(bits: int) -> int:
    """Place of the lowest 1."""
    place = 0
    while not (bits >> place) & 1:
        place += 1
    return place


@kernel()
def worst_site(memory: NDArray[np.int64]) -> int:
    """The site of least quality (the first such), -1 on a map without sites."""
    worst = -1
    for s in range(MOST_SITES):
        quality = memory[QUALITY + s]
        if quality > 0 and (worst < 0 or quality < memory[QUALITY + worst]):
            worst = s
    return worst


@kernel()
def best_quality(memory: NDArray[np.int64]) -> int:
    """Quality of the best site, 0 on a map without sites."""
    best = 0
    for s in range(MOST_SITES):
        best = max(best, memory[QUALITY + s])
    return best


@kernel()
def reading(key: np.uint64, a: int, quality: int, noise: float) -> int:
    """What an agent reads of a quality: the sum of four uniform numbers has a variance of a third."""
    own = number(key, a)
    error = unit(own, 0) + unit(own, 1) + unit(own, 2) + unit(own, 3) - 2.0
    found = np.floor(quality + noise * error * 1.7320508075688772 + 0.5)
    return int(min(max(found, 1.0), float(BEST_QUALITY)))


@kernel()
def vote(memory: NDArray[np.int64], n: int, a: int, s: int) -> None:
    """Note that agent `a` of `n` says: of the sites I have been beside, `s` is the best."""
    better, visited = memory[BY_AGENT + BETTER * n + a], memory[BY_AGENT + VISITED * n + a]
    for t in range(MOST_SITES):
        if t != s and (visited >> t) & 1:
            better |= np.int64(1) << (s * MOST_SITES + t)
            better &= ~(np.int64(1) << (t * MOST_SITES + s))
    memory[BY_AGENT + BETTER * n + a] = better
    memory[BY_AGENT + CHOICE * n + a] = s + 1


@kernel()
def decide(world: WorldArrays, w: int) -> int:
    """The site that the rule chooses by the votes of those in play, of whom at least one has voted."""
    n, memory, table = world.sizes.num_agents, world.memory[w], world.table[w]
    better, voted = memory[BY_AGENT + BETTER * n :], memory[BY_AGENT + CHOICE * n :]
    standing = memory[BY_AGENT + STANDING * n : BY_AGENT + (STANDING + 1) * n].view(np.float64)
    most = n * PAIRS
    reals = len(table) - n - 3 * most  # the table holds real numbers, then choices, then votes
    scores = table[: 2 * MOST_SITES].view(np.float64)
    work = table[2 * MOST_SITES : reals].view(np.float64)
    choice, rest = table[reals : reals + n], table[reals + n :]
    winner, loser, rater = rest[:most], rest[most : 2 * most], rest[2 * most : 3 * most]
    votes, named = 0, 0
    for a in range(n):
        choice[a] = voted[a] - 1 if world.active[w, a] == PRESENT else -1
        if choice[a] < 0:
            continue
        named |= 1 << choice[a]
        for pair in range(MOST_SITES * MOST_SITES):
            if (better[a] >> pair) & 1:
                winner[votes], loser[votes], rater[votes] = pair // MOST_SITES, pair % MOST_SITES, a
                votes += 1
    winner, loser, rater, rule = winner[:votes], loser[:votes], rater[:votes], world.rules[0]
    rank_by(rule, choice, winner, loser, rater, memory[QUESTION], standing, scores, work)
    key = stream(world.seed[w], world.clock[w, EPISODE], memory[QUESTION], DRAW_TIES)
    return best_of(scores, named, key)


@kernel()
def best_of(scores: NDArray[np.float64], named: int, key: np.uint64) -> int:
    """The site of best score among those named (bit s), one of equals drawn."""
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


def table_needed(num_agents: int) -> int:
    """Numbers that `decide` works in: real ones (two places each), then choices and votes."""
    most = num_agents * PAIRS
    reals = MOST_SITES + room(MOST_SITES, num_agents, most)
    wholes = num_agents + 3 * most
    return 2 * reals + wholes + wholes % 2
