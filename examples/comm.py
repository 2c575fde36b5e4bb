"""Learning to talk in one file: do messages help, by how much, and is it the messages that help?

    python examples/comm.py scout --arm dial --out scout.npz
    python examples/comm.py scout --arm silent dial tokens --seeds 5      # a table with controls

One network plays all agents and learns by PPO on `swarm_env.vector_env`, as in examples/ppo.py. The arms:

- silent: nothing is said;
- scrambled: as dial, but all hear what was said in another world in the same round;
- tokens: a token is one more action, learned by its reward alone;
- dial: a vector is said, and the hearer's gradient flows back into the speaker, through who really heard whom
  (J. Foerster et al., NeurIPS 2016, with noise in place of their discretisation);
- vq: as dial, but each vector is rounded to the nearest of a few learned symbols (A. van den Oord et al.,
  NeurIPS 2017; symbols as in arXiv 2507.10566);
- commnet: hidden layers are averaged over all that are heard, in the same round (S. Sukhbaatar et al.,
  NeurIPS 2016);
- commformer: the same with attention over a learned graph (S. Hu et al., ICLR 2024; here the graph is a
  matrix of straight-through Bernoulli weights, without their bi-level optimisation).

The last two exchange more than the world's channel carries. What the others learn is a policy file that plays
in runs: `swarm run scout --agents 'ppo?weights=scout.npz'`. The same settings and number of updates give the
same policy. `swarm_env.measures.messages.protocol` says how arms are compared.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from swarm_env.agents.ppo.policy import write_policy
from torch import Tensor, nn
from torch.distributions import Categorical

import swarm_env
from swarm_env.envs.vector import VectorSwarmEnv
from swarm_env.measures.messages.protocol import Trained, compare, table
from swarm_env.training.memory_features import MemoryFeatures

ARMS = ("silent", "scrambled", "tokens", "dial", "vq", "commnet", "commformer")
VECTORS = ("scrambled", "dial", "vq")  # arms whose gradients flow through vectors
MIXED = ("commnet", "commformer")
PLAYED = ("seen", "allowed", "active", "hears", "moves", "said", "noise", "chance", "value", "reward")
UNSEEN = 500_000  # first seed of the test


@dataclass(frozen=True)
class Settings:
    """Settings of a training; each is a flag."""

    scenario: str = "scout"
    arm: str = "dial"
    world: str = "{}"  # JSON: settings of the world
    updates: int = 100  # each after one episode of all worlds
    seconds: float = 0.0  # of processor time, in place of a number of updates; 0: updates
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
    noise: float = 0.3  # standard deviation of the noise before vectors are squashed, at the end of training
    signs: float = 0.5  # share of the worlds in which vectors are cut to their signs, in training
    relay: float = 0.0  # gain at first from what was heard last to what is said: agents begin as relays
    foresight: float = 0.0  # weight of guessing the returns of the team from what one sees and hears
    reward: str = "score"


class Net(nn.Module):
    """Actor with a message head, and a critic that sees the team."""

    def __init__(self, inputs: int, moves: int, settings: Settings, agents: int) -> None:
        super().__init__()
        self.arm, hidden, self.moves = settings.arm, settings.hidden, moves
        last = moves + (settings.tokens if self.arm == "tokens" else settings.size)
        self.actor = nn.Sequential(
            linear(inputs, hidden), nn.ReLU(), linear(hidden, hidden), nn.ReLU(), linear(hidden, last, 0.1)
        )  # fmt: skip
        if self.arm in VECTORS:
            nn.init.orthogonal_(self.actor[4].weight[moves:])  # so loud that hearers can use them at once
        if settings.relay:
            self.begin_as_relay(settings)
        self.look = nn.Sequential(linear(inputs, hidden), nn.ReLU())
        self.judge = nn.Sequential(linear(2 * hidden, hidden), nn.ReLU(), linear(hidden, 1, 1.0))
        self.symbols = nn.Parameter(torch.rand(settings.symbols, settings.size) * 2 - 1)
        self.foresee = linear(hidden, 1, 1.0) if settings.foresight else None
        self.mix = linear(2 * hidden, hidden)
        self.query, self.key = linear(hidden, hidden), linear(hidden, hidden)
        self.graph = nn.Parameter(torch.ones(agents, agents))

    @torch.no_grad()
    def begin_as_relay(self, settings: Settings) -> None:
        """Let two units of each layer, one per sign, carry on each number that was heard last."""
        one, two, out = self.actor[0].weight, self.actor[2].weight, self.actor[4].weight
        for k in range(2 * settings.size):
            number, sign = k // 2, 1.0 - 2.0 * (k % 2)
            one[k] = two[k] = out[self.moves :, k] = 0.0
            one[k, number - 2 * settings.size], two[k, k] = sign, 1.0  # see `MemoryFeatures`
            out[self.moves + number, k] = sign * settings.relay

    def forward(self, seen: Tensor, hears: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the moves (…, N, moves) and what is said (…, N, said) before it is made a message.

        `seen` (…, N, inputs); `hears` (…, R, N, N) is 1 where an agent, a row, hears another.
        """
        parts = [self.moves, self.actor[-1].out_features - self.moves]
        first, weights = self.actor[:4](seen), hears.amax(dim=-3)
        self.foreseen = self.foresee(first).squeeze(-1) if self.foresee else first[..., 0]
        if self.arm not in MIXED:
            return self.actor[4](first).split(parts, dim=-1)
        if self.arm == "commformer":
            chance = self.graph.sigmoid()
            edges = (torch.rand_like(chance) < chance).float() if self.training else (chance > 0.5).float()
            edges = edges + chance - chance.detach()
            match = (self.query(first) @ self.key(first).transpose(-1, -2)) / first.shape[-1] ** 0.5
            weights = weights * edges * match.clamp(-10, 10).exp()
        share = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)
        mixed = self.mix(torch.cat([first, share @ first], dim=-1)).relu()
        return self.actor[4](mixed).split(parts, dim=-1)

    def message(self, raw: Tensor, noise: Tensor, cut: Tensor) -> tuple[Tensor, Tensor]:
        """What is said, signs where `cut` (straight-through), and the loss of rounding (0 but for vq)."""
        vector = (raw + noise).tanh()
        vector = vector + torch.where(cut, vector.sign() - vector, 0.0).detach()
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


