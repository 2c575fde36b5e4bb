"""Agents and a world make a run: played, resumed, forked."""

import json
import operator
import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from swarm_env.config import WorldConfig, explain
from swarm_env.envs.make import make_config
from swarm_env.errors import ConfigError, RunError
from swarm_env.playing.human_input import HumanInput
from swarm_env.playing.live_run import LiveRun, Observer, Plan, Result, RunInterrupted
from swarm_env.playing.run_services import Calls, Notify, Services
from swarm_env.playing.team import Team, TeamEntry, as_team, channel_of, completed
from swarm_env.runs.files import MAX_SEED, ROUNDS_FILE, Origin, read_rounds
from swarm_env.runs.recording import Recording, Turn, open_recording
from swarm_env.runs.writer import RunWriter, check_free
from swarm_env.runtime.interrupts import Interrupts

__all__ = ["Calls", "Observer", "Result", "RunInterrupted", "configure", "fork", "play", "resume"]

AnyTeam = str | Team | Sequence[TeamEntry]


def play(
    world: str | WorldConfig,
    agents: AnyTeam = "scripted",
    *,
    seed: int | None = None,
    options: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    force: bool = False,
    observer: Observer | None = None,
    calls: Calls | None = None,
    notify: Notify | None = None,
    interrupts: Interrupts | None = None,
    seat: HumanInput | None = None,
    **settings: Any,
) -> Result:
    """Play one episode.

    Args:
        world: Name of a scenario, or a whole configuration.
        agents: Who plays: "scripted*5, random*5", or a team (see `swarm_env.playing.team`).
        seed: Seed of the world and, derived from it, of every agent; None draws one.
        options: Reset options, such as a `layout` to start from.
        out: Folder to record the run in; None records nothing.
        force: Replace the run that is in `out`.
        observer: Called with a `Frame` at the start and after every round; when it returns False, the run
            stops there.
        calls: How agents may call language models: budget, deadlines, cache; None: the defaults.
        notify: Called with a line when an agent has something to tell people; None: it goes to the log.
        interrupts: Its `press` stops the run from another thread, as Ctrl-C does; None: only Ctrl-C.
        seat: Where a person decides, offered to agents that people play; None: nowhere.
        **settings: Settings of `WorldConfig` when `world` is a name: `num_agents=20`, `height=16`, … Without
            `message` the channel is the one that the team needs ("text" for language models), else "none".

    Returns:
        How it ended. When the budget for language models is spent, the run stops, can be resumed, and
        `stopped` is "budget".

    Raises:
        ConfigError: The world, the team, the options or the folder cannot be used; nothing was written.
        UnknownNameError: There is no such scenario or agent.
        ContractError: An agent answered something else than its protocol says; the rounds before are on disk.
        RunInterrupted: Ctrl-C (a KeyboardInterrupt); the rounds before are on disk, `result` tells where.

    Example:
        >>> import swarm_env
        >>> swarm_env.play("synchronization", "random", seed=1, max_rounds=3).rounds
        3
    """
    config, team = configure(world, agents, settings)
    start_options = dict(options or {}) if out is None else _recordable(options or {})
    plan = Plan(config, _seed(seed), start_options, team)
    services = Services(plan.seed, calls, notify, seat=seat)
    return _play_on(plan, (), out, force, observer, services, interrupts)


