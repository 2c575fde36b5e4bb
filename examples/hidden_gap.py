"""Foraging with one wall across the middle, whose only gap is somewhere else in every episode.

    swarm run examples/hidden_gap.py --agents random

Food lies beyond the wall and the nest before it, both at a drawn end of their side. The gap is two cells
wide, at a drawn place, and seen only from near: whoever has found it could tell the others. Everything else
is as in Foraging. Made for the ablation of messages in docs/learning.md.
"""

from swarm_env.scenarios.common import place_agents
from swarm_env.scenarios.foraging import FOOD, NEST, SIDE, Foraging, place_square

from swarm_env.engine import (
    EPISODE,
    RANGE,
    RESET,
    WALL,
    WorldArrays,
    below,
    index,
    kernel,
    place_ring,
    stream,
)

GAP = 2  # cells


@kernel(RANGE)
def reset(world: WorldArrays, first: int, last: int) -> None:
    """Draw the gap, food and nest, then the places of the agents, all before the wall."""
    sizes = world.sizes
    height, width = sizes.height, sizes.width
    middle = height // 2
    for w in range(first, last):
        key = stream(world.seed[w], world.clock[w, EPISODE], 0, RESET)
        place_ring(world, w)
        gap = 1 + below(key, 0, width - 1 - GAP)
        for col in range(1, width - 1):
            if not gap <= col < gap + GAP:
                world.cells[w, index(world, middle, col)] = WALL
        food_col = 1 if below(key, 1, 2) == 0 else width - 1 - SIDE
        nest_col = 1 if below(key, 2, 2) == 0 else width - 1 - SIDE
        place_square(world, w, 1, food_col, FOOD)
        place_square(world, w, height - 1 - SIDE, nest_col, NEST)
        place_agents(world, w, stream(key, 0, 0, RESET), middle + 1, height - 1, 1, width - 1)


class HiddenGap(Foraging):
    """Food beyond a wall."""

    name = "hidden_gap"
    reset = reset

    def words(self) -> str:
        """The task in plain words."""
        return (
            "Carry food (F) to the nest (N). A wall (W) across the middle of the map parts them; it has one "
            "gap of two cells, whose place differs from game to game. You take food by standing beside F and "
            "deliver it by standing beside N; each delivery scores a point for the team. Food never runs "
            "out. Deliver as often as you can."
        )


SCENARIO = HiddenGap
