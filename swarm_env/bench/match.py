"""The table `[match]` of a bench file: who plays with or against whom.

    scenarios = ["battle"]
    seeds = 20

    [match]
    pool = ["scripted", "random", "ppo?weights=mine.npz"]    # or "pool:FOLDER"

In a scenario with two teams all members of the pool play each other from every seed twice, the second time
with sides swapped. In one without teams (Melting Pot's protocol; J. Leibo et al., "Scalable evaluation of
multi-agent reinforcement learning with Melting Pot", ICML 2021) each member plays all agents, and then
`focal` of them among others of `background`.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from swarm_env.envs.make import make_config, scenario_class
from swarm_env.errors import ConfigError
from swarm_env.playing.team import Team
from swarm_env.pool import PREFIX, pool_of

_Text = Annotated[str, Field(min_length=1, max_length=10_000)]


class MatchConfig(BaseModel):
    """Table `[match]`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    pool: _Text | Annotated[list[_Text | dict[str, Any] | list[dict[str, Any]]], Field(min_length=1)] = Field(
        description="members: texts or tables of teams, or pool:FOLDER"
    )
    background: _Text = Field(
        default="scripted", description="who plays the other agents, in scenarios without teams"
    )
    focal: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="agents that a member plays among others, in scenarios without teams; half"
    )


def members_of(match: MatchConfig) -> list[Any]:
    """The members, as texts or tables. Raises `ConfigError` if a folder is no pool, or one is named twice."""
    if isinstance(match.pool, str):
        if not match.pool.startswith(PREFIX):
            raise ConfigError(f"match.pool={match.pool!r:.80}: must be a list of teams, or 'pool:FOLDER'.")
        pool = pool_of(match.pool)
        members: list[Any] = [pool.agent(member) for member in pool.members]
    else:
        members = list(match.pool)
    if len({repr(member) for member in members}) < len(members):
        raise ConfigError("match.pool names a member twice.")
    return members


def pairings(
    match: MatchConfig, members: Sequence[str], scenario: str, settings: dict[str, Any]
) -> list[str]:
    """The texts of the teams that play in one world.

    Raises `ConfigError` if the scenario has more than two teams, or the pool too few members, or one names a
    side itself.
    """
    teams = scenario_class(scenario).teams
    for member in members:
        if Team.parse(member).sides:
            raise ConfigError(f"match.pool: {member!r:.80} names sides. A member plays all of a side.")
    if not teams:
        return _focal(match, members, make_config(scenario, settings).num_agents)
    if len(teams) != 2 or len(members) < 2:
        raise ConfigError(
            f"[match] needs two members or more and a scenario with two teams (or none); {scenario} has "
            f"{len(teams)}, the pool {len(members)}."
        )
    first, second = teams
    return [
        f"{first}={a}; {second}={b}" for i, a in enumerate(members) for j, b in enumerate(members) if i != j
    ]


def _focal(match: MatchConfig, members: Sequence[str], num_agents: int) -> list[str]:
    """Each member alone, then as focal agents among others."""
    focal = num_agents // 2 if match.focal is None else match.focal
    if not 1 <= focal < num_agents:
        raise ConfigError(
            f"match.focal={focal}: must be from 1 to {num_agents - 1}, so that others are left."
        )
    for text in (*members, match.background):
        entries = Team.parse(text).entries
        if len(entries) > 1 or entries[0].count is not None:
            raise ConfigError(
                f"match: {text!r:.80} must be one kind of agents without a number, as 'scripted': it plays "
                f"{num_agents}, {focal} or {num_agents - focal} agents."
            )
    return [*members, *(f"{member}*{focal}, {match.background}*{num_agents - focal}" for member in members)]
