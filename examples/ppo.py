"""PPO for swarms in one file: one network controls all agents and learns from all of them.

    python examples/ppo.py foraging --updates 500 --out foraging.npz --log logs
    swarm run foraging --agents 'ppo?weights=foraging.npz'
    python examples/ppo.py battle --opponents pool:FOLDER --anchors scripted --keep 10

The loop is that of CleanRL's PPO (S. Huang et al., JMLR 23, 2022), on `swarm_env.vector_env`. What swarms
add:

- one network for all agents (parameter sharing). `MemoryFeatures` adds each agent's number, position, round
  and last-seen features;
- a critic that also reads the mean of the team's hidden layer (centralised training, decentralised
  execution, as C. Yu et al., NeurIPS 2022). Playing needs the actor alone;
- moves that are not allowed have probability 0. With --tokens an action is a move and a token; agents that
  may not speak send token 0, and entropy of moves and of tokens has a weight each;
- a departed agent is `terminated` once and then not `active`: later steps of its slot have weight 0. When a
  world ends, its slots hold the next episode at once, so truncated steps are valued by `final_obs`;
- with `--world '{"action": "box"}'` (continuous space) an action is a few numbers, drawn from a Gaussian;
- self-play: with --opponents the learner plays one team and a member of the pool the other.
Training may use the shaped reward; evaluation uses the scenario's own score. Schedules follow the number of
updates, so equal settings give equal policies, bit for bit, on equal machines with equal versions of torch.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from swarm_env.agents.ppo.policy import write_policy
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, Normal

import swarm_env
from swarm_env.envs.vector import VectorSwarmEnv
from swarm_env.pool import pool_of
from swarm_env.training.memory_features import MemoryFeatures
from swarm_env.training.opponents import Opponents

Numbers = dict[str, float]  # by name
POINTS = 60  # of the curve that is kept


@dataclass(frozen=True)
class Settings:
    """Settings of a training; each is a flag."""

    scenario: str = "foraging"
    world: str = "{}"  # JSON: settings of the world
    updates: int = 500  # each after `steps` rounds of all worlds
    seed: int = 1
    worlds: int = 24
    steps: int = 100  # rounds between two updates: a whole episode, as the best move depends on the round
    epochs: int = 3
    minibatches: int = 4
    rate: float = 1e-3  # learning rate at first; falls to a tenth of it over the updates
    discount: float = 0.97  # a round
    trace: float = 0.95  # lambda of the advantages
    clip: float = 0.2
    entropy: float = 0.02  # weight of the entropy of moves at first; falls to a tenth
    token_entropy: float = 0.003  # the same of tokens: talk spreads out by itself, and means nothing then
    hidden: int = 128  # width of the layers
    reward: str = "shaped"
    tokens: int = 0  # number of tokens; 0 = no messages
    opponents: str = ""  # pool:FOLDER; default: the learner plays all agents
    sampling: str = "wins"  # of opponents: uniform, latest, wins
    anchors: str = "scripted; random"  # teams that an empty pool begins with, between semicolons
    keep: int = 10  # updates after which the learner joins the pool
    start: str = ""  # file of a policy to continue from
    out: str = ""  # file to write
    log: str = ""  # folder for TensorBoard


class Policy(nn.Module):
    """Actor and critic of an agent."""

    def __init__(self, inputs: int, moves: int, tokens: int, hidden: int, drives: int = 0) -> None:
        super().__init__()
        self.sizes = [drives] if drives else [moves, tokens] if tokens else [moves]
        self.spread = nn.Parameter(torch.full((drives,), -0.7)) if drives else None  # logarithms
        self.actor = nn.Sequential(
            linear(inputs, hidden), nn.ReLU(), linear(hidden, hidden), nn.ReLU(),
            linear(hidden, sum(self.sizes), gain=0.01),
        )  # fmt: skip
        self.look = nn.Sequential(linear(inputs, hidden), nn.ReLU())
        self.judge = nn.Sequential(linear(2 * hidden, hidden), nn.ReLU(), linear(hidden, 1, gain=1.0))

    def choices(self, seen: Tensor, allowed: Tensor) -> list[Any]:
        """Distributions of the move and, with messages, of the token; or of the numbers chosen.

        Args:
            seen: (…, inputs).
            allowed: (…, moves + tokens) bool.
        """
        if self.spread is not None:
            spread = self.spread.clamp(-3.0, 0.5).exp()
            return [Independent(Normal(self.actor(seen).tanh(), spread, validate_args=False), 1)]
        logits = self.actor(seen).masked_fill(~allowed, -1e9)
        return [Categorical(logits=x, validate_args=False) for x in logits.split(self.sizes, dim=-1)]

    def value(self, seen: Tensor, active: Tensor) -> Tensor:
        """Value of each agent's state, (worlds, agents); the team's mean is over agents in play.

        Args:
            seen: (worlds, agents, inputs).
            active: (worlds, agents) 1 for agents in play, else 0.
        """
        own = self.look(seen)
        share = active / active.sum(dim=1, keepdim=True).clamp(min=1.0)
        team = (own * share[..., None]).sum(dim=1, keepdim=True).expand_as(own)
        return self.judge(torch.cat([own, team], dim=-1)).squeeze(-1)


def linear(inputs: int, outputs: int, gain: float = 2.0**0.5) -> nn.Linear:
    """A layer with orthogonal weights."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


