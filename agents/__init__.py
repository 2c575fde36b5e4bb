"""Agents: one file or folder per kind."""

if __name__ == "agents":  # imported from the repository's folder instead of below `swarm_env`
    from swarm_env.moved import moved_error

    raise moved_error(__name__)
