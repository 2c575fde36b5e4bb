"""What settings mean for a scenario: agents of each team, settings that need continuous space."""

from swarm_env.config.world_config import CONTINUOUS, WorldConfig
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


def check_space(config: WorldConfig, space: str) -> None:
    """Raise `ConfigError` on a grid for settings that only worlds in continuous space have."""
    for name in CONTINUOUS if space == "grid" else ():
        value = getattr(config, name)
        if value != WorldConfig.model_fields[name].default:
            raise ConfigError(
                f"{name}={value!r}: {config.scenario} is on a grid; leave it out, or take a scenario in "
                "continuous space, such as vicsek."
            )
