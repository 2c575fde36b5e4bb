"""Play, resume and fork runs."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from swarm_env import trusted_code
from swarm_env.config import WorldConfig, explain, integer
from swarm_env.envs.channel.controls import OtherMessages
from swarm_env.envs.make import make_config, without_functions
from swarm_env.errors import ConfigError, RunError
from swarm_env.playing.human_input import HumanInput
from swarm_env.playing.live_run import LiveRun, Observer, Plan, PlayOptions, Result, RunInterrupted
from swarm_env.playing.run_services import Calls, Notify, Services
from swarm_env.playing.team import (
    Team,
    TeamEntry,
    as_team,
    channel_of,
    check_trust,
    completed,
    files_of,
    with_preset,
)
from swarm_env.playing.team_counts import sizes_of_sides, team_in
from swarm_env.playing.team_keys import keys_of
from swarm_env.runs.files import MAX_SEED, ROUNDS_FILE, Origin, RecordedRound, read_rounds
from swarm_env.runs.recording import Recording, open_recording
from swarm_env.runs.writer import RunWriter, check_free
from swarm_env.runtime.given import given_path
from swarm_env.runtime.interrupts import Interrupts

__all__ = [
    "Calls",
    "Observer",
    "PlayOptions",
    "Result",
    "RunInterrupted",
    "configure",
    "fork",
    "play",
    "resume",
]

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
    human_input: HumanInput | None = None,
    messages_from: Path | str | OtherMessages | None = None,
    **settings: Any,
) -> Result:
    """Play one episode.

    Args:
        world: Name of a scenario, or a whole configuration.
        agents: The team: "scripted*5, random*5", or see `swarm_env.playing.team`.
        seed: Seed of the world and, derived from it, of every agent; None draws one.
        options: Reset options, such as a `layout` to start from in place of the setting `layout`.
        out: Folder to record the run in; None records nothing.
        force: Replace the run that is in `out`.
        observer: See `PlayOptions`, which documents this and the next five.
        calls: See `PlayOptions`.
        notify: See `PlayOptions`.
        interrupts: See `PlayOptions`.
        human_input: See `PlayOptions`.
        messages_from: See `PlayOptions`.
        **settings: Settings of `WorldConfig` if `world` is a name: `num_agents=20`, `height=16`, … Without
            `message` the channel is the one that the team needs ("text" for language models), else "none".

    Returns:
        How it ended. If the budget for language models is spent, or an endpoint cannot answer any request,
        the run is paused, can be resumed, and `stopped` is "budget" or "endpoint".

    Raises:
        ConfigError: The world, the team, the options or the folder cannot be used; nothing was written.
        UnknownNameError: There is no such scenario or agent.
        ContractError: An agent violates its protocol; the rounds before are on disk.
        RunInterrupted: Ctrl-C (a KeyboardInterrupt); the rounds before are on disk, see its `result`.

    Example:
        >>> import swarm_env
        >>> swarm_env.play("synchronization", "random", seed=1, max_rounds=3).rounds
        3
    """
    config, team = configure(world, agents, settings)
    named = trusted_code.python_files((config.scenario, config.options, config.layout, config.reward))
    trusted_code.remember((*files_of(team), *named))
    if out is not None:
        given_path(out, "out")
    if not isinstance(options, Mapping | None):
        raise ConfigError(f"options={options!r:.80}: must be reset options by name, or None.")
    start_options = dict(options or {}) if out is None else _recordable(options or {})
    shared = PlayOptions(
        observer=observer,
        calls=calls,
        notify=notify,
        interrupts=interrupts,
        human_input=human_input,
        messages_from=messages_from,
    )
    number = _seed(seed)
    kept, functions, reward = without_functions(config, number)
    plan = Plan(kept, number, start_options, team, functions=functions, reward=reward)
    return _play_on(plan, (), out, force, shared, shared.services(plan.seed, _calls(calls, team)))


def resume(run: Path | str, agents: AnyTeam | None = None, **shared: Any) -> Result:
    """Continue a run that was interrupted or killed.

    It is first replayed up to its last complete round: the agents are taken through the past, and their
    decisions compared with the recorded ones. Answers of language models come from the run's ledger and are
    not asked for again. If models did not answer at its end, it continues in the round of their last answer.

    Args:
        run: The run's folder.
        agents: The team; None: the team of the run. Needed only if agents were Python objects, or a model has
            another address now.
        **shared: Fields of `PlayOptions`.

    Raises:
        RunError: It is not a run, is broken, finished, or being written by another process.
        ReplayMismatch: A digest or a decision differs from the recorded one; nothing on disk was changed.
        RunInterrupted: Ctrl-C, see `play`.
    """
    given = PlayOptions(**shared)
    given_path(run, "run")
    with RunWriter.reopen(run) as writer:
        recording = open_recording(Path(run), given.trust_code)
        if recording.run is None or not _is_unfinished(recording):
            raise RunError(f"{run} is finished: there is nothing to resume. To play on differently, fork it.")
        plan = _plan(recording, agents, given, recording.decided_from)
        calls = _calls(given.calls, None if agents is None else plan.team)
        services = given.services(plan.seed, calls.within(recording.run.info.budget))
        services.keep_in(writer.folder)
        with (
            given.interrupts or Interrupts() as interrupts,
            LiveRun(plan, interrupts, given.observer, services) as live_run,
        ):
            end = played = 0
            origin, outage = recording.run.info.origin, services.unanswered_from()
            for recorded, line_end in read_rounds(writer.folder / ROUNDS_FILE):
                if outage is not None and recorded.round >= max(outage, origin.round if origin else 0):
                    break  # it is played anew: no answer came after it
                live_run.replay(recorded)
                end, played = line_end, recorded.round + 1
            if origin and played < origin.round:
                raise RunError(
                    f"{run} was killed before it held the {origin.round} rounds that it was forked with. "
                    f"Fork {origin.run} again, with --force (force=True)."
                )
            with interrupts.held():
                services.ask_anew(played)
                writer.keep(end)
                live_run.writer = writer
            return live_run.play_to_end()


def fork(
    run: Path | str,
    round: int,
    agents: AnyTeam | None = None,
    *,
    out: Path | str | None = None,
    force: bool = False,
    **shared: Any,
) -> Result:
    """Replay a recording up to a round and continue from there as a new run, with other agents if wanted.

    Unchanged entries of the team are taken through the past and compared;
    the others learn the perceptions and decisions of their agents (see `AgentPool`). Answers of language
    models before that round are copied from the ledger of the run. With `Calls(mode="replay")` all their
    answers are: round 0 then replays the run without a network, up to where it was stopped if it is
    unfinished.

    Args:
        run: Folder of a run, or of a native SwarmBench game.
        round: First round that is newly played, from 0 to the number of recorded rounds.
        agents: The team; None: the same team.
        out: Folder to record the new run in; None records nothing.
        force: Replace the run that is in `out`.
        **shared: Fields of `PlayOptions`.

    Raises:
        ConfigError: The run has no such round, or the team or the folder cannot be used; nothing was written.
        RunError: The run is broken, or (ReplayMismatch) a digest or a decision differs.
        RunInterrupted: Ctrl-C, see `play`.
    """
    given = PlayOptions(**shared)
    source = given_path(run, "run")
    if out is not None and given_path(out, "out") == source:
        raise ConfigError(f"{run} cannot be forked onto itself. Choose another folder.")
    recording = open_recording(Path(run), given.trust_code)
    if agents is None and recording.run is None:
        raise ConfigError(f"{run} was played by {recording.team}: say which agents are to play on.")
    first = integer(round)
    past = list(islice(recording.rounds(), first if first is not None and first >= 0 else None))
    if first is None or not 0 <= first <= len(past):
        raise ConfigError(f"{run} has no round {round!r:.80}: it can be forked at rounds 0 to {len(past)}.")
    replays = given.calls is not None and given.calls.mode == "replay"
    plan = _plan(recording, agents, given)
    plan = replace(
        plan,
        digest=None,  # its rounds are compared, and a fork at round 0 has none
        decided_from=_decided_from(recording, plan.team, first),
        origin=Origin(run=str(source), round=first, team=recording.team),
        record_ends=sum(1 for _ in recording.rounds()) if replays and _is_unfinished(recording) else None,
    )
    services = given.services(plan.seed, _calls(given.calls, None if agents is None else plan.team))
    services.remember(Path(run), None if replays else first)
    return _play_on(plan, past, out, force, given, services)


def configure(
    world: str | WorldConfig, agents: AnyTeam = "scripted", settings: Mapping[str, Any] | None = None
) -> tuple[WorldConfig, Team]:
    """The settings and the team of `play` with the same arguments. Nothing is made or played.

    The configuration has the channel that the team needs if none was chosen; paths in the team are made
    absolute. Raises `ConfigError` if the world or the team is impossible, `UnknownNameError` if there is no
    such scenario or agent.
    """
    team = as_team(agents)
    if isinstance(world, str) and team.sides:
        settings = sizes_of_sides(world, team, settings or {}) | dict(settings or {})
    if isinstance(world, WorldConfig):
        if settings:
            raise ConfigError(
                f"Settings ({', '.join(settings)}) go with the name of a scenario, not with a WorldConfig."
            )
        config, chosen = world, "message" in world.model_fields_set
    else:
        config = make_config(world, settings or {})
        chosen = settings is not None and "message" in settings
    team = with_preset(completed(team_in(team, config), {}), config.preset)
    if not chosen and (channel := channel_of(team)) != config.message:
        try:
            config = WorldConfig.model_validate({**config.model_dump(exclude_unset=True), "message": channel})
        except ValidationError as error:
            raise ConfigError(f"The team {str(team)!r} needs {explain(error)}") from None
    return config, team


def _play_on(
    plan: Plan,
    past: Iterable[RecordedRound],
    out: Path | str | None,
    force: bool,
    given: PlayOptions,
    services: Services,
) -> Result:
    """Replay the past, then write it to a new folder and play on."""
    if out is not None:
        check_free(Path(out), force)
    with (
        given.interrupts or Interrupts() as interrupts,
        LiveRun(plan, interrupts, given.observer, services) as live_run,
    ):
        info = live_run.info()
        records = [live_run.replay(recorded) for recorded in past]
        if out is None:
            return live_run.play_to_end()
        with RunWriter.create(out, info, force) as writer:
            with interrupts.held():
                services.keep_in(writer.folder)
                for record in records:
                    writer.append(record)
                live_run.writer = writer
            return live_run.play_to_end()


def _calls(calls: Calls | None, team: Team | None) -> Calls:
    """How models are called, with the keys that a given team may have; None: the team is a recorded one."""
    calls = calls or Calls()
    if calls.keys is not None or team is None:
        return calls
    return replace(calls, keys=keys_of(team.entries))


def _plan(
    recording: Recording, agents: AnyTeam | None, given: PlayOptions, decided_from: tuple[int, ...] = ()
) -> Plan:
    """The plan of a run that continues a recording, with its team unless another is given."""
    if agents is None:
        team = as_team(recording.team)
        check_trust(team, recording.source, given.trust_code)
    else:
        team = team_in(as_team(agents), recording.config)
        team = with_preset(completed(team, {}), recording.config.preset)
        trusted_code.remember(files_of(team))
    return Plan(
        recording.config,
        recording.seed,
        dict(recording.options),
        team,
        decided_from,
        digest=recording.digest,
        source=recording.source,
        functions=recording.functions,
        reward=trusted_code.usable(recording.functions.get("reward"), given.trust_code),  # for the sums only
    )


def _is_unfinished(recording: Recording) -> bool:
    """Whether it is a run that was stopped before its end."""
    run = recording.run
    return run is not None and (run.result is None or run.result.status != "finished")


def _seed(seed: int | None) -> int:
    """A checked seed; draws one for None."""
    if seed is None:
        return secrets.randbelow(2**31)
    number = integer(seed)
    if number is None or not 0 <= number < MAX_SEED:
        raise ConfigError(f"seed={seed!r:.80}: must be an integer from 0 to 2**63 - 1, or None to draw one.")
    return number


def _recordable(options: Mapping[str, Any]) -> dict[str, Any]:
    """Reset options converted to JSON types."""

    def plain(value: Any) -> Any:
        if hasattr(value, "tolist"):  # NumPy arrays and scalars
            return value.tolist()
        raise TypeError

    recordable = {}
    for name, option in options.items():
        try:
            recordable[str(name)] = json.loads(json.dumps(option, default=plain, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            raise ConfigError(
                f"The reset option {name!r} cannot be recorded: {type(option).__name__} does not consist of "
                f"lists, numbers and texts. Omit it, or play without out=."
            ) from None
    return recordable


def _decided_from(recording: Recording, team: Team, round: int) -> tuple[int, ...]:
    """For each entry of a new team the first round that it decided itself; unchanged entries keep theirs."""
    num_agents = recording.config.num_agents
    names = [str(number) for number in range(num_agents)]
    after = zip(team.for_size(num_agents).entries, team.split(names), strict=True)
    before: list[Any] = []
    if recording.run is not None:
        old = as_team(recording.team).for_size(num_agents)
        before = list(zip(old.entries, old.split(names), recording.decided_from, strict=False))
    return tuple(
        min(before[i][2], round) if i < len(before) and before[i][:2] == (entry, share) else round
        for i, (entry, share) in enumerate(after)
    )
