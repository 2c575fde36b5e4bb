"""Scenarios, agents, rules, renderers and commands by name.

A built-in entry is a file of a package below `swarm_env` that assigns the name in the last column. The file
`scenarios/pursuit.py` is the scenario `pursuit`; its first docstring line is its summary. Adding an entry is
adding a file. Names and summaries are read from the source text: nothing is imported.

| kind     | package                                  | name that the file assigns |
|----------|------------------------------------------|----------------------------|
| scenario | `swarm_env.scenarios`                    | `SCENARIO`                 |
| agent    | `swarm_env.agents`                       | `AGENT`                    |
| rule     | `swarm_env.consensus`                    | `RULE`                     |
| renderer | `swarm_env.viz`                          | `RENDERER`                 |
| command  | `swarm_env.cli` and the packages above   | `COMMAND`                  |

An entry may be in a folder of its package (`consensus/rules/borda.py` is the rule `borda`), or be a package
itself (`scenarios/audit/__init__.py` is the scenario `audit`). Other distributions add entries in three ways:
the entry point groups `swarm_env.scenario`, `swarm_env.agent`, … of an installed distribution,
`register` in the running process, or, wherever a name is expected, the text `path/file.py` or
`path/file.py:Name`.
"""

import ast
import functools
import importlib
import importlib.metadata
import importlib.util
import logging
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from swarm_env.errors import ConfigError, ContractError, UnknownNameError
from swarm_env.runtime.entry_points import load_point, source_of
from swarm_env.runtime.given import given_path, given_text
from swarm_env.runtime.local_files import local_files
from swarm_env.trusted_code import FILE, module_name

PACKAGE = Path(__file__).resolve().parent
# Where these packages are: inside `swarm_env` once installed, beside it in the repository.
HOME = PACKAGE if (PACKAGE / "scenarios").is_dir() else PACKAGE.parent
FOLDERS = {"scenario": "scenarios", "agent": "agents", "rule": "consensus", "renderer": "viz"}
EXPORTS = {
    "scenario": "SCENARIO",
    "agent": "AGENT",
    "rule": "RULE",
    "renderer": "RENDERER",
    "command": "COMMAND",
}
KINDS = tuple(EXPORTS)
_EXAMPLES = dict(zip(KINDS, ("pursuit", "scripted", "majority", "window", "run"), strict=True))

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_registered: dict[tuple[str, str], Any] = {}
_neighbours: set[Path] = set()  # folders of files that import what lies beside them
_log = logging.getLogger(__name__)


def names(kind: str) -> list[str]:
    """Names that `load` accepts, found without importing anything.

    Args:
        kind: "scenario", "agent", "rule", "renderer" or "command".

    Returns:
        The names, sorted.

    Raises:
        UnknownNameError: No such kind.
    """
    _check_kind(kind)
    return sorted({*_built_in(kind), *_entry_points(kind), *(n for k, n in _registered if k == kind)})


def summaries(kind: str) -> dict[str, str]:
    """One line about each entry of a kind, found without importing anything.

    Args:
        kind: As in `names`.

    Returns:
        Name to summary, sorted by name. The summary is the first line of the file's docstring, or without
        a source file where the entry comes from.

    Raises:
        UnknownNameError: No such kind.
    """
    return {name: _summary(kind, name) for name in names(kind)}


def load(kind: str, name: str) -> Any:
    """Import an entry by name.

    Args:
        kind: As in `names`.
        name: A known name, or `path/file.py`, or `path/file.py:Name`.

    Returns:
        The class or function that the file exports: the one with the kind's fixed name (`EXPORTS`), or the
        one named after the colon.

    Raises:
        UnknownNameError: No such kind, entry or file.
        ContractError: The file does not define the object, or an entry of another distribution cannot be
            loaded.
    """
    _check_kind(kind)
    given_text(kind, name, _EXAMPLES[kind])
    if (kind, name) in _registered:
        return _registered[kind, name]
    built_in = _built_in(kind).get(name)
    if built_in:
        return _attribute(importlib.import_module(_module(built_in)), EXPORTS[kind])
    point = _entry_points(kind).get(name)
    if point:
        return load_point(kind, point)
    if FILE.fullmatch(name):
        return load_from_file(kind, name, EXPORTS[kind])
    raise UnknownNameError(kind, name, names(kind))


def load_from_file(what: str, name: str, default: str) -> Any:
    """Import `path/file.py:Name`, or the object called `default` of `path/file.py`; errors as `load`."""
    file = FILE.fullmatch(name)
    assert file is not None
    return _attribute(_load_file(what, Path(file["path"])), file["name"] or default)


def register(kind: str, name: str, thing: Any) -> None:
    """Add an entry for the rest of this process.

    Args:
        kind: As in `names`.
        name: Up to 100 lower-case letters, digits and underscores, beginning with a letter.
        thing: The object that `load` returns.

    Raises:
        ConfigError: The name cannot be used or is taken.
        UnknownNameError: No such kind.
    """
    _check_kind(kind)
    if not _NAME.fullmatch(given_text("name", name, "my_name")):
        raise ConfigError(
            f"A {kind} cannot be named {name!r:.120}: use up to 100 of a-z, 0-9 and _, first a letter."
        )
    if name in names(kind):
        raise ConfigError(f"A {kind} is already named {name!r}. Choose another name.")
    _registered[kind, name] = thing


