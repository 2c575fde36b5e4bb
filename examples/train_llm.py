"""Train a small language model to play, on one processor core: imitation, then reinforcement.

    pip install '.[local,llm-train]'
    swarm model get smollm2
    python examples/train_llm.py foraging --sizes 7 --agents 1 --seconds 240 --out trained
    swarm run foraging -n 1 --size 7 --rounds 30 \
        --agents 'llm:trained/merged.gguf@local?prompt=terse&answer=logprobs&memory=50'

Imitation: worlds are played by the scripted team with random moves between, so that it also shows how to get
out of states that it would not get into (M. Laskey et al., CoRL 2017); its answers are what the model learns.
Reinforcement: all moves of an agent are judged from the same state, and the model's own samples are moved by
their rewards against their mean (GRPO: Z. Shao et al., arXiv 2402.03300). Seconds are processor time.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from swarm_env.agents.local_models.weights import weights_of

import swarm_env
from examples.llm_student import Prompt, Student, Tokens
from swarm_env.training.prompt_env import PromptEnv

AGENT = "llm:student?prompt=terse&answer=word&memory=50"
MOVES = ("STAY", "UP", "DOWN", "LEFT", "RIGHT")
ROUNDS = 30
WRONG = 0.25  # share of random moves while examples are gathered
KEPT = 0.35  # share of the moments of an episode: neighbouring ones are alike
HELD_OUT = 4  # one layout in so many is never trained on
BATCH = 8
RATE = 1e-3
NOTICE = (
    "LoRA adapter for SmolLM2-135M-Instruct (Apache-2.0), changed by training on answers of a scripted team "
    "in the swarm-env scenario {scenario}. Licensed under Apache-2.0."
)

Example = tuple[Tokens, int]  # prompt, index of the move


def layout_number(env: PromptEnv) -> int:
    """A number from the digest of the map and the places of the agents at the beginning of an episode."""
    text = "\n".join([*env.world.grid(), str(sorted(env.world.positions().items()))])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def world(scenario: str, rows: int, cols: int, agents: int) -> PromptEnv:
    """A world without messages, with shaped rewards."""
    return swarm_env.prompt_env(
        scenario, AGENT, num_agents=agents, height=rows, width=cols, max_rounds=ROUNDS, message="none",
        reward="shaped",
    )  # fmt: skip


class Worlds:
    """Endless layouts of several sizes and numbers of agents, none of which is held out."""

    def __init__(self, scenario: str, sizes: Sequence[int], agents: Sequence[int], seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.scenario, self.sizes, self.agents = scenario, sizes, agents
        self._made: dict[tuple[int, int, int], PromptEnv] = {}

    def draw(self) -> PromptEnv:
        """A world at the beginning of an episode."""
        rows, cols = (int(self.rng.choice(self.sizes)) for _ in range(2))
        key = rows, cols, int(self.rng.choice(self.agents))
        if key not in self._made:
            self._made[key] = world(self.scenario, *key)
        env = self._made[key]
        while True:
            env.reset(seed=int(self.rng.integers(2**31)))
            if layout_number(env) % HELD_OUT:
                return env

    def gather(self, student: Student, count: int) -> list[Example]:
        """At least `count` prompts of many episodes, each with the move of the scripted team.

        Episodes end after a random number of rounds: the first ones, in which food or nest was not seen yet,
        are few and decide everything.
        """
        found: list[Example] = []
        while len(found) < count:
            env, rounds = self.draw(), int(self.rng.integers(2, ROUNDS + 1))
            while env.agents and env.world.round < rounds:
                shown = env.expert()
                found += [
                    (student.tokens(prompt), MOVES.index(shown[name]))
                    for name, prompt in env.prompts.items()
                    if self.rng.random() < KEPT
                ]
                wrong = self.rng.random(len(shown)) < WRONG
                played = [
                    str(self.rng.choice(MOVES)) if other else answer
                    for answer, other in zip(shown.values(), wrong, strict=True)
                ]
                env.step(dict(zip(shown, played, strict=True)))
        return found


def imitate(student: Student, worlds: Worlds, seconds: float, rate: float, save: Path | None = None) -> None:
    """Learn the scripted team's moves for some processor time; the rate rises at first, then falls."""
    moves = student.first_tokens(MOVES)
    optimiser = torch.optim.AdamW(student.trained, lr=rate, weight_decay=0.0)
    began, pool, losses, saved = time.process_time(), [], [], 0.0
    step = 0
    while (spent := time.process_time() - began) < seconds:
        if step % 50 == 0:  # an example may be seen several times: new ones pass through all layers
            pool += worlds.gather(student, 50 * BATCH)
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 10) * max(0.02, 1 - spent / seconds)
        some = [pool[i] for i in worlds.rng.integers(len(pool), size=BATCH)]
        logits = student.logits([text for text, _ in some])[:, 0]
        target = moves[torch.tensor([move for _, move in some])]
        loss = torch.nn.functional.cross_entropy(logits, target)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.trained, 1.0)
        optimiser.step()
        losses.append(loss.item())
        step += 1
        if step % 20 == 0:
            print(f"{spent:6.0f} s  step {step}  loss {np.mean(losses[-20:]):.3f}", flush=True)
        if save is not None and spent - saved > 300:
            saved = spent
            student.save_adapter(save / "adapter.gguf", NOTICE.format(scenario=worlds.scenario))


