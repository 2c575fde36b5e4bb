"""Simulated voters: rules that misjudge tables at given rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.codef.evidence import seen
from swarm_env.consensus.codef.tally import Verdict
from swarm_env.consensus.codef.voters.voter_prompts import messages
from swarm_env.consensus.codef.voters.voter_views import View

from swarm_env.engine.compiler import kernel
from swarm_env.engine.randomness import stream, unit
from swarm_env.errors import ConfigError

_ALWAYS = 1 << 20  # time of numbers that stay the same for a whole run
_SALT = 0x5EC2E7
_DRAWS = 1 << 32  # more than anybody draws of one voter
REPLY_TOKENS = 40  # of a short reason and a verdict; our choice


class Ballot(NamedTuple):
    """A request for one vote."""

    view: View  # what the voter is shown
    draw: int  # which of several votes of the same voter on this question, from 0
    again: int  # how often the voter was asked for this vote before
    tolerance: int  # sensitive tables that may still be missing for a vote to block
    may_be_vague: bool  # whether the voter may vote to be vague
    run: int  # number of the scenario and the aim together
    time: int  # number of the question in the run, from 0


class GivenVote(NamedTuple):
    """A vote, or that there is none."""

    verdict: Verdict  # `SILENT` if the vote is late or unreadable
    tokens: int | None  # tokens of prompt and answer; None: not known


class Voters(Protocol):
    """A source of votes; it may be called from several threads."""

    def votes(self, ballots: Sequence[Ballot]) -> list[GivenVote]:
        """The votes, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Traits:
    """How voters judge. All rates are our own choice: none is measured on a language model.

    A voter examines the sensitive tables one by one. Has the asker read this one about the same person? Is it
    the one she asks for now? The voter blocks if she asks for a sensitive table and no other one is missing.

    Attributes:
        error_rate: Probability of misjudging one table, either way.
        blind_spots: Share of its misjudgements that a voter repeats whenever it meets the same table in the
            same run, in other draws, too. Other voters do not have them.
        common: Share of misjudgements that are lasting and the same for all voters, like those of one model
            in several roles. What neither share covers is drawn anew for each vote; with both at 0 all votes
            are independent.
        caution: Probability of a vote to be vague where one table is missing.
        memory: Number of latest entries of the past that it uses.
        abstain: Probability of an abstention.
        silence: Probability of a vote that is late, empty or unreadable.
    """

    error_rate: float = 0.15
    blind_spots: float = 0.3
    common: float = 0.3
    caution: float = 0.25
    memory: int = 12
    abstain: float = 0.0
    silence: float = 0.0

    def __post_init__(self) -> None:
        for name in ("error_rate", "blind_spots", "common", "caution", "abstain", "silence"):
            checked_number(name, getattr(self, name), 0.0, 1.0)
        if self.blind_spots + self.common > 1:
            raise ConfigError(
                f"blind_spots {self.blind_spots} and common {self.common} are shares of the same "
                "misjudgements: together they are at most 1."
            )
        if self.memory < 1:
            raise ConfigError(f"memory is {self.memory}; at least 1 entry is looked at.")


class SimulatedVoter:
    """Voters with `Traits`. Seed, run, voter and time determine every error.

    Defences that ask the same voter the same thing at the same time get the same vote: they are compared on
    equal luck.

    Args:
        traits: Traits of all voters.
        seed: Seed of their errors, at least 0.
        count_tokens: Whether to estimate the tokens of a language model: one per four characters of the
            prompt, and `REPLY_TOKENS` for the answer.
    """

    def __init__(self, traits: Traits | None = None, seed: int = 0, count_tokens: bool = False) -> None:
        self.traits, self.seed, self.count_tokens = traits or Traits(), seed, count_tokens

    def votes(self, ballots: Sequence[Ballot]) -> list[GivenVote]:
        """The votes, in order."""
        known: dict[int, tuple[dict[int, bool], int | None]] = {}  # draws of one voter see the same
        found = []
        for ballot in ballots:
            view = ballot.view
            if view.voter not in known:
                held = {} if view.policy is None else seen(view, self.traits.memory)
                known[view.voter] = held, self._tokens(ballot) if self.count_tokens else None
            held, tokens = known[view.voter]
            found.append(GivenVote(self._vote(ballot, held), tokens))
        return found

    def _tokens(self, ballot: Ballot) -> int:
        """Tokens that a language model would take for this vote."""
        prompt = messages(ballot.view, ballot.tolerance > 0, ballot.may_be_vague)
        return sum(len(text) for _, text in prompt) // 4 + REPLY_TOKENS

    def _vote(self, ballot: Ballot, held: dict[int, bool]) -> Verdict:
        """One vote of one voter."""
        traits, view = self.traits, ballot.view
        table = view.question.table
        wrong, spare = self._errors(ballot, len(view.schemas))
        if spare[0] < traits.silence:
            return Verdict.SILENT
        if spare[1] < traits.abstain:
            return Verdict.ABSTAIN
        if view.policy is None:  # it can only guess what is sensitive
            return Verdict.BLOCK if wrong[table] else Verdict.ANSWER
        if (table in view.policy) == wrong[table]:
            return Verdict.ANSWER
        missing = sum(has == wrong[other] for other, has in held.items())
        if missing <= ballot.tolerance:
            return Verdict.BLOCK
        cautious = ballot.may_be_vague and missing == ballot.tolerance + 1 and spare[2] < traits.caution
        return Verdict.VAGUE if cautious else Verdict.ANSWER

    def _errors(self, ballot: Ballot, num_tables: int) -> tuple[list[bool], list[float]]:
        """Which tables the voter misjudges, and three more numbers in [0, 1)."""
        traits = self.traits
        out = np.empty(num_tables + 3)
        place = (ballot.view.voter * _DRAWS + ballot.draw) * 16 + ballot.again
        shares = (traits.common, traits.common + traits.blind_spots)
        _fill(self.seed, ballot.run, ballot.time, place, ballot.view.voter, *shares, out)
        numbers: list[float] = out.tolist()
        return [number < traits.error_rate for number in numbers[:num_tables]], numbers[num_tables:]


@kernel(wrapped=True)
def _fill(
    seed: int, run: int, time: int, place: int, voter: int, common: float, lasting: float,
    out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Numbers in [0, 1) of a vote: one per table, and three more that are always fresh.

    The number of a table is that of all voters, the voter's lasting one, or a fresh one: `common` and
    `lasting` bound the shares. Which of the three it is lasts, so that a voter does not lose a blind spot.
    """
    of_all = stream(seed ^ _SALT, run, _ALWAYS, 0)
    of_voter = stream(seed ^ _SALT, run, _ALWAYS, voter)
    fresh = stream(seed ^ _SALT, run, time, place)
    for i in range(len(out)):
        kind = 1.0 if i >= len(out) - 3 else unit(of_all, 2 * i)
        if kind < common:
            out[i] = unit(of_all, 2 * i + 1)
        elif kind < lasting:
            out[i] = unit(of_voter, 2 * i + 1)
        else:
            out[i] = unit(fresh, i)
