"""What a team reaches that sees everything: a figure to hold the honest experts against.

Each function plays a world that was just reset to its end, or says what the most is that can be reached.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from swarm_env.scenarios.flocking.outline import State as FlockingState

from benchmarks.foraging_planner import State, plan
from benchmarks.full_sight import play_in_full_sight
from swarm_env.envs.parallel import ParallelSwarmEnv


class Reference(NamedTuple):
    """What the figure of a scenario is.

    Attributes:
        score: Gives the score in a world that was just reset with a seed; it may play in it.
        how: What it is, in a few words.
    """

    score: Callable[[ParallelSwarmEnv, int], float]
    how: str


def most_of_synchronization(env: ParallelSwarmEnv, seed: int) -> float:
    """A point a round: the rules give no more."""
    return env.config.max_rounds


def most_of_flocking(env: ParallelSwarmEnv, seed: int) -> float:
    """The first distance: the score when the outline is complete."""
    return float(FlockingState(env._world.arrays, 0).first)


def play_foraging(env: ParallelSwarmEnv, seed: int) -> float:
    """Plan all ways in advance, and walk them."""
    grid, places, rounds = env.grid(), env.positions().values(), env.config.max_rounds
    starts = [State(place, grid[place[0]][place[1]] == "A") for place in places]
    plans = plan(grid, starts, rounds)
    for number in range(rounds):
        env.step({name: plan.moves[number] for name, plan in zip(env.agents, plans, strict=True)})
    if env.score != sum(plan.deliveries for plan in plans):
        raise RuntimeError(f"planned {sum(plan.deliveries for plan in plans)}, reached {env.score}")
    return env.score


REFERENCES: Mapping[str, Reference] = {
    "synchronization": Reference(most_of_synchronization, "a point every round"),
    "flocking": Reference(most_of_flocking, "the outline completed"),
    "foraging": Reference(play_foraging, "all ways planned in advance"),
    "pursuit": Reference(play_in_full_sight, "the expert, the whole map in its view"),
    "transport": Reference(play_in_full_sight, "the expert, the whole map in its view"),
}
