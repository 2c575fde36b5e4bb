"""Judges are asked about answers that are known to be right or wrong before their verdicts count.

Each judge compares, for several questions, the right answer with a plausible wrong one, in both orders. The
test is our choice: a judge that guesses prefers the right answer in both orders in a quarter of them, and one
that always names the first (or the second) in none. Who does not do so significantly more often than in a
quarter (exact binomial test, one-sided) is at chance, and its verdicts are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from swarm_env.consensus.fortytwo.llm.llm_nodes import VERDICT_TOKENS, LlmNode
from swarm_env.consensus.fortytwo.llm.node_prompts import judge_prompt, read_verdict
from swarm_env.consensus.fortytwo.llm.questions import generate

from swarm_env.chat import CallKey, Chat, ChatRequest
from swarm_env.runtime.event_loop import gather_or_cancel, shared

GUESS = 0.25  # probability that a guess prefers the right answer in both orders
LEVEL = 0.05  # of the test
FEWEST = 3  # questions with which a perfect judge can pass: 0.25**3 < LEVEL
SEED = 42_000  # of the known questions, so that they are others than those of a study with a small seed


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a judge said of answers that are known.

    Attributes:
        questions: Questions, each asked in both orders.
        both: Questions in which it preferred the right answer in both orders.
        right: Verdicts for the right answer, of 2 * `questions`.
        consistent: Questions in which both orders gave the same preference.
        first: Verdicts for the answer that stood first.
        unread: Calls without a verdict.
    """

    questions: int
    both: int
    right: int
    consistent: int
    first: int
    unread: int

    @property
    def p_value(self) -> float:
        """Probability that a guesser prefers the right answer in both orders as often, or more often."""
        n = self.questions
        return sum(comb(n, k) * GUESS**k * (1 - GUESS) ** (n - k) for k in range(self.both, n + 1))

    @property
    def counts(self) -> bool:
        """Whether its verdicts count: it is better than chance."""
        return self.p_value < LEVEL

    def as_json(self) -> dict[str, Any]:
        """Figures for `--json`."""
        return {
            "questions": self.questions,
            "right_in_both_orders": self.both,
            "accuracy": self.right / (2 * self.questions),
            "consistency": self.consistent / self.questions,
            "first_answer": self.first / (2 * self.questions),
            "unread": self.unread,
            "p_value": self.p_value,
            "counts": self.counts,
        }


def calibrate(nodes: Sequence[LlmNode], chat: Chat, questions: int, seed: int = 0) -> list[Calibration]:
    """Ask each node about known answers.

    Args:
        nodes: The judges.
        chat: Makes the calls.
        questions: How many, at least `FEWEST`; each takes two calls of a node.
        seed: Of the questions.

    Returns:
        The calibration of each node.

    Raises:
        BudgetReached: The budget is spent.
        ConfigError: A model cannot be called.
    """
    known = generate(questions, SEED + seed)

    async def one(node: LlmNode) -> Calibration:
        verdicts: list[tuple[float | None, float | None]] = []
        for number, question in enumerate(known):
            right, wrong = f"ANSWER: {question.answer}", f"ANSWER: {question.wrong}"
            said: list[float | None] = []
            for order, pair in enumerate(((right, wrong), (wrong, right))):
                request = ChatRequest(
                    judge_prompt(question.text, *pair),
                    temperature=node.judge_temperature,
                    max_tokens=VERDICT_TOKENS,
                    whole=True,
                )
                key = CallKey(f"{node.name}_known", number, order)
                said.append((await chat.ask(node.endpoint, request, key, read_verdict)).value)
            verdicts.append((said[0], said[1]))
        return _counted(verdicts)

    async def all_nodes() -> list[Calibration]:
        return await gather_or_cancel([one(node) for node in nodes])

    return shared().run(all_nodes())


def _counted(verdicts: Sequence[tuple[float | None, float | None]]) -> Calibration:
    """Count verdicts on each question, the right answer first and then second; 1 is for the first one."""
    flat = [verdict for pair in verdicts for verdict in pair]
    return Calibration(
        questions=len(verdicts),
        both=sum(pair == (1.0, 0.0) for pair in verdicts),
        right=sum((first == 1.0) + (second == 0.0) for first, second in verdicts),
        consistent=sum(None not in pair and pair[0] + pair[1] == 1.0 for pair in verdicts),  # type: ignore[operator]
        first=sum(verdict == 1.0 for verdict in flat),
        unread=sum(verdict is None for verdict in flat),
    )
