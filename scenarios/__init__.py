"""The tasks: one file per scenario."""

if __name__ == "scenarios":  # imported from the repository's folder instead of below `swarm_env`
    raise ModuleNotFoundError("`scenarios` is now `swarm_env.scenarios`.", name=__name__)
