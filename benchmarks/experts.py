"""Which scenarios have a scripted expert; one that was just added need not have one yet."""

from swarm_env.agents.scripted import find_expert

from swarm_env.errors import RegistryError


def has_expert(scenario: str) -> bool:
    """Whether the agent `scripted` plays a scenario."""
    try:
        find_expert(scenario)
    except RegistryError:
        return False
    return True
