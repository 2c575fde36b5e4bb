"""Small public functions: list and load what is registered, compile in advance."""

from typing import Any, cast

from swarm_env.agent import Agent
from swarm_env.registry import names, summaries
from swarm_env.rules import find_rule


def list_scenarios() -> dict[str, str]:
    """All scenarios: name to a one-line summary."""
    return summaries("scenario")


def list_agents() -> dict[str, str]:
    """All agents: name to a one-line summary."""
    return summaries("agent")


def list_rules() -> dict[str, str]:
    """All consensus rules: name to a one-line summary."""
    return summaries("rule")


def rule(name: str) -> Any:
    """A consensus rule by name.

    Args:
        name: A name of `list_rules()`, or `path/file.py:Name`; with options after a question mark if the rule
            takes them, as in "codef?threshold=2".

    Returns:
        The class that the rule's file exports, with these options filled in. Call it to make the rule.

    Raises:
        UnknownNameError: No such rule.
        ConfigError: The rule has no such option, or does not allow the value.
    """
    return find_rule(name)


def make_agent(text: str) -> Agent:
    """A new agent, ready for `reset(brief, agents, seed)`.

    Args:
        text: As in the command line's `--agents`: a name of `list_agents()` or `path/file.py:Name`, with an
            argument after a colon and options after a question mark if it takes them.

    Returns:
        The agent, before its `reset`.

    Raises:
        UnknownNameError: No such agent.
        ConfigError: The agent takes no such argument.
        ContractError: The registered object is not an agent.
    """
    from swarm_env.playing.team import TeamEntry
    from swarm_env.playing.team import make_agent as make
    from swarm_env.playing.team_syntax import read_entry

    if "?" not in text:
        return make(TeamEntry(text))
    entry = read_entry(text)
    return make(TeamEntry(entry.agent, options=entry.options))


def warmup(*chosen: str) -> None:
    """Compile the kernels, or load them from disk, so that later steps are fast from the first.

    Args:
        *chosen: Names of scenarios; none means all registered ones.

    Raises:
        UnknownNameError: No such scenario.
    """
    from swarm_env.envs.parallel import parallel_env
    from swarm_env.envs.vector import vector_env

    for name in chosen or names("scenario"):
        single = parallel_env(name)
        single.reset(seed=0)
        single.step(dict.fromkeys(single.agents, 0))
        batch = vector_env(name, num_worlds=2)
        batch.reset(seed=0)
        batch.step(cast(Any, batch.action_space.sample()))
        batch.close()