def chance(choices: list[Any], actions: Tensor) -> Tensor:
    """Joint log-probability of the parts of actions (…, parts), or log-density of numbers (…, D)."""
    if actions.is_floating_point():
        return choices[0].log_prob(actions)
    return torch.stack([choice.log_prob(actions[..., i]) for i, choice in enumerate(choices)]).sum(dim=0)


def advantages(
    rewards: Tensor, values: Tensor, following: Tensor, cut: Tensor, discount: float, trace: float
) -> Tensor:
    """Generalised advantage estimates (J. Schulman et al., ICLR 2016) of slots with departures and resets.

    Args:
        rewards: (T, …) of each step.
        values: (T, …) of the observation before each step.
        following: (T, …) of the next observation in the same episode: of the last one if the step was
            truncated, 0 if it was terminated.
        cut: (T, …) bool, whether the agent's episode ended with the step.
        discount: Per step.
        trace: Lambda.

    Returns:
        (T, …).
    """
    found, later = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    errors = rewards + discount * following - values
    for t in range(len(rewards) - 1, -1, -1):
        later = errors[t] + discount * trace * later.masked_fill(cut[t], 0.0)
        found[t] = later
    return found


class Rollout:
    """Running worlds, and their last rounds as tensors (steps, worlds, agents, …)."""

    def __init__(
        self, env: VectorSwarmEnv, policy: Policy, steps: int, seed: int,
        memory: MemoryFeatures | None = None, opponents: Opponents | None = None,
    ) -> None:  # fmt: skip
        self.env, self.policy, self.opponents = env, policy, opponents
        self.memory = memory or MemoryFeatures.of(env)
        self.shape = (steps, env.num_worlds, env.num_agents)
        self.seen = torch.zeros((*self.shape, self.memory.layout.size))
        self.allowed = torch.zeros((*self.shape, sum(policy.sizes)), dtype=torch.bool)
        self.actions = torch.zeros((*self.shape, len(policy.sizes)), dtype=torch.int64)
        if policy.spread is not None:
            self.actions = torch.zeros((*self.shape, policy.sizes[0]))
        self.active, self.cut = (torch.zeros(self.shape, dtype=torch.bool) for _ in range(2))
        self.chances, self.rewards, self.values, self.following = (torch.zeros(self.shape) for _ in range(4))
        self.ended: list[tuple[int, float]] = []  # world and score of each episode that ended
        self.seconds = 0.0  # spent in the environment
        observations, self.infos = env.reset(seed=seed)
        self.now = self.memory.begin(observations)

    @torch.no_grad()
    def play(self) -> None:
        """Play one rollout of `steps` rounds."""
        for t in range(self.shape[0]):
            self.seen[t], self.active[t], self.allowed[t] = self._situation()
            choices = self.policy.choices(self.seen[t], self.allowed[t])
            drawn = [choice.sample() for choice in choices]
            self.actions[t] = drawn[0] if self.policy.spread is not None else torch.stack(drawn, dim=-1)
            self.chances[t] = chance(choices, self.actions[t])
            self.values[t] = self.policy.value(self.seen[t], self.active[t].float())
            self._step(t)
        seen, active, _ = self._situation()
        next_values = torch.cat([self.values[1:], self.policy.value(seen, active.float())[None]])
        self.following = torch.where(self.cut, self.following, next_values)

    def _situation(self) -> tuple[Tensor, Tensor, Tensor]:
        """Observations, active flags and masks: tensors over the environment's own arrays."""
        active = self.infos["active"]
        active = active & self.opponents.learns if self.opponents else active
        arrays = self.now, active, self._allowed()
        seen, active, allowed = (torch.from_numpy(x).view(*self.shape[1:], *x.shape[1:]) for x in arrays)
        return seen, active, allowed

    def _allowed(self) -> NDArray[np.bool_]:
        """(slots, moves + tokens) what each agent may do and say: those that may not speak say token 0."""
        moves, *tokens = self.policy.sizes
        allowed = self.infos["action_mask"].view(bool)
        if not tokens:
            return allowed
        speech = np.ones((len(allowed), tokens[0]), bool)
        speech[:, 1:] = self.infos.get("may_speak", np.ones(len(allowed), bool))[:, None]
        return np.concatenate([allowed, speech], axis=1)

    def _step(self, t: int) -> None:
        actions, start = self.actions[t].flatten(0, 1).numpy(), time.perf_counter()
        if self.opponents:
            self.opponents.act(actions)
        given = actions if actions.shape[1] > 1 else actions[:, 0]
        step = self.env.step(given if self.policy.spread is None else actions.clip(-1.0, 1.0))
        self.seconds += time.perf_counter() - start
        observations, rewards, terminated, truncated, self.infos = step
        self.rewards[t] = torch.from_numpy(rewards).view(self.shape[1:])
        self.cut[t] = torch.from_numpy(terminated | truncated).view(self.shape[1:])
        self.following[t] = 0.0
        ended = self.infos.get("_final_obs", np.zeros(self.env.num_envs, bool))
        if ended.any():
            worlds = torch.from_numpy(ended).view(self.shape[1:])[:, 0]
            last = torch.from_numpy(self.memory.last(self.infos["final_obs"], ended))
            goes_on = torch.from_numpy(truncated & ~terminated).view(self.shape[1:])[worlds].float()
            self.following[t, worlds] = goes_on * self.policy.value(last.view(*goes_on.shape, -1), goes_on)
            scores = self.infos["final_score"][:: self.env.num_agents].tolist()
            numbers = worlds.nonzero().flatten().tolist()
            self.ended += [(w, scores[w]) for w in numbers]
            if self.opponents:
                self.opponents.end(np.array(numbers), np.array(scores)[numbers])
        self.now = self.memory.step(observations, ended)


