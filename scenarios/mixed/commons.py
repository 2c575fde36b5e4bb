"""Eat apples that grow back only where apples are left: restraint pays all, greed pays oneself.

Apples grow on grass. Who stands on an apple at the end of a round eats it: +1 to its own payoff. A place
without an apple gets a new one with a probability per round that depends on how many apples lie within
distance 2 (Euclidean): 0, 0.0025, 0.005 and 0.025 for 0, 1, 2, and 3 or more. A patch that is eaten up stays
bare for ever.

Who ZAPs in a direction takes all agents out of the game that stand up to 3 cells ahead or beside that line;
they are away for 4 rounds and come back on a random free cell. One may zap again after 2 rounds. Zapping
pays and costs nothing. The score is public: all apples eaten. The episode lasts to `max_rounds`.

Reward `shaped` adds the change of a potential: minus the distance to the nearest apple over (height + width).

After commons_harvest__open of Melting Pot, with its growth, reward and zapping. Unlike there, agents have no
direction and see to all sides alike, they push each other, the length of an episode is fixed, and maps are
our own: patches of grass in the form of a diamond of radius 2 at random places.
"""

import numpy as np
from swarm_env.scenarios.common import (
    distance_on_floor,
    enclose,
    option,
    place_back,
    place_inside,
    require_room,
    require_size,
    second_stream,
)

from swarm_env.engine import (
    AWAY,
    EPISODE,
    PRESENT,
    RANGE,
    ROUND,
    UPDATE,
    USER,
    ScenarioState,
    WorldArrays,
    below,
    index,
    integers,
    kernel,
    scratch,
    stream,
    take_away,
    unit,
)
from swarm_env.scenario import Kind, Layer, NoOptions, Scenario

APPLE, GRASS = 0, 1  # layers
GROWTH = np.array([0.0, 0.0025, 0.005, 0.025])  # by apples near
REACH, RADIUS, COOLDOWN, AWAY_FOR = 3, 1, 2, 4  # of a zap
FIRST = 5  # the first zap
AHEAD = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])
PATCHES, NEAR = 0, 2  # index of the option; distance of apples that count [cells]


class State(ScenarioState):
    """Who may zap again, and who comes back, in how many rounds."""

    cooldown = integers("agents")
    back = integers("agents")
    apples = scratch(np.uint8, "cells")


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the patches, then the agents."""
    sizes = world.sizes
    for w in range(first, last):
        key = enclose(world, w)
        for p in range(int(world.options[PATCHES])):
            row, col = 1 + below(key, 2 * p, sizes.height - 2), 1 + below(key, 2 * p + 1, sizes.width - 2)
            for i in range(max(row - NEAR, 1), min(row + NEAR, sizes.height - 2) + 1):
                for j in range(max(col - NEAR, 1), min(col + NEAR, sizes.width - 2) + 1):
                    if abs(i - row) + abs(j - col) <= NEAR:
                        world.floor[w, APPLE, index(world, i, j)] = 1.0
        place_inside(world, w, second_stream(key))


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Where apples lie there is grass."""
    for w in range(first, last):
        for q in range(world.cells.shape[1]):
            world.floor[w, GRASS, q] = max(world.floor[w, GRASS, q], world.floor[w, APPLE, q])


@kernel()
def zap(world: WorldArrays, w: int, a: int) -> None:
    """Take away whom the zap of an agent hits."""
    state, ahead = State(world, w), world.action[w, a] - FIRST
    state.cooldown[a] = COOLDOWN + 1
    for b in range(world.sizes.num_agents):
        if b != a and world.active[w, b] == PRESENT:
            down = world.position[w, b, 0] - world.position[w, a, 0]
            across = world.position[w, b, 1] - world.position[w, a, 1]
            far = down * AHEAD[ahead, 0] + across * AHEAD[ahead, 1]
            beside = abs(down * AHEAD[ahead, 1] + across * AHEAD[ahead, 0])
            if 1 <= far <= REACH and beside <= RADIUS:
                take_away(world, w, b, 1)
                state.back[b] = AWAY_FOR + 1


@kernel()
def grow(world: WorldArrays, w: int) -> None:
    """Let apples grow, all by the apples that lie there now."""
    sizes, apples, stride = world.sizes, State(world, w).apples, world.sizes.stride
    key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], UPDATE)
    for q in range(world.cells.shape[1]):
        apples[q] = world.floor[w, APPLE, q] > 0
    for row in range(sizes.height):
        for col in range(sizes.width):
            q = index(world, row, col)
            if world.floor[w, GRASS, q] == 0 or apples[q]:
                continue
            near = 0
            for down in range(-NEAR, NEAR + 1):
                for across in range(-NEAR, NEAR + 1):
                    if down * down + across * across <= NEAR * NEAR:
                        near += apples[q + down * stride + across]
            if unit(key, q) < GROWTH[min(near, 3)]:
                world.floor[w, APPLE, q] = 1.0


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Zap in the order of numbers, eat, grow, come back."""
    for w in range(first, last):
        state = State(world, w)
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT and world.action[w, a] >= FIRST:
                zap(world, w, a)
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT:
                q = index(world, world.position[w, a, 0], world.position[w, a, 1])
                world.payoff[w, a] += world.floor[w, APPLE, q]
                world.score[w] += world.floor[w, APPLE, q]
                world.floor[w, APPLE, q] = 0.0
        grow(world, w)
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == AWAY:
                state.back[a] -= 1
                key = stream(world.seed[w], world.clock[w, EPISODE], world.clock[w, ROUND], USER + a)
                if state.back[a] <= 0:
                    place_back(world, w, a, key)
            state.cooldown[a] = max(state.cooldown[a] - 1, 0)
            world.allowed[w, a, FIRST:] = state.cooldown[a] == 0


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """Minus the distance to the nearest apple."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT:
                world.potential[w, a] = -distance_on_floor(world, w, a, APPLE)


class CommonsOptions(NoOptions):
    """Where apples grow."""

    patches: int = option(3, 1, 10_000, "patches of grass, which may overlap")


class Commons(Scenario):
    """Apples for all."""

    name = "commons"
    private = True
    returns = True
    masks = True
    floor = (Layer("o", "apple", (200, 40, 40)), Layer(",", "grass", (150, 190, 120)))
    agents = (Kind("A", "agent", (0, 114, 178)),)
    extra_actions = ("ZAP_UP", "ZAP_DOWN", "ZAP_LEFT", "ZAP_RIGHT")
    Options = CommonsOptions
    State = State
    reset, begin, update, potential = reset, begin, update, potential

    def check(self) -> None:
        """Check that the agents fit."""
        require_size(self.config, 3, 3, "for a patch")
        require_room(self.config)

    def margin(self) -> int:
        """Apples are counted up to two cells away."""
        return NEAR

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Apples (o) grow on grass (,). If you stand on an apple you eat it and get 1, for yourself. "
            "Apples grow back only where apples are left: a bare place of grass gets one with a chance of "
            "0.25% a round if one apple lies within two cells, 0.5% if two do, 2.5% if three or more do, and "
            "never if none does. Whoever eats up a patch has nothing to eat later, and neither have the "
            "others. ZAP takes agents up to three cells ahead of you out of the game for four rounds; it "
            "pays nothing."
        )


SCENARIO = Commons
