"""A scout that cannot move knows which site pays; the workers that can walk do not.

Agent 0 is the scout, the next `relays` agents are relays, all others workers. Scout and relays stand in the
left part of the map, which is solid wall: on the middle row, `message_range` apart. The workers walk in the
room to the right of it. The rows of the room are cut into `sites` bands of nearly equal height, the sites P,
Q, R, …; the right wall shows the letters. Every worker is always at exactly one site.

Only the scout senses, one number per site, which site pays. Every `period` rounds the score rises by the
share of the workers that are at this site, and the next one is drawn, all with equal probability.

Silent value: 1 / sites a period, for every team, since nothing that a worker perceives depends on the draw.
Ideal value: 1 a period, if `period` is long enough for the message (relays + 1 rounds) and the way. With two
and more relays the messages must say how far they have come: relays that repeat what they heard repeat each
other for ever.

Reward `shaped` adds the change of a potential: half the share of the workers that are at the site that pays.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from swarm_env.scenarios.common import enclose, option, place_agents

from swarm_env.engine import (
    EMPTY,
    EPISODE,
    PRESENT,
    RANGE,
    ROUND,
    USER,
    WALL,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integer,
    kernel,
    place_agent,
    stream,
)
from swarm_env.errors import ConfigError
from swarm_env.scenario import Badge, Event, Kind, NoOptions, Scenario, Sense

NAMES = "PQRSTU"
FIRST_SITE = 3  # code of site P
SITES, PERIOD, RELAYS = 0, 1, 2  # indices into world.options
COLOURS = ((213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (148, 103, 189), (140, 86, 75))


class State(ScenarioState):
    """The site that pays."""

    site = integer()


@kernel(inline=True)
def band(row: int, height: int, sites: int) -> int:
    """The site of a row of the map, 0 to sites - 1."""
    return min(max((row - 1) * sites // max(height - 2, 1), 0), sites - 1)


@kernel()
def at_site(world: WorldArrays, w: int, site: int) -> float:
    """The share of the workers that are at a site."""
    sizes, there, workers = world.sizes, 0, 0
    for a in range(1 + int(world.options[RELAYS]), sizes.num_agents):
        if world.active[w, a] == PRESENT:
            workers += 1
            there += band(world.position[w, a, 0], sizes.height, int(world.options[SITES])) == site
    return there / max(workers, 1)


@kernel()
def draw(world: WorldArrays, w: int, period: int) -> None:
    """Draw the site that pays in a period, and let the scout sense it."""
    sites = int(world.options[SITES])
    site = below(stream(world.seed[w], world.clock[w, EPISODE], period, USER), 0, sites)
    State(world, w).site = site
    for s in range(sites):
        world.sense[w, 0, s] = world.active[w, 0] == PRESENT and s == site


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Set the walls and the letters of the sites; draw the places of the workers."""
    sizes, speakers = world.sizes, 1 + int(world.options[RELAYS])
    height, width, step = sizes.height, sizes.width, max(sizes.message_range, 1)
    left = 1 + (speakers - 1) * step  # the last column of the solid part
    for w in range(first, last):
        key = enclose(world, w)
        for row in range(1, height - 1):
            for col in range(1, left + 1):
                world.cells[w, index(world, row, col)] = WALL
            site = band(row, height, int(world.options[SITES]))
            world.cells[w, index(world, row, width - 1)] = FIRST_SITE + site
        place_agents(world, w, key, 1, height - 1, left + 1, width - 1)
        for a in range(speakers):  # drawn places of these agents are given up
            world.cells[w, index(world, world.position[w, a, 0], world.position[w, a, 1])] = EMPTY
        for a in range(speakers):
            place_agent(world, w, a, height // 2, 1 + a * step, 0)


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Draw the first site; scout and relays may not move."""
    for w in range(first, last):
        world.allowed[w, : 1 + int(world.options[RELAYS]), 1:] = 0
        draw(world, w, 0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Score at the end of a period, and draw the next site."""
    period = int(world.options[PERIOD])
    for w in range(first, last):
        time = world.clock[w, ROUND] + 1
        if time % period == 0:
            world.score[w] += at_site(world, w, State(world, w).site)
            draw(world, w, time // period)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Half the share of the workers at the site that pays."""
    for w in range(first, last):
        world.potential[w, :] = 0.5 * at_site(world, w, State(world, w).site)


class Scout(Scenario):
    """Only the scout knows where to go."""

    name = "scout"
    statics = tuple(
        Kind(name, f"letter of site {name}", colour) for name, colour in zip(NAMES, COLOURS, strict=True)
    )
    masks = True
    events = (Event("period scored", "score"),)
    badges = tuple(
        Badge(f"pays_{name}", f"site {name}", ((1, f"{name}!", f"knows that {name} pays"),), secret=True)
        for name in NAMES
    )
    senses = tuple(Sense(f"pays_{name}", f"scout: 1 if site {name} pays", 1) for name in NAMES)
    defaults: ClassVar[Mapping[str, Any]] = {
        "num_agents": 3, "height": 7, "width": 7, "view_size": 3, "max_rounds": 40,
        "message_range": 5,
    }  # fmt: skip
    reset, begin, update, potential = reset, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings of the search."""

        sites: int = option(2, 2, len(NAMES), "sites, of which one pays")
        period: int = option(8, 1, 10**6, "rounds until the workers are counted, and the next site is drawn")
        relays: int = option(0, 0, 100, "agents that stand between the scout and the workers")

    def check(self) -> None:
        """Check that there are workers, and room for all."""
        config, options = self.config, self.config.options
        relays, step = int(options["relays"]), max(config.hearing, 1)
        fixed = 1 + relays
        if config.num_agents <= fixed:
            raise ConfigError(
                f"scout: num_agents={config.num_agents} leaves no worker beside the scout and {relays} "
                f"relays. Set num_agents to {fixed + 1} or more."
            )
        room = (config.height - 2) * (config.width - 3 - relays * step)
        if config.width < 4 or room < config.num_agents or config.height - 2 < options["sites"]:
            rows = max(config.height - 2, int(options["sites"]))
            cols = -(-config.num_agents // rows) + 3 + relays * step
            raise ConfigError(
                f"scout: a map of {config.height} x {config.width} is too small for {options['sites']} "
                f"sites, {relays} relays that stand {step} columns apart, and {config.num_agents} agents. "
                f"Set height={rows + 2}, width={cols}, or a smaller message_range."
            )

    def facts(self) -> Mapping[str, Any]:
        """What the words say of the sites, in numbers."""
        rows, sites = range(1, self.config.height - 1), int(self.config.options["sites"])
        found = {
            NAMES[s]: [r for r in rows if min((r - 1) * sites // len(rows), sites - 1) == s]
            for s in range(sites)
        }
        bands = {f"rows_{name}": [band[0], band[-1]] for name, band in found.items()}
        return {**{key: int(self.config.options[key]) for key in ("sites", "period", "relays")}, **bands}

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """Each period adds 1 at most."""
        return 0.0, float(rounds // int(self.config.options["period"]))

    def words(self) -> str:
        """The task in plain words."""
        facts = self.facts()
        relays, period = facts["relays"], facts["period"]
        sites = [key.removeprefix("rows_") for key in facts if key.startswith("rows_")]
        rows = ", ".join("site {} is rows {} to {}".format(s, *facts[f"rows_{s}"]) for s in sites)
        chain = (
            f" agent_1 to agent_{relays} are relays: they stand between, and can only pass on."
            if relays
            else ""
        )
        return (
            f"The room is cut into {len(sites)} sites: {rows} (row 0 is the top wall). One site pays. "
            f"agent_0 is the scout: it cannot move, and it alone senses which one.{chain} All others are "
            f"workers. Every {period} rounds the team scores the share of the workers that stand at the site "
            "that pays; then the next one is drawn. Scout: tell the workers. Workers: be there in time."
        )


SCENARIO = Scout
