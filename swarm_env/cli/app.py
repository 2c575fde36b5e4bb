"""The command `swarm`: its subcommands and what it exits with."""


def run() -> None:
    """Run the subcommand that the arguments name."""