def hear(said: list[Tensor], hears: Tensor) -> Tensor:
    """What is heard (…, N, D) in a round: the mean of all messages that arrive, as the world computes it.

    `said` are (…, N, D) vectors of the rounds before; `hears` (…, R, N, N) is 1 where an agent, a row, hears
    another one's message of 1, 2, … rounds before.
    """
    total = torch.zeros(hears.shape[:-3] + hears.shape[-1:] + said[-1].shape[-1:], dtype=torch.float64)
    for late in range(min(hears.shape[-3], len(said))):
        total = total + hears[..., late, :, :].double() @ said[-1 - late].double()
    return (total / hears.double().sum(dim=(-3, -1))[..., None].clamp(min=1.0)).float()


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
        share = settings.signs if arm == "dial" else 0.0
        self.cut = (torch.arange(worlds) < share * worlds)[:, None, None]  # whether vectors are signs
        self.played, self.difference = 0, 0.0  # episodes of all worlds; largest difference, see `listen`

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
        quiet = settings.arm == "silent" or control == "mute"
        for _ in range(self.rounds):
            drawn = noise * torch.randn(*self.shape, settings.size)
            now = torch.from_numpy(seen.copy()).view(*self.shape, -1)
            allowed = torch.from_numpy(infos["action_mask"].astype(bool)).view(*self.shape, -1)
            active = torch.from_numpy(infos["active"].copy()).view(self.shape).float()
            hears = torch.from_numpy(infos.get("hears_by_delay", infos["hears"][:, None]).astype(np.float32))
            logits, raw = net(now, hears)
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
                said = net.message(raw, drawn, self.cut)[0]
                if quiet or settings.arm in MIXED:  # mixed layers need only who hears whom
                    said = torch.full_like(raw, float(not quiet))
                sent = (said[other] if scrambles else said).flatten(0, 1)
                actions = {"move": moves.flatten().numpy(), "message": sent.numpy()}
            value = net.value(now)
            observations, rewards, _, _, infos = env.step(actions)
            reward = torch.from_numpy(rewards.copy()).view(self.shape)
            kept.append((now, allowed, active, hears, moves, said, drawn, chance, value, reward))
            seen = memory.step(observations, np.zeros(env.num_envs, bool))
        found: dict[str, Any] = {
            name: torch.stack(values) for name, values in zip(PLAYED, zip(*kept, strict=True), strict=True)
        }
        return found | {"scores": infos["final_score"][:: self.shape[1]].copy()}


