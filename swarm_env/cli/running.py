"""`swarm run`: play a scenario and record it, or go on from what is recorded."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import note, result, result_json
from swarm_env.cli.settings import Settings, gather, size
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.runner import Observer, Result

INTERRUPTED = 130


def run(
    scenario: Annotated[
        str | None,
        typer.Argument(help="A scenario of `swarm list`, or path/file.py:Name.", show_default=False),
    ] = None,
    agents: flags.Team = None,
    seed: flags.Seed = None,
    out: flags.Out = None,
    force: flags.Force = False,
    fps: flags.Fps = flags.DEFAULT_FPS,
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
) -> None:
    """Play a scenario, watch it and record it.

    Without --out the run goes to a new folder in runs/. Ctrl-C stops it; `swarm run --resume FOLDER` goes on.
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
    settings = gather(named, world, assignments or (), config, layout)
    play = _chosen(settings, out, force, from_run, round_, resume)
    _watch(play, quiet, fps, as_json, settings.team)


Play = Callable[["Observer"], "Result"]


def _chosen(
    settings: Settings,
    out: Path | None,
    force: bool,
    origin: Path | None,
    round_: int | None,
    resume: Path | None,
) -> Play:
    """What is to be played: something new, a fork of a run, or the rest of one."""
    if resume is not None:
        _refuse("--resume goes on with a run as it is", settings, out=out, force=force or None, round=round_)
        if origin is not None:
            raise ConfigError(
                "--resume and --from cannot go together: one goes on with a run, the other makes a new one."
            )
        return lambda observer: _runner().resume(resume, settings.team, observer=observer)
    if origin is not None:
        _refuse("--from takes the world from the run", settings)
        if round_ is None:
            raise ConfigError("--from needs --round: the first round that is decided anew.")
        folder = out or _default_folder(origin.resolve().name, round_)
        return lambda observer: _runner().fork(
            origin, round_, settings.team, out=folder, force=force, observer=observer
        )
    if round_ is not None:
        raise ConfigError("--round goes with --from: the run to play again up to that round.")
    return _new(settings, out, force)


def _new(settings: Settings, out: Path | None, force: bool) -> Play:
    if settings.scenario is None:
        raise ConfigError("Say which scenario, as in: swarm run pursuit. `swarm list scenario` shows all.")
    from swarm_env.setup import make_config

    world = make_config(settings.scenario, settings.world)
    seed = secrets.randbelow(2**31) if settings.seed is None else settings.seed
    folder = out or _default_folder(settings.scenario, seed)
    start = {"layout": settings.layout} if settings.layout else None
    team = "scripted" if settings.team is None else settings.team
    return lambda observer: _runner().play(
        world, team, seed=seed, options=start, out=folder, force=force, observer=observer
    )


def _refuse(why: str, settings: Settings, **others: Any) -> None:
    given = list(settings.world) + [name for name, value in others.items() if value is not None]
    given += [name for name in ("scenario", "seed", "layout") if getattr(settings, name) is not None]
    if given:
        raise ConfigError(f"{why}: leave out {', '.join(sorted(given))}.")


def _default_folder(name: str, number: int) -> Path:
    from swarm_env.run_files import default_folder

    return default_folder(name, number)


def _runner() -> Any:
    from swarm_env.cli.show import tell_if_compiling

    tell_if_compiling()
    from swarm_env import runner

    return runner


def _watch(play: Play, quiet: bool, fps: float, as_json: bool, team: str | None) -> None:
    """Play with a view, then say how it ended."""
    from swarm_env.cli.show import Show

    watched = Show(fps, live=not _takes_the_terminal(team), quiet=quiet)
    try:
        with watched:
            ended = play(watched)
    except KeyboardInterrupt as stop:
        stopped: Result | None = getattr(stop, "result", None)
        if stopped is not None:
            _tell(stopped, as_json, quiet)
        raise typer.Exit(INTERRUPTED) from None
    _tell(ended, as_json, quiet)


def _takes_the_terminal(team: str | None) -> bool:
    """Whether an agent of the team shows its own view (a person at the keyboard)."""
    return team is not None and "human" in team


def _tell(ended: "Result", as_json: bool, quiet: bool) -> None:
    """Say how a run ended: to people on standard error or output, to scripts as JSON."""
    say = note if as_json else result
    if not quiet or not as_json:
        what = "stopped" if ended.interrupted else "over"
        rounds = f"{ended.rounds} round{'s' * (ended.rounds != 1)}"
        say(f"{ended.scenario} {what} after {rounds} with score {ended.score:g} (seed {ended.seed}).")
    if not quiet and ended.folder:
        again = "Go on with it: swarm run --resume" if ended.interrupted else "Watch it again: swarm replay"
        note(f"Recorded in {ended.folder}. {again} {ended.folder}")
    if as_json:
        result_json(
            {
                "scenario": ended.scenario,
                "seed": ended.seed,
                "rounds": ended.rounds,
                "score": ended.score,
                "interrupted": ended.interrupted,
                "folder": str(ended.folder) if ended.folder else None,
                "counts": dict(ended.counts),
            }
        )
