"""numba's messages about kernels that it cannot compile, in one line."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np

from swarm_env.engine.compiled.fingerprint import is_own

_PLACE = re.compile(r'File "([^"\n]+)", line (\d+):|(?:at|from) (\S[^\n]*?) \((\d+)\)')
_LIBRARIES = tuple(str(Path(module.__file__ or "").parent) + os.sep for module in (numba, np))
_PYTHON = str(Path(os.__file__).parent) + os.sep


def in_a_line(function: Callable[..., Any], error: Exception) -> str:
    """Which kernel numba cannot compile, in which line of its file, and why."""
    code, text = function.__code__, str(error) or repr(error)
    file, line = next(_places(text), (code.co_filename, code.co_firstlineno))
    rows = [row.strip() for row in text.splitlines()]
    reasons = [row for row in rows if row and not row.startswith(("Failed in", "Raised from"))]
    more = [row.removeprefix(">>> ") for row in reasons[1:2] if row.startswith(">>>")]
    reason = " ".join([*reasons[:1], *more]).partition(" Raised from ")[0].rstrip(". ")
    if "readonly array" in reason and "setitem" in reason:
        reason = "kernels cannot write into settings, maps and seeds (`FIXED` in swarm_env/engine/state.py)"
    if reason.startswith("NRT required"):
        reason = "kernels cannot make lists, arrays or texts; declare scratch in `State`"
    if isinstance(error, NotImplementedError) and "lowering World." in reason:
        reason = f"{reason.partition('lowering ')[2]}: write into the array, as in `world.score[w] = 1`"
    return (
        f"kernel `{function.__name__}` ({code.co_filename}) cannot be compiled: {reason} "
        f"({Path(file).name}, line {line}). docs/adding-a-scenario.md says what kernels can use."
    )


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Files and lines in a message that are neither ours, numba's nor Python's own."""
    for found in _PLACE.finditer(text):
        file, line = found[1] or found[3], int(found[2] or found[4])
        path = os.path.abspath(file)  # numba shortens paths in the working folder
        of_python = path.startswith(_PYTHON) and "site-packages" not in path
        if os.path.isfile(path) and not (is_own(path) or of_python or path.startswith(_LIBRARIES)):
            yield path, line
