"""Votes to answer, be vague or block a question (CoDef). Options: threshold=1, abstentions=ignore, quorum=1.

Several defenders hold tables that are harmless alone. An asker questions one after the other, and the secret
follows only from the sum of their replies. `CoDef` is the voting rule of arXiv 2509.14284, where one block is
enough; this package also has what is needed to try it out: scenarios, defences, askers, voters and scores.
See `docs/consensus/codef.md`.

    from swarm_env import rule

    rule("codef")().verdict([Verdict.ANSWER, Verdict.BLOCK, Verdict.ANSWER])  # Verdict.BLOCK
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import ArrayLike
from swarm_env.consensus.codef.adversaries import ADVERSARIES, Adversary, find_adversary
from swarm_env.consensus.codef.cases import Scenario
from swarm_env.consensus.codef.defences import DEFENCES, Defence, Ledger, Open, Ruling, Voting, find_defence
from swarm_env.consensus.codef.dialogue import Dialogue, Run, play
from swarm_env.consensus.codef.generator import Shape, generate
from swarm_env.consensus.codef.scores import Score, advantage, evaluate
from swarm_env.consensus.codef.tally import ABSTENTIONS, Verdict, check_rule, decide, tally, vote_numbers
from swarm_env.consensus.codef.voters.simulated_voters import (
    Ballot,
    GivenVote,
    SimulatedVoter,
    Traits,
    Voters,
)
from swarm_env.consensus.codef.voters.voter_views import Entry, Question, Sight, View, view_of
from swarm_env.consensus.intervals import Interval, block_chance
from swarm_env.consensus.vote_kernels import MORE_THAN_HALF, vote_by_more_than_half, vote_by_two, vote_by_veto

from swarm_env.engine.rule_calls import VoteKernel
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.consensus.codef.questioning_env import Questioning
    from swarm_env.consensus.codef.voters.llm_voters import LlmVoter

__all__ = [
    "ADVERSARIES", "DEFENCES", "RULE", "Adversary", "Ballot", "GivenVote", "LlmVoter", "CoDef",
    "Defence", "Entry", "Interval", "Ledger", "Voters", "Open", "Question", "Questioning",
    "SimulatedVoter", "Ruling", "Run", "Scenario", "Score", "Dialogue", "Shape", "Sight", "Traits",
    "Verdict", "View", "Voting", "advantage", "block_chance", "decide", "evaluate",
    "find_adversary", "find_defence", "generate", "play", "tally", "view_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CoDef:
    """The voting rule. It judges votes on a question, and does not rank items.

    Attributes:
        name: The name it is registered by.
        threshold: Votes to block that are enough. 1, the published rule, lets every voter veto; "majority" is
            more than half of those who vote. Of fewer voters than the threshold all are enough.
        abstentions: What an abstention counts as: "ignore" (nothing), "block" or "answer".
        quorum: Voters who must have said answer, vague or block; with fewer the question is blocked.

    Raises:
        ConfigError: An option is not allowed.
    """

    name: str = "codef"
    threshold: int | Literal["majority"] = 1
    abstentions: str = "ignore"
    quorum: int = 1

    def __post_init__(self) -> None:
        if self.threshold != "majority" and (not isinstance(self.threshold, int) or self.threshold < 1):
            raise ConfigError(
                f"threshold is {self.threshold}; allowed are majority, or 1 (veto) to the number of voters."
            )
        if not isinstance(self.quorum, int):
            raise ConfigError(f"quorum is {self.quorum}; it must be an integer, at least 1.")
        check_rule(1, self.abstentions, self.quorum)

    def verdict(self, votes: ArrayLike | Sequence[Verdict]) -> Verdict:
        """The verdict of some votes.

        Args:
            votes: (V,) verdicts, at least one; `SILENT` for a vote that is late, empty or unreadable, which
                counts as a vote to block.

        Returns:
            ANSWER, VAGUE or BLOCK.

        Raises:
            ConfigError: There is no vote, or something is no verdict.
        """
        numbers = vote_numbers(votes)
        threshold = MORE_THAN_HALF if self.threshold == "majority" else self.threshold
        kind = ABSTENTIONS.index(self.abstentions)
        return Verdict(tally(numbers, len(numbers), threshold, kind, self.quorum))

    @property
    def vote_kernel(self) -> VoteKernel:
        """The same for compiled worlds; raises `ConfigError` for options that have no kernel."""
        if self.threshold not in _KERNELS or (self.abstentions, self.quorum) != ("ignore", 1):
            raise ConfigError(
                f"{self}: worlds can ask codef only with threshold={', '.join(map(str, _KERNELS))}, and the "
                "other options left out."
            )
        return _KERNELS[self.threshold]


_KERNELS: dict[int | str, VoteKernel] = {1: vote_by_veto, 2: vote_by_two, "majority": vote_by_more_than_half}
RULE = CoDef
_LATER = {"LlmVoter": "voters.llm_voters", "Questioning": "questioning_env"}


def __getattr__(name: str) -> Any:
    """What needs more than numpy and numba is imported when it is first used."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
