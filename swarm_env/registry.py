"""Scenarios, agents, rules, renderers and commands by name.

Built-in entries are files of the rooms beside `swarm_env`: `scenarios/pursuit.py` is the scenario `pursuit`,
and its first docstring line is its summary. Adding one is adding a file. Names and summaries are read without
importing anything.

| kind     | room       | object the file exports |
|----------|------------|-------------------------|
| scenario | scenarios/ | `SCENARIO`              |
| agent    | agents/    | `AGENT`                 |
| rule     | consensus/ | `RULE`                  |
| renderer | viz/       | `RENDERER`              |
| command  | any        | `COMMAND`, in a file `_command_NAME.py` |

Files that start with `_` are not entries (but for commands). Others add entries in three ways: the entry
point groups `swarm_env.scenario`, `swarm_env.agent`, … of an installed distribution, `register` in the
running process, or, wherever a name is asked for, the text `path/file.py` or `path/file.py:Name`.
"""

import ast
import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from swarm_env.errors import ConfigError, ContractError, ShadowedPackageError, UnknownNameError

HOME = Path(__file__).resolve().parent.parent  # the folder that holds swarm_env and the rooms
ROOMS = {"scenario": "scenarios", "agent": "agents", "rule": "consensus", "renderer": "viz"}
EXPORTS = {
    "scenario": "SCENARIO",
    "agent": "AGENT",
    "rule": "RULE",
    "renderer": "RENDERER",
    "command": "COMMAND",
}
KINDS = tuple(EXPORTS)
COMMAND_FILE = "_command_"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE = re.compile(r"(?P<path>.+\.py)(?::(?P<name>\w+))?")
_registered: dict[tuple[str, str], Any] = {}
_log = logging.getLogger(__name__)


class _BuiltIn(NamedTuple):
    """One file of a room."""

    module: str
    path: Path


def names(kind: str) -> list[str]:
    """Names that `load` knows, without importing what they stand for.

    Args:
        kind: "scenario", "agent", "rule", "renderer" or "command".

    Returns:
        The names, sorted.

    Raises:
        UnknownNameError: There is no such kind.
        ShadowedPackageError: Another package stands where one of ours should.
    """
    _check_rooms()
    return listed(kind)


def listed(kind: str) -> list[str]:
    """As `names`, without the check that our rooms are what Python would import."""
    _check_kind(kind)
    return sorted({*_built_in(kind), *_entry_points(kind), *(n for k, n in _registered if k == kind)})


def summaries(kind: str) -> dict[str, str]:
    """One line about each entry of a kind, without importing what they stand for.

    Args:
        kind: As in `names`.

    Returns:
        Name to summary, sorted by name. The summary is the first line of the file's docstring; where no file
        can be seen, it says where the entry comes from.

    Raises:
        UnknownNameError: There is no such kind.
        ShadowedPackageError: Another package stands where one of ours should.
    """
    return {name: _summary(kind, name) for name in names(kind)}


def load(kind: str, name: str) -> Any:
    """The object (a class or a function) that a name stands for.

    Args:
        kind: As in `names`.
        name: A known name, or `path/file.py`, or `path/file.py:Name`.

    Returns:
        What the file exports: the object with the kind's fixed name, or the one named after the colon.

    Raises:
        UnknownNameError: There is no such kind, no entry of that name, or no such file.
        ContractError: The file does not define the object.
        ShadowedPackageError: Another package stands where one of ours should.
    """
    _check_kind(kind)
    _check_rooms()
    if (kind, name) in _registered:
        return _registered[kind, name]
    built_in = _built_in(kind).get(name)
    if built_in:
        return _attribute(importlib.import_module(built_in.module), EXPORTS[kind])
    point = _entry_points(kind).get(name)
    if point:
        return point.load()
    file = _FILE.fullmatch(name)
    if file:
        return _attribute(_load_file(kind, Path(file["path"])), file["name"] or EXPORTS[kind])
    raise UnknownNameError(kind, name, names(kind))


def register(kind: str, name: str, thing: Any) -> None:
    """Add an entry for the rest of this process.

    Args:
        kind: As in `names`.
        name: Lower-case letters, digits and underscores, beginning with a letter.
        thing: What `load` is to give back.

    Raises:
        ConfigError: The name cannot be used or is taken.
        UnknownNameError: There is no such kind.
    """
    _check_kind(kind)
    if not _NAME.fullmatch(name):
        raise ConfigError(f"A {kind} cannot be named {name!r}: use a-z, 0-9 and _, beginning with a letter.")
    if name in names(kind):
        raise ConfigError(f"There is a {kind} named {name!r} already. Choose another name.")
    _registered[kind, name] = thing