class Learner:
    """Improves a policy from rollouts."""

    def __init__(self, policy: Policy, settings: Settings) -> None:
        self.policy, self.settings, self.scale = policy, settings, 1.0
        self.optimizer = torch.optim.Adam(policy.parameters(), lr=settings.rate, eps=1e-5)

    def learn(self, rollout: Rollout, left: float) -> dict[str, float]:
        """One update; returns numbers for the log. `left` is the remaining fraction of the training."""
        settings, easing = self.settings, 0.1 + 0.9 * left
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate * easing
        gains = advantages(
            rollout.rewards / self.scale, rollout.values, rollout.following, rollout.cut,
            settings.discount, settings.trace,
        )  # fmt: skip
        targets, active = gains + rollout.values, rollout.active
        gains = (gains - gains[active].mean()) / (gains[active].std() + 1e-8)
        parts = (
            rollout.seen, rollout.allowed, rollout.actions, active.float(), rollout.chances, gains, targets,
        )  # fmt: skip
        flat = [part.flatten(0, 1) for part in parts]  # a row for each world and round
        log: dict[str, float] = {}
        for _ in range(settings.epochs):
            for rows in torch.randperm(len(flat[0])).chunk(settings.minibatches):
                log = self._improve(*(part[rows] for part in flat), easing=easing)
        # Values are learned in a unit that keeps them near 1 in size.
        self.scale += 0.05 * (max(float((targets[active] * self.scale).std()), 1e-3) - self.scale)
        return log

    def _improve(
        self, seen: Tensor, allowed: Tensor, actions: Tensor, active: Tensor, before: Tensor, gains: Tensor,
        targets: Tensor, *, easing: float,
    ) -> dict[str, float]:  # fmt: skip
        share = active / active.sum().clamp(min=1.0)  # only agents in play count
        choices = self.policy.choices(seen, allowed)
        now, clip = chance(choices, actions), self.settings.clip
        ratio = (now - before).exp()
        gain = (torch.minimum(ratio * gains, ratio.clamp(1 - clip, 1 + clip) * gains) * share).sum()
        spreads = [(choice.entropy() * share).sum() for choice in choices]
        weights = (self.settings.entropy, self.settings.token_entropy)
        bonus = sum(easing * weight * spread for weight, spread in zip(weights, spreads, strict=False))
        error = ((self.policy.value(seen, active) - targets).square() * share).sum()
        self.optimizer.zero_grad()
        (0.5 * error - gain - bonus).backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), 0.5)
        self.optimizer.step()
        drift = ((before - now) * share).sum()
        named = zip(("entropy", "token_entropy"), (spread.item() for spread in spreads), strict=False)
        return {"value_error": error.item(), "drift": drift.item(), **dict(named)}


def make_env(settings: Settings, worlds: int, **more: Any) -> VectorSwarmEnv:
    """The worlds to train or to evaluate in."""
    talk = {"message": "tokens", "vocabulary": settings.tokens} if settings.tokens else {}
    return swarm_env.vector_env(settings.scenario, worlds, **(talk | json.loads(settings.world) | more))


