"""The command line `swarm`. Its commands are one file each; rooms add more (see `swarm_env.registry`)."""


def main() -> None:
    """Run the command line and exit with its status."""
    import sys

    from swarm_env.cli.app import run, show_crash

    try:
        run()
    finally:
        sys.excepthook = show_crash  # now: typer puts its own there
