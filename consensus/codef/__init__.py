"""Votes to answer, be vague or block a question: one block is enough (CoDef, arXiv 2509.14284).

Several defenders hold tables that are harmless alone. Somebody asks one after the other, and what she may
not learn follows only from the sum of the replies. `CoDef` is the voting rule; besides it this file has
everything to try it out: scenarios, defences, askers, voters and scores. See `docs/consensus/codef.md`.

    from swarm_env import rule

    rule("codef")().verdict([Verdict.ANSWER, Verdict.BLOCK, Verdict.ANSWER])  # Verdict.BLOCK
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike
from swarm_env.consensus.codef.adversaries import ADVERSARIES, Adversary, find_adversary
from swarm_env.consensus.codef.cases import Scenario
from swarm_env.consensus.codef.defences import DEFENCES, Defence, Ledger, Open, Ruling, Voting, find_defence
from swarm_env.consensus.codef.dialogue import Run, Session, play
from swarm_env.consensus.codef.generator import Shape, generate
from swarm_env.consensus.codef.scores import Score, advantage, evaluate
from swarm_env.consensus.codef.tally import Verdict, check_rule, decide, decide_by_veto, tally
from swarm_env.consensus.codef.voters.simulated_voters import AgentPool, Ballot, Mind, SimulatedVoter, Traits
from swarm_env.consensus.codef.voters.voter_views import Entry, Question, Sight, View, view_of
from swarm_env.consensus.intervals import Interval, block_chance

if TYPE_CHECKING:
    from swarm_env.consensus.codef.questioning_env import Questioning
    from swarm_env.consensus.codef.voters.llm_voters import LlmVoter

__all__ = [
    "ADVERSARIES",
    "DEFENCES",
    "RULE",
    "Adversary",
    "Ballot",
    "AgentPool",
    "LlmVoter",
    "CoDef",
    "Defence",
    "Entry",
    "Interval",
    "Ledger",
    "Mind",
    "Open",
    "Question",
    "Questioning",
    "SimulatedVoter",
    "Ruling",
    "Run",
    "Scenario",
    "Score",
    "Session",
    "Shape",
    "Sight",
    "Traits",
    "Verdict",
    "View",
    "Voting",
    "advantage",
    "block_chance",
    "decide",
    "evaluate",
    "find_adversary",
    "find_defence",
    "generate",
    "play",
    "tally",
    "view_of",
]


@dataclass(frozen=True, slots=True)
class CoDef:
    """The voting rule. It judges votes on a question, and does not rank items.

    Attributes:
        name: The name it is registered by.
        threshold: Votes to block that are enough; 1, the published rule, lets every voter veto.
        abstentions: What an abstention counts as: "ignore" (nothing), "block" or "answer".
        quorum: Voters who must have said answer, vague or block; with fewer the question is blocked.
    """

    name: str = "codef"
    threshold: int = 1
    abstentions: str = "ignore"
    quorum: int = 1

    decide = staticmethod(decide_by_veto)  # for compiled worlds, see swarm_env/engine/rule_calls.py

    def __post_init__(self) -> None:
        check_rule(self.threshold, self.abstentions, self.quorum)

    def verdict(self, votes: ArrayLike | Sequence[Verdict]) -> Verdict:
        """What votes come to.

        Args:
            votes: (V,) at least `threshold` verdicts; `SILENT` for a vote that is late, empty or unreadable,
                which counts as a vote to block.

        Returns:
            ANSWER, VAGUE or BLOCK.

        Raises:
            ConfigError: There are fewer votes than `threshold`, or something is no verdict.
        """
        return decide(votes, self.threshold, self.abstentions, self.quorum)


RULE = CoDef


def __getattr__(name: str) -> Any:
    """What needs more than numpy and numba is imported when it is first used."""
    if name == "LlmVoter":
        from swarm_env.consensus.codef.voters.llm_voters import LlmVoter

        return LlmVoter
    if name == "Questioning":
        from swarm_env.consensus.codef.questioning_env import Questioning

        return Questioning
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
