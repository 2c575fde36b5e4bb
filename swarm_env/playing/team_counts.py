"""How many agents each entry and each side of a team has, where the text of the team does not say it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from swarm_env import registry
from swarm_env.config import WorldConfig, integer
from swarm_env.envs.make import make_scenario, scenario_class
from swarm_env.errors import ConfigError, SwarmEnvError, did_you_mean
from swarm_env.playing.team_syntax import TeamEntry, read_entries
from swarm_env.trusted_code import python_files

if TYPE_CHECKING:
    from swarm_env.playing.team import Team

REST = "scripted"  # plays the agents that people leave


def fill_counts(
    entries: Sequence[TeamEntry], num_agents: int, place: str = "the world"
) -> tuple[TeamEntry, ...]:
    """The entries with all counts filled in, so that they add up to `num_agents`.

    Of agents that play one (`plays_one`, people) an entry without a count has one agent; if there is no other
    entry without a count, `scripted` plays the rest. Raises `ConfigError`, which says that `place` has so
    many, if the counts cannot add up to that number.
    """
    given = ", ".join(map(str, entries))
    filled = [replace(one, count=1) if plays_one(one) else one for one in entries]
    taken = sum(one.count or 0 for one in filled)
    left, is_open = num_agents - taken, any(one.count is None for one in filled)
    if left > 0 and not is_open and filled != list(entries):
        filled.append(TeamEntry(REST))
        is_open = True
    if left < 0 or (left > 0) != is_open:
        raise ConfigError(
            f"The team {given!r} names {taken} agents{' and one more entry' if is_open else ''}, but "
            f"{place} has {num_agents}. Make the numbers add up to {num_agents}, or omit one."
        )
    return tuple(replace(one, count=left) if one.count is None else one for one in filled)


def plays_one(entry: TeamEntry) -> bool:
    """Whether an entry without a count plays one agent (its class says `plays_one = True`), not all others.

    Files are not looked into, with an argument or without: they may not be trusted.
    """
    name = entry.agent.partition(":")[0]
    if entry.count is not None or entry.make is not None or any(python_files((entry.agent, name))):
        return False
    try:
        return bool(getattr(registry.load("agent", name), "plays_one", False))
    except SwarmEnvError:  # there is no such agent, or it cannot be imported: who makes it says so
        return False


def for_sides(team: "Team", sizes: Mapping[str, int], rest: str = "") -> "Team":
    """A team with its sides in order and all counts filled in.

    Args:
        team: The team.
        sizes: Agents of each team of the scenario, in order; empty if it has no teams.
        rest: What plays sides that the text does not name; "": it must name all.

    Returns:
        The team; as `Team.for_size` if its text names no side.

    Raises:
        ConfigError: There is no such side, one is missing, or its counts cannot add up to its size.
    """
    given = {side: own.entries for side, own in team.sides.items()}
    if not given:
        return team.for_size(sum(sizes.values()))
    for side in given:
        if side not in sizes:
            raise ConfigError(
                f"The team {str(team)!r:.200} names the side {side!r}.{did_you_mean(side, sizes)} "
                + (f"The sides are {', '.join(sizes)}." if sizes else "The scenario has no teams.")
            )
    entries: list[TeamEntry] = []
    for side, size in sizes.items():
        if side not in given and not rest:
            raise ConfigError(
                f"The team {str(team)!r:.200} does not say who plays {side}. Add for example "
                f"'; {side}=scripted'."
            )
        own = given.get(side) or read_entries(rest)
        entries += (replace(one, side=side) for one in fill_counts(own, size, side)) if size else ()
    return replace(team, entries=tuple(entries))


def team_in(team: "Team", config: WorldConfig) -> "Team":
    """A team with the sides of a world in order and their counts filled in; others are only checked.

    Raises `ConfigError` if it does not fit the world.
    """
    if team.sides:
        scenario = make_scenario(config)
        return for_sides(team, dict(zip(scenario.teams, scenario.team_sizes, strict=False)))
    team.for_size(config.num_agents)
    return team


def sizes_of_sides(scenario: str, team: "Team", settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings `num_agents` and `sides` that a team asks for whose sides say their numbers.

    One side may leave it open if `num_agents` is set. Empty if the team asks for none.
    """
    names, sizes = scenario_class(scenario).teams, {side: own.size for side, own in team.sides.items()}
    known, total = [size for size in sizes.values() if size is not None], integer(settings.get("num_agents"))
    is_open = len(known) < len(sizes)
    if sizes.keys() != set(names) or "layout" in settings or len(known) < len(sizes) - (total is not None):
        return {}
    rest = (total or 0) - sum(known) if is_open else 0
    if not known or rest < is_open:
        return {}
    sides = tuple(rest if (size := sizes[name]) is None else size for name in names)
    return {"num_agents": sum(sides), "sides": sides}
