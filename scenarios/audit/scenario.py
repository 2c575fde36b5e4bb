"""The scenario class and its kernels; the rules are at the top of `scenarios/audit/__init__.py`."""

from collections.abc import Mapping
from typing import Annotated, Any

from swarm_env.scenarios.audit.senses import perceive
from swarm_env.scenarios.audit.state import (
    ACCEPT,
    CHEAT,
    EFFORT,
    FALSE,
    GENUINE,
    NOTHING,
    REACH,
    REJECT,
    STATION,
    STATIONS,
    VERIFY,
    WORK,
    State,
    draw_roles,
    finish,
    open_accounts,
    settle,
    verify,
    vote,
)  # fmt: skip
from swarm_env.scenarios.common import (
    enclose,
    named,
    option,
    place_apart,
    place_inside,
    require_slots,
    second_stream,
)

from swarm_env.engine import PRESENT, RANGE, ROUND, WorldArrays, kernel, set_mark
from swarm_env.errors import ConfigError
from swarm_env.scenario import Badge, Event, Kind, NoOptions, Scenario, Sense

PANELS = ("none", "single", "majority")
MOST_STATIONS = 16
ROLES = ("honest", "cheat", "blind", "cheat and blind")  # by the bits of `role`


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the stations, each amid a square of its own, then the places of the agents."""
    for w in range(first, last):
        key = enclose(world, w)
        place_apart(world, w, key, int(world.options[STATIONS]), STATION, 0)
        place_inside(world, w, second_stream(key))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the roles and fill the purses; no agent holds a result, so none is marked."""
    for w in range(first, last):
        draw_roles(world, w)
        open_accounts(world, w)
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT:
                set_mark(world, w, a, 0)
        perceive(world, w, 0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Work, verify, vote; settle what is due; write what the agents sense."""
    for w in range(first, last):
        state, time, before = State(world, w), world.clock[w, ROUND] + 1, world.score[w]
        for a in range(world.sizes.num_agents):
            move = world.action[w, a]
            if move < WORK or world.active[w, a] != PRESENT:
                continue
            if move == WORK:
                state.worked[a] += 1
                if state.worked[a] >= int(world.options[EFFORT]):
                    finish(world, w, a, GENUINE, time)
            elif move == CHEAT:
                finish(world, w, a, FALSE, time)
            elif move == VERIFY:
                verify(world, w, a)
            else:
                vote(world, w, a, move - ACCEPT)
        settle(world, w, time)
        if world.sizes.private:
            for a in range(world.sizes.num_agents):
                world.payoff[w, a] += 0.0 if state.role[a] else world.score[w] - before
        perceive(world, w, time)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Half the share of a job's effort that is done; a half for holding a genuine result."""
    for w in range(first, last):
        state = State(world, w)
        for a in range(world.sizes.num_agents):
            if world.active[w, a] != PRESENT:
                continue
            share = 1.0 if state.holds[a] == GENUINE else 0.0
            if state.holds[a] == NOTHING:
                share = state.worked[a] / world.options[EFFORT]
            world.potential[w, a] = 0.5 * share


class Audit(Scenario):
    """Jobs, cheats and verifiers."""

    name = "audit"
    statics = (Kind("J", "station where jobs are done", (0, 158, 115), "house"),)
    agents = (
        Kind("a", "agent", (86, 180, 233)),
        Kind("A", "agent whose result waits for a verdict", (213, 94, 0)),
    )
    badges = (
        Badge("move", "votes", ((ACCEPT, "+", "votes to accept"), (REJECT, "-", "votes to reject"))),
        Badge("outcome", "verdict", ((2, "ok", "accepted"), (3, "no", "rejected"), (4, "?", "no verdict"))),
        Badge(
            "role", "role", ((1, "!", "a cheat"), (2, "b", "votes blindly"), (3, "!b", "both")), secret=True
        ),
        Badge("holds", "result", ((FALSE, "x", "its result was never computed"),), secret=True),
    )
    events = (Event("result to be checked", "marked"), Event("verdict", "unmarked"))
    extra_actions = ("WORK", "CHEAT", "VERIFY", "ACCEPT", "REJECT")
    senses = (
        Sense("told", "0 to be honest, 1 to cheat, 2 to accept everything you are asked about, 3 both", 3),
        Sense("progress", "rounds of honest work done on your job", 255),
        Sense("held", "rounds until your own result is settled at the latest, 0 if you hold none", 255),
        Sense(
            "case",
            "of a result near you that waits for your vote: 0 none, 1 not yet verified by you, 2 it came to "
            "the same, 3 it came to something else",
            3,
        ),
        Sense(
            "outcome",
            "of your last job: 0 none yet, 1 paid unchecked, 2 accepted, 3 rejected, 4 left open",
            4,
        ),
        Sense("purse", "whole points you own", 255),
        Sense("standing", "your standing as a verifier, in percent", 100),
    )
    masks = True
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings of the audit."""

        aliases = {"rule": "panel"}  # of version 0.1.0

        stations: int = option(2, 1, MOST_STATIONS, "stations on the map")
        panel: Annotated[int, named(PANELS)] = option(
            2, 0, len(PANELS) - 1, "votes that decide: none, single (one) or majority (of three)"
        )
        sampling: float = option(0.25, 0.0, 1.0, "how probably a result is checked")
        cheats: float = option(0.2, 0.0, 1.0, "share of the agents that cheat")
        lazy: float = option(0.0, 0.0, 1.0, "share of the agents that accept everything unseen")
        stake: float = option(10.0, 0.0, 1e6, "what a worker loses for a result that is rejected")
        purse: float = option(20.0, 0.0, 1e9, "what every agent owns at first")
        fee: float = option(0.1, 0.0, 1e6, "what a verifier on the side of the verdict earns")
        harm: float = option(1.0, 0.0, 1e6, "what a false result that is paid costs the team")
        effort: int = option(5, 1, 255, "rounds of honest work in a job")
        check: int = option(1, 1, 255, "rounds it takes to verify a result")
        window: int = option(0, 0, 255, "rounds for which votes are gathered before some are drawn")
        patience: int = option(12, 1, 255, "rounds after which a result is settled at the latest")
        false_accept: float = option(0.01, 0.0, 1.0, "how probably a false result looks genuine")
        false_reject: float = option(0.02, 0.0, 1.0, "how probably a genuine result looks false")
        kinds: int = option(3, 1, 1000, "kinds of hardware among the agents")
        shared: float = option(0.0, 0.0, 1.0, "how probably verifiers of one kind err together")
        own_pay: int = option(
            0, 0, 1, "1: cheats and blind voters are paid what they own, the others as the team scores"
        )
        unwritten = ("own_pay",)

    def check(self) -> None:
        """Check that stations and agents fit on the map, and that the purse covers the stake."""
        require_slots(self.config, "stations", "a station")
        self.private = bool(self.config.options.get("own_pay", 0))
        stake, purse = self.config.options["stake"], self.config.options["purse"]
        if stake > purse:
            raise ConfigError(
                f"audit: with stake={stake:g} and purse={purse:g} no agent could ever work. Set purse to at "
                f"least {stake:g}, or stake to at most {purse:g}."
            )

    def votes(self) -> tuple[str, ...]:
        """The rule that counts verifiers' votes."""
        return ("verification",)

    def margin(self) -> int:
        """Verifiers scan the map this far around them [cells]."""
        return REACH

    def facts(self) -> Mapping[str, Any]:
        """The numbers in `words`, by name."""
        options = self.config.options
        names = ("stations", "effort", "check", "patience")
        return {name: int(options[name]) for name in names} | {
            "rule": PANELS[int(options["panel"])],
            **{name: options[name] for name in ("sampling", "stake", "fee", "harm")},
        }

    def roles(self, state: Any) -> tuple[str, ...]:
        """Honest agents, cheats, blind voters, and those that are both."""
        return tuple(ROLES[role] for role in state.role)

    def words(self) -> str:
        """The task in plain words."""
        options = self.config.options
        panel, check = PANELS[int(options["panel"])], int(options["check"])
        takes = "in a round" if check == 1 else f"in {check} rounds"
        jobs = (
            f"Your swarm does jobs at stations (J). On one of the eight cells around a station WORK does a "
            f"round of honest work; after {int(options['effort'])} of them you have a genuine result. "
            f"CHEAT has a false result at once that looks the same. A genuine result that is paid scores a "
            f"point for the team, a false one that is paid costs it {options['harm']:g}. Who delivered a "
            "paid result earns a point of its own. "
        )
        paid = (
            " Who is told to cheat or to accept everything is paid what its purse gains; all others are paid "
            "as the team scores."
        ) * self.private
        if panel == "none":
            return (
                jobs
                + "No result is checked: VERIFY, ACCEPT and REJECT are never possible. Do as told."
                + paid
            )
        number = {"single": "one vote decides", "majority": "the majority of three votes decides"}[panel]
        return jobs + (
            f"A share of {options['sampling']:.0%} of the results, drawn by chance once they are there, is "
            "checked; the others are paid at once. A worker whose result is checked is marked and cannot "
            f"walk until there is a verdict, after {int(options['patience'])} rounds at the latest. Others "
            f"within {REACH} rows and {REACH} columns can VERIFY it (do the job again {takes}, which tells "
            "whether it came to the same, with rare errors) and then ACCEPT or "
            f"REJECT; {number}, and nobody sees a vote before the verdict. A result without enough votes is "
            f"not paid. Rejected: the worker loses {options['stake']:g} points. A vote on the side of the "
            f"verdict earns {options['fee']:g}, one on the other side loses "
            f"{0.1 * options['stake']:g} and standing. Who owns less than {options['stake']:g} points can "
            "neither work nor vote. Some of you may be told to cheat or to accept everything; you are one of "
            "them only if you sense it. If you are honest, work, verify what waits near you, and vote as "
            f"you found.{paid}"
        )
