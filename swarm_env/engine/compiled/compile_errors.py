"""numba's messages about kernels that it cannot compile, in one line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any


def in_a_line(function: Callable[..., Any], text: str) -> str:
    """Which kernel numba cannot compile, in which line, and why; `text` is numba's message of many lines."""
    code, found = function.__code__, re.search(r'File "([^"]+)", line (\d+):', text)
    file, line = (
        (Path(found[1]).name, found[2]) if found else (Path(code.co_filename).name, code.co_firstlineno)
    )
    reasons = [row.strip() for row in text.splitlines() if row.strip() and not row.startswith("Failed in")]
    more = [row.removeprefix(">>> ") for row in reasons[1:2] if row.startswith(">>>")]
    reason = " ".join([*reasons[:1], *more]).rstrip(". ")
    if "readonly array" in reason and "setitem" in reason:
        reason = "kernels cannot write into settings, maps and seeds (`FIXED` in swarm_env/engine/state.py)"
    return (
        f"kernel `{function.__name__}` ({code.co_filename}) cannot be compiled: {reason} ({file}, line "
        f"{line}). docs/adding-a-scenario.md says what kernels can use."
    )
