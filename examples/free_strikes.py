"""Rewards for learning `battle`: a strike in vain costs nothing, so that learners dare to strike.

python examples/ppo.py battle --reward examples/free_strikes.py:free_strikes --opponents pool:opponents
"""

from swarm_env.engine import RANGE, WorldArrays, kernel

FIRST, COST = 5, 0.1


@kernel(RANGE)
def free_strikes(world: WorldArrays, first: int, last: int) -> None:
    """Give back what strikes cost."""
    for w in range(first, last):
        for a in range(world.sizes.num_agents):
            if world.action[w, a] >= FIRST:
                world.reward[w, a] += COST
