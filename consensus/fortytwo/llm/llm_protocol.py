"""The protocol with language models as nodes: questions in, answers and reputations out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import winner_of
from swarm_env.consensus.fortytwo.collusion import Evidence
from swarm_env.consensus.fortytwo.commit_reveal import SALT_BYTES, run_ballot
from swarm_env.consensus.fortytwo.llm.judge_calibration import Calibration, calibrate
from swarm_env.consensus.fortytwo.llm.llm_nodes import Asked, Asker, LlmNode
from swarm_env.consensus.fortytwo.llm.questions import Question, same_answer
from swarm_env.consensus.fortytwo.reputation import agreement, moved, weights
from swarm_env.consensus.fortytwo.schedules import pairs_for
from swarm_env.consensus.fortytwo.settings import Protocol
from swarm_env.consensus.fortytwo.simulated.nodes import FAULTS, ORDER, generator
from swarm_env.consensus.fortytwo.simulated.vote_fits import strengths_by_author

from swarm_env.chat import Chat
from swarm_env.runtime.event_loop import gather_or_cancel, shared

AT_ONCE = 8  # questions that are asked about at the same time
RULES = ("majority", "bradley_terry", "fortytwo")


@dataclass(frozen=True, slots=True)
class Answered:
    """The result of one question."""

    question: Question
    finals: list[str | None]  # final answer of each node; None: none
    good: list[int]  # nodes whose answer passed the gate
    winner: dict[str, int]  # by rule, the node whose answer was chosen; -1: there was none
    right: dict[str, bool] | None  # by rule, whether that is the known answer; None: no answer is known
    node_right: list[bool]  # (n,) whether each node's own answer is; empty if no answer is known
    votes: list[tuple[int, int, int, float]]  # [rater, first, second, verdict] of each vote that was revealed
    commitments: dict[str, str]  # node to the hash that committed it to its votes, hexadecimal
    reputation: list[float]  # (n,) after the question
    ring: list[int]  # nodes that the search for rings accuses; none is excluded here
    failed: dict[str, int]  # reason to the number of calls that failed

    def as_json(self) -> dict[str, Any]:
        """One line of `results.jsonl`."""
        chosen = {rule: None if node < 0 else self.finals[node] for rule, node in self.winner.items()}
        return self.question.as_json() | {
            "answers": self.finals,
            "good": self.good,
            "winner": self.winner,
            "chosen": chosen,
            "right": self.right,
            "votes": self.votes,
            "commitments": self.commitments,
            "reputation": [round(value, 6) for value in self.reputation],
            "ring": self.ring,
            "failed": self.failed,
        }


@dataclass(slots=True)
class _Standing:
    reputation: NDArray[np.float64]
    evidence: Evidence


@dataclass(slots=True)
class LlmSwarm:
    """A swarm of language models that answers questions, one after the other.

    Attributes:
        nodes: The nodes that answer and judge.
        chat: Makes the calls.
        protocol: The protocol; `own_pairs` is never asked here.
        gate: See `Asker`.
        seed: Seed of pairs, orders and ties.
        known: Questions with known answers that judges are asked first (`judge_calibration`); who is at
            chance judges nothing. 0: all judge.
        calibrations: What came of that, one per node, after `run`.
    """

    nodes: Sequence[LlmNode]
    chat: Chat
    protocol: Protocol = field(default_factory=Protocol)
    gate: str = "model"
    seed: int = 0
    known: int = 0
    calibrations: list[Calibration] = field(default_factory=list)

    def run(
        self, questions: Sequence[Question], report: Callable[[Answered], None] | None = None
    ) -> list[Answered]:
        """Ask the swarm all questions; `report` is called with the result of each, in order.

        Raises:
            BudgetReached: The budget is spent; all results were reported.
            ConfigError: A model cannot be called (no key, for example).
            ReplayMissing: A replay lacks a call.
        """
        n = len(self.nodes)
        if self.known:
            self.calibrations = calibrate(self.nodes, self.chat, self.known, self.seed)
        standing = _Standing(np.full(n, self.protocol.start), Evidence.none(n))
        found = []
        for start in range(0, len(questions), AT_ONCE):
            part = list(enumerate(questions))[start : start + AT_ONCE]
            for (number, question), asked in zip(part, shared().run(self._ask_all(part)), strict=True):
                found.append(self._conclude(number, question, asked, standing))
                if report is not None:
                    report(found[-1])
        return found

    async def _ask_all(self, part: Sequence[tuple[int, Question]]) -> list[Asked]:
        return await gather_or_cancel([self._ask(number, question) for number, question in part])

    async def _ask(self, number: int, question: Question) -> Asked:
        """All calls for one question."""
        judges = [one.counts for one in self.calibrations] or None
        asker = Asker(self.nodes, self.chat, self.gate, question, number, judges)
        n, rng, answers = len(self.nodes), generator(self.seed, ORDER, number), await asker.answers()
        keepers = (np.arange(n)[:, None] + 1 + rng.permutation(n - 1)) % n
        good = await asker.passed(answers, keepers)
        authors = np.array(good, np.int32)[rng.permutation(len(good))]
        table = pairs_for(
            self.protocol.schedule, self.protocol.orders, len(good), n, rng, self.protocol.pairs
        )
        pairs = np.broadcast_to(authors[table], (n, *table.shape[1:]))
        first, second = pairs[..., 0], pairs[..., 1]
        vote = await asker.verdicts(answers, first, second)
        return Asked(answers, good, first, second, vote, dict(asker.failed))

    def _conclude(self, number: int, question: Question, asked: Asked, standing: _Standing) -> Answered:
        """Commit and reveal votes, find winners, move reputations."""
        n, protocol = len(self.nodes), self.protocol
        promises, revealed = self._revealed(number, asked)
        counts = ~np.isnan(asked.vote) & revealed[:, None]
        vote = np.where(counts, asked.vote, 0.5)
        items = np.array(asked.good, np.intp)
        seed = int(generator(self.seed, FAULTS, number).integers(2**62))
        finals = [None if answer is None else answer.final for answer in asked.answers]
        winner = dict.fromkeys(RULES, -1)
        ring: list[int] = []
        if len(items):
            winner["majority"] = int(items[winner_of(_supporters(asked, items), seed)])
            for rule, weight in (
                ("bradley_terry", np.ones(n)),
                ("fortytwo", weights(standing.reputation, protocol.weighting, revealed)),
            ):
                heavy = weight[:, None] * counts
                strength = strengths_by_author(asked.first, asked.second, vote, heavy, items, protocol.prior)
                if counts.any():  # no winner follows from no votes
                    winner[rule] = int(items[winner_of(strength[items], seed)])
            shown = agreement(asked.first, asked.second, vote, counts, strength)
            standing.reputation = moved(standing.reputation, shown, protocol)
            standing.evidence.add(asked.first, asked.second, vote, counts, protocol)
            ring = standing.evidence.ring(protocol, np.ones(n, np.bool_)).tolist()
        raters, places = np.nonzero(counts)
        votes = [
            (int(r), int(asked.first[r, p]), int(asked.second[r, p]), float(vote[r, p]))
            for r, p in zip(raters, places, strict=True)
        ]
        known = question.answer
        node_right = (
            [] if known is None else [final is not None and same_answer(final, known) for final in finals]
        )
        right = (
            None if known is None else {rule: who >= 0 and node_right[who] for rule, who in winner.items()}
        )
        return Answered(
            question, finals, asked.good, winner, right, node_right, votes, promises,
            standing.reputation.tolist(), ring, asked.failed,
        )  # fmt: skip

    def _revealed(self, number: int, asked: Asked) -> tuple[dict[str, str], NDArray[np.bool_]]:
        """Commitments, and whose votes count. All nodes run here, so the seed may draw the salts."""
        sealed = {}
        salts = generator(self.seed, FAULTS, number).bytes(SALT_BYTES * len(self.nodes))
        for place, node in enumerate(self.nodes):
            verdicts = asked.vote[place]
            if len(verdicts) and not np.isnan(verdicts).all():
                salt = salts[SALT_BYTES * place : SALT_BYTES * (place + 1)]
                votes = np.where(np.isnan(verdicts), 3, 2 * np.nan_to_num(verdicts)).astype(np.uint8)
                sealed[node.name] = (salt, votes.tobytes())
        box = run_ballot(str(number), sealed)
        revealed = np.array([node.name in box.revealed for node in self.nodes], np.bool_)
        return {name: digests[0].hex() for name, digests in box.promises.items()}, revealed


def _supporters(asked: Asked, items: NDArray[np.intp]) -> NDArray[np.float64]:
    """Number of answers that say the same as each; one without a final answer stands alone."""
    answers = [asked.answers[item] for item in items]
    groups = [None if answer is None else answer.group for answer in answers]
    return np.array([1.0 if group is None else float(groups.count(group)) for group in groups])
