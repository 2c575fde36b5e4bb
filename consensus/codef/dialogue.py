"""One asker, one aim, one defence: the questioning from beginning to end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from swarm_env.consensus.codef.adversaries import ADVERSARIES, Adversary
from swarm_env.consensus.codef.cases import AIMS, Aim, Fragment, Scenario
from swarm_env.consensus.codef.defences import Defence, Ruling
from swarm_env.consensus.codef.tally import Verdict
from swarm_env.consensus.codef.voters.simulated_voters import Ballot, Voters
from swarm_env.consensus.codef.voters.voter_views import Entry, Question, Sight, View, view_of

from swarm_env.errors import ContractError

_STREAM = 0xA11CE  # separates what the asker draws from other draws of the seed
_VAGUE = 0x7A60E


@dataclass(frozen=True, slots=True)
class Run:
    """How a questioning ended."""

    scenario: int  # number of the scenario
    aim: Aim  # "benign" or "sensitive"
    reached: bool  # whether the asker has the right answer (with a sensitive aim: it leaked)
    steps: int  # steps of her plan
    right: int  # number of right steps before the first wrong one
    questions: int  # questions that she asked defenders, decoys included
    refused: int  # questions that were blocked
    vague: int  # questions that were answered coarsely
    unvoted: int  # questions that were decided with votes missing
    messages: int  # messages between defenders
    tokens: int | None  # tokens that all votes took; None: not known


class Dialogue:
    """A questioning: the past, and what a defence can do while a question is open.

    The aim only selects random numbers; `seed` is at least 0.
    """

    def __init__(self, scenario: Scenario, aim: Aim, voters: Voters, seed: int) -> None:
        self.scenario, self.num_defenders = scenario, scenario.num_defenders
        self.asked = 0  # the defender whose table the open question is about
        self.past: list[Entry] = []
        self.tokens: int | None = 0
        self._voters, self._seed = voters, seed
        self._run = 2 * scenario.number + AIMS.index(aim)
        self._held: set[Fragment] = set(scenario.held)

    def view(self, voter: int, question: Question, sight: Sight) -> View:
        """What a voter is shown."""
        return view_of(self.scenario, voter, self.past, question, sight)

    def ask(
        self,
        views: Sequence[View],
        draws: Sequence[int],
        again: int = 0,
        tolerance: int = 0,
        may_be_vague: bool = False,
    ) -> list[Verdict]:
        """The votes on some views; the arguments are fields of `Ballot`."""
        ballots = [
            Ballot(view, draw, again, tolerance, may_be_vague, self._run, len(self.past))
            for view, draw in zip(views, draws, strict=True)
        ]
        given = self._voters.votes(ballots)
        if len(given) != len(ballots):
            raise ContractError(f"The voters gave {len(given)} votes for {len(ballots)} ballots.")
        for _, tokens in given:
            self.tokens = None if self.tokens is None or tokens is None else self.tokens + tokens
        return [vote.verdict for vote in given]

    def would_complete(self, fragment: Fragment) -> bool:
        """Whether a row completes a sensitive combination, counting all replies to any name.

        Only an oracle can know: it reads all tables.
        """
        return self.scenario.completes(self._held, fragment)

    def put(self, question: Question, defence: Defence) -> tuple[Ruling, tuple[str, ...]]:
        """Have a question decided and carry the decision out; returns the ruling and the reply."""
        self.asked = self.scenario.schemas[question.table].owner
        ruling = defence.rule(self, question)
        return ruling, self.carry_out(question, ruling.verdict)

    def carry_out(self, question: Question, verdict: Verdict) -> tuple[str, ...]:
        """The reply, which is added to the past; empty unless the verdict is ANSWER or VAGUE."""
        rows = self.scenario.tables[question.table].rows
        reply: tuple[str, ...] = ()
        if verdict is Verdict.ANSWER and question.key in rows:
            reply = (rows[question.key],)
            self._held.add(Fragment(question.table, question.key))
        elif verdict is Verdict.VAGUE and question.key in rows:
            reply = self._coarse(question)
        self.past.append(Entry(question, verdict, reply))
        return reply

    def _coarse(self, question: Question) -> tuple[str, ...]:
        """The truth and another value of the table, in alphabetical order; empty if there is no other."""
        rows = self.scenario.tables[question.table].rows
        truth = rows[question.key]
        others = sorted(set(rows.values()) - {truth})
        if not others:
            return ()
        row = sorted(rows).index(question.key)  # a repeated question gets the same two
        rng = np.random.default_rng([self._seed, self._run, question.table, row, _VAGUE])
        return tuple(sorted((truth, others[int(rng.integers(len(others)))])))


def play(
    scenario: Scenario,
    aim: Aim,
    defence: Defence,
    voters: Voters,
    adversary: Adversary | None = None,
    seed: int = 0,
) -> Run:
    """Have an asker pursue an aim, "benign" or "sensitive", against a defence, by the votes of `voters`.

    `adversary` is how she pursues a sensitive aim; None: she follows the plan, as with a benign aim. `seed`,
    at least 0, is that of what she draws.
    """
    dialogue = Dialogue(scenario, aim, voters, seed)
    unvoted = messages = 0

    def ask(question: Question) -> tuple[Verdict, tuple[str, ...]]:
        nonlocal unvoted, messages
        ruling, reply = dialogue.put(question, defence)
        unvoted += ruling.silent > 0
        messages += ruling.messages
        return ruling.verdict, reply

    how = adversary if adversary is not None and aim == "sensitive" else ADVERSARIES["plan"]
    rng = np.random.default_rng([seed, scenario.number, AIMS.index(aim), _STREAM])
    found = how.pursue(scenario, scenario.goal(aim), ask, rng)
    verdicts = [entry.verdict for entry in dialogue.past]
    return Run(
        scenario.number, aim, found.reached, len(found.values), found.right, len(verdicts),
        verdicts.count(Verdict.BLOCK), verdicts.count(Verdict.VAGUE), unvoted, messages,
        dialogue.tokens,
    )  # fmt: skip
