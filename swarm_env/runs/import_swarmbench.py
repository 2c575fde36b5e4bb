"""Turn games of SwarmBench's native logs into run folders."""

from pathlib import Path

from swarm_env.errors import RunError
from swarm_env.runs.decision_log import to_log
from swarm_env.runs.files import RoundRecord, RunInfo, RunResult, new_run_info, unfinished_run
from swarm_env.runs.recording import Recording, open_recording, replay
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame, read_game
from swarm_env.runs.verify import END, verify_one
from swarm_env.runs.writer import RunWriter, check_free


def import_game(source: GameFiles | RecordedGame, out: Path | str, force: bool = False) -> Path:
    """Verify a native game and write it as a run to the folder `out`, which is returned.

    A game whose log stops before its end becomes an interrupted run. `force` replaces a run that is in the
    folder; without it, an import of the same game that was killed is done again. Raises `ConfigError` if the
    folder cannot be used, `RunError` if the log cannot be read or its replay differs; nothing was written
    then.
    """
    if unfinished_run(Path(out)) is None:
        check_free(Path(out), force)
    game = read_game(source) if isinstance(source, GameFiles) else source
    verdict = verify_one(game)
    if not verdict.agrees and not (verdict.difference and verdict.difference.what == END):
        raise RunError(f"Not imported: {verdict}.")
    _write(open_recording(game), Path(out), force)
    return Path(out)


def _was_begun(out: Path, info: RunInfo) -> bool:
    """Whether a process that was killed had begun to write this run."""
    begun = unfinished_run(out)
    if begun is None or begun.result is not None:
        return False
    ours, theirs = (
        one.model_dump(mode="json", exclude={"created", "versions"}) for one in (info, begun.info)
    )
    return ours == theirs


def _write(recording: Recording, out: Path, force: bool) -> None:
    """Replay a recording and write it as a run."""
    simulations = replay(recording)
    simulation = next(simulations)
    config, said = recording.config, 0
    info = new_run_info(
        config,
        seed=recording.seed,
        options=dict(recording.options),
        team=f"{recording.team}*{config.num_agents}",
        decided_from=(0,) * (recording.team.count(",") + 1),
        digest=simulation.digest(),
    )
    with RunWriter.create(out, info, force or _was_begun(out, info)) as writer:
        for number, _ in enumerate(simulations):
            logged = to_log(simulation.decisions, simulation.names)
            said += sum(message is not None for message in logged["messages"] or ())
            writer.append(RoundRecord(round=number, digest=simulation.digest(), **logged))
        result = RunResult(
            status="finished" if simulation.done else "interrupted",
            scenario=config.scenario,
            seed=recording.seed,
            rounds=simulation.round,
            score=simulation.score,
            payoffs=simulation.payoffs,
            counts={"masked": 0, "messages": said},
        )
        writer.finish(result)
