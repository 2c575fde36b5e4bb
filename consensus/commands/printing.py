"""Output of the commands: results to standard output, notes to standard error; and folders for files."""

import json
from pathlib import Path
from typing import Any

import typer

from swarm_env.errors import ConfigError


def result(text: str) -> None:
    """Print a line of the result."""
    typer.echo(text)


def note(text: str) -> None:
    """Print a line about progress or a failure."""
    typer.echo(text, err=True)


def result_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def check_folder(out: Path, force: bool) -> None:
    """Raise `ConfigError` unless the folder is new or empty, or `--force` is given."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not force:
        raise ConfigError(f"--out {out} is there already and not empty. Give another folder, or add --force.")


def make_folder(option: str, folder: Path) -> None:
    """Make the folder of an option; raises `ConfigError` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {folder}: cannot be written ({error.strerror or error}).") from None