def make_policy(settings: Settings, env: VectorSwarmEnv) -> Policy:
    """A new policy, or that of the file `settings.start`."""
    sizes = MemoryFeatures.of(env).layout.size, len(env.scenario.actions)
    drives = env.worlds.arrays.drive.shape[2] if env.config.action == "box" else 0
    policy = Policy(*sizes, settings.tokens, settings.hidden, drives)
    if settings.start:
        with np.load(settings.start) as found:
            policy.load_state_dict({name: torch.from_numpy(found[name]) for name in policy.state_dict()})
    return policy


def train(settings: Settings, report: Callable[[Policy, VectorSwarmEnv, Numbers], None]) -> Policy:
    """Train a policy; `report` receives it, its worlds and what was measured after each update."""
    torch.manual_seed(settings.seed)
    env = make_env(settings, settings.worlds, reward=settings.reward)
    policy = make_policy(settings, env)
    opponents = None
    if settings.opponents:
        pool = pool_of(settings.opponents, settings.anchors.split(";"))
        opponents = Opponents(env, pool, settings.sampling, settings.seed)
    rollout = Rollout(env, policy, settings.steps, settings.seed * 1_000_003, opponents=opponents)
    learner = Learner(policy, settings)
    start, began = time.process_time(), time.perf_counter()
    for update in range(settings.updates):
        rollout.play()
        log = learner.learn(rollout, left=1 - update / settings.updates)
        scores = [score for _, score in rollout.ended[-2 * settings.worlds :]]
        measured = {
            "update": update + 1,
            "samples": (update + 1) * settings.steps * env.num_envs,
            "seconds": time.process_time() - start,
            "score": float(np.mean(scores)) if scores else 0.0,
            "environment": rollout.seconds / (time.perf_counter() - began),
        }
        report(policy, env, measured | log)
        if opponents and (update + 1) % settings.keep == 0:
            name = f"{len(opponents.pool):05}.npz"
            save(str(opponents.pool.folder / name), policy, env, asdict(settings) | {"measured": measured})
            opponents.pool.add(name)
    if opponents:
        opponents.close()
    return policy


def evaluate(policy: Policy, settings: Settings, seed: int = 500_000, worlds: int = 50) -> list[float]:
    """Scores of one episode per seed, with moves drawn as in training."""
    torch.manual_seed(seed)
    rollout = Rollout(make_env(settings, worlds, reward="score"), policy, 1, seed)
    while len(first := dict(reversed(rollout.ended))) < worlds:  # the first episode of each world
        rollout.play()
    return list(first.values())


def save(file: str, policy: Policy, env: VectorSwarmEnv, training: Mapping[str, Any]) -> None:
    """Write a policy as the agent `ppo` reads it: arrays and a text, no pickle."""
    write_policy(file, env, {n: v.numpy() for n, v in policy.state_dict().items()}, training=training)


class Journal:
    """Reports a training: on the screen, to TensorBoard, and as a file with the policy and its curve."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.writer = settings, None
        self.curve: list[list[float]] = []  # samples, seconds of processor time, score
        if settings.log:
            from torch.utils.tensorboard import SummaryWriter

            self.writer = SummaryWriter(settings.log)

    def report(self, policy: Policy, env: VectorSwarmEnv, measured: Numbers) -> None:
        """Log an update; save the policy at intervals."""
        if self.writer:
            for name, number in measured.items():
                self.writer.add_scalar(name, number, int(measured["samples"]))
        share = measured["update"] / self.settings.updates
        if share == 1 or share > len(self.curve) / POINTS:
            self.curve.append([round(measured[name], 3) for name in ("samples", "seconds", "score")])
            print("  ".join(f"{name} {number:.4g}" for name, number in measured.items()), flush=True)
            if self.settings.out:
                training = {"settings": asdict(self.settings), "measured": measured, "curve": self.curve}
                save(self.settings.out, policy, env, training)


def read_settings() -> Settings:
    """The settings from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for field in fields(Settings):
        name = field.name if field.name == "scenario" else f"--{field.name}"
        parser.add_argument(name, type=type(field.default), default=field.default)
    return Settings(**vars(parser.parse_args()))


def main() -> None:
    """Train, save, evaluate."""
    torch.set_num_threads(1)  # the networks are too small for more
    settings = read_settings()
    if settings.out and json.loads(settings.world).get("action") == "box":
        raise SystemExit("--out: the agent `ppo` plays moves; see mean_field.py for policies of numbers.")
    torch.manual_seed(settings.seed)
    before = evaluate(make_policy(settings, make_env(settings, 1)), settings)
    after = evaluate(train(settings, Journal(settings).report), settings)
    mean, error = np.mean(after), np.std(after) / len(after) ** 0.5
    print(f"mean score {np.mean(before):.2f} before, {mean:.2f} after (standard error {error:.2f})")


if __name__ == "__main__":
    main()
