"""How a world is shown: one file per renderer.

A renderer reads what a scenario declares and knows no scenario by name.
"""

if __name__ == "viz":  # imported from the repository's folder instead of below `swarm_env`
    raise ModuleNotFoundError("`viz` is now `swarm_env.viz`.", name=__name__)
