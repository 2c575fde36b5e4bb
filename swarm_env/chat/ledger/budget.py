"""Prices of answers (from `genai-prices` if it is installed) and limits of what a run may spend."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from swarm_env.chat.ledger.store import CallRow, Ledger
from swarm_env.chat.request import Usage
from swarm_env.chat.transport.endpoint import INSIDE, where
from swarm_env.chat.transport.keys import is_loopback
from swarm_env.errors import BudgetReached, ConfigError

ON_REACHED = ("stop", "stay")
BUDGET_TOKENS, BUDGET_COST = (
    "TOTAL(COALESCE(budget_tokens, prompt_tokens + completion_tokens, LENGTH(response) / 4))",
    "TOTAL(COALESCE(budget_cost, MAX(cost, COALESCE(stated_cost, 0)), stated_cost))",
)  # what calls take from a budget


def price(model: str, base_url: str | None, usage: Usage) -> float | None:
    """Price of an answer.

    Args:
        model: As the server calls it.
        base_url: As for `where`; servers charge differently for the same model.
        usage: Tokens of the answer.

    Returns:
        US dollars; 0 for servers that this process starts; None if unknown (always on this machine).
    """
    if base_url in INSIDE:
        return 0.0
    found = _tariff(model, where(base_url))
    if found is None:
        return None
    tariff, prices = found
    tokens = tariff(
        input_tokens=usage.prompt,
        output_tokens=usage.completion,
        cache_read_tokens=min(usage.cached, usage.prompt),
    )
    return float(prices.calc_price(tokens)["total_price"])


def is_priced(model: str, base_url: str | None) -> bool:
    """Whether `price` knows the price of a model at a server."""
    return base_url in INSIDE or _tariff(model, where(base_url)) is not None


@lru_cache(maxsize=256)
def _tariff(model: str, url: str) -> tuple[Any, Any] | None:
    """The library's class of token counts and its prices of a model; None if unknown."""
    if is_loopback(url):
        return None
    try:
        import genai_prices
    except ImportError:
        return None
    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=1, output_tokens=1),
            model,
            provider_api_url=url,
        )
    except LookupError:
        return None
    return genai_prices.Usage, found.model_price


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of what endpoints are sent and paid; copied and cached answers are free.

    What a call may take is reserved before it is sent and settled after it, so tokens and dollars exceed a
    limit by one call at most. The estimate counts where an endpoint reports no usage, or does not answer.

    Attributes:
        calls: Maximum calls, failed ones included; None: no limit (also `tokens` and `dollars`).
        tokens: Maximum tokens, prompts and answers together; estimated where usage is not reported.
        dollars: Maximum cost [US dollars]; only for models whose price is known.
        on_reached: "stop" raises `BudgetReached`, and the run can be resumed with a larger budget; "stay"
            lets every further request fail with reason "budget".

    Raises:
        ConfigError: A limit is negative, or `on_reached` is not one of `ON_REACHED`.
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
    """Spending so far, of a run or of all runs that share this process; lives in the shared event loop.

    Args:
        budget: The limits.
        calls: Calls before.
        tokens: Tokens before, as budgets count them.
        dollars: Cost before [US dollars], as budgets count it.
        total: Spending of all runs, to which that of this run is added; None: this is it, or there is none.
        of_all: Whether this is the spending of all runs.

    Attributes:
        tokens: Tokens so far; not those that are reserved.
        dollars: Cost so far [US dollars].
    """

    def __init__(
        self,
        budget: Budget,
        calls: int = 0,
        tokens: float = 0,
        dollars: float = 0.0,
        *,
        total: "Spending | None" = None,
        of_all: bool = False,
    ) -> None:
        self._budget, self._total, self._of_all = budget, total, of_all
        self._calls, self.tokens, self.dollars = calls, tokens, dollars
        self._under_way = 0
        self._reserved_tokens, self._reserved_dollars = 0, 0.0
        self._quiet, self._changed = asyncio.Event(), asyncio.Event()

    @classmethod
    def of_run(cls, budget: Budget, ledger: Ledger, total: "Spending | None" = None) -> Self:
        """Spending of a run, whose ledger holds its earlier calls; `total` is as for `Spending`."""
        with ledger.database.read() as connection:
            spent = connection.execute(
                f"SELECT COUNT(*), {BUDGET_TOKENS}, {BUDGET_COST} FROM calls WHERE origin = 'endpoint'"
            ).fetchone()
        return cls(budget, *spent, total=total)

    async def begin(self, tokens: int, dollars: float) -> None:
        """Reserve what a call may take; wait while the calls under way may take all that is left.

        Args:
            tokens: Estimated tokens of the call.
            dollars: Estimated cost [US dollars].

        Raises:
            BudgetReached: A limit is reached, of this run or of all runs.
        """
        await self._reserve(tokens, dollars)
        if self._total is not None:
            try:
                await self._total.begin(tokens, dollars)
            except BaseException:  # cancelled, too
                self._settle(tokens, dollars, None)
                raise

    async def _reserve(self, tokens: int, dollars: float) -> None:
        """The part of `begin` that concerns these limits."""
        while True:
            self._check(0, 0.0)
            try:
                self._check(self._reserved_tokens, self._reserved_dollars)
                break
            except BudgetReached:
                self._changed.clear()
                await self._changed.wait()
        self._under_way += 1
        self._reserved_tokens += tokens
        self._reserved_dollars += dollars
        self._quiet.clear()

    def _check(self, tokens: int, dollars: float) -> None:
        """Raise BudgetReached if a limit is reached with these tokens and dollars under way."""
        taken = {
            "calls": self._calls + self._under_way,
            "tokens": self.tokens + tokens,
            "dollars": self.dollars + dollars,
        }
        for what, spent in taken.items():
            limit = getattr(self._budget, what)
            if limit is not None and spent >= limit:
                raise BudgetReached(what, limit, spent, self._of_all)

    def end(self, tokens: int, dollars: float, call: CallRow | None) -> None:
        """End a call.

        Args:
            tokens: As for `begin`.
            dollars: As for `begin`.
            call: Its row; None: it was cancelled, and left none.
        """
        self._settle(tokens, dollars, call)
        if self._total is not None:
            self._total.end(tokens, dollars, call)

    def _settle(self, tokens: int, dollars: float, call: CallRow | None) -> None:
        """The part of `end` that concerns these limits."""
        self._under_way -= 1
        self._reserved_tokens -= tokens
        self._reserved_dollars -= dollars
        if call is not None:
            self._calls += 1
            self.tokens += call.budget_tokens or 0
            self.dollars += call.budget_cost or 0.0
        self._changed.set()
        if self._under_way == 0:
            self._quiet.set()

    async def quiet(self) -> None:
        """Wait until no call is under way, so that a stopping run loses no answer that it pays for."""
        if self._under_way:
            await self._quiet.wait()
