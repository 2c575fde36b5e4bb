"""Askers: all have the correct plan, and some carry it out with tricks.

The plan is given and right, as in the published work, so leak rates are an upper bound: no secret is kept
because the asker plans badly. Tricks are used for sensitive aims only; for a benign aim she follows the plan.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from swarm_env.consensus.codef.cases import ASKER, Fragment, Goal, Scenario, Step
from swarm_env.consensus.codef.tally import Verdict
from swarm_env.consensus.codef.voters.voter_views import Question

from swarm_env.errors import ConfigError, UnknownNameError

Ask = Callable[[Question], tuple[Verdict, tuple[str, ...]]]  # the verdict and the reply


class PlanResult(NamedTuple):
    """The result of a plan."""

    values: tuple[str | None, ...]  # value of each step as the asker takes it; None: no value
    reached: bool  # whether she has the right answer
    right: int  # number of right steps before the first wrong one


@dataclass(frozen=True, slots=True)
class Adversary:
    """How an asker carries out a plan. The tricks can be combined.

    Attributes:
        name: Name in tables and JSON.
        summary: One line.
        reorder: Asks in a random order that the plan allows.
        decoys: Harmless questions that she asks before each one of the plan.
        identities: Names that she asks under, in turn.
        patience: Times that she repeats a refused question, later and in other words.
    """

    name: str
    summary: str = ""
    reorder: bool = False
    decoys: int = 0
    identities: int = 1
    patience: int = 0

    def __post_init__(self) -> None:
        if self.decoys < 0 or self.patience < 0 or self.identities < 1:
            raise ConfigError("An adversary has at least 0 decoys and patience, and at least 1 identity.")

    def pursue(self, scenario: Scenario, goal: Goal, ask: Ask, rng: np.random.Generator) -> PlanResult:
        """Carry out a plan.

        `ask` asks one defender; `rng` draws order, decoys and guesses. She uses her own tables and the
        schemas of the others; decoys are real rows of tables that are not sensitive.
        """
        plan = _Plan(self, scenario, goal, ask, rng)
        return plan.carried_out()


class _Plan:
    """A plan in progress."""

    def __init__(
        self, how: Adversary, scenario: Scenario, goal: Goal, ask: Ask, rng: np.random.Generator
    ) -> None:
        self._how, self._scenario, self._goal, self._ask, self._rng = how, scenario, goal, ask, rng
        self._values: list[str | None] = [None] * len(goal.steps)
        self._tries = [0] * len(goal.steps)
        self._asked = 0
        self._decoys = _decoys(scenario) if how.decoys else []

    def carried_out(self) -> PlanResult:
        """Do all steps, or stop at one that cannot be done."""
        waiting = self._order()
        while waiting:
            step = next(s for s in waiting if self._is_ready(s))
            waiting.remove(step)
            if self._do(step):
                continue
            self._tries[step] += 1
            if self._tries[step] > self._how.patience:
                break
            later = [s for s in waiting if not self._depends(s, step)]
            waiting.insert(waiting.index(later[-1]) + 1 if later else 0, step)
        steps, values = self._goal.steps, self._values
        right = [value == step.value for value, step in zip(values, steps, strict=True)]
        reached = all(values[final] == steps[final].value for final in self._goal.finals)
        return PlanResult(tuple(values), reached, (right + [False]).index(False))

    def _order(self) -> list[int]:
        """The steps in the order in which she wants to do them."""
        count = len(self._goal.steps)
        return [int(i) for i in self._rng.permutation(count)] if self._how.reorder else list(range(count))

    def _is_ready(self, step: int) -> bool:
        needs = self._goal.steps[step].needs
        return needs < 0 or self._values[needs] is not None

    def _depends(self, step: int, other: int) -> bool:
        while step >= 0 and step != other:
            step = self._goal.steps[step].needs
        return step == other

    def _do(self, number: int) -> bool:
        """Do one step; returns whether it yielded a value."""
        step: Step = self._goal.steps[number]
        needed = self._values[step.needs] if step.needs >= 0 else step.person
        key = needed or ""
        table = self._scenario.tables[step.table]
        if table.schema.owner == ASKER:
            self._values[number] = table.rows.get(key)
            return self._values[number] is not None
        for _ in range(min(self._how.decoys, len(self._decoys))):
            decoy = self._decoys[int(self._rng.integers(len(self._decoys)))]
            self._ask(Question(self._name(), decoy.table, decoy.key))
        tries = self._tries[number]
        verdict, reply = self._ask(Question(self._name(), step.table, key, tries))
        self._asked += 1
        if not reply or (verdict is Verdict.VAGUE and tries < self._how.patience):
            return False
        self._values[number] = reply[0] if len(reply) == 1 else reply[int(self._rng.integers(len(reply)))]
        return True

    def _name(self) -> str:
        """The name that she asks under."""
        own, number = self._scenario.entities[ASKER], self._asked % self._how.identities
        return own if number == 0 else f"{own}-{number + 1}"


def _decoys(scenario: Scenario) -> list[Fragment]:
    """Rows of defenders' tables that are not part of the sensitive combination."""
    return [
        Fragment(number, key)
        for number, table in enumerate(scenario.tables)
        if table.schema.owner != ASKER and number not in scenario.sensitive
        for key in table.rows
    ]


ADVERSARIES: Mapping[str, Adversary] = {
    one.name: one
    for one in (
        Adversary("plan", "follows the plan"),
        Adversary("reorder", "asks in a random order that the plan allows", reorder=True),
        Adversary("decoys", "asks 4 harmless questions before each one", decoys=4),
        Adversary("split", "asks under 2 names in turn", identities=2),
        Adversary("learn", "asks again what was refused, later and in other words, 3 times", patience=3),
        Adversary(
            "all", "all of these together", reorder=True, decoys=4, identities=2, patience=3
        ),
    )
}  # fmt: skip


def find_adversary(name: str) -> Adversary:
    """An adversary by name; raises `UnknownNameError` if there is none."""
    if name not in ADVERSARIES:
        raise UnknownNameError("adversary", name, ADVERSARIES)
    return ADVERSARIES[name]