def unregister(kind: str, name: str) -> None:
    """Take back what `register` added.

    Args:
        kind: As in `names`.
        name: The name it was registered by.

    Raises:
        UnknownNameError: Nothing of that name was registered in this process.
    """
    if (kind, name) not in _registered:
        raise UnknownNameError(f"registered {kind}", name, [n for k, n in _registered if k == kind])
    del _registered[kind, name]


def _check_kind(kind: str) -> None:
    if kind not in EXPORTS:
        raise UnknownNameError("registry kind", kind, KINDS)


@functools.cache
def _check_rooms() -> None:
    """Refuse to go on when Python would import another `agents` (…) than the one beside `swarm_env`."""
    for room in ROOMS.values():
        ours = HOME / room
        if not ours.is_dir():
            continue
        spec = getattr(sys.modules.get(room), "__spec__", None) or importlib.util.find_spec(room)
        found = _folders(spec)
        if ours not in found:
            raise ShadowedPackageError(room, str(found[0]) if found else "Something unknown", str(ours))


def _folders(spec: Any) -> list[Path]:
    """The folders (or the single file) that an import specification stands for."""
    if spec is None:
        return []
    places = list(spec.submodule_search_locations or [spec.origin])
    return [Path(place).resolve() for place in places if place]


def _built_in(kind: str) -> dict[str, _BuiltIn]:
    """The files of a kind in our own rooms, by name."""
    if kind == "command":
        paths = [path for room in ROOMS.values() for path in (HOME / room).glob(f"{COMMAND_FILE}*.py")]
        commands = {path.stem.removeprefix(COMMAND_FILE).replace("_", "-"): path for path in paths}
        return {name: _BuiltIn(f"{path.parent.name}.{path.stem}", path) for name, path in commands.items()}
    room = ROOMS[kind]
    return {name: _BuiltIn(f"{room}.{name}", path) for name, path in _entries(HOME / room)}


def _entries(room: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of each module or package in a room; names that start with `_` are not entries."""
    if not room.is_dir():
        return
    for path in room.iterdir():
        file = path / "__init__.py" if path.is_dir() else path
        if not path.name.startswith("_") and file.suffix == ".py" and file.is_file():
            yield path.stem, file


@functools.cache
def _entry_points(kind: str) -> dict[str, importlib.metadata.EntryPoint]:
    """What installed distributions add to a kind, by name; a built-in name is not given away."""
    ours = _built_in(kind)
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for point in importlib.metadata.entry_points(group=f"swarm_env.{kind}"):
        if point.name in ours or point.name in found:
            _log.warning("The %s %r of %s is left out: the name is taken.", kind, point.name, point.value)
        else:
            found[point.name] = point
    return found


def _summary(kind: str, name: str) -> str:
    if (kind, name) in _registered:
        text = getattr(_registered[kind, name], "__doc__", None) or "registered in this process"
        return str(text).strip().splitlines()[0]
    built_in = _built_in(kind).get(name)
    if built_in:
        return _first_line(built_in.path)
    point = _entry_points(kind)[name]
    origin = point.dist.name if point.dist else point.value
    file = point.dist.locate_file(point.module.replace(".", "/") + ".py") if point.dist else None
    summary = _first_line(Path(str(file))) if file else ""
    return f"{summary} (from {origin})".strip()


def _first_line(path: Path) -> str:
    """First line of a file's docstring; "" where there is none or no such file."""
    if not path.is_file():
        return ""
    try:
        docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    except SyntaxError as error:
        return f"(cannot be used: {error.msg} in line {error.lineno})"
    return docstring.partition("\n")[0].strip()


def _load_file(kind: str, path: Path) -> ModuleType:
    """Import a file that belongs to no package, once, under a name made from its place."""
    place = path.expanduser().resolve()
    if not place.is_file():
        raise UnknownNameError(f"{kind} file", str(path), names(kind))
    digest = hashlib.blake2b(str(place).encode(), digest_size=6).hexdigest()
    module_name = f"swarm_env_file_{place.stem}_{digest}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    spec = importlib.util.spec_from_file_location(module_name, place)
    if spec is None or spec.loader is None:
        raise ContractError(f"{place} cannot be imported as Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module


def _attribute(module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        raise ContractError(
            f"{module.__file__} does not define {name!r}, by which the registry finds it."
        ) from None
