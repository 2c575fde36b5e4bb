"""The local files that a Python file uses, found in its text: nothing is run.

They count together: machine code and trust in a file (`swarm_env.trusted_code`) end when one of them is
edited. What is built at run time, such as the name in `import_module("hel" + "per")`, is not found.
"""

import ast
import re
from collections.abc import Iterator
from importlib.machinery import all_suffixes
from pathlib import Path

MAX_FILES = 1000
MAX_SIZE = 4 * 2**20  # bytes of a file whose imports are looked for
_FILE = re.compile(r"(?P<path>[^\0]{1,255}\.py)(?::\w+)?")


def local_files(file: Path) -> list[Path]:
    """Files in the folder of a Python file, or below it, that it uses directly or through others.

    Args:
        file: The Python file.

    Returns:
        Modules and packages that are imported, modules whose name stands in the text as a string, and Python
        files whose path relative to the file that names them does (`scripted = "my_agent.py"`); without
        `file`, sorted, at most `MAX_FILES`.
    """
    found, left = {file.resolve()}, [file.resolve()]
    while left and len(found) <= MAX_FILES:
        path = left.pop()
        new = set(_used(path, file.resolve().parent)) - found
        found |= new
        left += sorted(new)
    return sorted(found - {file.resolve()})[:MAX_FILES]


def _used(path: Path, root: Path) -> Iterator[Path]:
    """Local files that one file uses itself."""
    try:
        text = path.read_bytes() if path.is_file() else b""
        tree = ast.parse(text if len(text) <= MAX_SIZE and path.suffix == ".py" else b"")
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _modules(root, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            parts = node.module.split(".") if node.module else []
            base = root if node.level == 0 else path.parents[min(node.level, len(path.parents)) - 1]
            for alias in node.names:
                yield from _modules(base, [*parts, alias.name])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 300:
            if all(part.isidentifier() for part in node.value.split(".")):
                yield from _modules(root, node.value.split("."))
            elif named := _FILE.fullmatch(node.value):
                yield from _existing(path.parent / named["path"])


def _modules(base: Path, parts: list[str]) -> Iterator[Path]:
    """The files of a module and of the packages around it, in a folder."""
    for count in range(1, len(parts) + 1):
        place = base.joinpath(*parts[:count])
        for suffix in all_suffixes():
            yield from _existing(place.with_name(place.name + suffix))
            yield from _existing(place / f"__init__{suffix}")


def _existing(path: Path) -> Iterator[Path]:
    try:
        if path.is_file():
            yield path.resolve()
    except (OSError, ValueError, RuntimeError):
        return
