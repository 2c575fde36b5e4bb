"""How many agents each team has."""

from swarm_env.config.world_config import WorldConfig
from swarm_env.errors import ConfigError


def team_sizes(teams: tuple[str, ...], config: WorldConfig) -> tuple[int, ...]:
    """Agents of each team; all in one without teams. Raises `ConfigError` if the settings do not fit."""
    n, sides, count = config.num_agents, config.sides, max(len(teams), 1)
    if sides is None:
        if n < count:
            raise ConfigError(
                f"num_agents={n}: {config.scenario} has the teams {', '.join(teams)}; set {count} or more."
            )
        return tuple(n // count + (t < n % count) for t in range(count))
    if not teams:
        raise ConfigError(f"sides={sides}: {config.scenario} has no teams; leave it out.")
    if len(sides) != count or sum(sides) != n:
        raise ConfigError(
            f"sides={sides}: must be {count} numbers, the agents of {', '.join(teams)}, which add up to "
            f"num_agents={n}. Set both."
        )
    return sides
