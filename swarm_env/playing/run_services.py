"""What a run offers its agents beyond the world: a chat session with its ledger, and a place for notices."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from swarm_env.errors import ConfigError, RunError
from swarm_env.runs.files import CALLS_FILE, BudgetInfo, Usage

if TYPE_CHECKING:
    from swarm_env.chat import Budget, Chat, Ledger, Limits, Totals
    from swarm_env.chat.session import Relay
    from swarm_env.frame import ModelCalls
    from swarm_env.playing.human_input import HumanInput

Mode = Literal["live", "replay"]
Notify = Callable[[str], object]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Calls:
    """How the agents of a run may call models.

    Attributes:
        mode: "live", or "replay": whatever the ledger does not hold is an error, nothing goes out.
        cache: File of answers that are shared between agents and runs; None: nothing is shared.
        budget: What may be spent; None: no limit, or when a run is resumed the one that it began with.
        limits: Deadlines and concurrency; None: the defaults of `swarm_env.chat.Limits`.
        relay: The way to where calls are counted and kept, if that is not here (see `swarm_env.cluster`).
    """

    mode: Mode = "live"
    cache: Path | str | None = None
    budget: "Budget | None" = None
    limits: "Limits | None" = None
    relay: "Relay | None" = None

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ConfigError(f"calls {self.mode!r}: must be {' or '.join(map(repr, get_args(Mode)))}.")

    def within(self, budget: BudgetInfo | None) -> "Calls":
        """The same with a budget, if it has none.

        Args:
            budget: As `run.json` tells it.
        """
        if budget is None or self.budget is not None:
            return self
        from swarm_env.chat import Budget

        return replace(self, budget=Budget(**budget.model_dump()))


class Services:
    """What the agents of one run are given by `attach(services)`.

    Attributes:
        seed: Of the run.
        rehearsal: Whether nothing is really asked: agents tell by `preview` what they would ask.
        seat: Where a person decides at a viewer; None where no viewer has keys.
        notices: What agents had to say to people, in order, each once.
    """

    def __init__(
        self,
        seed: int,
        calls: Calls | None = None,
        notify: Notify | None = None,
        rehearsal: bool = False,
        seat: "HumanInput | None" = None,
    ) -> None:
        """Offer what a run has.

        Args:
            seed: Of the run.
            calls: How models may be called; None: live, without limits.
            notify: Called with each notice; None: it goes to the log.
            rehearsal: As the attribute.
            seat: As the attribute.
        """
        self.seed, self.rehearsal, self.seat = seed, rehearsal, seat
        self.notices: list[str] = []
        self._calls, self._notify = calls or Calls(), notify
        self._past: tuple[Path, int | None] | None = None
        self._folder: Path | None = None
        self._ledger: Ledger | None = None
        self._chat: Chat | None = None

    def chat(self) -> "Chat":
        """The chat session of this run, made on first use.

        Raises:
            ConfigError: Something about it is not allowed (the cache cannot be opened).
            RunError: This is a rehearsal, or the ledger cannot be opened.
        """
        if self.rehearsal:
            raise RunError("An agent without `preview` wants to ask a model in a rehearsal.")
        if self._chat is None:
            from swarm_env.chat import AnswerCache, Chat, Limits

            calls = self._calls
            if calls.relay is not None:
                cache = calls.relay.answers()
            else:
                cache = AnswerCache(calls.cache) if calls.cache is not None else None
            self._ledger = self._open_ledger()
            self._chat = Chat(
                self._ledger,
                budget=calls.budget,
                calls=calls.mode,
                cache=cache,
                limits=calls.limits or Limits(),
                relay=calls.relay,
            )
        return self._chat

    def minds(self) -> "ModelCalls | None":
        """Lets viewers look into the models that are asked, when the run is over too; None if none is."""
        return None if self._chat is None else self._chat.live_calls

    @property
    def budget(self) -> BudgetInfo | None:
        """What may be spent, as `run.json` tells it; None: no limit."""
        budget = self._calls.budget
        limits = () if budget is None else (budget.calls, budget.tokens, budget.dollars)
        known = any(limit is not None for limit in limits)
        return BudgetInfo.model_validate(asdict(budget)) if budget and known else None

    def usage(self) -> Usage | None:
        """What was asked of models so far, the past of the run included; None when none is asked."""
        return None if self._chat is None else usage_of(self._chat)

    def status(self) -> str:
        """Tokens, cost and failed questions so far in a few words; "" when no model is asked."""
        return "" if self._chat is None else status_of(self._chat.totals())

    def notice(self, text: str) -> None:
        """Tell people something about how the run goes (a server was started, say); repetitions are dropped.

        Args:
            text: One line.
        """
        if text in self.notices:
            return
        self.notices.append(text)
        if self._notify is None:
            _log.info("%s", text)
        else:
            self._notify(text)

    def remember(self, run: Path, before_round: int | None) -> None:
        """Take over what the ledger of another run holds. To be called before the first use.

        Args:
            run: Its folder; a run without a ledger is fine.
            before_round: Only rounds before this one; None: all.
        """
        self._past = (run / CALLS_FILE, before_round)

    def keep_in(self, folder: Path) -> None:
        """Keep the ledger in a run's folder from now on, with what it holds already.

        Args:
            folder: The folder, which is there and locked.
        """
        self._folder = folder
        if self._ledger is not None:
            self._ledger.store_in(folder / CALLS_FILE)

    def close(self) -> None:
        """End the chat session and let go of its files."""
        chat, self._chat = self._chat, None
        self._ledger = None
        if chat is not None:
            chat.close()

    def _open_ledger(self) -> "Ledger":
        from swarm_env.chat import Ledger

        ledger = Ledger.memory() if self._folder is None else Ledger.open(self._folder / CALLS_FILE)
        if self._past is not None:
            ledger.copy_from(*self._past)
        return ledger


def usage_of(chat: "Chat") -> Usage:
    """What a chat session's ledger holds, as a run tells it."""
    from swarm_env.chat.ledger.summary import summary

    with chat.ledger.database.use() as connection:
        found = summary(connection)
    sums = found.totals
    return Usage(
        calls=sums.calls,
        answered=sums.answered,
        decisions=found.decisions,
        fallbacks=found.fallbacks,
        prompt_tokens=sums.prompt_tokens,
        completion_tokens=sums.completion_tokens,
        cached_tokens=sums.cached_tokens,
        reasoning_tokens=sums.reasoning_tokens,
        cost=sums.cost,
        seconds=sums.seconds,
    )


def status_of(sums: "Totals") -> str:
    """What questions came to, in a few words; "" when none has ended yet.

    Args:
        sums: Over the ledger of a run.
    """
    if not sums.answered and not sums.failed:
        return ""
    asked, answered = sums.prompt_tokens, sums.completion_tokens
    tokens = None if asked is None or answered is None else asked + answered
    failed = sum(sums.failed.values())
    return f"{amount(tokens)} tokens, {dollars(sums.cost)}, {failed} fallback{'s' * (failed != 1)}"


def amount(number: int | None) -> str:
    """A number of tokens in three digits or so: 812, 12.3k, 4.56M; "?" if it is unknown."""
    if number is None:
        return "?"
    if number < 1000:
        return str(number)
    return f"{number / 1000:.1f}k" if number < 10**6 else f"{number / 10**6:.2f}M"


def dollars(cost: float | None) -> str:
    """A price [US dollars] in words, unknown ones too."""
    if cost is None:
        return "cost unknown"
    return f"${cost:.4f}" if cost < 1 else f"${cost:,.2f}"
