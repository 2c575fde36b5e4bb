"""The command line `swarm`. Each command is one file that assigns `COMMAND` (see `swarm_env.registry`)."""


def main() -> None:
    """Run the command line and exit with its status."""
    import sys

    from swarm_env.cli.app import run, show_crash

    try:
        run()
    finally:
        sys.excepthook = show_crash  # only now: typer sets its own hook
