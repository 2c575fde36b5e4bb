"""Learning to talk in one file: do messages help, by how much, and is it the messages that help?

    python examples/comm.py scout --arm dial --updates 250 --out scout.npz
    python examples/comm.py scout --arm silent dial tokens --seeds 5      # a table with controls

One network plays all agents and learns by PPO on `swarm_env.vector_env`, as in examples/ppo.py. The arms:

- silent: nothing is said;
- scrambled: as dial, but everybody hears what was said in another world in the same round;
- tokens: a token is one more action, learned by its reward alone;
- dial: a vector is said, and the hearer's gradient flows back into the speaker, through who really heard whom
  (J. Foerster et al., NeurIPS 2016, with noise in place of their discretisation);
- vq: as dial, but each vector is rounded to the nearest of a few learned symbols (A. van den Oord et al.,
  NeurIPS 2017; symbols as in arXiv 2507.10566);
- commnet: hidden layers are averaged over all in range, in the same round (S. Sukhbaatar et al., NeurIPS
  2016);
- commformer: the same with attention over a learned graph (S. Hu et al., ICLR 2024; here the graph is a
  matrix of straight-through Bernoulli weights, without their bi-level optimisation).

The last two exchange more than the channel of the world carries, and can only be compared in training. What
the others learn is a policy file that plays in runs: `swarm run scout --agents 'ppo?weights=scout.npz'`.

The same settings and number of updates give the same policy. Scores are those of 100 unseen episodes, with
the likeliest moves; controls at the test: "mute" (nothing is said) and "scramble" (as above).
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributions import Categorical

import swarm_env
from swarm_env.envs.vector import VectorSwarmEnv
from swarm_env.training.memory_features import MemoryFeatures

ARMS = ("silent", "scrambled", "tokens", "dial", "vq", "commnet", "commformer")
CONTROLS = ("", "mute", "scramble")
UNSEEN = 500_000  # first seed of the test


@dataclass(frozen=True)
class Settings:
    """Settings of a training; each is a flag."""

    scenario: str = "scout"
    arm: str = "dial"
    world: str = "{}"  # JSON: settings of the world
    updates: int = 250  # each after one episode of all worlds
    seed: int = 1
    worlds: int = 32
    epochs: int = 3
    rate: float = 3e-3  # learning rate at first; falls to a tenth of it
    discount: float = 0.9  # a round
    trace: float = 0.9  # lambda of the advantages
    clip: float = 0.2
    entropy: float = 0.01  # of moves, at first; falls to a tenth
    token_entropy: float = 0.003  # of tokens
    hidden: int = 64
    size: int = 4  # numbers of a vector
    tokens: int = 3  # with silence
    symbols: int = 8  # of vq
    noise: float = 0.3  # standard deviation of the noise before the vectors, in training
    depth: int = 1  # how many messages back the gradient flows: relays + 1
    reward: str = "score"


class Net(nn.Module):
    """Actor with a message head, and a critic that sees the team."""

    def __init__(self, inputs: int, moves: int, settings: Settings, agents: int) -> None:
        super().__init__()
        self.arm, hidden, self.moves = settings.arm, settings.hidden, moves
        said = settings.tokens if self.arm == "tokens" else settings.size
        self.actor = nn.Sequential(
            linear(inputs, hidden),
            nn.ReLU(),
            linear(hidden, hidden),
            nn.ReLU(),
            linear(hidden, moves + said, 0.1),
        )
        self.look = nn.Sequential(linear(inputs, hidden), nn.ReLU())
        self.judge = nn.Sequential(linear(2 * hidden, hidden), nn.ReLU(), linear(hidden, 1, 1.0))
        self.symbols = nn.Parameter(torch.rand(settings.symbols, settings.size) * 2 - 1)
        self.mix = linear(2 * hidden, hidden)
        self.query, self.key = linear(hidden, hidden), linear(hidden, hidden)
        self.graph = nn.Parameter(torch.ones(agents, agents))

    def forward(self, seen: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the moves (…, N, moves) and what is said (…, N, said) before it is made a message.

        `seen` (…, N, inputs); `near` (…, N, N) is 1 where an agent, a row, is in range of another.
        """
        if self.arm not in ("commnet", "commformer"):
            return self.actor(seen).split([self.moves, self.actor[-1].out_features - self.moves], dim=-1)
        first = self.actor[:4](seen)
        weights = near
        if self.arm == "commformer":
            chance = self.graph.sigmoid()
            edges = (torch.rand_like(chance) < chance).float() if self.training else (chance > 0.5).float()
            edges = edges + chance - chance.detach()
            match = (self.query(first) @ self.key(first).transpose(-1, -2)) / first.shape[-1] ** 0.5
            weights = near * edges * match.clamp(-10, 10).exp()
        share = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)
        mixed = self.mix(torch.cat([first, share @ first], dim=-1)).relu()
        return self.actor[4](mixed).split([self.moves, self.actor[-1].out_features - self.moves], dim=-1)

    def message(self, raw: Tensor, noise: float) -> tuple[Tensor, Tensor]:
        """The vectors that are said, and the loss of rounding them (0 but for vq)."""
        vector = (raw + noise * torch.randn_like(raw)).tanh() if noise else raw.tanh()
        if self.arm != "vq":
            return vector, vector.new_zeros(())
        codes = self.symbols.clamp(-1, 1)
        near = codes[torch.cdist(vector.flatten(0, -2), codes).argmin(dim=-1)].view_as(vector)
        loss = (near - vector.detach()).square().mean() + 0.25 * (near.detach() - vector).square().mean()
        return vector + (near - vector).detach(), loss

    def value(self, seen: Tensor) -> Tensor:
        """(…, N) value of each agent's state."""
        own = self.look(seen)
        team = own.mean(dim=-2, keepdim=True).expand_as(own)
        return self.judge(torch.cat([own, team], dim=-1)).squeeze(-1)


