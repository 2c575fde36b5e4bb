"""From the options of `swarm run` to a call of the runner: a new run, a fork of a run, or the rest of one."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarm_env.cli.options import ContinueOptions, FolderOptions
from swarm_env.cli.run_settings import Settings
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.config import WorldConfig
    from swarm_env.playing.run_services import Calls
    from swarm_env.playing.runner import Result
    from swarm_env.playing.team import Team
    from swarm_env.runs.files import Run


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The parsed options of `swarm run`, without those that continue a recorded run.

    `models` are options for team entries that do not set them; `calls` says how models are called (None: the
    default), `folder` where to record. `trust_code` allows all files that recorded runs or `--config` name.
    """

    settings: Settings
    models: dict[str, str]
    calls: "Calls | None"
    folder: FolderOptions
    trust_code: bool = False

    def check_trust(self) -> None:
        """Raise ConfigError if `--config` names a file that is not trusted."""
        from swarm_env import trusted_code

        settings = self.settings
        trusted_code.check(settings.of_file, "--config", self.trust_code)
        if settings.team is not None and not settings.has_own_team:
            from swarm_env.playing.team import Team, check_trust

            check_trust(Team.parse(settings.team), "--config", self.trust_code)

    def team(self, default: str | None) -> str | None:
        """The text of the team (or the default), completed by the options about models.

        Raises `ConfigError` if there are options about models, but no team.
        """
        text = default if self.settings.team is None else self.settings.team
        if not self.models:
            return text
        if text is None:
            raise ConfigError(f"{', '.join(self.models)}: name the team with --agents.")
        from swarm_env.playing.team import Team, completed

        return str(completed(Team.parse(text), self.models))

    def calls_with_keys(self) -> "Calls":
        """How models are called, with the keys of servers that the command line names.

        Raises:
            ConfigError: An address or the name of a variable cannot be used.
        """
        from swarm_env.chat import Keys, where
        from swarm_env.chat.transport.endpoint import check_url
        from swarm_env.chat.transport.headers import split_query
        from swarm_env.chat.transport.keys import OPENAI_KEY
        from swarm_env.playing.run_services import Calls
        from swarm_env.playing.team import Team
        from swarm_env.playing.team_keys import keys_of

        calls, url, variable = self.calls or Calls(), self.models.get("base_url"), self.models.get("key_env")
        keys = calls.keys or Keys()
        if self.settings.has_own_team:
            keys |= keys_of(Team.parse(self.team(None) or "").entries)
        if url is not None:
            check_url(split_query(url)[0], "base_url")
            keys = keys.allow(OPENAI_KEY, url)
        if variable is not None:
            keys = keys.allow(variable, url or where(None))
        return replace(calls, keys=keys)

    def world(self) -> "tuple[WorldConfig, Team, int]":
        """World, team and seed of a new run.

        Raises `SwarmEnvError` if the scenario is missing, or one of them cannot be used.
        """
        settings = self.settings
        if settings.scenario is None:
            raise ConfigError(
                "Say which scenario, as in: swarm run pursuit. `swarm list scenario` shows all."
            )
        from swarm_env.playing.runner import configure

        world, team = configure(settings.scenario, self.team("scripted") or "", settings.world)
        seed = secrets.randbelow(2**31) if settings.seed is None else settings.seed
        return world, team, seed


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A call of the runner, recorded in `folder`.

    `play` takes `observer` and `notify`. `origin` is the run that is resumed or forked (None: a new run); its
    team plays if `team` is None. `trust_code` is that of the request.
    """

    folder: Path
    team: str | None
    play: Callable[..., "Result"]
    origin: Path | None = None
    trust_code: bool = False

    def takes_terminal(self) -> bool:
        """Whether an agent draws on the terminal itself (its class says `takes_terminal = True`)."""
        from swarm_env.playing.team import Team, kind_of

        team = self.team
        if team is None and self.origin is not None:
            team = _recorded_team(self.origin, self.trust_code)
        if team is None:
            return False
        return any(getattr(kind_of(entry), "takes_terminal", False) for entry in Team.parse(team).entries)


def plan_run(request: RunRequest, recorded: ContinueOptions) -> RunPlan:
    """Choose between a new run, a fork and the rest of a run.

    Raises `SwarmEnvError` if options contradict each other, or one cannot be used; nothing was written then.
    """
    if recorded.resume is not None:
        return _resume(request, recorded.resume, recorded)
    if recorded.from_run is not None:
        return _fork(request, recorded.from_run, recorded.round)
    if recorded.round is not None:
        raise ConfigError("--round needs --from, the run to fork in that round.")
    if request.calls is not None and request.calls.mode == "replay":
        raise ConfigError("--calls replay needs --from, the run whose answers are used.")
    return _new(request)


def _resume(request: RunRequest, run: Path, recorded: ContinueOptions) -> RunPlan:
    settings, folder = request.settings, request.folder
    _refuse(
        "--resume continues a run as it is",
        settings,
        out=folder.out,
        force=folder.force or None,
        round=recorded.round,
    )
    if recorded.from_run is not None:
        raise ConfigError(
            "--resume and --from cannot go together: one continues a run, the other makes a new one."
        )
    if request.models and settings.team is None:
        raise ConfigError(
            f"--resume continues a run as it is: leave out {', '.join(sorted(request.models))}. If a model "
            "has moved, name the whole team with --agents."
        )
    return _going_on(request, run, request.team(None))


def _fork(request: RunRequest, run: Path, round_: int | None) -> RunPlan:
    from swarm_env.playing.runner import fork
    from swarm_env.runs.files import default_folder

    calls, folder = request.calls, request.folder
    _refuse("--from takes the world from the run", request.settings)
    replays = calls is not None and calls.mode == "replay"
    if round_ is None and not replays:
        raise ConfigError("--from needs --round: the first round that is decided anew.")
    trust_code, first = request.trust_code, round_ or 0
    team = request.team(_recorded_team(run, trust_code) if request.models else None)
    begun = _begun(folder)
    if begun is not None and _is_fork_of(begun, run, first, team):
        if not replays and sum(1 for _ in begun.rounds()) >= first:
            return _going_on(request, begun.folder, team)
        folder = replace(folder, force=True)  # it was killed before it held what it takes from the other run
    out = folder.out or default_folder(run.resolve().name, first)
    more: dict[str, Any] = {"calls": request.calls_with_keys(), "trust_code": trust_code}
    play = partial(fork, run, first, team, out=out, force=folder.force, **more)
    return RunPlan(out, team, play, run, trust_code)


def _new(request: RunRequest) -> RunPlan:
    from swarm_env.playing.runner import play
    from swarm_env.runs.files import default_folder

    world, team, seed = request.world()
    folder, scenario = request.folder, request.settings.scenario
    assert scenario is not None  # `world` has checked it
    begun = _begun(folder)
    if begun is not None and _is_run_of(begun, world, team, request.settings.seed):
        return _going_on(request, begun.folder, str(team))
    out = folder.out or default_folder(scenario, seed)
    force, calls = folder.force, request.calls_with_keys()
    run = partial(play, world, team, seed=seed, out=out, force=force, calls=calls)
    return RunPlan(out, str(team), run)


def _begun(folder: FolderOptions) -> "Run | None":
    """The unfinished run in the folder that the user names, unless it is to be replaced."""
    from swarm_env.runs.files import unfinished_run

    return None if folder.out is None or folder.force else unfinished_run(folder.out)


def _is_run_of(begun: "Run", world: "WorldConfig", team: "Team", seed: int | None) -> bool:
    """Whether a new run with these settings would be this one (`seed` None: any)."""
    from swarm_env.envs.make import with_current_names, without_functions

    info = begun.info
    return (
        info.origin is None
        and info.team == str(team.for_size(world.num_agents))
        and not info.options
        and seed in (None, info.seed)
        and with_current_names(info.config) == without_functions(world, info.seed)[0].model_dump(mode="json")
    )


def _is_fork_of(begun: "Run", run: Path, round_: int, team: str | None) -> bool:
    """Whether a fork of a run in this round would be this one (`team` None: the team of the run)."""
    from swarm_env.playing.team import Team
    from swarm_env.playing.team_counts import for_sides

    origin = begun.info.origin
    if origin is None or (origin.run, origin.round) != (str(run.resolve()), round_):
        return False
    before, now = Team.parse(begun.info.team), Team.parse(team or origin.team)
    if before.size is None or bool(before.sides) != bool(now.sides):
        return False
    sizes = {side: own.size or 0 for side, own in before.sides.items()} or {"": before.size}
    return begun.info.team == str(for_sides(now, sizes))


def _going_on(request: RunRequest, run: Path, team: str | None) -> RunPlan:
    """The rest of a run."""
    from swarm_env.playing.runner import resume

    calls, trust_code = request.calls_with_keys(), request.trust_code
    play = partial(resume, run, team, calls=calls, trust_code=trust_code)
    return RunPlan(run, team, play, run, trust_code)


def _refuse(why: str, settings: Settings, **more: Any) -> None:
    """Raise if any of these options was given."""
    given = list(settings.world) + [name for name, value in more.items() if value is not None]
    given += [name for name in ("scenario", "seed") if getattr(settings, name) is not None]
    if given:
        raise ConfigError(f"{why}: leave out {', '.join(sorted(given))}.")


def _recorded_team(folder: Path, trust_code: bool) -> str | None:
    """Text of the team of a run folder, whose files are trusted; None for a SwarmBench log."""
    from swarm_env.playing.team import Team, check_trust
    from swarm_env.runs.files import is_run_folder, read_run

    if not is_run_folder(folder):
        return None
    team = read_run(folder).info.team
    check_trust(Team.parse(team), str(folder), trust_code)
    return team
