"""Tianshou: DQN with masked moves and messages, one network for all agents of 16 worlds.

    pip install '.[tianshou]' && python examples/train_tianshou.py

An action is a move and a token that all agents hear. Tianshou's own `PettingZooEnv` takes the agents in turn,
so that the observation after an agent's action is another agent's; here every agent is an environment.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from tianshou.algorithm.modelfree.dqn import DQN, DiscreteQLearningPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Batch, Collector, VectorReplayBuffer
from tianshou.utils.net.common import Net
from tianshou.utils.torch_utils import policy_within_training_step

import swarm_env

DOOR = str(Path(__file__).with_name("door.py"))
WORLD: dict[str, Any] = {"num_agents": 4, "height": 7, "width": 7, "max_rounds": 50, "reward": "shaped"}
TALK: dict[str, Any] = {"message": "tokens", "vocabulary": 2, "message_range": 7}
STAY, STEPS = 0, 1500


class Slots:
    """The slots of a vector environment, with the methods that Tianshou's `Collector` calls.

    Each observation is {"obs": …, "mask": …}; Tianshou's policies choose where the mask is true. The slot of
    an agent that has left may only STAY until its world ends.
    """

    is_async = False

    def __init__(self, num_worlds: int) -> None:
        self.env = swarm_env.vector_env(DOOR, num_worlds, flat_actions=True, **WORLD, **TALK)
        self.env_num = self.env.num_envs
        self.action_space = [self.env.single_action_space] * self.env_num
        self.seen: np.ndarray = np.empty(self.env_num, object)

    def __len__(self) -> int:
        return self.env_num

    def reset(self, env_id: Any = None, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Begin all episodes; slots that are done hold their next episode already."""
        if env_id is None:
            self._keep(*self.env.reset(seed=seed))
            env_id = np.arange(self.env_num)
        return self.seen[env_id], np.array([{} for _ in env_id], object)

    def step(self, actions: np.ndarray, env_id: Any = None) -> tuple[np.ndarray, ...]:
        """One round of all worlds; `env_id` is always all slots here."""
        observations, rewards, terminated, truncated, self.infos = self.env.step(np.asarray(actions))
        self._keep(observations, self.infos)
        after = self.seen.copy()
        for i in np.flatnonzero(self.infos.get("_final_obs", [])):
            after[i] = {"obs": self.infos["final_obs"][i].copy(), "mask": after[i]["mask"]}
        return (
            after,
            rewards.copy(),
            terminated.copy(),
            truncated.copy(),
            np.array([{} for _ in after], object),
        )

    def _keep(self, observations: np.ndarray, infos: dict[str, Any]) -> None:
        masks = infos["action_mask"].astype(bool)
        masks[~infos["active"]] = np.arange(masks.shape[1]) == STAY
        for i in range(self.env_num):
            self.seen[i] = {"obs": observations[i].copy(), "mask": masks[i]}

    def close(self) -> None:
        """Close the worlds."""
        self.env.close()


torch.set_num_threads(1)  # the network is too small for more
torch.manual_seed(1)
slots = Slots(16)
actions: Any = slots.env.single_action_space
net = Net(
    state_shape=slots.env.single_observation_space.shape, action_shape=int(actions.n), hidden_sizes=[64, 64]
)
policy = DiscreteQLearningPolicy(model=net, action_space=actions)
algorithm = DQN(policy=policy, optim=AdamOptimizerFactory(lr=1e-3), gamma=0.95, target_update_freq=100)
buffer = VectorReplayBuffer(64_000, slots.env_num)
collector = Collector(policy, slots, buffer)


def mean_score(worlds: int = 20) -> float:
    """Mean of the scenario's own score over one episode of so many worlds, without exploration."""
    games = Slots(worlds)
    games.reset(seed=1000)
    scores = np.full(worlds, np.nan)
    while np.isnan(scores).any():
        with torch.no_grad():
            chosen = policy(Batch(obs=Batch(list(games.seen)), info=Batch())).act
        games.step(chosen)
        if "final_score" in games.infos:
            ended = games.infos["_final_score"][:: WORLD["num_agents"]] & np.isnan(scores)
            scores[ended] = games.infos["final_score"][:: WORLD["num_agents"]][ended]
    return float(scores.mean())


before = mean_score()
collector.reset(gym_reset_kwargs={"seed": 1})
with policy_within_training_step(policy):
    for step in range(STEPS):
        policy.set_eps_training(max(0.05, 1.0 - 2.0 * step / STEPS))
        collector.collect(n_step=slots.env_num)
        if step >= 20:
            algorithm.update(buffer=buffer, sample_size=256)
print(f"mean score {before:.2f} before, {mean_score():.2f} after, of at most 4")
