"""One policy for swarms of any size: trained on the mean field of few agents, played on what each perceives.

    python examples/mean_field.py vicsek --out vicsek.npz

The idea is that of K. Cui, S. Hauck, C. Fabian, H. Koeppl, "Learning Decentralized Partially Observable
Mean Field Control for Artificial Collective Behavior" (arXiv 2307.06175): all agents follow one policy of
what they perceive, a histogram (or kernels) of those near; it is learned by policy gradients from the mean
field, which only the training sees. So the number of agents is no input of anything, and a policy of 50 to
200 agents can be played by 20 or 100 000. Here the policy is a Gaussian over the numbers of `action="box"`,
the critic reads the mean over the agents of `field` and of its squares, and the loop is PPO. Networks,
worlds, bins, rewards and all numbers are ours; nothing is "as published".

The map has the same size for all numbers of agents: more agents are a denser swarm. Played are the means of
the Gaussian. For each number of agents the score is a mean over worlds, with an interval of 95% (normal).
"""

import argparse
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import swarm_env
from swarm_env.envs.vector import VectorSwarmEnv

OWN_HEADING = 2  # numbers of `field` that the policy does not read: it knows no north
SECOND = {"vicsek": {"height": 5, "width": 5}, "kuramoto": {"height": 3, "width": 3}}  # default maps


@dataclass(frozen=True)
class Settings:
    """Settings of a training; each is a flag."""

    scenario: str = "vicsek"
    world: str = "{}"  # JSON: more settings of the world
    agents: str = "50,100,200"  # numbers of agents in training, taken in turn
    play: str = "20,50,100,1000,10000"  # numbers of agents that it is played with
    episodes: int = 8  # of each number; of 10 000 and more one
    updates: int = 90
    seed: int = 1
    worlds: int = 8
    steps: int = 25  # rounds between two updates
    rounds: int = 50  # of an episode
    epochs: int = 4
    rate: float = 2e-3
    discount: float = 0.97
    trace: float = 0.95
    clip: float = 0.2
    hidden: int = 32
    out: str = ""  # file to write


