"""Run folders with any score and any usage, made without playing."""

from swarm_env.envs.make import make_config
from swarm_env.leaderboard.scored_run import OURS, ScoredRun
from swarm_env.leaderboard.world_setting import WorldSetting
from swarm_env.runs.files import Origin, RoundRecord, RunInfo, RunResult, Usage
from swarm_env.runs.writer import RunWriter

DIGEST = "0" * 32
SMALL = WorldSetting("pursuit", 4, 8, 8, 5, 20)


def scored(team, seed, score, setting=SMALL, channel="none", recorded_by=OURS, usage=None, excluded=""):
    """A run as read from a folder."""
    source = f"{team}-{seed}-{score}-{channel}-{recorded_by}"
    return ScoredRun(source, recorded_by, setting, team, channel, seed, score, 20, usage, excluded)


def usage(decisions=100, fallbacks=None, **others):
    """What a run with models took."""
    known = {"calls": decisions, "answered": decisions, "prompt_tokens": 1000, "completion_tokens": 100}
    tokens = {"cached_tokens": 0, "reasoning_tokens": 0, "cost": 0.5, "seconds": 50.0}
    return Usage(**{"decisions": decisions, "fallbacks": fallbacks or {}, **known, **tokens, **others})


def make_run(
    folder,
    team="scripted",
    seed=1,
    score=3.0,
    status: str | None = "finished",
    usage=None,
    moves=0,
    options=None,
    decided_from=(0,),
    scenario="pursuit",
    **settings,
):
    """Write the folder of a run of one round; `moves` tells games apart. Returns the folder."""
    config = make_config(scenario, {"num_agents": 4, "height": 8, "width": 8, "max_rounds": 20, **settings})
    info = RunInfo(
        created="2030-01-01T00:00:00+00:00",
        config=config.model_dump(mode="json"),
        seed=seed,
        options=options or {},
        team=f"{team}*{config.num_agents}" if "*" not in team else team,
        decided_from=decided_from * (team.count(",") + 1),
        origin=Origin(run="x", round=decided_from[0], team="x") if any(decided_from) else None,
        digest=DIGEST,
    )
    with RunWriter.create(folder, info) as writer:
        writer.append(RoundRecord(round=0, actions=(moves,) * config.num_agents, digest=DIGEST))
        if status is not None:
            result = {"scenario": scenario, "seed": seed, "rounds": 1, "score": score, "usage": usage}
            writer.finish(RunResult(status=status, **result))  # type: ignore[arg-type]
    return folder
