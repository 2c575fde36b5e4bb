"""Games of SwarmBench's native logs become run folders of ours."""

from datetime import datetime
from pathlib import Path

from swarm_env.envs.decision_codec import to_log
from swarm_env.errors import RunError
from swarm_env.runs.files import RoundRecord, RunInfo, RunResult, versions
from swarm_env.runs.recording import Recording, open_recording, play_again
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame, read_game
from swarm_env.runs.verify import END, verify_one
from swarm_env.runs.writer import RunWriter, check_free


def import_game(source: GameFiles | RecordedGame, out: Path | str, force: bool = False) -> Path:
    """Write a native game as a run of ours, after checking that it plays the same here.

    Args:
        source: The game.
        out: Folder of the run, empty unless `force`.
        force: Replace the run that is in `out`.

    Returns:
        The folder. A game whose log stops before its end becomes an interrupted run.

    Raises:
        ConfigError: The folder cannot be used.
        RunError: The log cannot be read, or the game goes differently here; nothing was written.
    """
    check_free(Path(out), force)
    game = read_game(source) if isinstance(source, GameFiles) else source
    verdict = verify_one(game)
    if not verdict.agrees and not (verdict.difference and verdict.difference.what == END):
        raise RunError(f"Not imported: {verdict}.")
    _write(open_recording(game), Path(out), force)
    return Path(out)


def _write(recording: Recording, out: Path, force: bool) -> None:
    """Play a recording and write it as a run."""
    moments = play_again(recording)
    env = next(moments).env
    info = RunInfo(
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        config=recording.config.model_dump(mode="json"),
        seed=recording.seed,
        options=dict(recording.options),
        team=f"{recording.team}*{recording.config.num_agents}",
        decided_from=(0,),
        versions=versions(),
        digest=env.digest(),
    )
    said = 0
    with RunWriter.create(out, info, force) as writer:
        for number, moment in enumerate(moments):
            actions, messages = to_log(moment.decisions, env.possible_agents)
            said += sum(message is not None for message in messages or ())
            writer.append(RoundRecord(round=number, actions=actions, messages=messages, digest=env.digest()))
        result = RunResult(
            status="finished" if env.done else "interrupted",
            scenario=recording.config.scenario,
            seed=recording.seed,
            rounds=env.round,
            score=env.score,
            counts={"masked": 0, "messages": said},
        )
        writer.finish(result)