def chances(student: Student, prompts: Sequence[Prompt]) -> torch.Tensor:
    """(prompts, moves) log-probabilities of the moves, of those alone."""
    logits = student.logits([student.tokens(prompt) for prompt in prompts])[:, 0]
    return torch.log_softmax(logits[:, student.first_tokens(MOVES)], 1)


def reinforce(student: Student, worlds: Worlds, seconds: float, rate: float, samples: int = 8) -> None:
    """Move the model towards those of its own samples that are rewarded more than their mean."""
    optimiser = torch.optim.AdamW(student.trained, lr=rate, weight_decay=0.0)
    began, gains, env = time.process_time(), [], worlds.draw()
    while time.process_time() - began < seconds:
        prompts: list[Prompt] = []
        rewards: list[list[float]] = []
        while len(prompts) < BATCH:
            if not env.agents:
                env = worlds.draw()
            names = list(env.prompts)
            with torch.no_grad():
                own = chances(student, [env.prompts[name] for name in names]).exp().numpy()
            drawn = [str(worlds.rng.choice(MOVES, p=one / one.sum())) for one in own]
            answers = dict(zip(names, drawn, strict=True))
            for name in names:
                judged = env.judge([{**answers, name: move} for move in MOVES])
                prompts.append(env.prompts[name])
                rewards.append([one[name] for one in judged])
            env.step(answers)
        logs, reward = chances(student, prompts), torch.tensor(rewards)
        taken = torch.multinomial(logs.exp(), samples, replacement=True)
        paid = reward.gather(1, taken)
        spread = paid.std(1, keepdim=True)
        advantage = (paid - paid.mean(1, keepdim=True)) / (spread + 1e-4)
        loss = -(advantage * logs.gather(1, taken)).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.trained, 1.0)
        optimiser.step()
        gains.append(float((logs.exp() * reward).sum(1).mean()))
    if gains:
        first, last = np.mean(gains[:10]), np.mean(gains[-10:])
        print(f"reinforcement: {len(gains)} steps, expected reward of a move {first:.4f}, then {last:.4f}")


def score(student: Student, env: PromptEnv, seed: int) -> float:
    """The score of an episode in which each agent takes its likeliest move."""
    prompts = env.reset(seed=seed)
    while prompts:
        with torch.no_grad():
            best = chances(student, list(prompts.values())).argmax(1)
        prompts, *_ = env.step({name: MOVES[i] for name, i in zip(prompts, best.tolist(), strict=True)})
    return env.world.score


def main() -> None:
    """Train, export, and play unseen seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="foraging")
    parser.add_argument("--model", default="smollm2", help="name of `swarm model list`, or a GGUF file")
    parser.add_argument("--sizes", type=int, nargs="+", default=[7], help="rows and columns of maps")
    parser.add_argument("--agents", type=int, nargs="+", default=[1])
    parser.add_argument("--seconds", type=float, default=240, help="processor time of imitation")
    parser.add_argument("--reinforce", type=float, default=0, help="processor time of reinforcement")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--start", type=Path, help="an adapter to continue from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--play", type=int, default=0, help="unseen layouts that are played at the end")
    parser.add_argument("--out", type=Path, default=Path("trained"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    given.out.mkdir(parents=True, exist_ok=True)
    student = Student(weights_of(given.model).path.absolute(), given.rank, seed=given.seed)
    if given.start:
        student.load_adapter(given.start)
    worlds = Worlds(given.scenario, given.sizes, given.agents, given.seed)
    imitate(student, worlds, given.seconds, given.rate, given.out)
    reinforce(student, worlds, given.reinforce, given.rate / 10)
    student.save_adapter(given.out / "adapter.gguf", NOTICE.format(scenario=given.scenario))
    student.save_merged(given.out / "merged.gguf")
    result = {"cpu_seconds": round(time.process_time() - began, 1)}
    if given.play:
        env = world(given.scenario, given.sizes[0], given.sizes[0], given.agents[0])
        found: list[float] = []
        seed = 0
        while len(found) < given.play:
            env.reset(seed=seed)
            if layout_number(env) % HELD_OUT == 0:
                found.append(score(student, env, seed))
            seed += 1
        error = np.std(found, ddof=1) / len(found) ** 0.5
        result |= {"mean": float(np.mean(found)), "standard_error": float(error)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
