"""The scenario class and its kernels; the rules are at the top of `scenarios/nest_site/__init__.py`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from swarm_env.scenarios.common import (
    enclose,
    named_rule,
    option,
    place_apart,
    place_inside,
    require_slots,
    rule_of,
    second_stream,
)
from swarm_env.scenarios.nest_site.state import (
    BEST_QUALITY,
    DRAW_LIARS,
    FIRST_SITE,
    INTERVAL,
    LIARS,
    MOST_SITES,
    NAMES,
    QUORUM,
    SITES,
    VOTE,
    State,
    best_quality,
    decide,
    perceive,
    put_question,
    vote,
    worst_site,
)  # fmt: skip

from swarm_env.engine import EPISODE, PRESENT, RANGE, ROUND, WorldArrays, below, kernel, stream
from swarm_env.engine.rule_calls import ranking_kernel
from swarm_env.scenario import Badge, Event, Kind, NoOptions, Scenario, Sense

COLOURS = ((213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (148, 103, 189), (140, 86, 75))
RULES = ("majority", "bradley_terry", "fortytwo")


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the sites, each amid a square of its own, then the places of the agents."""
    for w in range(first, last):
        key = enclose(world, w)
        place_apart(world, w, key, int(world.options[SITES]), FIRST_SITE, 1)
        place_inside(world, w, second_stream(key))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the liars, and put the first question."""
    n = world.sizes.num_agents
    for w in range(first, last):
        state = State(world, w)
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, DRAW_LIARS)
        wanted = int(world.options[LIARS] * n + 0.5)
        for a in range(n):  # each with the chance that makes all choices of so many equally likely
            state.lies[a] = below(key, a, n - a) < wanted
            wanted -= state.lies[a]
        put_question(world, w, 0)
        perceive(world, w, 0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Take the votes, decide when it is time, and write what the agents sense."""
    for w in range(first, last):
        state, time = State(world, w), world.clock[w, ROUND] + 1
        present, votes = 0, 0
        for a in range(world.sizes.num_agents):
            here = world.active[w, a] == PRESENT
            if here and world.action[w, a] >= VOTE:
                vote(state, a, world.action[w, a] - VOTE)
            present += here
            votes += here & (state.choice[a] > 0)
        quorum = world.options[QUORUM]
        early = quorum > 0.0 and votes > 0 and votes >= quorum * present
        if early or time - state.began >= int(world.options[INTERVAL]):
            state.chosen = 0
            if votes > 0:
                score_decision(world, w, decide(world, w))
            state.question += 1
            put_question(world, w, time)
        perceive(world, w, time)


@kernel()
def score_decision(world: WorldArrays, w: int, s: int) -> None:
    """Score the choice of site `s`."""
    state = State(world, w)
    quality, best = state.quality[s], best_quality(state)
    state.chosen = s + 1
    state.decided += 1
    state.right += quality == best
    gain = 1.0 if quality == best else 0.5 * quality / best
    world.score[w] += gain
    if world.sizes.private:
        for a in range(world.sizes.num_agents):
            world.payoff[w, a] += (s == worst_site(state)) if state.lies[a] else gain


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """A quarter for having been beside all sites, a quarter for a vote for the best."""
    for w in range(first, last):
        state, sites = State(world, w), 0
        for s in range(MOST_SITES):
            sites += state.quality[s] > 0
        best = best_quality(state)
        for a in range(world.sizes.num_agents):
            if world.active[w, a] != PRESENT or sites == 0:
                continue
            seen, choice = 0, state.choice[a]
            for s in range(MOST_SITES):
                seen += (state.visited[a] >> s) & 1
            voted = state.quality[choice - 1] / best if choice > 0 else 0.0
            world.potential[w, a] = 0.25 * seen / sites + 0.25 * voted