def resume(
    run: Path | str,
    agents: AnyTeam | None = None,
    *,
    observer: Observer | None = None,
    calls: Calls | None = None,
    notify: Notify | None = None,
    interrupts: Interrupts | None = None,
    seat: HumanInput | None = None,
) -> Result:
    """Go on with a run that was interrupted or killed.

    It is played again up to its last complete round first: agents that remember are taken through the past,
    and what they decide is compared with the record. What language models answered is in the run's ledger and
    is not asked again.

    Args:
        run: The run's folder.
        agents: Who plays; None: the team of the run. Only needed when its agents were objects of your own, or
            when a model is to be reached at another address.
        observer: As for `play`; called from the round on where the run goes on.
        calls: As for `play`. A budget counts what the run has spent before too. Without one, the budget lasts
            that the run began with.
        notify: As for `play`.
        interrupts: As for `play`.
        seat: As for `play`.

    Returns:
        How it ended.

    Raises:
        RunError: It is no run, it is broken, already finished, or being written by another process.
        ReplayMismatch: The world or an agent goes differently than recorded; nothing on disk was changed.
        RunInterrupted: As for `play`.
    """
    with RunWriter.reopen(run) as writer:
        recording = open_recording(Path(run))
        if recording.run is None or not _is_unfinished(recording):
            raise RunError(f"{run} is finished: there is nothing to resume. To play on differently, fork it.")
        team = _team(recording, agents)
        plan = Plan(recording.config, recording.seed, dict(recording.options), team, recording.decided_from)
        services = Services(
            plan.seed, (calls or Calls()).within(recording.run.info.budget), notify, seat=seat
        )
        services.keep_in(writer.folder)
        with (
            interrupts or Interrupts() as held,
            LiveRun(plan, held, observer, services, recording.digest) as course,
        ):
            end = 0
            for record, past_end in read_rounds(writer.folder / ROUNDS_FILE):
                course.relive(Turn(record.actions, record.messages, record.digest))
                end = past_end
            with held.held():
                writer.keep(end)
                course.writer = writer
            return course.play_to_end()


def fork(
    run: Path | str,
    round: int,
    agents: AnyTeam | None = None,
    *,
    out: Path | str | None = None,
    force: bool = False,
    observer: Observer | None = None,
    calls: Calls | None = None,
    notify: Notify | None = None,
    interrupts: Interrupts | None = None,
    seat: HumanInput | None = None,
) -> Result:
    """Play a recorded game again up to a round and let others play on from there.

    The new run is complete in itself. Entries of the team that are the same as before are taken through the
    past and compared; the others learn what their bodies perceived and did (see `AgentPool`). What language models
    answered before that round is taken from the ledger of the run. With `Calls(mode="replay")` all their
    answers are: round 0 then plays the run again without a network, up to where it was stopped if it is
    unfinished.

    Args:
        run: Folder of a run, or of a native SwarmBench game.
        round: First round that is played anew, from 0 to the number of rounds recorded.
        agents: Who plays on; None: the same team.
        out: As for `play`.
        force: As for `play`.
        observer: As for `play`; called from that round on.
        calls: As for `play`.
        notify: As for `play`.
        interrupts: As for `play`.
        seat: As for `play`.

    Returns:
        How it ended.

    Raises:
        ConfigError: The run has no such round, or the team or the folder cannot be used; nothing was written.
        RunError: The run is broken, or (ReplayMismatch) goes differently than recorded.
        RunInterrupted: As for `play`.
    """
    if out is not None and Path(out).resolve() == Path(run).resolve():
        raise ConfigError(f"{run} cannot be forked onto itself. Choose another folder.")
    recording = open_recording(Path(run))
    if agents is None and recording.run is None:
        raise ConfigError(f"{run} was played by {recording.team}: say which agents are to play on.")
    team = _team(recording, agents)
    past = list(islice(recording.turns(), round if round >= 0 else None))
    if not 0 <= round <= len(past):
        raise ConfigError(f"{run} has no round {round}: it can be forked at rounds 0 to {len(past)}.")
    replays = calls is not None and calls.mode == "replay"
    plan = Plan(
        recording.config,
        recording.seed,
        dict(recording.options),
        team,
        _decided_from(recording, team, round),
        Origin(run=str(Path(run).resolve()), round=round, team=recording.team),
        sum(1 for _ in recording.turns()) if replays and _is_unfinished(recording) else None,
    )
    services = Services(plan.seed, calls, notify, seat=seat)
    services.remember(Path(run), None if replays else round)
    return _play_on(plan, past, out, force, observer, services, interrupts)


