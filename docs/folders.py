"""The table of `docs/architecture.md`: each folder of the library, what is in it, and what it imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ("swarm_env", "scenarios", "agents", "consensus", "viz")


def rows() -> list[tuple[str, str, str]]:
    """One row per folder: its path, the first line of its docstring, and what it imports from.

    Imports are named by the folder below `swarm_env/`, or by the top-level folder; `swarm_env` stands for the
    modules directly in it.
    """
    found = []
    for folder in folders():
        docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        used = sorted({shown(target) for path in folder.glob("*.py") for target in imports(path)})
        others = [name for name in used if name != shown(folder)]
        found.append((f"`{name(folder)}`", docstring.partition("\n")[0], ", ".join(others) or "–"))
    return found


def folders() -> list[Path]:
    """Every package of the library, in alphabetical order below each top-level folder."""
    return [path.parent for top in LIBRARY for path in sorted((ROOT / top).rglob("__init__.py"))]


def imports(path: Path) -> Iterator[Path]:
    """Files and folders of the library that a file imports when it runs (not only for type checkers)."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "swarm_env":
            yield from (place(f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (place(alias.name) for alias in node.names if alias.name.startswith("swarm_env."))


def place(module: str) -> Path:
    """The file or folder of a module, or of the module that holds a name."""
    parts = module.split(".")[1:]
    base = ROOT if parts and parts[0] in LIBRARY else ROOT / "swarm_env"
    while parts and not (
        base.joinpath(*parts).is_dir() or base.joinpath(*parts).with_suffix(".py").is_file()
    ):
        parts.pop()
    found = base.joinpath(*parts)
    return found if found.is_dir() else found.with_suffix(".py")


def name(path: Path) -> str:
    """A path from the root of the tree on."""
    return path.relative_to(ROOT).as_posix()


def shown(path: Path) -> str:
    """The folder that the table names for a file: `engine` for `swarm_env/engine/physics/push.py`."""
    parts = (path if path.is_dir() else path.parent).relative_to(ROOT).parts
    return parts[1] if parts[0] == "swarm_env" and len(parts) > 1 else parts[0]
