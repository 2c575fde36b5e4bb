"""The votes that compiled worlds can ask: kernels of the signature `engine.rule_calls.VOTE`.

They allocate nothing, and use `question` and `standing` only where that is said.
"""

from typing import Any

from numpy.typing import NDArray

from swarm_env.engine.compiler import kernel
from swarm_env.engine.rule_calls import VOTE, Reals, Wholes

ANSWER, VAGUE, BLOCK, ABSTAIN = 0, 1, 2, 3  # numbers of `swarm_env.consensus.codef.Verdict`
NO_VOTE = -1  # in a world's `choice`
MORE_THAN_HALF = 0  # as a threshold
ACCEPTED, REJECTED, OPEN = 0, 1, 2  # verdicts of `vote_by_verifiers`; the first two are votes, too
KEPT = 0.9  # share of its standing that an outvoted verifier keeps: our choice


@kernel()
def counted(votes: NDArray[Any], num_votes: int, abstains: int) -> tuple[int, int, int, int, int]:
    """Count the first `num_votes` votes: answers, vagues, blocks, abstentions, and missing ones (all others).

    `abstains` is the number that stands for an abstention.
    """
    answers, vagues, blocks, abstained = 0, 0, 0, 0
    for v in range(num_votes):
        answers += votes[v] == ANSWER
        vagues += votes[v] == VAGUE
        blocks += votes[v] == BLOCK
        abstained += votes[v] == abstains
    return answers, vagues, blocks, abstained, num_votes - answers - vagues - blocks - abstained


@kernel()
def ruling(
    votes: NDArray[Any], num_votes: int, abstains: int, threshold: int, abstentions: int, quorum: int
) -> int:
    """The verdict of `tally`, where abstentions have the number `abstains`."""
    answers, vagues, blocks, abstained, missing = counted(votes, num_votes, abstains)
    if answers + vagues + blocks < quorum:
        return BLOCK
    against, there = blocks + missing, answers + vagues + blocks + missing
    if abstentions > 0:
        there += abstained
    if abstentions == 1:
        against += abstained
    needed = max(1, min(there // 2 + 1 if threshold == MORE_THAN_HALF else threshold, there))
    if against >= needed:
        return BLOCK
    return VAGUE if against + vagues >= needed else ANSWER


@kernel(wrapped=True)
def tally(votes: NDArray[Any], num_votes: int, threshold: int, abstentions: int, quorum: int) -> int:
    """The verdict of CoDef. Plain integers in and out, nothing allocated: usable inside a compiled world.

    Block if at least `threshold` voters block; else be vague if at least that many block or want to be vague;
    else answer. With threshold 1 that is the published rule: any block blocks, else any vague is vague.

    Args:
        votes: (V,) integers, numbers of `Verdict`. Any other number is a missing vote, a vote to block.
        num_votes: How many of them count, from the first.
        threshold: At least 1, with fewer voters than that all of them are enough; 0: more than half.
        abstentions: 0: as if they were not there; 1: votes to block; 2: votes to answer.
        quorum: Voters who must have said answer, vague or block; with fewer the question is blocked.

    Returns:
        0 answer, 1 vague or 2 block.
    """
    return ruling(votes, num_votes, ABSTAIN, threshold, abstentions, quorum)


@kernel(VOTE, wrapped=True)
def vote_by_veto(choice: Wholes, question: int, standing: Reals) -> int:
    """CoDef where one vote to block is enough.

    `choice` is 0 answer, 1 vague, 2 block or -1 for no vote; other numbers count as votes to block. Without
    votes the verdict is to block.
    """
    return ruling(choice, len(choice), NO_VOTE, 1, 0, 1)


@kernel(VOTE, wrapped=True)
def vote_by_two(choice: Wholes, question: int, standing: Reals) -> int:
    """As `vote_by_veto`, where two of those who vote are needed to block (of one that one)."""
    return ruling(choice, len(choice), NO_VOTE, 2, 0, 1)


@kernel(VOTE, wrapped=True)
def vote_by_more_than_half(choice: Wholes, question: int, standing: Reals) -> int:
    """As `vote_by_veto`, where more than half of those who vote are needed to block."""
    return ruling(choice, len(choice), NO_VOTE, MORE_THAN_HALF, 0, 1)


@kernel(VOTE, wrapped=True)
def vote_by_majority(choice: Wholes, question: int, standing: Reals) -> int:
    """The verdict with the most votes, of equals the strictest; choices and verdicts as in `vote_by_veto`."""
    answers, vagues, blocks, _, missing = counted(choice, len(choice), NO_VOTE)
    if blocks + missing >= max(answers, vagues):
        return BLOCK
    return VAGUE if vagues >= answers else ANSWER


@kernel(VOTE, wrapped=True)
def vote_by_verifiers(choice: Wholes, question: int, standing: Reals) -> int:
    """Whether a piece of work is genuine.

    `choice` is 0 if the verifier obtained the worker's result, -1 if it was not asked or sent nothing, any
    other number if it obtained another result. The verdict is 0 (accepted) or 1 (rejected) if more than half
    of those that voted say so, else 2 (open). Standings begin at 1; an outvoted verifier keeps 9/10 of its
    own. They do not change what a vote counts: the world may slash by them.
    """
    same, other = 0, 0
    for r in range(len(choice)):
        same += choice[r] == ACCEPTED
        other += choice[r] > ACCEPTED
    if question == 0:
        standing[:] = 1.0
    if same == other:
        return OPEN
    for r in range(len(choice)):
        if choice[r] >= 0 and (choice[r] == ACCEPTED) != (same > other):
            standing[r] *= KEPT
    return ACCEPTED if same > other else REJECTED
