"""Play a scenario and record it, or continue a recorded run."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from swarm_env.cli import exports
from swarm_env.cli.display import open_window, play_in, view_of, web_view
from swarm_env.cli.model_options import CallOptions, DryRunFlag, ModelOptions
from swarm_env.cli.option_records import option_records
from swarm_env.cli.options import (
    ContinueOptions,
    DisplayOptions,
    FolderOptions,
    OutputOptions,
    TeamOptions,
    TrustOptions,
    WorldOptions,
)
from swarm_env.cli.outcome_report import report_dry_run, report_result
from swarm_env.cli.output import note
from swarm_env.cli.run_plan import RunPlan, RunRequest, plan_run
from swarm_env.cli.run_settings import gather
from swarm_env.cli.shell import completion
from swarm_env.errors import ConfigError, SwarmEnvError

if TYPE_CHECKING:
    from swarm_env.frame import Renderer
    from swarm_env.playing.runner import Result

FAILED, OVER_BUDGET, INTERRUPTED = 1, 3, 130


@option_records
def run(
    *,
    scenario: Annotated[
        str | None,
        typer.Argument(
            help="A name of `swarm list scenarios`, or path/file.py:Name.",
            show_default=False,
            autocompletion=completion.of("scenario"),
        ),
    ] = None,
    team: TeamOptions,
    folder: FolderOptions,
    output: OutputOptions,
    display: DisplayOptions,
    world: WorldOptions,
    recorded: ContinueOptions,
    models: ModelOptions,
    calls: CallOptions,
    trust: TrustOptions,
    dry_run: DryRunFlag = False,
) -> None:
    """Play a scenario, show it and record it.

    Examples:
        swarm run pursuit
        swarm run foraging --agents human
        swarm run nest_site --agents 'scripted*5, random*5' --seed 7 --set sites=4
        swarm run pursuit --agents llm --model NAME --base-url http://localhost:11434/v1
        swarm run --resume runs/pursuit-20270101-120000-7

    Without --out the run is recorded in a new folder in runs/. Ctrl-C, or closing the window, stops it;
    `swarm run --resume FOLDER` continues it. With --quiet or --json no window opens unless --render asks for
    it.

    Language models play with `--agents llm --model NAME --base-url URL`. Without a model, a URL and a key,
    `--agents llm` uses a scripted server in this process. When the budget is spent, the run is paused with
    exit status 3; when a server or an account cannot answer any more, with exit status 1. Both can be
    resumed. An invalid run has exit status 1.
    """
    settings = gather(scenario, team, world)
    request = RunRequest(settings, models.given(), calls.calls(), folder, trust.trust_code)
    request.check_trust()
    if dry_run:
        if recorded != ContinueOptions():
            raise ConfigError("--dry-run is for a new run: leave out --resume, --from and --round.")
        _dry_run(request, output.as_json)
        return
    video = exports.open_video(display.record, display.fps)
    view = web_view(display) or view_of(display.render, output.quiet, output.as_json)
    plan = plan_run(request, recorded)
    if recorded.resume is None and plan.folder == plan.origin and not output.quiet:
        note(f"{plan.folder} holds this run, unfinished: it is resumed. Add --force to begin again.")
    if video is not None:
        plan = replace(plan, play=exports.with_video(plan.play, video))
    result = _play(plan, view, output.quiet, display.fps)
    if result is None:
        note("Stopped before the first round.")
        raise typer.Exit(INTERRUPTED)
    report_result(result, output.as_json, output.quiet)
    exports.report_video(display.record, output.quiet)
    if result.interrupted and result.stopped not in ("record", "endpoint"):
        raise typer.Exit(OVER_BUDGET if result.stopped == "budget" else INTERRUPTED)
    if result.stopped == "endpoint" or not result.valid:
        raise typer.Exit(FAILED)


def _dry_run(request: RunRequest, as_json: bool) -> None:
    from swarm_env.playing.dry_run import dry_run

    report_dry_run(dry_run(*request.world(), notify=note), as_json)


def _play(plan: RunPlan, view: "str | Renderer", quiet: bool, fps: float) -> "Result | None":
    """Play and show it; None if stopped before the first round."""
    from swarm_env.cli.live_view import LiveView, notify_if_compiling

    notify_if_compiling(quiet)
    window = open_window(fps) if view == "window" else None
    quiet_text = quiet or view == "none" or window is not None
    other = None if isinstance(view, str) else view
    text = LiveView(fps, live=not plan.takes_terminal(), quiet=quiet_text, renderer=other)
    try:
        if window is not None:
            return play_in(window, plan.play, quiet)
        with text:
            return plan.play(observer=text, notify=text.notice)
    except KeyboardInterrupt as stop:
        stopped: Result | None = getattr(stop, "result", None)
        return stopped
    except SwarmEnvError:
        if (text if window is None else window).frames_shown > 1:
            note(f"The rounds before are recorded in {plan.folder}.")
        raise


COMMAND = run
