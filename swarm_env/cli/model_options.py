"""Option records about language models: which model an agent asks, and within which limits."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from swarm_env.cli.option_records import flag, option
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.playing.run_services import Calls

ON_BUDGET = ("stop", "stay")
MODES = ("live", "replay")
_CALLS = "Model calls and their cost"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Agent options of the same names, for team entries that do not set them; None: not given."""

    PANEL: ClassVar = "Language models (for team entries that do not set the option)"
    model: str | None = flag("Name of the model on its server.", "--model", "-m")
    base_url: str | None = flag(
        "URL of an OpenAI-compatible server, such as http://localhost:11434/v1.", "--base-url", metavar="URL"
    )
    key_env: str | None = flag(
        "Environment variable with the API key. Default OPENAI_API_KEY.", "--key-env", metavar="NAME"
    )
    persona: str | None = flag(
        "Personality in the prompt, such as calm or overconfident.", "--persona", metavar="NAME"
    )
    thinking: str | None = flag("Reasoning scheme: plain, reflect or debate.", "--thinking", metavar="WAY")
    prompt: Path | None = flag("File with a prompt template.", "--prompt", metavar="FILE")
    memory: int | None = flag(
        "Views and own actions that a prompt shows. Default 5.", "--memory", min=1, max=1000, metavar="ROUNDS"
    )
    temperature: float | None = flag("Temperature; not sent if not given.", "--temperature", min=0.0)
    max_tokens: int | None = flag("Maximum tokens of an answer.", "--max-tokens", min=1, metavar="N")

    def given(self) -> dict[str, str]:
        """The given options as texts by name. Raises `ConfigError` if the prompt's file does not exist."""
        if self.prompt is not None and not self.prompt.is_file():
            raise ConfigError(f"--prompt {self.prompt}: there is no such file.")
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: str(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CallOptions:
    """How models are called; None: not given."""

    PANEL: ClassVar = _CALLS
    call_mode: str | None = flag(
        "live, or replay: take all answers from the run of --from, without network. Default live.",
        "--calls",
        metavar="MODE",
    )
    cache: Path | None = flag(
        "File of answers, shared by equal requests of all agents and runs.", "--cache", metavar="FILE"
    )
    max_calls: int | None = flag("Maximum calls of the run.", "--max-calls", min=0, metavar="N")
    max_tokens_total: int | None = flag(
        "Maximum tokens of the run, prompts and answers.", "--max-tokens-total", min=0, metavar="N"
    )
    max_dollars: float | None = flag(
        "Maximum cost of the run; for models with a known price.", "--max-dollars", min=0.0, metavar="USD"
    )
    on_budget: str | None = flag(
        "When a maximum is reached: stop the run (it can be resumed), or stay: continue without calls, with "
        "STAY as every decision of a model. Default stop.",
        "--on-budget",
        metavar="WHAT",
    )
    deadline: float | None = flag(
        "Time limit of a decision, retries included. Default 60.", "--deadline", metavar="SECONDS"
    )
    attempt_time: float | None = flag(
        "Time limit of one attempt. Default: what is left of --deadline.", "--attempt-time", metavar="SECONDS"
    )
    requests_per_minute: float | None = flag(
        "Maximum calls per minute and endpoint; waiting for it does not count as time.",
        "--requests-per-minute",
        metavar="N",
    )
    tokens_per_minute: float | None = flag(
        "Maximum tokens per minute and endpoint, estimated before each call.",
        "--tokens-per-minute",
        metavar="N",
    )
    on_failure: str | None = flag(
        "When an endpoint or its account cannot answer any call: stop the run (it can be resumed), or stay: "
        "continue with STAY as every decision of a model. Default stop.",
        "--on-failure",
        metavar="WHAT",
    )
    breaker: int | None = flag(
        "Rounds in a row without any answer, after which the run is stopped as by --on-failure stop; 0: "
        "never. Default 3.",
        "--breaker",
        min=0,
        metavar="N",
    )
    concurrency: int | None = flag(
        "Maximum concurrent calls per endpoint.", "--concurrency", min=1, metavar="N"
    )
    allow_key: list[str] | None = flag(
        "Let a server that a file or a recorded run names have the key in an environment variable. "
        "Repeatable.",
        "--allow-key",
        metavar="VARIABLE=HOST",
    )

    def calls(self) -> "Calls | None":
        """The record that the runner takes; None if no option was given.

        Raises `ConfigError` if a value is not allowed, or --on-budget is given without a budget.
        """
        _check("--calls", self.call_mode, MODES)
        _check("--on-budget", self.on_budget, ON_BUDGET)
        _check("--on-failure", self.on_failure, ON_BUDGET)
        limits = (self.max_calls, self.max_tokens_total, self.max_dollars)
        has_budget = any(limit is not None for limit in limits)
        if self.on_budget is not None and not has_budget:
            raise ConfigError("--on-budget needs --max-calls, --max-tokens-total or --max-dollars.")
        for name, seconds in (("--deadline", self.deadline), ("--attempt-time", self.attempt_time)):
            if seconds is not None and not 0 < seconds < float("inf"):
                raise ConfigError(f"{name} {seconds:g} must be a number of seconds above 0.")
        if self == CallOptions():
            return None
        from swarm_env.chat import Budget, Keys, Limits
        from swarm_env.playing.run_services import BREAKER, Calls

        given = {
            "deadline": self.deadline,
            "attempt": self.attempt_time,
            "concurrency": self.concurrency,
            "requests_per_minute": self.requests_per_minute,
            "tokens_per_minute": self.tokens_per_minute,
        }
        times: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return Calls(
            mode="replay" if self.call_mode == "replay" else "live",
            cache=self.cache,
            budget=Budget(*limits, self.on_budget or "stop") if has_budget else None,
            limits=Limits(**times) if times else None,
            on_failure="stay" if self.on_failure == "stay" else "stop",
            breaker=BREAKER if self.breaker is None else self.breaker,
            keys=Keys.parse(self.allow_key),
        )


def _check(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ConfigError(f"{name} {value!r} must be {' or '.join(allowed)}.")


DryRunFlag = Annotated[
    bool,
    option(
        "Call no model and record nothing: print the prompts of one round and the estimated tokens and cost "
        "of the run.",
        "--dry-run",
        panel=_CALLS,
    ),
]
