"""Errors that other people's code raised: where, in one line."""

import linecache
import traceback
from collections.abc import Callable
from pathlib import Path

FILE_MODULE = "swarm_env_file_"  # how names of modules begin that are Python files given by their path
SHOW = "SWARM_TRACEBACK"  # environment variable: 1 shows tracebacks


def line_of_error(error: BaseException, is_theirs: Callable[[str], bool]) -> str | None:
    """An error with the place where a module of other people raised it, or made a library raise it.

    Args:
        error: The error, as it was caught.
        is_theirs: Whether a module, given by its name, is theirs.

    Returns:
        "FILE, line N, in `check`: ZeroDivisionError: division by zero: `1 / 0`"; None if no module of theirs
        was involved.
    """
    place, roots = None, set()
    for frame, line in traceback.walk_tb(error.__traceback__):
        file, name = frame.f_code.co_filename, frame.f_globals.get("__name__", "")
        if is_theirs(name):
            roots.add(Path(file).parent)
        if is_theirs(name) or roots & set(Path(file).parents):  # a helper of theirs beside it
            place = file, line, f", in `{frame.f_code.co_name}`" * frame.f_code.co_name.isidentifier()
    if isinstance(error, SyntaxError) and error.filename and (place or not roots):
        place = error.filename, error.lineno or 0, ""
    if place is None:
        return None
    file, line, inside = place
    said = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    kind = f"{type(error).__name__}: {said:.300}" if said else type(error).__name__
    source = linecache.getline(file, line).strip()
    return f"{file}, line {line}{inside}: {kind}" + (f": `{source:.120}`" if source else "")


def is_loaded_file(module: str) -> bool:
    """Whether a module is a Python file that was given by its path."""
    return module.startswith(FILE_MODULE)