def advantages(reward: Tensor, value: Tensor, discount: float, trace: float) -> Tensor:
    """Generalised advantage estimates of whole episodes (T, …)."""
    found, later = torch.zeros_like(reward), torch.zeros_like(reward[0])
    for t in range(len(reward) - 1, -1, -1):
        following = value[t + 1] if t + 1 < len(reward) else torch.zeros_like(later)
        later = reward[t] + discount * following - value[t] + discount * trace * later
        found[t] = later
    return found


def listen(net: Net, team: Team, played: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor, float]:
    """Speak and hear an episode again, round by round, so that gradients flow from hearers to speakers.

    Returns (T, …, N, moves) logits and (T, …, N, said) what is said before it is made a message, the loss of
    rounding, and the largest difference between what is heard now and what was heard in the world.
    """
    size, gap, said = team.layout.heard, 0.0, list[Tensor]()
    logits, raws, foreseen, loss = [], [], [], torch.zeros(())
    last = torch.zeros(*team.shape, size)  # of what was heard, see `MemoryFeatures`
    for t in range(len(played["seen"])):
        seen = played["seen"][t].clone()
        if said:
            heard = hear(said, played["hears"][t])
            gap = max(gap, float((heard - seen[..., team.at]).detach().abs().max()))
            last = torch.where(heard != 0, heard, last)
            seen[..., team.at], seen[..., -2 * size : -size] = heard, last
        logit, raw = net(seen, played["hears"][t])
        vector, rounding = net.message(raw, played["noise"][t], team.cut)
        said.append(vector.roll(1, 0) if net.arm == "scrambled" else vector)
        logits.append(logit)
        raws.append(raw)
        foreseen.append(net.foreseen)
        loss = loss + rounding / len(played["seen"])
    net.foreseen = torch.stack(foreseen)
    return torch.stack(logits), torch.stack(raws), loss, gap


def improve(net: Net, team: Team, played: dict[str, Any], optimizer: Any, left: float) -> None:
    """One update, with a fraction `left` of the training; agents without a choice have no weight."""
    settings, easing = team.settings, 0.1 + 0.9 * left
    for group in optimizer.param_groups:
        group["lr"] = settings.rate * easing
    gains = advantages(played["reward"], played["value"], settings.discount, settings.trace)
    targets, weight = gains + played["value"], played["active"]
    if settings.arm != "tokens":
        weight = weight * (played["allowed"].sum(dim=-1) > 1)
    share = weight / weight.sum().clamp(min=1.0)
    mean = (gains * share).sum()
    gains = (gains - mean) / (((gains - mean).square() * share).sum().sqrt() + 1e-8)
    for epoch in range(settings.epochs):
        if settings.arm in VECTORS:
            logits, raw, loss, gap = listen(net, team, played)
            team.difference = team.difference if epoch else max(team.difference, gap)
        else:
            (logits, raw), loss = net(played["seen"], played["hears"]), torch.zeros(())
        choice = Categorical(logits=logits.masked_fill(~played["allowed"], -1e9))
        now, spread = choice.log_prob(played["moves"]), settings.entropy * choice.entropy()
        if settings.arm == "tokens":
            speech = Categorical(logits=raw)
            now = now + speech.log_prob(played["said"])
            spread = spread + settings.token_entropy * speech.entropy()
        ratio = (now - played["chance"]).exp()
        gain = torch.minimum(ratio * gains, ratio.clamp(1 - settings.clip, 1 + settings.clip) * gains)
        error = (net.value(played["seen"]) - targets).square()
        guess = settings.foresight * (net.foreseen - targets).square()
        total = ((0.5 * error + guess - gain - easing * spread) * share).sum() + loss
        optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()


