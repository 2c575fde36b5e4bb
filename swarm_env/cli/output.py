"""What the commands write: results to standard output, all else to standard error."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

T = TypeVar("T")


def result(text: str) -> None:
    """Write a line that the user asked for."""
    typer.echo(text)


def note(text: str) -> None:
    """Write a line about how things go, or what went wrong."""
    typer.echo(text, err=True)


def result_json(value: Any) -> None:
    """Write a value as one line of JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def can_draw(on_stdout: bool = False) -> bool:
    """Whether a stream is a terminal that can be drawn on (CI, pipes and TERM=dumb cannot).

    Args:
        on_stdout: Look at standard output instead of standard error.
    """
    stream = sys.stdout if on_stdout else sys.stderr
    return stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


@contextmanager
def progress(things: Sequence[T], doing: str, quiet: bool = False) -> Iterator[Iterable[T]]:
    """Things to go through, with a bar on standard error where one can be drawn and there are several.

    Args:
        things: What is worked on, one after the other.
        doing: What is done to them.
        quiet: Draw nothing.

    Yields:
        The things.
    """
    if quiet or len(things) < 2 or not can_draw():
        yield things
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield bar.track(things, description=doing)
