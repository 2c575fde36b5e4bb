"""What runs took from language models, read while they go on."""

from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from swarm_env.errors import RunError
from swarm_env.runs.files import CALLS_FILE, Usage

_Number = TypeVar("_Number", int, float)


class Spending(NamedTuple):
    """Tokens and money.

    Attributes:
        tokens: Of prompts and answers; None when an endpoint did not tell.
        cost: [US dollars]; None when the price of an answer is unknown.
    """

    tokens: int | None
    cost: float | None

    @classmethod
    def of(cls, usage: Usage | None) -> Self | None:
        """What `result.json` says; None where no model was asked."""
        return None if usage is None else cls(_sum(usage.prompt_tokens, usage.completion_tokens), usage.cost)

    def plus(self, other: "Spending") -> "Spending":
        """Both together; what one of them does not know is unknown."""
        return Spending(_sum(self.tokens, other.tokens), _sum(self.cost, other.cost))


def spending_of(folder: Path) -> Spending | None:
    """What a run has spent so far, from its ledger.

    Args:
        folder: Of the run.

    Returns:
        The sums, or None when there is no ledger, or none that can be read right now.
    """
    if not (folder / CALLS_FILE).is_file():
        return None
    from swarm_env.chat.ledger.summary import open_ledger, totals

    try:
        with open_ledger(folder / CALLS_FILE) as connection:
            found = totals(connection)
    except RunError:  # being made at this moment
        return None
    return Spending(_sum(found.prompt_tokens, found.completion_tokens), found.cost)


def models_of(folder: Path) -> tuple[str, ...]:
    """Names of the models that a run asked, from its ledger; none where there is none that can be read."""
    if not (folder / CALLS_FILE).is_file():
        return ()
    from swarm_env.chat.ledger.summary import open_ledger

    try:
        with open_ledger(folder / CALLS_FILE) as connection:
            rows = connection.execute("SELECT DISTINCT model FROM calls ORDER BY model").fetchall()
    except RunError:
        return ()
    return tuple(str(model) for (model,) in rows)


def _sum(one: _Number | None, other: _Number | None) -> _Number | None:
    return None if one is None or other is None else one + other
