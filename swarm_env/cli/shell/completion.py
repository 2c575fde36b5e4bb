"""Completion of names in bash, zsh and fish: `swarm --install-completion`."""

import os
from collections.abc import Callable, Sequence

Complete = Callable[[str], list[tuple[str, str]]]


def words() -> list[str] | None:
    """The words typed so far after `swarm`, if a shell asks for completion; None if the program is called."""
    if "_SWARM_COMPLETE" not in os.environ:
        return None
    os.environ["COLUMNS"] = "10000"  # typer wraps the texts beside the names, and each line would be a name
    typed = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS") or ""
    return typed.split()[1:]


def of(kind: str) -> Complete:
    """Completes the names of a kind of entry, such as "scenario"."""

    def complete(incomplete: str) -> list[tuple[str, str]]:
        from swarm_env.registry import summaries

        return [(name, text) for name, text in summaries(kind).items() if name.startswith(incomplete)]

    return complete


def one_of(values: Sequence[str]) -> Complete:
    """Completes some words."""

    def complete(incomplete: str) -> list[tuple[str, str]]:
        return [(value, "") for value in values if value.startswith(incomplete)]

    return complete


def team(incomplete: str) -> list[tuple[str, str]]:
    """Completes the last name of a team, as in 'scripted*5, ran'."""
    before, comma, last = incomplete.rpartition(",")
    start = f"{before}{comma}" + " " * (len(last) - len(last.lstrip()))
    return [(start + name, text) for name, text in of("agent")(last.strip())]
