"""RLlib's ParallelPettingZooEnv: PPO, one policy for all agents.

    pip install '.[rl,rllib]' && python examples/train_rllib.py

Agents that leave end their own episodes; the world continues for the others. A move that is
not allowed is played as STAY.
"""

from pathlib import Path
from typing import Any

import torch
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.columns import Columns
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
from ray.tune.registry import register_env

import swarm_env

DOOR = str(Path(__file__).with_name("door.py"))
ITERATIONS = 8


def make_world(reward: str = "shaped") -> Any:
    """The PettingZoo environment."""
    return swarm_env.parallel_env(DOOR, num_agents=4, height=7, width=7, max_rounds=50, reward=reward)


class World(ParallelPettingZooEnv):
    """RLlib 2.60 misses the end if agents leave in the round that truncates the other agents."""

    def step(self, action_dict: dict[str, Any]) -> tuple[Any, ...]:
        """Play a round."""
        observations, rewards, terminated, truncated, infos = super().step(action_dict)
        terminated["__all__"] = truncated["__all__"] = not self.par_env.agents
        return observations, rewards, terminated, truncated, infos


register_env("door", lambda _: World(make_world()))
config = (
    PPOConfig()
    .environment("door")
    .env_runners(num_env_runners=0, rollout_fragment_length=500)
    .learners(num_learners=0)
    .multi_agent(policies={"team"}, policy_mapping_fn=lambda agent, episode, **_: "team")
    .training(
        train_batch_size_per_learner=500,
        minibatch_size=250,
        num_epochs=6,
        lr=1e-3,
        gamma=0.95,
        entropy_coeff=0.01,
    )
    .debugging(seed=1)
)


def mean_score(module: Any) -> float:
    """The scenario's own score over 20 episodes."""
    env, total = make_world("score"), 0.0
    for seed in range(20):
        observations, _ = env.reset(seed=seed)
        while env.agents:
            seen = torch.stack([torch.from_numpy(observations[agent]) for agent in env.agents])
            with torch.no_grad():
                logits = module.forward_inference({Columns.OBS: seen})[Columns.ACTION_DIST_INPUTS]
            moves = torch.distributions.Categorical(logits=logits).sample().tolist()
            observations, *_ = env.step(dict(zip(env.agents, moves, strict=True)))
        total += env.score / 20
    return total


if __name__ == "__main__":
    algorithm = config.build_algo()
    before = mean_score(algorithm.get_module("team"))
    for _ in range(ITERATIONS):
        algorithm.train()
    print(
        f"mean score {before:.2f} before, {mean_score(algorithm.get_module('team')):.2f} after, of at most 4"
    )
    algorithm.stop()