class NestSite(Scenario):
    """Sites of hidden quality, and a vote."""

    name = "nest_site"
    statics = tuple(
        Kind(name, f"site {name}", colour, "hexagon") for name, colour in zip(NAMES, COLOURS, strict=True)
    )
    extra_actions = tuple(f"VOTE_{name}" for name in NAMES)
    senses = (
        Sense("site", "number of the site beside you (P is 1, Q is 2, and so on), 0 for none", MOST_SITES),
        Sense("reading", "its quality, with an error; 0 if no site is beside you", BEST_QUALITY),
        Sense(
            "told", "0 if you are honest; if you are a liar, the number of the site to promote", MOST_SITES
        ),
        Sense("left", "rounds until the vote is closed", 255),
        Sense("chosen", "number of the site that the last vote chose, 0 for none", MOST_SITES),
    )
    masks = True
    events = (Event("site chosen", "score"),)
    badges = (
        Badge("choice", "votes", tuple((s + 1, name, f"votes for {name}") for s, name in enumerate(NAMES))),
        Badge("reading", "reads this quality of the site beside it"),
        Badge("lies", "liar", ((1, "!", "a liar"),), secret=True),
        Badge("quality", "quality of the site", kind=FIRST_SITE, secret=True),
    )
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings of the house-hunt."""

        sites: int = option(4, 2, MOST_SITES, "sites on the map")
        rule: Annotated[int | str, named_rule(RULES, ranking_kernel)] = Field(
            default=0,
            description=f"who decides: {', '.join(RULES)}, or a rule of your own: path/file.py:Name",
        )
        liars: float = option(0.0, 0.0, 1.0, "share of the agents that lie")
        interval: int = option(20, 1, 255, "rounds after which a question is decided at the latest")
        quorum: float = option(
            0.0, 0.0, 1.0, "share of the agents whose votes close a question earlier; 0: never"
        )
        noise: float = option(15.0, 0.0, 1000.0, "standard deviation of a reading's error")
        own_pay: int = option(0, 0, 1, "1: liars are paid for the worst site, the others as the team scores")
        unwritten = ("own_pay",)

    def check(self) -> None:
        """Check that sites and agents fit on the map."""
        self.private = bool(self.config.options.get("own_pay", 0))
        require_slots(self.config, "sites", "a site")

    def rankings(self) -> tuple[str, ...]:
        """The rule that decides."""
        return (rule_of(self.config.options["rule"], RULES),)

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """A question adds 0 to 1 and takes `interval` rounds, or with a quorum at least one."""
        options = self.config.options
        return 0.0, float(rounds if options["quorum"] > 0 else rounds // int(options["interval"]))

    def facts(self) -> Mapping[str, Any]:
        """Number of sites, error of the readings, and the quorum."""
        options = self.config.options
        return {"sites": int(options["sites"]), "noise": options["noise"], "quorum": options["quorum"]}

    def roles(self, state: Any) -> tuple[str, ...]:
        """Liars and honest agents."""
        return tuple("liar" if lies else "honest" for lies in state.lies)

    def words(self) -> str:
        """The task in plain words."""
        options = self.config.options
        last = NAMES[int(options["sites"]) - 1]
        how = {
            "majority": "The site with the most votes is chosen.",
            "bradley_terry": "The site that fares best in all these comparisons is chosen.",
            "fortytwo": (
                "The site that fares best in all these comparisons is chosen; those who agreed with earlier "
                "choices count more."
            ),
        }.get(self.rankings()[0], "A rule of its own chooses by these comparisons.")
        early = f", or once {options['quorum']:.0%} of you have voted" if options["quorum"] > 0 else ""
        return (
            f"Your swarm looks for the best of the sites P to {last}. Each has a quality from 1 to 100 that "
            "nobody sees. On one of the eight cells around a site you sense a reading of its quality, with a "
            "new error each round, so several readings say more than one. VOTE_P votes for site P, VOTE_Q "
            "for site Q, and so on; you may vote for a site only once you have been beside it since the vote "
            "was opened. Your vote says that the site is better than all others you have been beside, so "
            "compare several before you vote. Your last vote is the one that names your choice; an earlier "
            "one for a second best still counts in comparisons with the rest. The vote is closed "
            f"{int(options['interval'])} rounds after it was opened{early}. {how} The best site scores a "
            "point for the team, another one half a point or less, no vote nothing. Then the qualities "
            "change, old votes are void and the next vote is opened. Some of you may be liars who want the "
            "worst site: you are one only if you are told a site to promote. "
            + (
                "A liar is paid 1 if that site is chosen; all others are paid as the team scores."
                if self.private
                else "Decide as well as you can."
            )
        )
