"""Reinforcement learning on prompts and answers, with a small substitute for the language model.

    python examples/train_prompts.py

The model below reads the words of a prompt and answers with one action. Replace it by a model that samples
text and learns from rewards (docs/learning.md shows TRL and OpenRLHF). Advantages are those of GRPO (Z. Shao
et al., arXiv 2402.03300): several answers to the same prompt, each valued by its reward minus their mean.
"""

import re
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

import swarm_env
from swarm_env.training.prompt_env import Prompt

DOOR = str(Path(__file__).with_name("door.py"))
ROOM = ["WWWWWWWW", "W......W", "W.A.A...", "WA.....W", "WWWWWWWW"]  # the door stands open
SIZE = 256  # of the table of words
ANSWERS = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "OPEN", "mumble")


class Student:
    """A linear softmax model: a row of weights per answer, over the words of the prompt."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.weights = np.zeros((SIZE, len(ANSWERS)))

    def read(self, prompt: Prompt) -> NDArray[np.float64]:
        """The words of the last message, as counts in a table."""
        words = re.findall(r"\S+", prompt[-1]["content"])
        counts = np.bincount([crc32(word.encode()) % SIZE for word in words], minlength=SIZE)
        return np.asarray(counts / np.linalg.norm(counts))

    def chances(self, seen: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of each answer."""
        odds = np.exp(seen @ self.weights)
        return np.asarray(odds / odds.sum())

    def generate(self, prompt: Prompt) -> str:
        """Sample an answer."""
        answer = ANSWERS[self.rng.choice(len(ANSWERS), p=self.chances(self.read(prompt)))]
        return answer if answer == "mumble" else f'{{"action": "{answer}", "message": ""}}'

    def learn(self, prompt: Prompt, answer: str, advantage: float) -> None:
        """Increase or decrease the probability of an answer."""
        seen = self.read(prompt)
        given = np.array([word in answer for word in ANSWERS], float)
        self.weights += advantage * np.outer(seen, given - self.chances(seen))


def train(student: Student, rounds: int, group: int = 4) -> list[float]:
    """Play and learn; the mean reward of each round."""
    env = swarm_env.prompt_env(
        DOOR, unusable=-0.1, reward="shaped", num_agents=3, height=5, width=8, max_rounds=20
    )
    prompts, paid = env.reset(seed=1, options={"layout": ROOM}), []
    for _ in range(rounds):
        sets = [{name: student.generate(prompt) for name, prompt in prompts.items()} for _ in range(group)]
        rewards = env.judge(sets)
        for name, prompt in prompts.items():
            usual = float(np.mean([reward[name] for reward in rewards]))
            for answers, reward in zip(sets, rewards, strict=True):
                student.learn(prompt, answers[name], 5.0 * (reward[name] - usual))
        paid.append(float(np.mean([reward for each in rewards for reward in each.values()])))
        prompts, *_ = env.step(sets[0])
        prompts = prompts or env.reset(options={"layout": ROOM})
    return paid


if __name__ == "__main__":
    paid = train(Student(1), 200)
    print(f"mean reward {np.mean(paid[:40]):.3f} before, {np.mean(paid[-40:]):.3f} after")
