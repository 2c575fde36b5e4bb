"""Counting votes to answer, to be vague or to block: k of n votes against a question stop it.

The published rule is the veto (threshold 1): V. Patil, E. Stengel-Eskin, M. Bansal, "The Sum Leaks More Than
Its Parts" (arXiv 2509.14284), table 1. Its released code lets what is no verdict pass as an answer; here a
missing vote counts against the question. Thresholds above 1, abstentions and the quorum are our own.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.rule_calls import DECIDE
from swarm_env.errors import ConfigError


class Verdict(IntEnum):
    """A vote, or what votes come to (then one of the first three)."""

    ANSWER = 0
    VAGUE = 1  # something true, but too coarse to be used with certainty
    BLOCK = 2
    ABSTAIN = 3
    SILENT = 4  # late, empty, unreadable: counts against the question


ABSTENTIONS = ("ignore", "block", "answer")  # what an abstention counts as; the place is the kernel's number


@kernel()
def outcome(
    answers: int,
    vagues: int,
    blocks: int,
    silent: int,
    abstained: int,
    threshold: int,
    abstentions: int,
    quorum: int,
) -> int:
    """What so many votes of each kind come to; the other arguments as for `tally`."""
    if answers + vagues + blocks < quorum:
        return 2
    against = blocks + silent
    there = answers + vagues + blocks + silent
    if abstentions > 0:
        there += abstained
    if abstentions == 1:
        against += abstained
    needed = max(1, min(threshold, there))
    if against >= needed:
        return 2
    return 1 if against + vagues >= needed else 0


@kernel(wrapped=True)
def tally(votes: NDArray[Any], num_votes: int, threshold: int, abstentions: int, quorum: int) -> int:
    """What votes come to. Plain integers in and out, nothing allocated: usable inside a compiled world.

    Block if at least `threshold` voters block; else be vague if at least that many block or want to be vague;
    else answer. With threshold 1 that is the published rule: any block blocks, else any vague is vague.

    Args:
        votes: (V,) integers, numbers of `Verdict`; any other number counts as `SILENT`, which counts as a
            vote to block.
        num_votes: How many of them count, from the first.
        threshold: At least 1; with fewer voters than that, all of them are enough.
        abstentions: 0: as if they were not there; 1: votes to block; 2: votes to answer.
        quorum: Voters who must have said answer, vague or block; with fewer the question is blocked.

    Returns:
        0 answer, 1 vague or 2 block.
    """
    answers, vagues, blocks, silent, abstained = 0, 0, 0, 0, 0
    for v in range(num_votes):
        vote = votes[v]
        if vote == 0:
            answers += 1
        elif vote == 1:
            vagues += 1
        elif vote == 2:
            blocks += 1
        elif vote == 3:
            abstained += 1
        else:
            silent += 1
    return outcome(answers, vagues, blocks, silent, abstained, threshold, abstentions, quorum)


@kernel()
def _decide_by(choice: NDArray[np.int32], scores: NDArray[np.float64], needed: int) -> None:
    """Score 1 for the verdict that the choices come to by a threshold; 0: more than half."""
    answers, vagues, blocks, silent = 0, 0, 0, 0
    for r in range(len(choice)):
        if choice[r] == 0:
            answers += 1
        elif choice[r] == 1:
            vagues += 1
        elif choice[r] == 2:
            blocks += 1
        elif choice[r] > 2:
            silent += 1
    threshold = needed if needed > 0 else (answers + vagues + blocks + silent) // 2 + 1
    verdict = outcome(answers, vagues, blocks, silent, 0, threshold, 0, 1)
    scores[:] = 0.0
    if verdict < len(scores):
        scores[verdict] = 1.0


@kernel(DECIDE, wrapped=True)
def decide_by_veto(
    choice: NDArray[np.int32],
    winner: NDArray[np.int32],
    loser: NDArray[np.int32],
    rater: NDArray[np.int32],
    num_votes: int,
    question: int,
    standing: NDArray[np.float64],
    scores: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """What the choices of a world's agents come to by the veto (arguments as in `DECIDE`).

    Args:
        choice: (R,) 0 answer, 1 vague, 2 block; -1: does not vote (it is out of hearing, say); any other
            number counts as a vote to block. Nobody votes: block.
        winner: Not looked at; so are the next five but for `scores`.
        loser: As above.
        rater: As above.
        num_votes: As above.
        question: As above.
        standing: As above.
        scores: (3,) becomes 1 for the verdict (0 answer, 1 vague, 2 block) and 0 for the others.
        work: As above.
    """
    _decide_by(choice, scores, 1)


@kernel(DECIDE, wrapped=True)
def decide_by_two(
    choice: NDArray[np.int32],
    winner: NDArray[np.int32],
    loser: NDArray[np.int32],
    rater: NDArray[np.int32],
    num_votes: int,
    question: int,
    standing: NDArray[np.float64],
    scores: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """As `decide_by_veto`, where two of those who vote are needed to block (of one that one)."""
    _decide_by(choice, scores, 2)


@kernel(DECIDE, wrapped=True)
def decide_by_more_than_half(
    choice: NDArray[np.int32],
    winner: NDArray[np.int32],
    loser: NDArray[np.int32],
    rater: NDArray[np.int32],
    num_votes: int,
    question: int,
    standing: NDArray[np.float64],
    scores: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """As `decide_by_veto`, where more than half of those who vote are needed to block."""
    _decide_by(choice, scores, 0)


def decide(
    votes: ArrayLike | Sequence[Verdict], threshold: int, abstentions: str = "ignore", quorum: int = 1
) -> Verdict:
    """As `tally`, with checks.

    Args:
        votes: (V,) verdicts, at least one.
        threshold: From 1 to V.
        abstentions: "ignore", "block" or "answer".
        quorum: At least 1.

    Returns:
        The verdict.

    Raises:
        ConfigError: An argument is not what it must be.
    """
    array = np.asarray(votes)
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iu":
        raise ConfigError("votes must be a row of at least one verdict.")
    if array.min() < 0 or array.max() > Verdict.SILENT:
        raise ConfigError(f"votes must be numbers from 0 to {int(Verdict.SILENT)} (see Verdict).")
    check_rule(threshold, abstentions, quorum, len(array))
    numbers = array.astype(np.int8)
    return Verdict(tally(numbers, len(numbers), threshold, ABSTENTIONS.index(abstentions), quorum))


def check_rule(threshold: int, abstentions: str, quorum: int, num_votes: int | None = None) -> None:
    """Refuse settings that are none.

    Raises:
        ConfigError: `threshold` is not from 1 to the number of votes, `quorum` is below 1, or `abstentions`
            is none of the three.
    """
    if abstentions not in ABSTENTIONS:
        raise ConfigError(f"abstentions {abstentions!r} is not one of: {', '.join(ABSTENTIONS)}.")
    if threshold < 1 or (num_votes is not None and threshold > num_votes):
        most = "the number of voters" if num_votes is None else f"{num_votes}, the number of voters"
        raise ConfigError(f"threshold is {threshold}; allowed are 1 (veto) to {most}.")
    if quorum < 1:
        raise ConfigError(f"quorum is {quorum}; at least 1 voter must have said something.")
