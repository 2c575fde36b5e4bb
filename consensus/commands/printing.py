"""What the commands write: results to standard output, all else to standard error; and folders for files."""

import json
from pathlib import Path
from typing import Any

import typer

from swarm_env.errors import ConfigError


def result(text: str) -> None:
    """Write a line that the user asked for."""
    typer.echo(text)


def note(text: str) -> None:
    """Write a line about how things go, or what went wrong."""
    typer.echo(text, err=True)


def result_json(value: Any) -> None:
    """Write a value as one line of JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def check_folder(out: Path, force: bool) -> None:
    """Raise `ConfigError` for a folder that holds something, or is none, unless `--force` is given."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not force:
        raise ConfigError(f"--out {out} is there already and not empty. Give another folder, or add --force.")


def make_folder(option: str, folder: Path) -> None:
    """Make the folder of an option; raises `ConfigError` if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {folder}: cannot be written ({error.strerror or error}).") from None
