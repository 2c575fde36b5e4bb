"""How a run ended, or what a rehearsal found, told to people and to scripts."""

from typing import TYPE_CHECKING

from swarm_env.cli.output import note, result, result_json

if TYPE_CHECKING:
    from swarm_env.playing.dry_run import DryRun
    from swarm_env.playing.runner import Result
    from swarm_env.runs.files import Usage


def tell(ended: "Result", as_json: bool, quiet: bool) -> None:
    """Say how a run ended: to people on standard error or output, to scripts as JSON."""
    say = note if as_json else result
    if not quiet or not as_json:
        what = "stopped" if ended.interrupted else "over"
        rounds = f"{ended.rounds} round{'s' * (ended.rounds != 1)}"
        say(f"{ended.scenario} {what} after {rounds} with score {ended.score:g} (seed {ended.seed}).")
    if not quiet and ended.usage:
        note(_spent(ended.usage))
    if not ended.valid:
        note(_invalid(ended))
    if not quiet and ended.folder:
        note(f"Recorded in {ended.folder}. {_next(ended)}")
    if as_json:
        result_json(
            {
                "scenario": ended.scenario,
                "seed": ended.seed,
                "rounds": ended.rounds,
                "score": ended.score,
                "interrupted": ended.interrupted,
                "stopped": ended.stopped or None,
                "folder": str(ended.folder) if ended.folder else None,
                "counts": dict(ended.counts),
                "usage": ended.usage.model_dump(mode="json") if ended.usage else None,
                "valid": ended.valid,
            }
        )


def report_dry_run(rehearsal: "DryRun", as_json: bool) -> None:
    """Print the prompts of a round, and what the whole run would take."""
    for preview in () if as_json else rehearsal.previews:
        where = f"{preview.model}@{preview.base_url}" if preview.base_url else preview.model
        result(f"===== {preview.name} asks {where} (about {preview.prompt_tokens} tokens)")
        for role, text in preview.messages:
            result(f"--- {role}\n{text.rstrip()}")
    if as_json:
        result_json(
            {
                "rounds": rehearsal.rounds,
                "calls": rehearsal.calls,
                "prompt_tokens": rehearsal.prompt_tokens,
                "completion_tokens": rehearsal.completion_tokens,
                "cost": rehearsal.cost,
                "prompts": [
                    {
                        "name": preview.name,
                        "model": preview.model,
                        "base_url": preview.base_url,
                        "messages": [{"role": role, "content": text} for role, text in preview.messages],
                        "prompt_tokens": preview.prompt_tokens,
                        "completion_tokens": preview.completion_tokens,
                    }
                    for preview in rehearsal.previews
                ],
            }
        )
        return
    from swarm_env.playing.run_services import dollars

    result(
        f"===== The whole run, {rehearsal.rounds} rounds at the longest: {rehearsal.calls} calls, about "
        f"{rehearsal.prompt_tokens} tokens asked and {rehearsal.completion_tokens} answered, "
        f"{dollars(rehearsal.cost)}."
    )


def _spent(usage: "Usage") -> str:
    """One line about what models were asked."""
    from swarm_env.playing.run_services import amount, dollars

    line = (
        f"Asked models {usage.calls} times: {amount(usage.prompt_tokens)} tokens asked, "
        f"{amount(usage.completion_tokens)} answered, {dollars(usage.cost)}."
    )
    if not usage.fallbacks:
        return line
    reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(usage.fallbacks.items()))
    return f"{line} {sum(usage.fallbacks.values())} of {usage.decisions} decisions became STAY ({reasons})."


def _invalid(ended: "Result") -> str:
    from swarm_env.runs.files import MAX_FALLBACK

    rate = ended.usage.fallback_rate if ended.usage else 0.0
    return (
        f"The run is marked invalid: {rate:.1%} of the decisions that models were asked for became STAY; at "
        f"most {MAX_FALLBACK:.0%} are allowed."
    )


def _next(ended: "Result") -> str:
    """What can be done with the folder."""
    if ended.stopped == "budget":
        return f"Go on with a larger budget: swarm run --resume {ended.folder} --max-…"
    if ended.interrupted:
        return f"Go on with it: swarm run --resume {ended.folder}"
    return f"Watch it again: swarm replay {ended.folder}"
