"""The command `swarm`."""


def main() -> None:
    """Entry point of the command line."""
    from swarm_env.cli.app import run

    run()
