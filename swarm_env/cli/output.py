"""What the commands write: results to standard output, all else to standard error."""

import json
import os
import sys
from typing import Any

import typer


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
