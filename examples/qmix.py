"""QMIX in one file, on the interface of SMAC that PyMARL and EPyMARL use.

    pip install '.[rl]' && python examples/qmix.py examples/door.py

QMIX (Rashid et al. 2018, arXiv 1803.11485): every agent has a value for each of its actions; a mixing network
makes one value of the team out of those of the chosen actions. It rises with each of them (its weights are
absolute values), so the best joint action is the best action of each agent. Only the mixing network reads the
state of the whole world, and only training needs it.

As in PyMARL the agents share one network, which reads the observation and the number of the agent, targets
are double Q-learning's, and whole episodes are replayed. Unlike there the network has no memory.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from swarm_env.training.smac import PymarlEnv

DOOR = str(Path(__file__).with_name("door.py"))
SMALL = {"num_agents": 4, "height": 7, "width": 7, "max_rounds": 50, "reward": "shaped"}


@dataclass
class Settings:
    """Of training. None of them was tuned beyond the door."""

    episodes: int = 800
    explored: int = 400  # episodes in which exploration falls from 1 to 0.05
    memory: int = 400  # episodes
    batch: int = 32  # episodes per update
    discount: float = 0.95
    learning_rate: float = 1e-3
    follow: float = 0.02  # share by which the target networks move per update
    hidden: int = 64
    embed: int = 16  # width of the mixing network


class Agents(nn.Module):
    """Values of the actions of each agent, (…, agents, actions)."""

    def __init__(self, info: dict[str, Any], hidden: int) -> None:
        super().__init__()
        self.count = info["n_agents"]
        self.net = nn.Sequential(
            nn.Linear(info["obs_shape"] + self.count, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, info["n_actions"]),
        )  # fmt: skip

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """`seen` (…, agents, observation)."""
        number = torch.eye(self.count).expand(*seen.shape[:-1], self.count)
        values: torch.Tensor = self.net(torch.cat([seen, number], -1))
        return values


class Mixer(nn.Module):
    """The value of the team (…) from those of the agents' chosen actions (…, agents) and the state."""

    def __init__(self, info: dict[str, Any], embed: int) -> None:
        super().__init__()
        size, self.agents, self.embed = info["state_shape"], info["n_agents"], embed
        self.first = nn.Sequential(nn.Linear(size, 64), nn.ReLU(), nn.Linear(64, self.agents * embed))
        self.first_bias = nn.Linear(size, embed)
        self.last = nn.Sequential(nn.Linear(size, 64), nn.ReLU(), nn.Linear(64, embed))
        self.last_bias = nn.Sequential(nn.Linear(size, embed), nn.ReLU(), nn.Linear(embed, 1))

    def forward(self, values: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """Mix with weights that the state gives; they are never negative."""
        first = self.first(state).abs().unflatten(-1, (self.agents, self.embed))
        hidden = (values.unsqueeze(-2) @ first).squeeze(-2) + self.first_bias(state)
        weighted = (nn.functional.elu(hidden) * self.last(state).abs()).sum(-1)
        mixed: torch.Tensor = weighted + self.last_bias(state).squeeze(-1)
        return mixed


class Memory:
    """The last episodes, padded to the longest possible one."""

    def __init__(self, info: dict[str, Any], episodes: int) -> None:
        rounds, agents = info["episode_limit"], info["n_agents"]
        self.seen = np.zeros((episodes, rounds + 1, agents, info["obs_shape"]), np.float32)
        self.allowed = np.zeros((episodes, rounds + 1, agents, info["n_actions"]), bool)
        self.state = np.zeros((episodes, rounds + 1, info["state_shape"]), np.float32)
        self.actions = np.zeros((episodes, rounds, agents), np.int64)
        self.reward, self.over, self.played = np.zeros((3, episodes, rounds), np.float32)
        self.kept, self._next = 0, -1

    def begin(self) -> int:
        """Place of the next episode; it overwrites the oldest one."""
        self._next = (self._next + 1) % len(self.seen)
        self.kept = max(self.kept, self._next + 1)
        self.played[self._next] = 0
        return self._next

    def draw(self, count: int, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        """Some episodes, without the rounds that none of them played."""
        chosen = rng.integers(self.kept, size=count)
        longest = int(self.played[chosen].sum(1).max())
        after = {"seen", "allowed", "state"}  # also after the last round
        return {
            name: torch.from_numpy(array[chosen, : longest + (name in after)])
            for name, array in vars(self).items()
            if isinstance(array, np.ndarray)
        }


class Learner:
    """Plays, remembers and learns."""

    def __init__(self, env: PymarlEnv, settings: Settings, seed: int) -> None:
        torch.manual_seed(seed)
        self.env, self.settings, self.rng = env, settings, np.random.default_rng(seed)
        self.info = env.get_env_info()
        self.agents, self.target_agents = (Agents(self.info, settings.hidden) for _ in range(2))
        self.mixer, self.target_mixer = (Mixer(self.info, settings.embed) for _ in range(2))
        self._follow(1.0)
        self.learned = [*self.agents.parameters(), *self.mixer.parameters()]
        self.optimizer = torch.optim.Adam(self.learned, settings.learning_rate)
        self.memory = Memory(self.info, settings.memory)

    def play(self, explore: float, seed: int | None = None) -> float:
        """Play one episode into the memory; returns the scenario's score.

        `explore` is the probability that an agent chooses any available action instead of the best one.
        """
        env, memory, at = self.env, self.memory, self.memory.begin()
        env.seed(seed)
        env.reset()
        infos: dict[str, Any] = {}
        for t in range(self.info["episode_limit"]):
            memory.seen[at, t], memory.state[at, t] = env.get_obs(), env.get_state()
            memory.allowed[at, t] = env.get_avail_actions()
            memory.actions[at, t] = actions = self._choose(memory.seen[at, t], memory.allowed[at, t], explore)
            memory.reward[at, t], done, infos = env.step(actions)
            memory.played[at, t], memory.over[at, t] = 1, done and not infos["episode_limit"]
            if done:
                break
        memory.seen[at, t + 1], memory.state[at, t + 1] = env.get_obs(), env.get_state()
        memory.allowed[at, t + 1] = env.get_avail_actions()
        return float(infos["score"])

    def _choose(self, seen: np.ndarray, allowed: np.ndarray, explore: float) -> np.ndarray:
        """(agents,) actions, available ones only."""
        with torch.no_grad():
            values = self.agents(torch.from_numpy(seen)).numpy()
        drawn = self.rng.random(allowed.shape)
        at_random = self.rng.random(len(allowed)) < explore
        return np.where(allowed, np.where(at_random[:, None], drawn, values), -np.inf).argmax(1)

    def learn(self) -> None:
        """One step of gradient descent on the squared error of the team's value."""
        batch = self.memory.draw(self.settings.batch, self.rng)
        values = self.agents(batch["seen"])
        chosen = values[:, :-1].gather(-1, batch["actions"].unsqueeze(-1)).squeeze(-1)
        with torch.no_grad():
            best = values[:, 1:].masked_fill(~batch["allowed"][:, 1:], -torch.inf).argmax(-1, keepdim=True)
            following = self.target_agents(batch["seen"][:, 1:]).gather(-1, best).squeeze(-1)
            following = self.target_mixer(following, batch["state"][:, 1:]) * (1 - batch["over"])
            target = batch["reward"] + self.settings.discount * following
        error = (self.mixer(chosen, batch["state"][:, :-1]) - target) * batch["played"]
        self.optimizer.zero_grad()
        ((error**2).sum() / batch["played"].sum()).backward()
        nn.utils.clip_grad_norm_(self.learned, 10.0)
        self.optimizer.step()
        self._follow(self.settings.follow)

    def _follow(self, share: float) -> None:
        """Move the target networks towards the learned ones."""
        with torch.no_grad():
            for learned, target in ((self.agents, self.target_agents), (self.mixer, self.target_mixer)):
                for new, old in zip(learned.parameters(), target.parameters(), strict=True):
                    old.lerp_(new, share)

    def train(self) -> None:
        """Play and learn in turn."""
        settings = self.settings
        for episode in range(settings.episodes):
            self.play(max(0.05, 1.0 - episode / settings.explored))
            if episode >= settings.batch:
                self.learn()

    def mean_score(self) -> float:
        """Of 50 episodes without exploration."""
        return sum(self.play(0.0, seed) for seed in range(10_000, 10_050)) / 50


def main() -> None:
    """Train and print the scores before and after."""
    parser = argparse.ArgumentParser(description="QMIX on the SMAC interface")
    parser.add_argument("scenario", nargs="?", default=DOOR)
    parser.add_argument("--world", type=json.loads, default=SMALL, help="settings of the world, as JSON")
    parser.add_argument("--episodes", type=int, default=Settings.episodes)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    torch.set_num_threads(1)  # the networks are too small for more
    env = PymarlEnv(wanted.scenario, wanted.seed, **wanted.world)
    learner = Learner(env, Settings(wanted.episodes), wanted.seed)
    before = learner.mean_score()
    learner.train()
    print(f"mean score {before:.2f} before, {learner.mean_score():.2f} after")


if __name__ == "__main__":
    main()