def linear(inputs: int, outputs: int, gain: float = 2.0**0.5) -> nn.Linear:
    """A layer with orthogonal weights."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


def hear(said: Tensor, hears: Tensor) -> Tensor:
    """What is heard (T, …, N, D): the mean of all messages that arrive before each round.

    Args:
        said: (T, …, N, D) vectors, by round.
        hears: (T, …, R, N, N) whose message of 1, 2, … rounds before each hearer, a row, hears in a round.

    Messages are summed in the order in which the world does, so that not even the last bit differs.
    """
    total = torch.zeros_like(said)
    for late in range(hears.shape[-3]):
        then = torch.cat([torch.zeros_like(said[: late + 1]), said[: -late - 1]])
        for b in range(said.shape[-2]):
            total = total + hears[..., late, :, b, None] * then[..., b, None, :]
    return total / hears.sum(dim=(-3, -1))[..., None].clamp(min=1.0)


class Team:
    """Worlds with a network that plays all agents; a rollout is one episode of all worlds."""

    def __init__(self, settings: Settings, worlds: int, reward: str) -> None:
        self.settings, arm = settings, settings.arm
        talk: dict[str, Any] = {"message": "vector", "message_dim": settings.size}
        if arm == "tokens":
            talk = {"message": "tokens", "vocabulary": settings.tokens}
        given = {**talk, **json.loads(settings.world), "reward": reward, "info_hears": True}
        self.env: VectorSwarmEnv = swarm_env.vector_env(settings.scenario, worlds, **given)
        self.shape, self.rounds = (worlds, self.env.num_agents), self.env.config.max_rounds
        self.layout = MemoryFeatures.of(self.env).layout
        self.at = slice(self.layout.observed - self.layout.heard, self.layout.observed)  # of what is heard
        self.difference = 0.0  # the largest between what was heard and what `hear` makes of what was said

    def net(self) -> Net:
        """A new network."""
        return Net(self.layout.size, len(self.env.scenario.actions), self.settings, self.shape[1])

    @torch.no_grad()
    def play(
        self, net: Net, seed: int, noise: float, greedy: bool = False, control: str = ""
    ) -> dict[str, Any]:
        """Play an episode in all worlds; returns tensors (rounds, worlds, agents, …) and the `scores`."""
        settings, env, memory = self.settings, self.env, MemoryFeatures.of(self.env)
        observations, infos = env.reset(seed=seed)
        seen, kept = memory.begin(observations), []
        other = torch.roll(torch.arange(self.shape[0]), 1)  # the world whose messages are heard if scrambled
        scrambles = settings.arm == "scrambled" or control == "scramble"
        quiet = settings.arm in ("silent", "commnet", "commformer") or control == "mute"
        for _ in range(self.rounds):
            now = torch.from_numpy(seen.copy()).view(*self.shape, -1)
            allowed = torch.from_numpy(infos["action_mask"].astype(bool)).view(*self.shape, -1)
            active = torch.from_numpy(infos["active"].copy()).view(self.shape).float()
            hears = infos.get("hears_by_delay", infos["hears"][:, None]).astype(np.float32)
            near = self.near(now, active)
            logits, raw = net(now, near)
            choice = Categorical(logits=logits.masked_fill(~allowed, -1e9))
            moves = choice.probs.argmax(dim=-1) if greedy else choice.sample()
            chance = choice.log_prob(moves)
            if settings.arm == "tokens":
                speech = Categorical(logits=raw)
                said = raw.argmax(dim=-1) if greedy else speech.sample()
                chance = chance + speech.log_prob(said)
                sent = torch.zeros_like(said) if quiet else said[other] if scrambles else said
                actions: Any = torch.stack([moves, sent], dim=-1).flatten(0, 1).numpy()
            else:
                said = torch.zeros_like(raw) if quiet else net.message(raw, noise)[0]
                sent = (said[other] if scrambles else said).flatten(0, 1)
                actions = {"move": moves.flatten().numpy(), "message": sent.numpy()}
            value = net.value(now)
            observations, rewards, _, _, infos = env.step(actions)
            kept.append(
                {
                    "seen": now, "allowed": allowed, "active": active, "near": near,
                    "hears": torch.from_numpy(hears), "moves": moves, "said": said, "chance": chance,
                    "value": value, "reward": torch.from_numpy(rewards.copy()).view(self.shape),
                }
            )  # fmt: skip
            seen = memory.step(observations, np.zeros(env.num_envs, bool))
        found: dict[str, Any] = {name: torch.stack([one[name] for one in kept]) for name in kept[0]}
        if not scrambles and settings.arm != "tokens":
            gap = (hear(found["said"], found["hears"]) - found["seen"][..., self.at]).abs().max()
            self.difference = max(self.difference, float(gap))
        found["scores"] = infos["final_score"][:: self.shape[1]].copy()
        return found

    def near(self, seen: Tensor, active: Tensor) -> Tensor:
        """(worlds, N, N) 1 where an agent, a row, is in range of another."""
        config, own = self.env.config, self.layout.own
        scale = torch.tensor([max(config.height - 1, 1), max(config.width - 1, 1)])
        place = (seen[..., own : own + 2] * scale).round()
        away = (place[:, :, None] - place[:, None]).abs().amax(dim=-1)
        near = (away <= config.hearing).float() * active[:, :, None] * active[:, None, :]
        return near * (1 - torch.eye(self.shape[1]))


def advantages(reward: Tensor, value: Tensor, discount: float, trace: float) -> Tensor:
    """Generalised advantage estimates of whole episodes (T, …)."""
    found, later = torch.zeros_like(reward), torch.zeros_like(reward[0])
    for t in range(len(reward) - 1, -1, -1):
        following = value[t + 1] if t + 1 < len(reward) else torch.zeros_like(later)
        later = reward[t] + discount * following - value[t] + discount * trace * later
        found[t] = later
    return found


def improve(net: Net, team: Team, played: dict[str, Any], optimizer: Any, left: float) -> None:
    """One update from an episode of all worlds; `left` is the remaining fraction of the training."""
    settings, easing = team.settings, 0.1 + 0.9 * left
    for group in optimizer.param_groups:
        group["lr"] = settings.rate * easing
    gains = advantages(played["reward"], played["value"], settings.discount, settings.trace)
    targets, active = gains + played["value"], played["active"]
    share = active / active.sum().clamp(min=1.0)
    mean = (gains * share).sum()
    gains = (gains - mean) / (((gains - mean).square() * share).sum().sqrt() + 1e-8)
    for _ in range(settings.epochs):
        seen, loss = played["seen"], torch.zeros(())
        if settings.arm in ("dial", "vq"):
            for _ in range(settings.depth):
                said, loss = net.message(net(seen, played["near"])[1], settings.noise)
                seen = played["seen"].clone()
                heard, size = hear(said, played["hears"]), team.layout.heard
                seen[..., team.at] = heard
                last = seen[..., -2 * size : -size]  # of what was heard, see `MemoryFeatures`
                seen[..., -2 * size : -size] = torch.where(heard != 0, heard, last)
        logits, raw = net(seen, played["near"])
        choice = Categorical(logits=logits.masked_fill(~played["allowed"], -1e9))
        now, spread = choice.log_prob(played["moves"]), settings.entropy * choice.entropy()
        if settings.arm == "tokens":
            speech = Categorical(logits=raw)
            now, spread = (
                now + speech.log_prob(played["said"]),
                spread + settings.token_entropy * speech.entropy(),
            )
        ratio = (now - played["chance"]).exp()
        gain = torch.minimum(ratio * gains, ratio.clamp(1 - settings.clip, 1 + settings.clip) * gains)
        error = (net.value(played["seen"]) - targets).square()
        total = ((0.5 * error - gain - easing * spread) * share).sum() + loss
        optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()


def train(settings: Settings) -> tuple[Net, Team, float]:
    """Train a network; returns it, its worlds and the processor time [s]."""
    torch.manual_seed(settings.seed)
    team = Team(settings, settings.worlds, settings.reward)
    net = team.net()
    optimizer, start = torch.optim.Adam(net.parameters(), lr=settings.rate, eps=1e-5), time.process_time()
    for update in range(settings.updates):
        played = team.play(net, settings.seed * 1_000_003 + update * settings.worlds, settings.noise)
        improve(net, team, played, optimizer, 1 - update / settings.updates)
    return net, team, time.process_time() - start


def test(net: Net, settings: Settings, control: str = "", episodes: int = 100) -> NDArray[np.float64]:
    """Scores of unseen episodes with the likeliest moves."""
    net.eval()
    scores = Team(settings, episodes, "score").play(net, UNSEEN, 0.0, greedy=True, control=control)["scores"]
    net.train()
    return scores


def save(file: str, net: Net, team: Team) -> None:
    """Write a policy as the agent `ppo` reads it: arrays and a text, no pickle.

    Raises:
        SystemExit: The arm exchanges more than the channel carries.
    """
    if team.settings.arm in ("commnet", "commformer"):
        raise SystemExit(f"--out: what {team.settings.arm} exchanges is no message of the world's channel.")
    settings, scenario = team.settings, team.env.scenario
    about = {
        "scenario": settings.scenario,
        "actions": scenario.actions,
        "layout": asdict(team.layout),
        "most": [sense.most for sense in scenario.senses],
        "vocabulary": settings.tokens if settings.arm == "tokens" else 0,
        "observation_version": team.env.config.observation_version,
        "vector": 0 if settings.arm == "tokens" else settings.size,
        "temperature": 0.0,
        "training": asdict(settings),
    }
    layers = {name: value.numpy() for name, value in net.state_dict().items() if name.startswith("actor.")}
    if settings.arm == "vq":
        layers["symbols"] = net.symbols.detach().clamp(-1, 1).numpy()
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, about=np.array(json.dumps(about)), **layers)


def trials(settings: Settings, seeds: int, unit: float = 0.0, out: str = "") -> NDArray[np.float64]:
    """Train an arm with several seeds and test each policy.

    Args:
        settings: Of the first training; the seeds follow one another.
        seeds: Number of trainings.
        unit: Divisor of the scores; 0: the best score there can be.
        out: File of the last policy; "": none.

    Returns:
        (seeds, controls) mean score of 100 unseen episodes, with messages and with each control.
    """
    table = []
    for seed in range(settings.seed, settings.seed + seeds):
        one = replace(settings, seed=seed)
        net, team, seconds = train(one)
        bounds = team.env.scenario.score_bounds(team.rounds)
        divisor = unit or (bounds[1] if bounds else 1.0)
        table.append([float(test(net, one, control).mean() / divisor) for control in CONTROLS])
        words = " ".join(f"{c or 'score'} {s:.3f}" for c, s in zip(CONTROLS, table[-1], strict=True))
        samples = one.updates * one.worlds * team.rounds * team.shape[1]
        words += f" ({seconds:.0f} s, {samples} agent-steps, largest difference {team.difference:g})"
        print(f"{one.arm} seed {seed}: {words}", flush=True)
        if out:
            save(out, net, team)
    return np.array(table)


def summary(table: NDArray[np.float64], silent: float, ideal: float) -> str:
    """Mean and standard error over trainings, share of them that learned, and the part of the gap closed.

    A training learned if it closes half of the gap between the silent value and the ideal one (our choice).
    """
    seeds = len(table)
    errors = table.std(axis=0, ddof=1) / seeds**0.5 if seeds > 1 else np.full(len(CONTROLS), np.nan)
    words = [
        f"{c or 'score'} {m:.3f} ± {e:.3f}"
        for c, m, e in zip(CONTROLS, table.mean(axis=0), errors, strict=True)
    ]
    closed = (table[:, 0] - silent) / (ideal - silent)
    return ", ".join([*words, f"learned {np.mean(closed > 0.5):.0%}", f"gap closed {closed.mean():.2f}"])


def main() -> None:
    """Train all arms with all seeds at equal samples; print a line for each training and each arm."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for field in fields(Settings):
        flag = f"--{field.name.replace('_', '-')}"
        if field.name == "scenario":
            parser.add_argument("scenario", nargs="?", default=field.default)
        elif field.name == "arm":
            parser.add_argument("--arm", nargs="+", choices=ARMS, default=["dial"])
        else:
            parser.add_argument(flag, type=type(field.default), default=field.default)
    parser.add_argument("--seeds", type=int, default=1, help="number of trainings of each arm")
    parser.add_argument("--units", type=float, default=0.0, help="divisor of the scores; 0: the best score")
    parser.add_argument("--silent", type=float, default=0.5, help="value without messages, in these units")
    parser.add_argument("--ideal", type=float, default=1.0, help="value of the best team, in these units")
    parser.add_argument("--out", default="", help="file of the last policy")
    given = vars(parser.parse_args())
    arms, seeds, units, silent, ideal, out = (
        given.pop(name) for name in ("arm", "seeds", "units", "silent", "ideal", "out")
    )
    torch.set_num_threads(1)
    for arm in arms:
        table = trials(Settings(**given, arm=arm), seeds, units, out)
        print(f"{arm}: {summary(table, silent, ideal)}", flush=True)


if __name__ == "__main__":
    main()
