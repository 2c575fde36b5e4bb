"""From the flags about language models to what the runner takes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.playing.run_services import Calls

ON_BUDGET = ("stop", "stay")
MODES = ("live", "replay")


def model_options(
    model: str | None = None,
    base_url: str | None = None,
    key_env: str | None = None,
    persona: str | None = None,
    thinking: str | None = None,
    prompt: Path | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
) -> dict[str, str]:
    """What was said about models, as options of entries of a team.

    Raises:
        ConfigError: The file of the prompt is missing.
    """
    if prompt is not None and not prompt.is_file():
        raise ConfigError(f"--prompt {prompt}: there is no such file.")
    said: dict[str, Any] = {
        "model": model,
        "base_url": base_url,
        "key_env": key_env,
        "persona": persona,
        "thinking": thinking,
        "prompt": prompt,
        "temperature": temperature,
        "max_tokens": max_tokens,
    }
    return {key: str(value) for key, value in said.items() if value is not None}


def calls(
    mode: str | None = None,
    cache: Path | None = None,
    max_calls: int | None = None,
    max_tokens_total: int | None = None,
    max_dollars: float | None = None,
    on_budget: str | None = None,
    deadline: float | None = None,
    concurrency: int | None = None,
) -> "Calls | None":
    """How models are called; None when nothing was said about it.

    Raises:
        ConfigError: A value is not allowed, or `on_budget` goes without a budget.
    """
    _check("--calls", mode, MODES)
    _check("--on-budget", on_budget, ON_BUDGET)
    budgeted = any(limit is not None for limit in (max_calls, max_tokens_total, max_dollars))
    if on_budget is not None and not budgeted:
        raise ConfigError("--on-budget goes with --max-calls, --max-tokens-total or --max-dollars.")
    if deadline is not None and not 0 < deadline < float("inf"):
        raise ConfigError(f"--deadline {deadline:g} must be a number of seconds, more than 0.")
    limited = deadline is not None or concurrency is not None
    if not budgeted and not limited and mode is None and cache is None:
        return None
    from swarm_env.chat import Budget, Limits
    from swarm_env.playing.run_services import Calls

    budget = Budget(max_calls, max_tokens_total, max_dollars, on_budget or "stop") if budgeted else None
    limits = Limits.of(deadline, concurrency) if limited else None
    return Calls("replay" if mode == "replay" else "live", cache, budget, limits)


def _check(flag: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ConfigError(f"{flag} {value!r} must be {' or '.join(allowed)}.")
