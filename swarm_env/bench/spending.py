"""Tokens and cost of runs, also while they are playing."""

from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from swarm_env.errors import RunError
from swarm_env.runs.files import CALLS_FILE, Usage

_Number = TypeVar("_Number", int, float)


class Spending(NamedTuple):
    """Tokens of prompts and answers, and cost [US dollars]; None: an endpoint or a price is unknown."""

    tokens: int | None
    cost: float | None

    @classmethod
    def of(cls, usage: Usage | None) -> Self | None:
        """From `result.json`; None without model calls."""
        return None if usage is None else cls(_sum(usage.prompt_tokens, usage.completion_tokens), usage.cost)

    def plus(self, other: "Spending") -> "Spending":
        """The sum; unknown if one of the two is unknown."""
        return Spending(_sum(self.tokens, other.tokens), _sum(self.cost, other.cost))


def spending_of(folder: Path) -> Spending | None:
    """What a run has spent so far: sums over its ledger; None if there is none or it cannot be read now."""
    if not (folder / CALLS_FILE).is_file():
        return None
    from swarm_env.chat.ledger.summary import open_ledger, totals

    try:
        with open_ledger(folder / CALLS_FILE) as connection:
            found = totals(connection)
    except RunError:  # it is being created
        return None
    return Spending(_sum(found.prompt_tokens, found.completion_tokens), found.cost)


def _sum(one: _Number | None, other: _Number | None) -> _Number | None:
    return None if one is None or other is None else one + other