def unregister(kind: str, name: str) -> None:
    """Remove an entry that `register` added.

    Args:
        kind: As in `names`.
        name: The name it was registered by.

    Raises:
        UnknownNameError: Nothing of that name was registered in this process.
    """
    if (kind, name) not in _registered:
        raise UnknownNameError(f"registered {kind}", name, [n for k, n in _registered if k == kind])
    del _registered[kind, name]


def is_built_in(kind: str, name: str) -> bool:
    """Whether a name is an entry of this distribution."""
    return name in _built_in(kind)


def _check_kind(kind: str) -> None:
    if given_text("kind", kind, "agent") not in EXPORTS:
        raise UnknownNameError("registry kind", kind, KINDS)


def _built_in(kind: str) -> dict[str, Path]:
    """The files of a kind in this distribution, by name."""
    return _files(kind, HOME)


@functools.cache  # many names are looked up, and reading all files each time takes 4 ms
def _files(kind: str, home: Path) -> dict[str, Path]:
    folders = [home / FOLDERS[kind]] if kind in FOLDERS else [home / folder for folder in FOLDERS.values()]
    if kind == "command":
        folders.append(PACKAGE / "cli")
    mark = re.compile(rf"^{EXPORTS[kind]}\s*[:=](?!=)".encode(), re.MULTILINE)
    return {
        _entry_name(kind, path): path
        for folder in folders
        for path in (*folder.glob("*.py"), *folder.glob("*/*.py"))
        if mark.search(path.read_bytes())
    }


def _entry_name(kind: str, path: Path) -> str:
    """The name of an entry: the file's, or for an `__init__.py` the folder's."""
    name = (path.parent if path.stem == "__init__" else path).stem.rstrip("_")  # import_.py: a reserved word
    return name.replace("_", "-") if kind == "command" else name


def _module(path: Path) -> str:
    """Import path of a file of this distribution."""
    parts = path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else HOME).with_suffix("").parts
    return ".".join(("swarm_env", *(part for part in parts if part != "__init__")))


@functools.cache
def _entry_points(kind: str) -> dict[str, importlib.metadata.EntryPoint]:
    """Entry points of a kind by name; built-in names win."""
    ours = _built_in(kind)
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for point in importlib.metadata.entry_points(group=f"swarm_env.{kind}"):
        if not point.pattern.match(point.value):
            _log.warning("The %s %r is ignored: %r is no module:name.", kind, point.name, point.value)
        elif point.name in ours or point.name in found:
            _log.warning("The %s %r of %s is ignored: the name is taken.", kind, point.name, point.value)
        else:
            found[point.name] = point
    return found


def _summary(kind: str, name: str) -> str:
    if (kind, name) in _registered:
        text = getattr(_registered[kind, name], "__doc__", None) or "registered in this process"
        return str(text).strip().splitlines()[0]
    built_in = _built_in(kind).get(name)
    if built_in:
        return _first_line(built_in)
    point = _entry_points(kind)[name]
    origin = point.dist.name if point.dist else point.value
    file = source_of(point.module)
    summary = _first_line(file) if file else f"(cannot be used: there is no module {point.module})"
    return f"{summary} (from {origin})".strip()


def _first_line(path: Path) -> str:
    """First line of a file's docstring, or ""."""
    if not path.is_file():
        return ""
    try:
        docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    except SyntaxError as error:
        return f"(cannot be used: {error.msg} in line {error.lineno})"
    return docstring.partition("\n")[0].strip()


def _load_file(kind: str, path: Path) -> ModuleType:
    """Import a file that belongs to no package, once, under a name made from its path."""
    place = given_path(path)
    if not place.is_file():
        raise UnknownNameError(f"{kind} file", str(path), names(kind) if kind in EXPORTS else ())
    known_as = module_name(place)
    if known_as in sys.modules:
        return sys.modules[known_as]
    _offer_neighbours(place)
    spec = importlib.util.spec_from_file_location(known_as, place)
    if spec is None or spec.loader is None:
        raise ContractError(f"{place} cannot be imported as Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[known_as] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[known_as]
        raise
    return module


def _offer_neighbours(file: Path) -> None:
    """Let a file import modules that lie beside it; they come last on Python's search path.

    Raises `ContractError` if another file has imported one of the same name from another folder.
    """
    names = {
        path.relative_to(file.parent).parts[0] for path in local_files(file) if file.parent in path.parents
    }
    for name in sorted(name.partition(".")[0] for name in names):
        loaded = getattr(sys.modules.get(name), "__file__", None)
        folder = Path(loaded).parent if loaded else file.parent
        folder = folder.parent if loaded and Path(loaded).stem == "__init__" else folder
        if folder != file.parent and folder in _neighbours:
            raise ContractError(
                f"{file} imports {name!r}, which lies beside it, but that name stands for {loaded} already. "
                "Rename one of them."
            )
    if names and file.parent not in _neighbours:
        _neighbours.add(file.parent)
        sys.path.append(str(file.parent))


def _attribute(module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        raise ContractError(
            f"{module.__file__} does not define {name!r}, by which the registry finds it."
        ) from None
