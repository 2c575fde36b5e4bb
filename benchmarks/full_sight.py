"""Scores of the expert when every agent sees the whole map; the rules stay the same."""

from collections.abc import Sequence

from swarm_env.api import make_agent
from swarm_env.envs.parallel import ParallelSwarmEnv
from swarm_env.playing.agent_pool import agent_seed


def play_in_full_sight(env: ParallelSwarmEnv, seed: int) -> float:
    """Let the scripted expert play the same start with a view that covers the map from everywhere.

    Args:
        env: A world that was just reset with the seed; it is not played.
        seed: Its seed.

    Returns:
        The score in a world that differs only in the size of the view.
    """
    view_size = 2 * max(env.config.height, env.config.width) + 1
    seeing = ParallelSwarmEnv(env.config.model_copy(update={"view_size": view_size}))
    seeing.reset(seed=seed)
    player = make_agent("scripted")
    player.reset(seeing.brief(), seeing.possible_agents, agent_seed(seed, 0))
    while not seeing.done:
        perceptions = seeing.perceptions()
        decisions = player.decide(perceptions)
        assert isinstance(decisions, Sequence)
        moves = zip(perceptions, decisions, strict=True)
        seeing.step({perception.name: decision.move for perception, decision in moves})
    return seeing.score
