"""Which run's messages are sent in a run whose team has `messages=scrambled`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from swarm_env.envs.channel.controls import checked_control
from swarm_env.errors import ConfigError
from swarm_env.leaderboard.team_names import team_label
from swarm_env.playing.team import Team
from swarm_env.playing.team_syntax import control_of, without_control

if TYPE_CHECKING:
    from swarm_env.bench.plan import PlannedRun


def with_others(runs: "Sequence[PlannedRun]", seeds: Sequence[int]) -> "list[PlannedRun]":
    """Give the runs with `messages=scrambled` that of the seed before (of the first seed, the second).

    That of the seed before stays the same when seeds are added to a bench. Raises `ConfigError` if there is
    no such run.
    """
    names = {(r.setting, r.config.scenario, str(r.team), r.repeat, r.seed): r.name for r in runs}
    before = {seed: seeds[i - 1] if i else seeds[min(1, len(seeds) - 1)] for i, seed in enumerate(seeds)}
    found = []
    for run in runs:
        controls = [checked_control(control_of(entry)) for entry in run.team.entries]
        if "scrambled" in controls:
            talking = str(Team(tuple(map(without_control, run.team.entries))))
            other = names.get((run.setting, run.config.scenario, talking, run.repeat, before[run.seed]))
            if other is None or before[run.seed] == run.seed:
                raise ConfigError(
                    f"The team {run.label!r} has messages=scrambled: what the same team says with another "
                    f"seed. Give two seeds or more, and {team_label(talking)!r} among the teams."
                )
            run = replace(run, others=other)
        found.append(run)
    return found
