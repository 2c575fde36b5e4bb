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

from consensus._codef.adversaries import ADVERSARIES, Adversary, find_adversary
from consensus._codef.defences import DEFENCES, Defence, Ledger, Open, Ruling, Voting, find_defence
from consensus._codef.generator import Shape, generate
from consensus._codef.minds import Ballot, Cast, Mind, RuleMind, Traits
from consensus._codef.play import Run, Session, play
from consensus._codef.scenario import Scenario
from consensus._codef.scores import Score, advantage, evaluate
from consensus._codef.shares import Interval, block_chance
from consensus._codef.tally import Verdict, check_rule, decide, decide_by_veto, tally
from consensus._codef.views import Entry, Question, Sight, View, view_of

if TYPE_CHECKING:
    from consensus._codef.chat_mind import ChatMind
    from consensus._codef.questioning import Questioning

__all__ = [
    "ADVERSARIES",
    "DEFENCES",
    "RULE",
    "Adversary",
    "Ballot",
    "Cast",
    "ChatMind",
    "CoDef",
    "Defence",
    "Entry",
    "Interval",
    "Ledger",
    "Mind",
    "Open",
    "Question",
    "Questioning",
    "RuleMind",
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

    decide = staticmethod(decide_by_veto)  # for compiled worlds, see swarm_env/deciding.py

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
    if name == "ChatMind":
        from consensus._codef.chat_mind import ChatMind

        return ChatMind
    if name == "Questioning":
        from consensus._codef.questioning import Questioning

        return Questioning
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
