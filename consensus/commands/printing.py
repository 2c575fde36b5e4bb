"""What the commands write: results to standard output, all else to standard error."""

import json
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
