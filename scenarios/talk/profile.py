"""The facts about some candidates are spread over the agents, who talk and then vote for the best.

A case is about `candidates` candidates P, Q, R, … with `facts` facts each, every one good or bad with equal
probability. The best candidate is the one with the most good facts; cases are drawn until there is only one.
The first `shared` facts of each candidate are known to all agents, each other one to one drawn agent. With
`hidden` cases are drawn until the best candidate is not among the best by the shared facts (a hidden profile:
G. Stasser, W. Titus, J. Pers. Soc. Psychol. 48, 1985). Agents sense what they know: 0 unknown, 1 bad, 2 good.

In the last of `period` rounds everybody votes (VOTE_P, VOTE_Q, …), and the score rises by the share of right
votes; then the next case begins. Nobody walks, and all can hear each other if `message_range` reaches.

Silent value: at most the best single view, the probability that the agent that knows most votes right, for
each case by enumeration (`view_value`); 0.82 with the defaults. With `hidden` that bound is 0.90, as the rule
itself says something, but who only counts the good facts of the own view is right in 0.16 of the cases. Ideal
value: 1, since all facts together name the best.

Reward `shaped` equals the score: the potential is 0.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from swarm_env.scenarios.common import option, require_room, require_size, reset_inside

from swarm_env.engine import (
    EPISODE,
    PRESENT,
    RANGE,
    ROUND,
    USER,
    ScenarioState,
    WorldArrays,
    below,
    integer,
    integers,
    kernel,
    number,
    stream,
)
from swarm_env.errors import ConfigError
from swarm_env.scenario import Badge, Event, NoOptions, Scenario, Sense

NAMES, MOST_FACTS = "PQRS", 6
VOTE = 5  # action for candidate P
CANDIDATES, FACTS, SHARED, HIDDEN, PERIOD = range(5)  # indices into world.options
VOTES_NOW = len(NAMES) * MOST_FACTS  # index into sense, after the facts
TRIES = 10_000  # draws of a case before any is taken


class State(ScenarioState):
    """The case."""

    best = integer()  # the best candidate
    good = integers(len(NAMES), MOST_FACTS)  # 1 for good facts
    knows = integers(len(NAMES), MOST_FACTS)  # the agent that knows a fact, -1 for all


@kernel()
def best_of(world: WorldArrays, w: int) -> int:
    """The candidate with the most good facts; -1 if there are several."""
    good, best, most = State(world, w).good, -1, -1
    for c in range(int(world.options[CANDIDATES])):
        total = 0
        for f in range(int(world.options[FACTS])):
            total += good[c, f]
        if total == most:
            best = -1
        elif total > most:
            best, most = c, total
    return best


@kernel()
def draw_case(world: WorldArrays, w: int, time: int) -> None:
    """Draw the case that begins after `time` rounds."""
    state, options = State(world, w), world.options
    candidates, facts, shared = int(options[CANDIDATES]), int(options[FACTS]), int(options[SHARED])
    key = stream(world.seed[w], world.clock[w, EPISODE], time, USER)
    for attempt in range(TRIES):
        own = number(key, attempt)
        for c in range(candidates):
            for f in range(facts):
                state.good[c, f] = below(own, 2 * (c * MOST_FACTS + f), 2)
                agent = below(own, 2 * (c * MOST_FACTS + f) + 1, world.sizes.num_agents)
                state.knows[c, f] = -1 if f < shared else agent
        state.best = best_of(world, w)
        if state.best >= 0 and (options[HIDDEN] == 0 or not leads(world, w, state.best, shared)):
            break
    state.best = max(state.best, 0)


@kernel()
def leads(world: WorldArrays, w: int, candidate: int, count: int) -> bool:
    """Whether no candidate has more good ones of its first `count` facts."""
    good = State(world, w).good
    for c in range(int(world.options[CANDIDATES])):
        more = 0
        for f in range(count):
            more += good[c, f] - good[candidate, f]
        if more > 0:
            return False
    return True


@kernel()
def show(world: WorldArrays, w: int, time: int) -> None:
    """Let each agent sense the facts that it knows, and whether it votes in the round after `time` rounds."""
    state, options = State(world, w), world.options
    votes = (time + 1) % int(options[PERIOD]) == 0
    for a in range(world.sizes.num_agents):
        if world.active[w, a] != PRESENT:
            continue
        for c in range(int(options[CANDIDATES])):
            for f in range(int(options[FACTS])):
                known = state.knows[c, f] == -1 or state.knows[c, f] == a
                world.sense[w, a, c * MOST_FACTS + f] = 1 + state.good[c, f] if known else 0
            world.allowed[w, a, VOTE + c] = votes
        world.sense[w, a, VOTES_NOW] = votes


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the first case."""
    for w in range(first, last):
        world.allowed[w, :, 1:] = 0
        draw_case(world, w, 0)
        show(world, w, 0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Count the votes at the end of a case."""
    n = world.sizes.num_agents
    for w in range(first, last):
        time = world.clock[w, ROUND] + 1
        if time % int(world.options[PERIOD]) == 0:
            right = 0
            for a in range(n):
                right += world.action[w, a] == VOTE + State(world, w).best
            world.score[w] += right / n
            draw_case(world, w, time)
        show(world, w, time)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Votes are all that counts."""
    world.potential[first:last, :] = 0.0


def view_value(known: NDArray[np.int64], shared: int, hidden: bool) -> float:
    """The probability that the best vote of an agent is right, given what it knows of a case.

    Args:
        known: (candidates, facts) 0 unknown, 1 bad, 2 good.
        shared: Facts of each candidate that all know.
        hidden: Whether only hidden profiles are drawn.

    Returns:
        The greatest probability of a candidate to be the best, all completions being equally likely.
    """
    gaps = np.argwhere(known == 0)
    good = np.repeat((known == 2)[None].astype(int), 2 ** len(gaps), axis=0)
    good[:, gaps[:, 0], gaps[:, 1]] = list(product((0, 1), repeat=len(gaps)))
    totals, seen = good.sum(axis=2), good[:, :, :shared].sum(axis=2)
    best = totals.argmax(axis=1)
    at = np.arange(len(good)), best
    possible = (totals == totals[at][:, None]).sum(axis=1) == 1
    if hidden:
        possible &= seen[at] < seen.max(axis=1)
    return float(np.bincount(best[possible]).max() / possible.sum())


class Profile(Scenario):
    """Facts that only add up together."""

    name = "profile"
    extra_actions = tuple(f"VOTE_{name}" for name in NAMES)
    senses = (
        *(
            Sense(f"{name}{f + 1}", f"fact {f + 1} about {name}: 1 bad, 2 good, 0 you do not know it", 2)
            for name in NAMES
            for f in range(MOST_FACTS)
        ),
        Sense("votes", "1 if you vote in this round", 1),
    )
    masks = True
    events = (Event("voted", "score"),)
    badges = (
        Badge("move", "votes", tuple((VOTE + c, name, f"votes for {name}") for c, name in enumerate(NAMES))),
    )
    defaults: ClassVar[Mapping[str, Any]] = {
        "num_agents": 4, "height": 6, "width": 6, "view_size": 3, "max_rounds": 40, "message_range": 6,
    }  # fmt: skip
    reset, begin, update, potential = reset_inside, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings of the cases."""

        candidates: int = option(4, 2, len(NAMES), "candidates")
        facts: int = option(4, 2, MOST_FACTS, "facts about each candidate")
        shared: int = option(1, 0, MOST_FACTS - 1, "facts about each candidate that all agents know")
        hidden: int = option(0, 0, 1, "1: the best candidate does not seem the best by the shared facts")
        period: int = option(8, 2, 10**6, "rounds of a case, of which the last is that of the votes")

    def check(self) -> None:
        """Check that the agents fit, and that there are such cases."""
        options = self.config.options
        if options["shared"] >= options["facts"] or (options["hidden"] and options["shared"] == 0):
            raise ConfigError(
                f"profile: shared={options['shared']} of facts={options['facts']}: must be less, and at "
                "least 1 with hidden=1."
            )
        require_size(self.config, 3, 3, "to have an inside")
        require_room(self.config)

    def facts(self) -> Mapping[str, Any]:
        """The numbers of the cases."""
        return {key: int(self.config.options[key]) for key in ("candidates", "facts", "shared", "period")}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """Each case adds 1 at most."""
        return 0.0, float(rounds // int(self.config.options["period"]))

    def words(self) -> str:
        """The task in plain words."""
        facts = self.facts()
        names = ", ".join(NAMES[: facts["candidates"]])
        return (
            f"Find the best of the candidates {names}: the one with the most good facts. There are "
            f"{facts['facts']} facts about each, good or bad. You sense those that you know; some are known "
            "to all, every other one to a single agent. Talk, then vote in every round whose number, counted "
            f"from 1, is a multiple of {facts['period']}: VOTE_P and so on. The team scores the share of "
            "right votes; then the next case begins. What all know may point to the wrong one."
        )


SCENARIO = Profile
