"""The local files that a Python file uses, found in its text: nothing is run.

They count together: machine code and trust in a file (`swarm_env.trusted_code`) end when one of them is
edited. What is built at run time, such as the name in `import_module("hel" + "per")`, is not found.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import all_suffixes
from pathlib import Path

MAX_FILES = 1000
MAX_FOLDERS = 50
MAX_SIZE = 4 * 2**20  # bytes of a file whose imports are looked for
_FILE = re.compile(r"(?P<path>[^\0]{1,255}\.py)(?::\w+)?")


def local_files(file: Path) -> list[Path]:
    """Files in the folder of a Python file, or below it, that it uses directly or through others.

    Args:
        file: The Python file.

    Returns:
        Modules and packages that are imported, modules whose name stands in the text as a string, and Python
        files whose path relative to the file that names them does (`scripted = "my_agent.py"`); without
        `file`, sorted, at most `MAX_FILES`. Where a file changes `sys.path`, the folders that its text names
        are searched as well, and those above it.
    """
    first = file.resolve()
    trees: dict[Path, ast.AST | None] = {}
    found, folders = {first}, [first.parent]
    while left := sorted(found - trees.keys()):
        trees |= {path: _parsed(path) for path in left}
        named = [folder for path in left for folder in _search_folders(path, trees[path])]
        new = [folder for folder in dict.fromkeys(named) if folder not in folders]
        folders = (folders + new)[:MAX_FOLDERS]
        for path in trees if new else left:  # a new folder counts for all
            found |= set(_used(path, trees[path], folders))
        if len(found) > MAX_FILES:
            break
    return sorted(found - {first})[:MAX_FILES]


def _parsed(path: Path) -> ast.AST | None:
    try:
        text = path.read_bytes() if path.is_file() else b""
        return ast.parse(text if len(text) <= MAX_SIZE and path.suffix == ".py" else b"")
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _search_folders(path: Path, tree: ast.AST | None) -> Iterator[Path]:
    """Folders that a file may add to Python's search path."""
    nodes = [] if tree is None else list(ast.walk(tree))
    imported = [(alias.asname or alias.name, alias.name) for one in nodes
                if isinstance(one, ast.Import | ast.ImportFrom) for alias in one.names]  # fmt: skip
    names = {as_name for as_name, name in imported if name == "sys"}
    changed = {one.attr for one in nodes if isinstance(one, ast.Attribute) and (
        one.attr == "addsitedir" or (isinstance(one.value, ast.Name) and one.value.id in names))}  # fmt: skip
    if not (changed | {name for _, name in imported}) & {"path", "addsitedir"}:
        return
    texts = {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    texts = {text for text in texts if 0 < len(text) < 300 and "\0" not in text}
    bases = list(path.parents[:4])
    bases += [
        base / text for base in bases for text in sorted(texts) if _is_folder(base / text)
    ]  # join(a, b)
    for base in bases:
        yield base.resolve()
        yield from ((base / text).resolve() for text in sorted(texts) if _is_folder(base / text))


def _used(path: Path, tree: ast.AST | None, folders: Sequence[Path]) -> Iterator[Path]:
    """Local files that one file uses itself; imports are looked for in some folders."""
    for node in () if tree is None else ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _modules(folders, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            parts = node.module.split(".") if node.module else []
            beside = [path.parents[min(node.level, len(path.parents)) - 1]] if node.level else folders
            for alias in node.names:
                yield from _modules(beside, [*parts, alias.name])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 300:
            if all(part.isidentifier() for part in node.value.split(".")):
                yield from _modules(folders, node.value.split("."))
            elif named := _FILE.fullmatch(node.value):
                yield from _existing(path.parent / named["path"])


def _modules(folders: Iterable[Path], parts: list[str]) -> Iterator[Path]:
    """The files of a module and of the packages around it, in each folder."""
    for base in folders:
        for count in range(1, len(parts) + 1):
            place = base.joinpath(*parts[:count])
            for suffix in all_suffixes():
                yield from _existing(place.with_name(place.name + suffix))
                yield from _existing(place / f"__init__{suffix}")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _existing(path: Path) -> Iterator[Path]:
    try:
        if path.is_file():
            yield path.resolve()
    except (OSError, ValueError, RuntimeError):
        return