def train(settings: Settings) -> tuple[Net, Team, float]:
    """Train a network, with noise on vectors that grows; returns it, its worlds, the processor time [s]."""
    torch.manual_seed(settings.seed)
    team = Team(settings, settings.worlds, settings.reward)
    net = team.net()
    optimizer = torch.optim.Adam(net.parameters(), lr=settings.rate, eps=1e-5)
    start, done, first = time.process_time(), 0.0, settings.seed * 1_000_003
    while done < 1:
        played = team.play(net, first + team.played * settings.worlds, settings.noise * done)
        improve(net, team, played, optimizer, 1 - done)
        team.played += 1
        spent = time.process_time() - start
        done = spent / settings.seconds if settings.seconds else team.played / settings.updates
    return net, team, time.process_time() - start


def controls(arm: str) -> tuple[str, ...]:
    """The controls of an arm's test."""
    if arm in ("silent", *MIXED):
        return ("",)
    return ("", "mute", "scramble", "signs") if arm == "dial" else ("", "mute", "scramble")


def test(net: Net, settings: Settings, control: str = "", episodes: int = 100) -> NDArray[np.float64]:
    """Scores of unseen episodes with the likeliest moves."""
    net.eval()
    cut = replace(settings, signs=float(control == "signs"))
    scores = Team(cut, episodes, "score").play(net, UNSEEN, 0.0, greedy=True, control=control)["scores"]
    net.train()
    return scores


def save(file: str, net: Net, team: Team) -> None:
    """Write a policy as the agent `ppo` reads it. Raises SystemExit for arms that mix hidden layers."""
    if team.settings.arm in MIXED:
        raise SystemExit(f"--out: what {team.settings.arm} exchanges is no message of the world's channel.")
    arrays = {name: value.numpy() for name, value in net.state_dict().items() if name.startswith("actor.")}
    if net.arm == "vq":
        arrays["symbols"] = net.symbols.detach().clamp(-1, 1).numpy()
    vector = 0 if net.arm == "tokens" else team.settings.size
    write_policy(file, team.env, arrays, vector=vector, temperature=0.0, training=asdict(team.settings))


def trained(settings: Settings, episodes: int, unit: float, out: str) -> Trained:
    """Train with these settings, save the policy in the file `out` ("": not), and test it."""
    net, team, seconds = train(settings)
    bounds = team.env.scenario.score_bounds(team.rounds)
    divisor = unit or (bounds[1] if bounds else 1.0)
    scores = {one: test(net, settings, one, episodes) / divisor for one in controls(settings.arm)}
    if team.difference:
        raise SystemExit(f"{settings.arm}: what is heard was recomputed with a difference {team.difference}.")
    if out:
        save(out, net, team)
    return Trained(scores, team.played * team.shape[0] * team.rounds * team.shape[1], seconds)


def main() -> None:
    """Train all arms with all seeds; print a line for each training, then a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for field in fields(Settings):
        flag = f"--{field.name.replace('_', '-')}"
        if field.name == "scenario":
            parser.add_argument("scenario", nargs="?", default=field.default)
        elif field.name == "arm":
            parser.add_argument("--arm", nargs="+", choices=ARMS, default=["dial"])
        else:
            parser.add_argument(flag, type=type(field.default), default=field.default)
    more: dict[str, tuple[Any, str]] = {
        "seeds": (1, "number of trainings of each arm"),
        "episodes": (100, "of the test, all unseen"),
        "unit": (0.0, "divisor of the scores; 0: the best score"),
        "silent": (0.5, "value without messages, in these units"),
        "ideal": (1.0, "value of the best team, in these units"),
        "out": ("", "file of the last policy"),
    }
    for name, (default, words) in more.items():
        parser.add_argument(f"--{name}", type=type(default), default=default, help=words)
    given = vars(parser.parse_args())
    arms, seeds, episodes, unit, silent, ideal, out = (given.pop(name) for name in ("arm", *more))
    torch.set_num_threads(1)
    settings = Settings(**given, arm=arms[0])
    found = compare(
        lambda arm, seed: trained(replace(settings, arm=arm, seed=seed), episodes, unit, out),
        arms,
        silent=silent,
        ideal=ideal,
        seeds=range(settings.seed, settings.seed + seeds),
        equal="seconds" if settings.seconds else "samples",
        report=lambda line: print(line, flush=True),
    )
    print(table(found))


if __name__ == "__main__":
    main()
