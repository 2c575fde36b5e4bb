"""Slow hunters that see far tag fast prey; both sides have their own aim, and all stay to the end.

Walls stand at random inside the outer ring. A hunter TAGs in a direction: it tags the first agent that
stands up to 2 cells that way, if that is prey. The tag is worth +1 to the hunter and -1 to the prey; a tag of
nothing, a wall or a hunter costs `failed`. Hunters may step in two of three rounds, prey in every round, and
prey sees four fifths as far as hunters. All move, then all tag. The score is public: the tags so far.

Reward `shaped` adds the change of a potential: the distance to the nearest opponent over (height + width),
for prey, and minus it for hunters.

With `failed=0` all payoffs of a round add up to 0.

After adversarial_pursuit of MAgent2, with its reach and price of tags, its ratios of speeds (1 to 1.5) and of
sights (5 to 4), and its share of walls. Unlike there, hunters are as large as prey, a step is one cell, a tag
goes in a straight line, and agents push each other.
"""

from swarm_env.scenarios.common import (
    enclose,
    may_step,
    option,
    place_inside,
    require_room,
    require_size,
    second_stream,
)

from swarm_env.engine import (
    DOWN,
    EMPTY,
    PRESENT,
    RANGE,
    RIGHT,
    ROUND,
    TEAM,
    UP,
    WALL,
    WorldArrays,
    below,
    index,
    kernel,
)
from swarm_env.scenario import Event, Kind, NoOptions, Scenario, Traits

HUNTERS, PREY = 0, 1
FIRST, REACH = RIGHT + 1, 2  # the first tag; how far a tag goes [cells]
WALLS, FAILED = 0, 1  # options
SLOW = 67  # pace of hunters [% of rounds]


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw walls, then all agents."""
    sizes = world.sizes
    inner = (sizes.height - 2) * (sizes.width - 2)
    for w in range(first, last):
        key = enclose(world, w)
        for i in range(int(world.options[WALLS] * inner / 100)):
            row, col = 1 + below(key, 2 * i, sizes.height - 2), 1 + below(key, 2 * i + 1, sizes.width - 2)
            world.cells[w, index(world, row, col)] = WALL
        place_inside(world, w, second_stream(key))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Say who may do what."""
    for w in range(first, last):
        set_allowed(world, w, 0)


@kernel()
def set_allowed(world: WorldArrays, w: int, time: int) -> None:
    """Say what is allowed in a round: prey cannot tag; who is slow cannot step in every round."""
    for a in range(world.sizes.num_agents):
        world.allowed[w, a, FIRST:] = world.agents[a, TEAM] == HUNTERS
        world.allowed[w, a, UP : RIGHT + 1] = may_step(world, a, time)


@kernel(inline=True)
def tagged(world: WorldArrays, w: int, a: int) -> int:
    """The prey that an agent's tag reaches; -1: none."""
    way, stride = world.action[w, a] - FIRST + UP, world.sizes.stride
    step = -stride if way == UP else stride if way == DOWN else 1 if way == RIGHT else -1
    q = index(world, world.position[w, a, 0], world.position[w, a, 1])
    for _ in range(REACH):
        q += step
        if world.cells[w, q] != EMPTY:
            break
    if world.cells[w, q] < world.sizes.first_agent:
        return -1
    b = world.who[w, q]
    return b if world.agents[b, TEAM] == PREY else -1


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Tag."""
    n = world.sizes.num_agents
    for w in range(first, last):
        for a in range(n):
            if world.active[w, a] == PRESENT and world.action[w, a] >= FIRST:
                b = tagged(world, w, a)
                if b >= 0:
                    world.payoff[w, a] += 1.0
                    world.payoff[w, b] -= 1.0
                    world.score[w] += 1.0
                else:
                    world.payoff[w, a] -= world.options[FAILED]
        set_allowed(world, w, world.clock[w, ROUND] + 1)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """The distance to the nearest opponent: minus it for hunters, plus for prey."""
    sizes = world.sizes
    for w in range(first, last):
        for a in range(sizes.num_agents):
            least = sizes.height + sizes.width
            for b in range(sizes.num_agents):
                if world.agents[a, TEAM] != world.agents[b, TEAM]:
                    down = abs(world.position[w, a, 0] - world.position[w, b, 0])
                    least = min(least, down + abs(world.position[w, a, 1] - world.position[w, b, 1]))
            near = least / (sizes.height + sizes.width)
            world.potential[w, a] = -near if world.agents[a, TEAM] == HUNTERS else near


class TagOptions(NoOptions):
    """Walls, and what fails."""

    walls: float = option(3.0, 0.0, 30.0, "walls inside the ring [% of its cells, at most]")
    failed: float = option(0.2, 0.0, 100.0, "what a tag that fails costs")


class Tag(Scenario):
    """Hunters and prey."""

    name = "tag"
    teams = ("hunters", "prey")
    agents = (Kind("H", "hunter", (213, 94, 0)), Kind("P", "prey", (0, 158, 115)))
    private, indexed = True, True
    masks = True
    extra_actions = ("TAG_UP", "TAG_DOWN", "TAG_LEFT", "TAG_RIGHT")
    events = (Event("tag", "score"),)
    Options = TagOptions
    reset, begin, update, potential = reset, begin, update, potential

    def traits(self, a: int) -> Traits:
        """Hunters are slow, prey sees less."""
        far = self.config.view_size // 2
        return Traits(pace=SLOW) if self.team_of[a] == HUNTERS else Traits(sight=far * 4 // 5)

    def check(self) -> None:
        """Check that the agents fit."""
        require_size(self.config, 3, 3, "for the agents")
        inner = (self.config.height - 2) * (self.config.width - 2)
        require_room(
            self.config, inner - int(self.config.options["walls"] * inner / 100), "between the walls"
        )

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Hunters (H) chase prey (P). A hunter that TAGs in a direction tags the first agent that stands "
            "up to two cells that way, if it is prey: the hunter gets 1, the prey loses 1. A tag of anything "
            "else costs the hunter a little. Hunters can step in two of three rounds only, prey in every "
            "round. Hunters want many tags, prey wants none. All stay in the game."
        )

    def facts(self) -> dict[str, float]:
        """The price of a failed tag."""
        return {"price of a failed tag": float(self.config.options["failed"])}


SCENARIO = Tag
