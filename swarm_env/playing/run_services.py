"""Services that a run offers its agents: a chat session with its ledger, and notices to the user."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from swarm_env.errors import ConfigError, EndpointFailure, RunError
from swarm_env.runs.files import CALLS_FILE, MAX_FALLBACK, BudgetInfo, Usage

if TYPE_CHECKING:
    from swarm_env.chat import Budget, Chat, Keys, Ledger, Limits, Totals
    from swarm_env.chat.ledger.budget import Spending
    from swarm_env.chat.session import Relay
    from swarm_env.envs.channel.controls import OtherMessages
    from swarm_env.frame import ModelCalls
    from swarm_env.playing.human_input import HumanInput

Mode = Literal["live", "replay"]
OnFailure = Literal["stop", "stay"]
BREAKER = 3  # rounds; our choice
Notify = Callable[[str], object]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Calls:
    """How the agents of a run may call models.

    Attributes:
        mode: "live", or "replay": answers come from the ledger only; a missing one is an error.
        cache: File of answers shared between agents and runs; None: nothing is shared.
        budget: Budget; None: no limit, or in a resumed run the budget that it began with.
        total: Spending of all runs of this process that share a budget, which pauses them when it is spent;
            None: there is none.
        limits: Deadlines and concurrency; None: the defaults of `swarm_env.chat.Limits`.
        relay: Connection to the process that counts and stores calls, if not this one (`swarm_env.cluster`).
        on_failure: When an endpoint or its account cannot answer any request: "stop" pauses the run, which
            can be resumed; "stay": models' decisions become STAY.
        breaker: Rounds in a row without any answer, after which the run is paused too; 0: never.
        keys: Which servers may have which keys, besides those of the environment and of keys.toml; None:
            those that the team names, if it was given rather than recorded (`swarm_env.playing.team_keys`).
    """

    mode: Mode = "live"
    cache: Path | str | None = None
    budget: "Budget | None" = None
    total: "Spending | None" = None
    limits: "Limits | None" = None
    relay: "Relay | None" = None
    on_failure: OnFailure = "stop"
    breaker: int = BREAKER
    keys: "Keys | None" = None

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ConfigError(f"calls {self.mode!r}: must be {' or '.join(map(repr, get_args(Mode)))}.")

    def within(self, budget: BudgetInfo | None) -> "Calls":
        """A copy with the budget of `run.json`, if this has none."""
        if budget is None or self.budget is not None:
            return self
        from swarm_env.chat import Budget

        return replace(self, budget=Budget(**budget.model_dump()))


class Services:
    """Services of one run, which its agents are given by `attach(services)`.

    Attributes:
        seed: Seed of the run.
        dry_run: Whether models must not be asked: agents report by `preview` what they would ask.
        human_input: Human input of a viewer; None without one.
        notices: Notices of agents to the user, in order, each once.
        other_messages: What was sent in another run, for `messages=scrambled`; None: there is none.
    """

    def __init__(
        self,
        seed: int,
        calls: Calls | None = None,
        notify: Notify | None = None,
        dry_run: bool = False,
        human_input: "HumanInput | None" = None,
    ) -> None:
        """Open nothing yet.

        `calls` says how models may be called (None: live, without limits); `notify` is called with each
        notice (None: notices are logged); the others are the attributes.
        """
        self.seed, self.dry_run, self.human_input = seed, dry_run, human_input
        self.notices: list[str] = []
        self.other_messages: OtherMessages | None = None
        self._calls, self._notify = calls or Calls(), notify
        self._past: tuple[Path, int | None] | None = None
        self._folder: Path | None = None
        self._ledger: Ledger | None = None
        self._chat: Chat | None = None

    def chat(self) -> "Chat":
        """The chat session of this run, made on first use.

        Raises `ConfigError` if a setting is not allowed (for example, the cache cannot be opened), `RunError`
        in a dry run, or if the ledger cannot be opened.
        """
        if self.dry_run:
            raise RunError("An agent without `preview` tried to ask a model in a dry run.")
        if self._chat is None:
            from swarm_env.chat import AnswerCache, Chat, Keys, Limits

            calls = self._calls
            if calls.relay is not None:
                cache = calls.relay.answers()
            else:
                cache = AnswerCache(calls.cache) if calls.cache is not None else None
            self._ledger = self._open_ledger()
            self._chat = Chat(
                self._ledger,
                budget=calls.budget,
                total=calls.total,
                calls=calls.mode,
                cache=cache,
                limits=calls.limits or Limits(),
                relay=calls.relay,
                on_failure=calls.on_failure,
                breaker=calls.breaker,
                keys=calls.keys or Keys(),
            )
        return self._chat

    def model_calls(self) -> "ModelCalls | None":
        """Prompts and answers for viewers, also after the end of the run; None if no model was asked."""
        return None if self._chat is None else self._chat.live_calls

    @property
    def budget(self) -> BudgetInfo | None:
        """The budget, as in `run.json`; None: no limit."""
        budget = self._calls.budget
        limits = () if budget is None else (budget.calls, budget.tokens, budget.dollars)
        known = any(limit is not None for limit in limits)
        return BudgetInfo.model_validate(asdict(budget)) if budget and known else None

    def usage(self) -> Usage | None:
        """LLM usage so far, before a resume included; None if no model was asked."""
        if self._chat is None:
            return None
        from swarm_env.chat.ledger.summary import summary

        with self._chat.ledger.database.use() as connection:
            found = summary(connection)
        names = Usage.model_fields.keys() - {"decisions", "fallbacks"}
        sums = {name: getattr(found.totals, name) for name in names}
        return Usage(decisions=found.decisions, fallbacks=found.fallbacks, **sums)

    def ask_anew(self, from_round: int) -> None:
        """Ask models anew for what endpoint or network failed to answer from this round on."""
        if self._chat is not None:
            self._chat.forget_failures(from_round)

    def unanswered_from(self) -> int | None:
        """First round of an outage that goes on, see `Chat.unanswered_from`; None: there is none."""
        return None if self._chat is None else self._chat.unanswered_from()

    def check_answers(self) -> None:
        """Raise EndpointFailure if a run that is over is invalid, and its last round lacks answers."""
        first, usage = self.unanswered_from(), self.usage()
        if first is None or usage is None or usage.endpoint_failure_rate <= MAX_FALLBACK:
            return
        assert self._ledger is not None
        with self._ledger.database.read() as connection:
            model, url, cause = connection.execute(
                "SELECT model, endpoint, response FROM calls WHERE status IN ('http', 'timeout') "
                "ORDER BY rowid DESC LIMIT 1"
            ).fetchone()
        raise EndpointFailure(f"{model}@{url}", f"from round {first} on: {cause}")

    def failures(self) -> dict[str, str]:
        """The cause of the first failure of each kind, by reason; empty if no model was asked."""
        if self._chat is None:
            return {}
        with self._chat.ledger.database.read() as connection:
            found = connection.execute(
                "SELECT reason, detail, MIN(rowid) FROM outcomes WHERE reason IS NOT NULL GROUP BY reason"
            ).fetchall()
        return {reason: detail for reason, detail, _ in found}

    def status(self) -> str:
        """Tokens, cost and failures so far on one line; "" if no model was asked."""
        return "" if self._chat is None else status_of(self._chat.totals())

    def notice(self, text: str) -> None:
        """Show the user one line (for example, that a server was started); repeated ones are dropped."""
        if text in self.notices:
            return
        self.notices.append(text)
        if self._notify is None:
            _log.info("%s", text)
        else:
            self._notify(text)

    def remember(self, run: Path, before_round: int | None) -> None:
        """Copy the ledger of another run, if it has one, when this one's is opened.

        Call it before the first use. Only rounds before `before_round` are copied; None: all.
        """
        self._past = (run / CALLS_FILE, before_round)

    def keep_in(self, folder: Path) -> None:
        """Store the ledger in a run's folder, which exists and is locked, with its present content."""
        self._folder = folder
        if self._ledger is not None:
            self._ledger.store_in(folder / CALLS_FILE)

    def close(self) -> None:
        """End the chat session and close its files."""
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


def status_of(sums: "Totals") -> str:
    """Tokens, cost and failures on one line; "" if no question has ended yet."""
    if not sums.answered and not sums.failed:
        return ""
    asked, answered = sums.prompt_tokens, sums.completion_tokens
    tokens = None if asked is None or answered is None else asked + answered
    failed = sum(sums.failed.values())
    cost = dollars(sums.cost, sums.stated_cost)
    return f"{amount(tokens)} tokens, {cost}, {failed} fallback{'s' * (failed != 1)}"


def amount(number: int | None) -> str:
    """Format a number of tokens: 812, 12.3k, 4.56M; "?" if unknown."""
    if number is None:
        return "?"
    if number < 1000:
        return str(number)
    return f"{number / 1000:.1f}k" if number < 10**6 else f"{number / 10**6:.2f}M"


def dollars(cost: float | None, stated: float | None = None) -> str:
    """Format a price [US dollars]; "cost unknown" for None.

    Args:
        cost: By the known prices.
        stated: What the servers say; None if they do not.
    """
    if stated is not None:
        return f"{dollars(cost)} (the servers say {dollars(stated)})"
    if cost is None:
        return "cost unknown"
    return f"${cost:.4f}" if cost < 1 else f"${cost:,.2f}"
