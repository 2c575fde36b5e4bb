"""`swarm run`: play a scenario and record it, or go on from what is recorded."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarm_env.cli import options as flags
from swarm_env.cli.output import note, result, result_json
from swarm_env.cli.settings import Settings, gather, size
from swarm_env.errors import ConfigError, SwarmEnvError

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
    plan = _plan(settings, out, force, from_run, round_, resume)
    ended = _watch(plan, quiet, fps)
    if ended is None:
        note("Stopped before anything was played.")
        raise typer.Exit(INTERRUPTED)
    _tell(ended, as_json, quiet)
    if ended.interrupted:
        raise typer.Exit(INTERRUPTED)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be played.

    Attributes:
        folder: Where it is recorded.
        team: Who plays; None: whoever played in `past`.
        play: Plays it and shows each moment to the observer.
        past: The run that it goes on from, if any.
    """

    folder: Path
    team: str | None
    play: Callable[["Observer"], "Result"]
    past: Path | None = None


def _plan(
    settings: Settings,
    out: Path | None,
    force: bool,
    origin: Path | None,
    round_: int | None,
    resume: Path | None,
) -> _Plan:
    """Something new, a fork of a run, or the rest of one."""
    team = settings.team
    if resume is not None:
        _refuse("--resume goes on with a run as it is", settings, out=out, force=force or None, round=round_)
        if origin is not None:
            raise ConfigError(
                "--resume and --from cannot go together: one goes on with a run, the other makes a new one."
            )
        return _Plan(resume, team, lambda show: _call("resume", resume, team, observer=show), resume)
    if origin is not None:
        _refuse("--from takes the world from the run", settings)
        if round_ is None:
            raise ConfigError("--from needs --round: the first round that is decided anew.")
        folder = out or _default_folder(origin.resolve().name, round_)
        fork = partial(_call, "fork", origin, round_, team, out=folder, force=force)
        return _Plan(folder, team, lambda show: fork(observer=show), origin)
    if round_ is not None:
        raise ConfigError("--round goes with --from: the run to play again up to that round.")
    return _new(settings, out, force)


def _new(settings: Settings, out: Path | None, force: bool) -> _Plan:
    if settings.scenario is None:
        raise ConfigError("Say which scenario, as in: swarm run pursuit. `swarm list scenario` shows all.")
    from swarm_env.setup import make_config

    world = make_config(settings.scenario, settings.world)
    seed = secrets.randbelow(2**31) if settings.seed is None else settings.seed
    folder = out or _default_folder(settings.scenario, seed)
    start = {"layout": settings.layout} if settings.layout else None
    team = "scripted" if settings.team is None else settings.team
    play = partial(_call, "play", world, team, seed=seed, options=start, out=folder, force=force)
    return _Plan(folder, team, lambda show: play(observer=show))


def _refuse(why: str, settings: Settings, **others: Any) -> None:
    given = list(settings.world) + [name for name, value in others.items() if value is not None]
    given += [name for name in ("scenario", "seed", "layout") if getattr(settings, name) is not None]
    if given:
        raise ConfigError(f"{why}: leave out {', '.join(sorted(given))}.")


def _default_folder(name: str, number: int) -> Path:
    from swarm_env.run_files import default_folder

    return default_folder(name, number)


def _call(function: str, *arguments: Any, **options: Any) -> "Result":
    """Call a function of the runner, which is imported when it is needed: it brings the whole simulation."""
    from swarm_env import runner

    ended: Result = getattr(runner, function)(*arguments, **options)
    return ended


def _watch(plan: _Plan, quiet: bool, fps: float) -> "Result | None":
    """Play with a view; None when it was stopped before the first round."""
    from swarm_env.cli.show import Show, tell_if_compiling

    if not quiet:
        tell_if_compiling()
    show = Show(fps, live=not _takes_the_terminal(plan), quiet=quiet)
    try:
        with show:
            return plan.play(show)
    except KeyboardInterrupt as stop:
        stopped: Result | None = getattr(stop, "result", None)
        return stopped
    except SwarmEnvError:
        if show.moments > 1:
            note(f"The rounds before are recorded in {plan.folder}.")
        raise


def _takes_the_terminal(plan: _Plan) -> bool:
    """Whether an agent of the team shows what it sees by itself (its class says `takes_terminal = True`)."""
    from swarm_env.registry import load
    from swarm_env.run_files import is_run_folder, read_run
    from swarm_env.team import Team

    team = plan.team
    if team is None and plan.past is not None and is_run_folder(plan.past):
        team = read_run(plan.past).info.team
    if team is None:
        return False
    agents = [entry.agent for entry in Team.parse(team).entries]
    kinds = [load("agent", agent if ".py" in agent else agent.partition(":")[0]) for agent in agents]
    return any(getattr(kind, "takes_terminal", False) for kind in kinds)


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
