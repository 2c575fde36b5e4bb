"""What a run may spend on language models, and what it has spent."""

import asyncio
from dataclasses import dataclass

from swarm_env.chat.ledger.store import CallRow, Ledger
from swarm_env.errors import BudgetReached, ConfigError

ON_REACHED = ("stop", "stay")
LETTERS_PER_TOKEN = 4  # for endpoints that do not say what an answer took; our guess


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of what is sent to endpoints and paid for; answers copied or from a cache are free.

    The calls that are under way when a limit is reached are finished, so tokens and dollars may end a little
    above it.

    Attributes:
        calls: Most calls, failed ones included; None: no limit, so with the next two.
        tokens: Most tokens, questions and answers together; guessed where an endpoint does not say.
        dollars: Most that the answers may cost [US dollars]; only for models whose price is known.
        on_reached: "stop" raises `BudgetReached`, and the run can be resumed with a larger budget; "stay"
            lets every further question fail with reason "budget".

    Raises:
        ConfigError: A limit is negative, or `on_reached` is none of the two.
    """

    calls: int | None = None
    tokens: int | None = None
    dollars: float | None = None
    on_reached: str = "stop"

    def __post_init__(self) -> None:
        for name in ("calls", "tokens", "dollars"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ConfigError(f"The budget of {name} must not be negative, but is {value!r}.")
        if self.on_reached not in ON_REACHED:
            raise ConfigError(f"on_reached {self.on_reached!r} is not one of: {', '.join(ON_REACHED)}.")


class Spending:
    """What the calls of a ledger have taken so far; lives in the shared event loop.

    Args:
        budget: The limits.
        ledger: Whose past calls count.
    """

    def __init__(self, budget: Budget, ledger: Ledger) -> None:
        self._budget = budget
        with ledger.database.read() as connection:
            self._calls, self._tokens, self._dollars = connection.execute(
                "SELECT COUNT(*), TOTAL(COALESCE(prompt_tokens + completion_tokens, LENGTH(response) / "
                f"{LETTERS_PER_TOKEN})), TOTAL(cost) FROM calls WHERE origin = 'endpoint'"
            ).fetchone()
        self._under_way = 0
        self._quiet = asyncio.Event()

    def begin(self) -> None:
        """Before a call.

        Raises:
            BudgetReached: It is one too many.
        """
        taken = {"calls": self._calls + self._under_way, "tokens": self._tokens, "dollars": self._dollars}
        for what, spent in taken.items():
            limit = getattr(self._budget, what)
            if limit is not None and spent >= limit:
                raise BudgetReached(what, limit, spent)
        self._under_way += 1
        self._quiet.clear()

    def end(self, call: CallRow | None) -> None:
        """After a call; None: it was given up and left no row."""
        self._under_way -= 1
        if call is not None:
            self._calls += 1
            self._tokens += (
                len(call.response) // LETTERS_PER_TOKEN
                if call.prompt_tokens is None
                else call.prompt_tokens + (call.completion_tokens or 0)
            )
            self._dollars += call.cost or 0.0
        if self._under_way == 0:
            self._quiet.set()

    async def quiet(self) -> None:
        """Wait until no call is under way, so that a run that stops loses no answer it pays for."""
        if self._under_way:
            await self._quiet.wait()
