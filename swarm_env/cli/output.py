"""Output of the commands: results go to standard output, everything else to standard error."""

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer

from swarm_env.cli.shell.text_width import columns, wrapped
from swarm_env.errors import ConfigError, os_errors
from swarm_env.frame import visible

UNFINISHED = ".unfinished"  # a file in a folder of results while they are being written

T = TypeVar("T")


def result(text: str, wrap: bool = True) -> None:
    """Print to standard output; with `wrap`, lines that are too long for a terminal are broken."""
    typer.echo(wrapped(text, width()) if wrap else text)


def width() -> int | None:
    """Columns of the terminal that standard output goes to; None for files and pipes."""
    return columns(sys.stdout)


def note(text: str) -> None:
    """Print to standard error: progress, or a problem."""
    typer.echo(wrapped(visible(text), columns(sys.stderr)), err=True)


def result_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def command(*words: object) -> str:
    """A command to be copied into a shell."""
    return shlex.join(map(str, words))


def can_draw(on_stdout: bool = False) -> bool:
    """Whether standard error (or output) is a terminal that accepts control codes, unlike CI and pipes."""
    stream = sys.stdout if on_stdout else sys.stderr
    return stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


@contextmanager
def progress(
    items: Sequence[T], doing: str, quiet: bool = False, names: Sequence[str] | None = None
) -> Iterator[Iterable[T]]:
    """Iterate with a progress bar on standard error, if it can be drawn and there are several items.

    With `names`, a title per item, the bar is drawn only between items, so that measurements are not
    disturbed; where no bar can be drawn, each name is printed. `quiet` draws and prints nothing.
    """
    if quiet or len(items) < 2 or not can_draw():
        yield items if quiet or names is None else _printed(items, names)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, auto_refresh=names is None) as bar:
        yield bar.track(items, description=doing) if names is None else _drawn_between(bar, items, names)


def _printed(items: Sequence[T], names: Sequence[str]) -> Iterator[T]:
    for item, name in zip(items, names, strict=True):
        note(name)
        yield item


def _drawn_between(bar: Any, items: Sequence[T], names: Sequence[str]) -> Iterator[T]:
    task = bar.add_task("", total=len(items))
    for item, name in zip(items, names, strict=True):
        bar.update(task, description=name, refresh=True)
        yield item
        bar.update(task, advance=1, refresh=True)


@contextmanager
def results_in(out: Path | None, force: bool) -> Iterator[None]:
    """Make the folder --out for what the block writes; nothing is done without one.

    It must be new or empty unless `force` (--force), or hold what a process left that was killed in such a
    block. Raises `ConfigError` otherwise.
    """
    if out is None:
        yield
        return
    mark = out / UNFINISHED
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not force and not mark.exists():
        raise ConfigError(f"--out {out} is there already and not empty. Give another folder, or add --force.")
    make_folder("--out", out)
    with os_errors(ConfigError, f"--out {out}", "written"):
        mark.touch()
    yield
    mark.unlink(missing_ok=True)


def make_folder(option: str, folder: Path) -> None:
    """Make the folder of an option; raises `ConfigError` if that fails."""
    with os_errors(ConfigError, f"{option} {folder}", "written"):
        folder.mkdir(parents=True, exist_ok=True)