def configure(
    world: str | WorldConfig, agents: AnyTeam = "scripted", settings: Mapping[str, Any] | None = None
) -> tuple[WorldConfig, Team]:
    """The world and the team that `play` plays.

    Args:
        world: As for `play`.
        agents: As for `play`.
        settings: As for `play`.

    Returns:
        The configuration, with the channel that the team needs when nobody chose one, and the team, with
        names of files made absolute. Nothing is made and nothing is played.

    Raises:
        ConfigError: The world or the team is impossible.
        UnknownNameError: There is no such scenario or agent.
    """
    team = as_team(agents)
    if isinstance(world, WorldConfig):
        if settings:
            raise ConfigError(
                f"Settings ({', '.join(settings)}) go with the name of a scenario, not with a WorldConfig."
            )
        config, chosen = world, "message" in world.model_fields_set
    else:
        config = make_config(world, settings or {})
        chosen = settings is not None and "message" in settings
    team.seated(config.num_agents)
    team = completed(team, {})
    if not chosen and (channel := channel_of(team)) != config.message:
        try:
            config = WorldConfig.model_validate({**config.model_dump(exclude_unset=True), "message": channel})
        except ValidationError as error:
            raise ConfigError(f"The team {str(team)!r} needs {explain(error)}") from None
    return config, team


def _play_on(
    plan: Plan,
    past: Iterable[Turn],
    out: Path | str | None,
    force: bool,
    observer: Observer | None,
    services: Services,
    interrupts: Interrupts | None,
) -> Result:
    """Relive the past, then begin a folder with it and play on."""
    if out is not None:
        check_free(Path(out), force)
    with interrupts or Interrupts() as held, LiveRun(plan, held, observer, services) as course:
        info = course.info()
        records = [course.relive(turn) for turn in past]
        if out is None:
            return course.play_to_end()
        with RunWriter.create(out, info, force) as writer:
            with held.held():
                services.keep_in(writer.folder)
                for record in records:
                    writer.append(record)
                course.writer = writer
            return course.play_to_end()


def _team(recording: Recording, agents: AnyTeam | None) -> Team:
    """Who plays on: those who are named, or whoever played before."""
    return as_team(recording.team) if agents is None else completed(as_team(agents), {})


def _is_unfinished(recording: Recording) -> bool:
    """Whether it is a run of ours that was stopped before its end."""
    run = recording.run
    return run is not None and (run.result is None or run.result.status != "finished")


def _seed(seed: int | None) -> int:
    """The seed that `play` is asked for, or one that is drawn."""
    if seed is None:
        return secrets.randbelow(2**31)
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= operator.index(seed) < MAX_SEED:
        raise ConfigError(
            f"seed={seed!r:.80}: must be a whole number from 0 to 2**63 - 1, or None to draw one."
        )
    return operator.index(seed)


def _recordable(options: Mapping[str, Any]) -> dict[str, Any]:
    """Reset options as plain lists, numbers and texts."""

    def plain(thing: Any) -> Any:
        if hasattr(thing, "tolist"):  # arrays and numbers of numpy
            return thing.tolist()
        raise TypeError

    recordable = {}
    for name, option in options.items():
        try:
            recordable[str(name)] = json.loads(json.dumps(option, default=plain, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            raise ConfigError(
                f"The reset option {name!r} cannot be recorded: {type(option).__name__} is not made of lists,"
                f" numbers and texts. Leave it out, or play without out=."
            ) from None
    return recordable


def _decided_from(recording: Recording, team: Team, round: int) -> tuple[int, ...]:
    """For each entry of a new team the first round that it decided itself: as before if it is the same."""
    num_agents = recording.config.num_agents
    new = team.seated(num_agents)
    old = as_team(recording.team).seated(num_agents) if recording.run else None
    names = [str(number) for number in range(num_agents)]
    if old is None:
        return (round,) * len(new.entries)
    before = list(zip(old.entries, old.bodies(names), recording.decided_from, strict=False))
    after = zip(new.entries, new.bodies(names), strict=True)
    return tuple(
        min(before[i][2], round) if i < len(before) and before[i][:2] == (entry, bodies) else round
        for i, (entry, bodies) in enumerate(after)
    )
