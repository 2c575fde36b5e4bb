"""Tokens and cost of runs, also while they are playing."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from swarm_env.bench.bench_file import TotalConfig
from swarm_env.errors import RunError
from swarm_env.runs.files import CALLS_FILE, Usage

if TYPE_CHECKING:
    from swarm_env.chat.ledger.budget import Spending as TotalSpending

_Number = TypeVar("_Number", int, float)


class Spending(NamedTuple):
    """Tokens and cost.

    Attributes:
        tokens: Of prompts and answers; None if an endpoint did not report them.
        cost: [US dollars]; None if the price of a call is unknown.
        counted_tokens: Of a budget: estimated where an endpoint reports none; None if unknown.
        counted_cost: The same [US dollars].
        stated_cost: What the servers say [US dollars]; None if none says.
    """

    tokens: int | None
    cost: float | None
    counted_tokens: int | None = None
    counted_cost: float | None = None
    stated_cost: float | None = None

    @classmethod
    def of(cls, usage: Usage | None) -> Self | None:
        """From `result.json`; None without model calls."""
        if usage is None:
            return None
        tokens = _sum(usage.prompt_tokens, usage.completion_tokens)
        return cls(tokens, usage.cost, tokens, usage.cost, usage.stated_cost)

    def plus(self, other: "Spending") -> "Spending":
        """The sum; unknown if one of the two is unknown. Stated costs are added where they are stated."""
        stated = [one for one in (self.stated_cost, other.stated_cost) if one is not None]
        return Spending(
            _sum(self.tokens, other.tokens),
            _sum(self.cost, other.cost),
            _sum(self.counted_tokens, other.counted_tokens),
            _sum(self.counted_cost, other.counted_cost),
            sum(stated) if stated else None,
        )


def spending_of(folder: Path) -> Spending | None:
    """What a run has spent so far: sums over its ledger; None if there is none or it cannot be read now."""
    if not (folder / CALLS_FILE).is_file():
        return None
    from swarm_env.chat.ledger.budget import BUDGET_COST, BUDGET_TOKENS
    from swarm_env.chat.ledger.summary import open_ledger, totals

    try:
        with open_ledger(folder / CALLS_FILE) as connection:
            found = totals(connection)
            counted = connection.execute(
                f"SELECT {BUDGET_TOKENS}, {BUDGET_COST}, SUM(COALESCE(budget_cost, cost) IS NULL) FROM calls "
                "WHERE origin != 'cache'"
            ).fetchone()
    except RunError:  # it is being created
        return None
    tokens = _sum(found.prompt_tokens, found.completion_tokens)
    counted_cost = None if counted[2] else counted[1]
    return Spending(tokens, found.cost, int(counted[0]), counted_cost, found.stated_cost)


def shared_total(limits: TotalConfig, before: Spending | None) -> "TotalSpending | None":
    """What the runs of this process spend together, after what was spent before; None without limits."""
    if limits.max_tokens is None and limits.max_dollars is None:
        return None
    from swarm_env.chat.ledger.budget import Budget
    from swarm_env.chat.ledger.budget import Spending as TotalSpending

    tokens, dollars = (before.counted_tokens, before.counted_cost) if before else (0, 0.0)
    budget = Budget(tokens=limits.max_tokens, dollars=limits.max_dollars)
    return TotalSpending(budget, tokens=tokens or 0, dollars=dollars or 0.0, of_all=True)


def _sum(one: _Number | None, other: _Number | None) -> _Number | None:
    return None if one is None or other is None else one + other
