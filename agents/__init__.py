"""Agents: one file or folder per kind."""

if __name__ == "agents":  # imported from the repository's folder instead of below `swarm_env`
    raise ModuleNotFoundError("`agents` is now `swarm_env.agents`.", name=__name__)
