"""CoDef counts votes to answer, to be vague or to block: k of n votes against a question stop it.

The published rule is the veto (threshold 1): V. Patil, E. Stengel-Eskin, M. Bansal, "The Sum Leaks More Than
Its Parts" (arXiv 2509.14284), table 1. Its released code counts unreadable votes as answers; here a missing
vote counts as a block. Thresholds above 1, abstentions and the quorum are our own.
"""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.vote_kernels import tally

from swarm_env.errors import ConfigError

__all__ = ["ABSTENTIONS", "Verdict", "check_rule", "decide", "tally", "vote_numbers"]


class Verdict(IntEnum):
    """A vote, or the verdict of several votes (then one of the first three)."""

    ANSWER = 0
    VAGUE = 1  # something true, but too coarse to be used with certainty
    BLOCK = 2
    ABSTAIN = 3
    SILENT = 4  # late, empty, unreadable: counts against the question


ABSTENTIONS = ("ignore", "block", "answer")  # what an abstention counts as; the place is the kernel's number


def decide(
    votes: ArrayLike | Sequence[Verdict], threshold: int, abstentions: str = "ignore", quorum: int = 1
) -> Verdict:
    """The verdict of `tally` on (V,) verdicts, at least one; raises `ConfigError` for what is not allowed.

    `threshold` is from 1 to V, `abstentions` "ignore", "block" or "answer", `quorum` at least 1.
    """
    numbers = vote_numbers(votes)
    check_rule(threshold, abstentions, quorum, len(numbers))
    return Verdict(tally(numbers, len(numbers), threshold, ABSTENTIONS.index(abstentions), quorum))


def vote_numbers(votes: ArrayLike | Sequence[Verdict]) -> NDArray[np.int32]:
    """(V,) numbers of `Verdict`; raises `ConfigError` unless there is at least one, and all are verdicts."""
    array = np.asarray(votes)
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iu":
        raise ConfigError("votes must be a row of at least one verdict.")
    if array.min() < 0 or array.max() > Verdict.SILENT:
        raise ConfigError(f"votes must be numbers from 0 to {int(Verdict.SILENT)} (see Verdict).")
    return array.astype(np.int32)


def check_rule(threshold: int, abstentions: str, quorum: int, num_votes: int | None = None) -> None:
    """Check settings of CoDef.

    Raises `ConfigError` if `threshold` is not from 1 to the number of votes, `quorum` is below 1, or
    `abstentions` is none of the three.
    """
    if abstentions not in ABSTENTIONS:
        raise ConfigError(f"abstentions {abstentions!r} is not one of: {', '.join(ABSTENTIONS)}.")
    if threshold < 1 or (num_votes is not None and threshold > num_votes):
        most = "the number of voters" if num_votes is None else f"{num_votes}, the number of voters"
        raise ConfigError(f"threshold is {threshold}; allowed are 1 (veto) to {most}.")
    if quorum < 1:
        raise ConfigError(f"quorum is {quorum}; at least 1 voter must have said something.")
