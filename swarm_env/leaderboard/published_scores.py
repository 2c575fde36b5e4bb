"""Published scores of SwarmBench's five tasks, shown on request beside those of equal worlds, never ranked.

Source: arXiv 2505.04364 (version 4), Table S.1. The table names neither map nor number of agents. The example
of the released system plays 10 agents on 10 x 10 cells, figures of the appendix show 12. View and rounds are
those of the paper. Its scores of flocking are half of those that the released system records, which we
follow: here they are doubled. Then that of gemini-2.0-flash, 18.8, is more than 10 agents can reach on such a
map (13.8 on average, our measurement), but 12 can (22.3).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from swarm_env.errors import ConfigError
from swarm_env.leaderboard.world_setting import WorldSetting
from swarm_env.playing.team import Team

if TYPE_CHECKING:
    from swarm_env.leaderboard.rows import Row, Table

BENCHMARK = "swarmbench"  # name of the benchmark on the command line
SOURCE = "SwarmBench (arXiv 2505.04364, Table S.1)"
RUNS = 5
FLOCKING_FACTOR = 2.0  # of the released system against the paper
AGENTS = (10, 12)  # of the released example, of the figures of the appendix
TASKS = ("pursuit", "synchronization", "foraging", "flocking", "transport")


class Published(NamedTuple):
    """One published score: the model, as named by the source, mean and standard deviation of `RUNS` runs."""

    model: str
    mean: float
    sd: float


# Mean and standard deviation in the order of `TASKS`, as printed.
_PRINTED: Mapping[str, tuple[float, ...]] = {
    "gemini-2.0-flash": (8.80, 1.60, 3.40, 2.94, 5.80, 4.35, 9.40, 0.80, 0.0, 0.0),
    "o4-mini": (9.60, 0.49, 2.80, 1.17, 4.80, 2.64, 8.90, 1.83, 0.52, 1.04),
    "claude-3.7-sonnet": (4.40, 1.20, 12.60, 9.62, 1.20, 1.47, 7.50, 1.93, 0.0, 0.0),
    "gpt-4.1": (8.40, 1.85, 2.80, 0.75, 3.20, 1.94, 5.70, 0.68, 0.0, 0.0),
    "deepseek-v3": (4.20, 2.48, 4.00, 1.41, 2.60, 2.06, 6.40, 1.40, 0.0, 0.0),
    "gpt-4o": (3.40, 1.50, 1.80, 1.33, 1.60, 1.85, 5.00, 3.18, 0.0, 0.0),
    "o3-mini": (3.60, 2.06, 2.20, 1.17, 2.60, 3.88, 2.70, 0.93, 0.0, 0.0),
    "qwq-32b": (2.20, 1.94, 1.20, 0.98, 0.80, 0.75, 5.90, 0.20, 0.0, 0.0),
    "deepseek-r1": (1.00, 0.63, 1.20, 1.17, 1.00, 1.10, 6.10, 0.38, 0.71, 1.42),
    "llama-3.1-70b": (1.80, 0.40, 1.00, 1.10, 0.0, 0.0, 7.10, 0.74, 0.0, 0.0),
    "llama-4-scout": (1.20, 0.75, 0.20, 0.40, 1.00, 1.55, 7.10, 2.44, 0.0, 0.0),
    "gpt-4.1-mini": (1.40, 0.80, 0.60, 0.49, 1.40, 1.02, 5.00, 2.76, 0.0, 0.0),
    "claude-3.5-haiku": (0.60, 0.49, 1.00, 0.00, 0.0, 0.0, 5.60, 0.74, 0.0, 0.0),
}


def in_our_scale(task: str, value: float) -> float:
    """A score or a standard deviation that the paper prints, as the released system would record it."""
    return round(value * FLOCKING_FACTOR, 4) if task == "flocking" else value


def world(task: str, num_agents: int = AGENTS[0]) -> WorldSetting:
    """The world that the scores of a task are taken to be of."""
    return WorldSetting(task, num_agents, height=10, width=10, view_size=5, max_rounds=100)


def scores_of(task: str) -> tuple[Published, ...]:
    """The published scores of a task in our scale, best first; none for other scenarios."""
    if task not in TASKS:
        return ()
    column = 2 * TASKS.index(task)
    found = [
        Published(model, in_our_scale(task, row[column]), in_our_scale(task, row[column + 1]))
        for model, row in _PRINTED.items()
    ]
    return tuple(sorted(found, key=lambda one: -one.mean))


def why_not(table: "Table") -> str:
    """Why the published scores cannot stand beside a table; "" if they can."""
    setting = table.setting
    if setting.scenario not in TASKS:
        return f"SwarmBench has no task {setting.scenario}"
    plain = replace(setting, options=(), start="")
    if plain not in [world(setting.scenario, number) for number in AGENTS]:
        return f"they are for {world(setting.scenario)} (or {AGENTS[1]} agents), and these runs for {setting}"
    if setting.options or setting.start:
        return f"they are for the task without further settings, and these runs for {setting}"
    others = [unlike(row) for row in table.all_rows]
    return f"these runs differ: {'; '.join(dict.fromkeys(others))}" if others and all(others) else ""


def unlike(row: "Row") -> str:
    """How the runs of a row differ from the published ones in the same world; "" if they do not."""
    if row.recorded_by == BENCHMARK:
        return ""
    differs = [f"messages are {row.channel}"] if row.channel not in ("none", "text") else []
    if has_other_prompt(row.team):
        differs.append(f"the prompt is not that of --preset {BENCHMARK}")
    return ", ".join(differs)


def has_other_prompt(team: str) -> bool:
    """Whether a language model of the team is asked with another prompt than that of the preset."""
    try:
        entries = Team.parse(team).entries
    except ConfigError:  # the name was cut
        return False
    return any(
        one.agent.partition(":")[0] == "llm" and dict(one.options).get("preset") != BENCHMARK
        for one in entries
    )


def note(task: str) -> str:
    """What a reader of the scores of a task must know."""
    doubled = (
        ", doubled (the paper prints half of what the released system records; 10 agents cannot reach the "
        "best of them, 12 can)"
    )
    return (
        f"{SOURCE}, {task}: mean and standard deviation of {RUNS} runs{doubled * (task == 'flocking')}; the "
        "paper names neither map nor number of agents, its example plays 10 and its figures show 12"
    )