class Policy(nn.Module):
    """Actor on what one agent perceives, critic on the mean field."""

    def __init__(self, inputs: int, drives: int, hidden: int) -> None:
        super().__init__()
        self.actor = nn.Sequential(
            nn.Linear(inputs - OWN_HEADING, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(),
            nn.Linear(hidden, drives), nn.Tanh(),
        )  # fmt: skip
        self.spread = nn.Parameter(torch.full((drives,), -0.7))  # logarithm of the standard deviation
        self.critic = nn.Sequential(nn.Linear(2 * inputs, 64), nn.Tanh(), nn.Linear(64, 1))

    def mean(self, seen: Tensor) -> Tensor:
        """(…, D) means of the numbers that agents choose, from (…, F) `field`."""
        found: Tensor = self.actor(seen[..., OWN_HEADING:])
        return found

    def chance(self, seen: Tensor, actions: Tensor) -> Tensor:
        """(…) logarithm of the density of actions (…, D)."""
        spread = self.spread.clamp(-3.0, 0.5)
        off = (actions - self.mean(seen)) / spread.exp()
        return (-0.5 * off.square() - spread).sum(dim=-1)

    def value(self, seen: Tensor) -> Tensor:
        """(…) value of worlds, from what all their agents perceive (…, N, F)."""
        field = torch.cat([seen.mean(dim=-2), seen.square().mean(dim=-2)], dim=-1)
        found: Tensor = self.critic(field).squeeze(-1)
        return found


def make_env(settings: Settings, agents: int, worlds: int, **more: Any) -> VectorSwarmEnv:
    """Worlds with so many agents."""
    given = {**SECOND.get(settings.scenario, {}), **json.loads(settings.world), **more}
    return swarm_env.vector_env(
        settings.scenario, worlds, num_agents=agents, action="box", obs="codes", view_size=1,
        max_rounds=settings.rounds, **given,
    )  # fmt: skip


def perceived(env: VectorSwarmEnv, infos: dict[str, Any]) -> Tensor:
    """(worlds, agents, F) what all agents perceive."""
    field: NDArray[np.float32] = infos["field"]
    return torch.from_numpy(field.reshape(env.num_worlds, env.num_agents, -1).copy())


class Worlds:
    """Running worlds of one size."""

    def __init__(self, settings: Settings, agents: int, seed: int) -> None:
        self.env = make_env(settings, agents, settings.worlds, reward="shaped")
        _, infos = self.env.reset(seed=seed)
        self.now = perceived(self.env, infos)

    @torch.no_grad()
    def play(self, policy: Policy, settings: Settings) -> list[Tensor]:
        """Play some rounds: perceived, actions, log-densities, advantages and targets of each."""
        env, rows = self.env, []
        rewards, values, going = [], [], []
        for _ in range(settings.steps):
            mean = policy.mean(self.now)
            actions = mean + torch.randn_like(mean) * policy.spread.clamp(-3.0, 0.5).exp()
            rows.append((self.now, actions, policy.chance(self.now, actions)))
            values.append(policy.value(self.now))
            _, reward, _, truncated, infos = env.step(actions.clamp(-1, 1).reshape(env.num_envs, -1).numpy())
            rewards.append(torch.from_numpy(reward.reshape(env.num_worlds, -1)[:, 0].copy()))
            going.append(
                1.0 - torch.from_numpy(truncated.reshape(env.num_worlds, -1)[:, 0].astype(np.float32))
            )
            self.now = perceived(env, infos)
        values.append(policy.value(self.now))
        gains, later = [], torch.zeros(env.num_worlds)
        for t in reversed(range(settings.steps)):
            # A world that was cut off is valued as if it went on as it was.
            following = torch.where(going[t] > 0, values[t + 1], values[t])
            error = rewards[t] + settings.discount * following - values[t]
            later = error + settings.discount * settings.trace * going[t] * later
            gains.append(later)
        gain = torch.stack(gains[::-1])
        seen, actions, chances = (torch.stack(part) for part in zip(*rows, strict=True))
        return [seen, actions, chances, gain, gain + torch.stack(values[:-1])]


def train(settings: Settings) -> Policy:
    """Train a policy, on worlds of each size in turn."""
    torch.manual_seed(settings.seed)
    sizes = [int(size) for size in settings.agents.split(",")]
    worlds = [Worlds(settings, size, 1_000_003 * settings.seed + i) for i, size in enumerate(sizes)]
    env = worlds[0].env
    policy = Policy(worlds[0].now.shape[-1], env.worlds.arrays.drive.shape[2], settings.hidden)
    optimizer = torch.optim.Adam(policy.parameters(), lr=settings.rate)
    for update in range(settings.updates):
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * (1.0 - 0.9 * update / settings.updates)
        seen, actions, before, gain, targets = worlds[update % len(worlds)].play(policy, settings)
        gain = ((gain - gain.mean()) / (gain.std() + 1e-6))[..., None]
        for _ in range(settings.epochs):
            ratio = (policy.chance(seen, actions) - before).exp()
            better = torch.minimum(
                ratio * gain, ratio.clamp(1 - settings.clip, 1 + settings.clip) * gain
            ).mean()
            error = (policy.value(seen) - targets).square().mean()
            optimizer.zero_grad()
            (0.5 * error - better).backward()
            nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
            optimizer.step()
        if (update + 1) % 15 == 0:
            print(f"update {update + 1}: reward {(targets - gain[..., 0]).mean():.3f}", flush=True)
    return policy


@torch.no_grad()
def scores(settings: Settings, agents: int, policy: Policy | None) -> list[float]:
    """Scores of an episode of each world; None: numbers drawn evenly."""
    count = 1 if agents >= 10_000 else settings.episodes
    env = make_env(settings, agents, count)
    _, infos = env.reset(seed=500_000)
    env.action_space.seed(1)
    for _ in range(settings.rounds):
        actions = env.action_space.sample()
        if policy is not None:
            actions = policy.mean(perceived(env, infos)).reshape(env.num_envs, -1).numpy()
        *_, infos = env.step(actions)
    found: list[float] = infos["final_score"][::agents].tolist()
    return found


def in_words(found: list[float]) -> str:
    """Mean and interval."""
    if len(found) == 1:
        return f"{found[0]:.3f} (one episode)"
    return f"{np.mean(found):.3f} ± {1.96 * np.std(found, ddof=1) / len(found) ** 0.5:.3f}"


def save(file: str, policy: Policy, settings: Settings) -> None:
    """Write the actor: arrays and a text, no pickle."""
    layers = {f"layer_{name}": value.numpy() for name, value in policy.actor.state_dict().items()}
    np.savez(file, training=json.dumps(asdict(settings)), **layers)


def main() -> None:
    """Train, save, play with more and fewer agents."""
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for one in fields(Settings):
        name = one.name if one.name == "scenario" else f"--{one.name}"
        parser.add_argument(name, type=type(one.default), default=one.default)
    settings = Settings(**vars(parser.parse_args()))
    policy = train(settings)
    if settings.out:
        save(settings.out, policy, settings)
    for agents in map(int, settings.play.split(",")):
        chance = in_words(scores(settings, agents, None)) if agents <= 1000 else "not played"
        print(
            f"{agents} agents: {in_words(scores(settings, agents, policy))}, at random {chance}", flush=True
        )


if __name__ == "__main__":
    main()
