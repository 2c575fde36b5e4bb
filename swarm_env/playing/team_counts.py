"""How many agents each entry of a team controls, where the text of the team does not say it."""

from collections.abc import Sequence
from dataclasses import replace

from swarm_env import registry
from swarm_env.errors import ConfigError, SwarmEnvError
from swarm_env.playing.team_syntax import TeamEntry
from swarm_env.trusted_code import python_files

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
