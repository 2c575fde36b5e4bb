"""Play a scenario and record it, or go on from what is recorded."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli import model_options, video_option
from swarm_env.cli import options as flags
from swarm_env.cli.display import open_window, play_in, view_of
from swarm_env.cli.outcome_report import report_dry_run, tell
from swarm_env.cli.output import note
from swarm_env.cli.run_settings import Settings, gather, size
from swarm_env.errors import ConfigError, SwarmEnvError

if TYPE_CHECKING:
    from swarm_env.config import WorldConfig
    from swarm_env.playing.dry_run import DryRun
    from swarm_env.playing.run_services import Calls
    from swarm_env.playing.runner import Result
    from swarm_env.playing.team import Team

OVER_BUDGET, INTERRUPTED = 3, 130


def run(
    scenario: Annotated[
        str | None,
        typer.Argument(help="A scenario of `swarm list`, or path/file.py:Name.", show_default=False),
    ] = None,
    agents: flags.Team = None,
    seed: flags.Seed = None,
    out: flags.Out = None,
    force: flags.Force = False,
    render: flags.Render = None,
    fps: flags.Fps = flags.DEFAULT_FPS,
    record: flags.Record = None,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
    num_agents: flags.NumAgents = None,
    size_text: flags.Size = None,
    view_size: flags.View = None,
    max_rounds: flags.Rounds = None,
    message: flags.Message = None,
    reward: flags.Reward = None,
    layout: flags.Layout = None,
    assignments: flags.Assignments = None,
    config: flags.Config = None,
    from_run: flags.From = None,
    round_: flags.Round = None,
    resume: flags.Resume = None,
    model: flags.Model = None,
    base_url: flags.BaseUrl = None,
    key_env: flags.KeyEnv = None,
    persona: flags.Persona = None,
    thinking: flags.Thinking = None,
    prompt: flags.Prompt = None,
    temperature: flags.Temperature = None,
    max_tokens: flags.MaxTokens = None,
    call_mode: flags.CallMode = None,
    cache: flags.Cache = None,
    max_calls: flags.MaxCalls = None,
    max_tokens_total: flags.MaxTokensTotal = None,
    max_dollars: flags.MaxDollars = None,
    on_budget: flags.OnBudget = None,
    deadline: flags.Deadline = None,
    concurrency: flags.Concurrency = None,
    dry_run: flags.DryRun = False,
) -> None:
    """Play a scenario, watch it and record it.

    Without --out the run goes to a new folder in runs/. Ctrl-C, or closing the window, stops it;
    `swarm run --resume FOLDER` goes on. With --quiet or --json no window opens unless --render asks for it.

    Language models play as `--agents llm --model NAME --base-url URL`; without a model, an address and a key
    `--agents llm` plays with a scripted server in this process. A budget that is spent stops the run with
    exit status 3, and it can be resumed.
    """
    world = {
        "num_agents": num_agents,
        "view_size": view_size,
        "max_rounds": max_rounds,
        "message": message,
        "reward": reward,
        **size(size_text),
    }
    named = {"scenario": scenario, "agents": agents, "seed": seed}
    asked = _Asked(
        settings=gather(named, world, assignments or (), config, layout),
        models=model_options.model_options(
            model, base_url, key_env, persona, thinking, prompt, temperature, max_tokens
        ),
        calls=model_options.calls(
            call_mode, cache, max_calls, max_tokens_total, max_dollars, on_budget, deadline, concurrency
        ),
        out=out,
        force=force,
    )
    if dry_run:
        if resume is not None or from_run is not None or round_ is not None:
            raise ConfigError("--dry-run is for a new run: leave out --resume, --from and --round.")
        report_dry_run(_rehearse(asked), as_json)
        return
    film = video_option.begin(record, fps)
    view = view_of(render, quiet, as_json)
    plan = _plan(asked, from_run, round_, resume)
    if film is not None:
        plan = replace(plan, play=video_option.filmed(plan.play, film))
    ended = _watch(plan, view, quiet, fps)
    if ended is None:
        note("Stopped before anything was played.")
        raise typer.Exit(INTERRUPTED)
    tell(ended, as_json, quiet)
    video_option.tell(record, quiet)
    if ended.interrupted and ended.stopped != "record":
        raise typer.Exit(OVER_BUDGET if ended.stopped == "budget" else INTERRUPTED)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the user asked for, but for what it goes on from.

    Attributes:
        settings: The world, the team, the seed.
        models: Options for entries of the team that leave them open.
        calls: How models are called.
        out: Folder to record into.
        force: Whether a run in it is replaced.
    """

    settings: Settings
    models: dict[str, str]
    calls: "Calls | None"
    out: Path | None
    force: bool

    def team(self, otherwise: str | None) -> "str | None":
        """The text of the team, with what was said about models filled in.

        Args:
            otherwise: Who plays when nobody was named.
        """
        text = otherwise if self.settings.team is None else self.settings.team
        if not self.models:
            return text
        if text is None:
            raise ConfigError(f"Say with --agents for whom {', '.join(self.models)} is meant.")
        from swarm_env.playing.team import Team, completed

        return str(completed(Team.parse(text), self.models))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be played.

    Attributes:
        folder: Where it is recorded.
        team: Who plays; None: whoever played in `past`.
        play: Plays it, given `observer` and `notify`.
        past: The run that it goes on from, if any.
    """

    folder: Path
    team: str | None
    play: Callable[..., "Result"]
    past: Path | None = None


def _plan(asked: _Asked, origin: Path | None, round_: int | None, resume: Path | None) -> _Plan:
    """Something new, a fork of a run, or the rest of one."""
    settings, calls = asked.settings, asked.calls
    replays = calls is not None and calls.mode == "replay"
    if resume is not None:
        _refuse(
            "--resume goes on with a run as it is",
            settings,
            out=asked.out,
            force=asked.force or None,
            round=round_,
        )
        if origin is not None:
            raise ConfigError(
                "--resume and --from cannot go together: one goes on with a run, the other makes a new one."
            )
        if asked.models and settings.team is None:
            raise ConfigError(
                f"--resume goes on with a run as it is: leave out {', '.join(sorted(asked.models))}. If a "
                f"model is now elsewhere, name the whole team with --agents."
            )
        team = asked.team(None)
        return _Plan(resume, team, partial(_call, "resume", resume, team, calls=calls), resume)
    if origin is not None:
        _refuse("--from takes the world from the run", settings)
        if round_ is None and not replays:
            raise ConfigError("--from needs --round: the first round that is decided anew.")
        team, first = asked.team(_recorded_team(origin) if asked.models else None), round_ or 0
        folder = asked.out or _default_folder(origin.resolve().name, first)
        fork = partial(_call, "fork", origin, first, team, out=folder, force=asked.force, calls=calls)
        return _Plan(folder, team, fork, origin)
    if round_ is not None:
        raise ConfigError("--round goes with --from: the run to play again up to that round.")
    if replays:
        raise ConfigError("--calls replay goes with --from: the run whose answers are to be used again.")
    return _new(asked)


def _new(asked: _Asked) -> _Plan:
    world, team, seed, start = _world(asked)
    assert asked.settings.scenario is not None  # _world has checked it
    folder = asked.out or _default_folder(asked.settings.scenario, seed)
    play = partial(
        _call, "play", world, team, seed=seed, options=start, out=folder, force=asked.force, calls=asked.calls
    )
    return _Plan(folder, str(team), play)


def _world(asked: _Asked) -> "tuple[WorldConfig, Team, int, dict[str, Any] | None]":
    """World, team, seed and reset options of a new run."""
    settings = asked.settings
    if settings.scenario is None:
        raise ConfigError("Say which scenario, as in: swarm run pursuit. `swarm list scenario` shows all.")
    from swarm_env.playing.runner import configure

    world, team = configure(settings.scenario, asked.team("scripted") or "", settings.world)
    seed = secrets.randbelow(2**31) if settings.seed is None else settings.seed
    return world, team, seed, {"layout": settings.layout} if settings.layout else None


def _rehearse(asked: _Asked) -> "DryRun":
    from swarm_env.playing.dry_run import dry_run

    world, team, seed, start = _world(asked)
    return dry_run(world, team, seed, start, notify=note)


def _refuse(why: str, settings: Settings, **others: Any) -> None:
    given = list(settings.world) + [name for name, value in others.items() if value is not None]
    given += [name for name in ("scenario", "seed", "layout") if getattr(settings, name) is not None]
    if given:
        raise ConfigError(f"{why}: leave out {', '.join(sorted(given))}.")


def _default_folder(name: str, number: int) -> Path:
    from swarm_env.runs.files import default_folder

    return default_folder(name, number)


def _call(function: str, *arguments: Any, **options: Any) -> "Result":
    """Call a function of the runner, which is imported when it is needed: it brings the whole simulation."""
    from swarm_env.playing import runner

    ended: Result = getattr(runner, function)(*arguments, **options)
    return ended


def _recorded_team(folder: Path) -> str | None:
    """Who played in a run of ours."""
    from swarm_env.runs.files import is_run_folder, read_run

    return read_run(folder).info.team if is_run_folder(folder) else None


def _watch(plan: _Plan, view: str, quiet: bool, fps: float) -> "Result | None":
    """Play with a view; None when it was stopped before the first round."""
    from swarm_env.cli.live_view import Show, notify_if_compiling

    if not quiet:
        notify_if_compiling()
    window = open_window(fps) if view == "window" else None
    show = Show(fps, live=not _takes_the_terminal(plan), quiet=quiet or view == "none" or window is not None)
    try:
        if window is not None:
            return play_in(window, plan.play, quiet)
        with show:
            return plan.play(observer=show, notify=show.notice)
    except KeyboardInterrupt as stop:
        stopped: Result | None = getattr(stop, "result", None)
        return stopped
    except SwarmEnvError:
        if (show if window is None else window).frames_shown > 1:
            note(f"The rounds before are recorded in {plan.folder}.")
        raise


def _takes_the_terminal(plan: _Plan) -> bool:
    """Whether an agent of the team shows what it sees by itself (its class says `takes_terminal = True`)."""
    from swarm_env.playing.team import Team, kind_of

    team = plan.team
    if team is None and plan.past is not None:
        team = _recorded_team(plan.past)
    if team is None:
        return False
    return any(getattr(kind_of(entry), "takes_terminal", False) for entry in Team.parse(team).entries)


COMMAND = run
