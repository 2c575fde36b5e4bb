"""How a run ended, or what a dry run found, as text and as JSON."""

from typing import TYPE_CHECKING

from swarm_env.cli.output import command, note, result, result_json

if TYPE_CHECKING:
    from swarm_env.playing.dry_run import DryRun
    from swarm_env.playing.runner import Result
    from swarm_env.runs.files import Usage


def report_result(ended: "Result", as_json: bool, quiet: bool) -> None:
    """Print how a run ended. With `as_json` the result is JSON, and the text goes to standard error."""
    say = note if as_json else result
    if not quiet or not as_json:
        what = "paused" if ended.status == "paused" else "stopped" if ended.interrupted else "over"
        rounds = f"{ended.rounds} round{'s' * (ended.rounds != 1)}"
        say(f"{ended.scenario} {what} after {rounds} with score {ended.score:g} (seed {ended.seed}).")
    if not quiet and (sums := ended.rewards.values()):
        note(f"Rewards: {sum(sums):g} in all, {min(sums):g} to {max(sums):g} per agent.")
    if not quiet and ended.usage:
        note(_usage_line(ended.usage))
    if quiet:
        for reason, cause in ended.failures.items():
            note(f"First failure of the kind {reason}: {cause}")
        if ended.cause:
            note(ended.cause)
    if not ended.valid:
        note(_invalid(ended))
    if not quiet and ended.folder:
        note(f"Recorded in {ended.folder}. {_next_step(ended)}")
    if as_json:
        keys = ("scenario", "seed", "rounds", "score", "status", "interrupted", "valid")
        texts = {"stopped": ended.stopped or None, "cause": ended.cause or None}
        texts |= {"folder": str(ended.folder) if ended.folder else None}
        usage = ended.usage.model_dump(mode="json") if ended.usage else None
        values = {key: getattr(ended, key) for key in keys} | texts
        by_agent = {key: dict(paid) for key in ("payoffs", "rewards") if (paid := getattr(ended, key))}
        result_json(values | {"counts": dict(ended.counts), "usage": usage} | by_agent)


def report_dry_run(dry_run: "DryRun", as_json: bool) -> None:
    """Print the prompts of a round and the estimate for the whole run."""
    if as_json:
        keys = ("rounds", "calls", "prompt_tokens", "completion_tokens", "cost")
        prompt_keys = ("name", "model", "base_url", "prompt_tokens", "completion_tokens")
        prompts = [
            {
                **{key: getattr(preview, key) for key in prompt_keys},
                "messages": [{"role": role, "content": text} for role, text in preview.messages],
            }
            for preview in dry_run.previews
        ]
        result_json({**{key: getattr(dry_run, key) for key in keys}, "prompts": prompts})
        return
    from swarm_env.playing.run_services import dollars

    for preview in dry_run.previews:
        where = f"{preview.model}@{preview.base_url}" if preview.base_url else preview.model
        result(f"===== {preview.name} asks {where} (about {preview.prompt_tokens} tokens)")
        for role, text in preview.messages:
            result(f"--- {role}\n{text.rstrip()}", wrap=False)
    result(
        f"===== The whole run, {dry_run.rounds} rounds at most: {dry_run.calls} calls, about "
        f"{dry_run.prompt_tokens} prompt tokens and {dry_run.completion_tokens} answer tokens, "
        f"{dollars(dry_run.cost)}."
    )


def _usage_line(usage: "Usage") -> str:
    from swarm_env.playing.run_services import amount, dollars

    line = (
        f"{usage.calls} model calls: {amount(usage.prompt_tokens)} prompt tokens, "
        f"{amount(usage.completion_tokens)} answer tokens, {dollars(usage.cost, usage.stated_cost)}."
    )
    if not usage.fallbacks:
        return line
    reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(usage.fallbacks.items()))
    return f"{line} {sum(usage.fallbacks.values())} of {usage.decisions} decisions became STAY ({reasons})."


def _invalid(ended: "Result") -> str:
    from swarm_env.runs.files import MAX_FALLBACK

    rate = ended.usage.endpoint_failure_rate if ended.usage else 0.0
    return (
        f"The run is marked invalid: the endpoint failed {rate:.1%} of the models' decisions (http, "
        f"timeout); the maximum is {MAX_FALLBACK:.0%}."
    )


def _next_step(ended: "Result") -> str:
    if ended.stopped == "budget":
        return f"Continue with a larger budget: {command('swarm', 'run', '--resume', ended.folder)} --max-…"
    if ended.interrupted:
        return f"Continue: {command('swarm', 'run', '--resume', ended.folder)}"
    return f"Watch it again: {command('swarm', 'replay', ended.folder)}"
