"""Option records about language models: which model an agent asks, and within which limits."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from swarm_env.cli.option_records import option
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.playing.run_services import Calls

ON_BUDGET = ("stop", "stay")
MODES = ("live", "replay")
_MODELS = "Language models (for team entries that do not set the option)"
_CALLS = "Model calls and their cost"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Options of team entries; None: not given. Each field is the agent option of the same name."""

    model: Annotated[
        str | None, option("--model", "-m", text="Name of the model on its server.", panel=_MODELS)
    ] = None
    base_url: Annotated[
        str | None,
        option(
            "--base-url",
            text="URL of an OpenAI-compatible server, such as http://localhost:11434/v1.",
            panel=_MODELS,
            metavar="URL",
        ),
    ] = None
    key_env: Annotated[
        str | None,
        option(
            "--key-env",
            text="Environment variable with the API key. Default OPENAI_API_KEY.",
            panel=_MODELS,
            metavar="NAME",
        ),
    ] = None
    persona: Annotated[
        str | None,
        option(
            "--persona",
            text="Personality in the prompt, such as calm or overconfident.",
            panel=_MODELS,
            metavar="NAME",
        ),
    ] = None
    thinking: Annotated[
        str | None,
        option(
            "--thinking", text="Reasoning scheme: plain, reflect or debate.", panel=_MODELS, metavar="WAY"
        ),
    ] = None
    prompt: Annotated[
        Path | None, option("--prompt", text="File with a prompt template.", panel=_MODELS, metavar="FILE")
    ] = None
    temperature: Annotated[
        float | None,
        option(
            "--temperature", text="Sampling temperature. Default: that of the server.", panel=_MODELS, min=0.0
        ),
    ] = None
    max_tokens: Annotated[
        int | None,
        option("--max-tokens", text="Maximum tokens of an answer.", panel=_MODELS, min=1, metavar="N"),
    ] = None

    def given(self) -> dict[str, str]:
        """The options that were given, as texts by name.

        Raises:
            ConfigError: The file of the prompt does not exist.
        """
        if self.prompt is not None and not self.prompt.is_file():
            raise ConfigError(f"--prompt {self.prompt}: there is no such file.")
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: str(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CallOptions:
    """How models are called; None: not given. `calls` turns them into the runner's record."""

    call_mode: Annotated[
        str | None,
        option(
            "--calls",
            text="live, or replay: take all answers from the run of --from, without network. Default live.",
            panel=_CALLS,
            metavar="MODE",
        ),
    ] = None
    cache: Annotated[
        Path | None,
        option(
            "--cache",
            text="File of answers, shared by equal requests of all agents and runs.",
            panel=_CALLS,
            metavar="FILE",
        ),
    ] = None
    max_calls: Annotated[
        int | None, option("--max-calls", text="Maximum calls of the run.", panel=_CALLS, min=0, metavar="N")
    ] = None
    max_tokens_total: Annotated[
        int | None,
        option(
            "--max-tokens-total",
            text="Maximum tokens of the run, prompts and answers.",
            panel=_CALLS,
            min=0,
            metavar="N",
        ),
    ] = None
    max_dollars: Annotated[
        float | None,
        option(
            "--max-dollars",
            text="Maximum cost of the run; for models with a known price.",
            panel=_CALLS,
            min=0.0,
            metavar="USD",
        ),
    ] = None
    on_budget: Annotated[
        str | None,
        option(
            "--on-budget",
            text="When a maximum is reached: stop the run (it can be resumed), or stay: continue without "
            "calls, with STAY as every decision of a model. Default stop.",
            panel=_CALLS,
            metavar="WHAT",
        ),
    ] = None
    deadline: Annotated[
        float | None,
        option(
            "--deadline",
            text="Time limit of a decision, retries included. Default 60.",
            panel=_CALLS,
            metavar="SECONDS",
        ),
    ] = None
    concurrency: Annotated[
        int | None,
        option(
            "--concurrency", text="Maximum concurrent calls per endpoint.", panel=_CALLS, min=1, metavar="N"
        ),
    ] = None

    def calls(self) -> "Calls | None":
        """The record that the runner takes; None if no option was given.

        Raises:
            ConfigError: A value is not allowed, or --on-budget is given without a budget.
        """
        _check("--calls", self.call_mode, MODES)
        _check("--on-budget", self.on_budget, ON_BUDGET)
        limits = (self.max_calls, self.max_tokens_total, self.max_dollars)
        has_budget = any(limit is not None for limit in limits)
        if self.on_budget is not None and not has_budget:
            raise ConfigError("--on-budget needs --max-calls, --max-tokens-total or --max-dollars.")
        if self.deadline is not None and not 0 < self.deadline < float("inf"):
            raise ConfigError(f"--deadline {self.deadline:g} must be a number of seconds above 0.")
        if all(getattr(self, one.name) is None for one in fields(self)):
            return None
        from swarm_env.chat import Budget, Limits
        from swarm_env.playing.run_services import Calls

        has_limits = self.deadline is not None or self.concurrency is not None
        return Calls(
            mode="replay" if self.call_mode == "replay" else "live",
            cache=self.cache,
            budget=Budget(*limits, self.on_budget or "stop") if has_budget else None,
            limits=Limits.of(self.deadline, self.concurrency) if has_limits else None,
        )


def _check(flag: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ConfigError(f"{flag} {value!r} must be {' or '.join(allowed)}.")


DryRunFlag = Annotated[
    bool,
    option(
        "--dry-run",
        text="Call no model and record nothing: print the prompts of one round and the estimated tokens and "
        "cost of the run.",
        panel=_CALLS,
    ),
]
