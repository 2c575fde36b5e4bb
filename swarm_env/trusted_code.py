"""Which files a recorded run, a bench file or a settings file may have run or read.

Such a file names scenarios and agents, and a name may be a Python file (`path/file.py:Name`). It is run only
if it is trusted: it was given on a command line of this machine, and neither it nor a local file that it
uses (`swarm_env.runtime.local_files`) was edited since; or it was loaded in this process already; or the user
allows it now (`--trust-code`). Trusted files are remembered by path and SHA-256 in
`~/.local/state/swarm-env/trusted.json`.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from swarm_env.errors import ConfigError
from swarm_env.runtime.disk_files import open_regular, write_bytes
from swarm_env.runtime.foreign_code import FILE_MODULE
from swarm_env.runtime.given import given_path
from swarm_env.runtime.local_files import local_files

FILE = re.compile(r"(?P<path>.+\.py)(?::(?P<name>\w+))?", re.DOTALL)  # a name that is a Python file
MAX_STATE = 4 * 2**20  # bytes of trusted.json
MAX_FILE = 64 * 2**20  # bytes of a file that can be trusted
FLAG = "--trust-code"


def python_file(name: object) -> Path | None:
    """The Python file that a name of an entry stands for; None for other names.

    Raises `ConfigError` if the system allows no such path.
    """
    match = FILE.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        return None
    return given_path(match["path"])


def python_files(names: Iterable[object]) -> Iterator[Path]:
    """The Python files among names and settings; mappings and lists are searched, too."""
    for name in names:
        if isinstance(name, str):
            # A rule may have options after a question mark.
            yield from filter(None, map(python_file, dict.fromkeys((name, name.partition("?")[0]))))
        elif isinstance(name, Mapping):
            yield from python_files(name.values())
        elif isinstance(name, list | tuple):
            yield from python_files(name)


def module_name(file: Path) -> str:
    """Name of the module of a Python file, given by its resolved path."""
    digest = hashlib.blake2b(str(file).encode(errors="surrogateescape"), digest_size=6).hexdigest()
    return f"{FILE_MODULE}{file.stem}_{digest}"


def absolute_name(name: Any) -> Any:
    """A name; if it is a Python file, with the whole path. What is no name is returned as it is."""
    file, path = FILE.fullmatch(name) if isinstance(name, str) else None, python_file(name)
    if file is None or path is None:
        return name
    return f"{path}:{file['name']}" if file["name"] else str(path)


def name_of(thing: Any) -> str:
    """Name of a function for files and messages: `path/file.py:Name` or `module:Name`; a name as it is."""
    if isinstance(thing, str):
        return thing
    thing = getattr(thing, "py_func", thing)  # of a compiled one
    module, name = getattr(thing, "__module__", "?"), getattr(thing, "__qualname__", type(thing).__qualname__)
    file = getattr(sys.modules.get(module), "__file__", None)
    return f"{file}:{name}" if file and module == module_name(Path(file)) else f"{module}:{name}"


def is_trusted(file: Path) -> bool:
    """Whether a file was loaded in this process, or is remembered and was not edited since."""
    return module_name(file) in sys.modules or _remembered().get(str(file)) == _digest(file)


def is_trusted_name(name: object) -> bool:
    """Whether a name stands for no Python file, or for a trusted one."""
    file = python_file(name)
    return file is None or is_trusted(file)


def usable(name: Any, allowed: bool) -> Any:
    """The name, if it stands for a Python file that is there, and trusted or `allowed`; else None."""
    file = python_file(name)
    return name if file is not None and file.is_file() and (allowed or is_trusted(file)) else None


def check(names: Iterable[object], source: str, allowed: bool = False) -> None:
    """Check the names and paths that a recorded run or another file holds, before any of them is used.

    Args:
        names: Names of scenarios, agents and rules, and settings; others than Python files are let pass.
        source: What holds them, for the message.
        allowed: Whether the user allows all of them now.

    Raises:
        ConfigError: One is a Python file that is not trusted.
    """
    if not allowed:
        for file in python_files(names):
            check_file(file, source)


def check_file(file: Path, source: str, what: str = "run") -> None:
    """Check one file.

    Args:
        file: The file.
        source: What names it, for the message.
        what: What does not happen, for the message.

    Raises:
        ConfigError: It exists and is not trusted.
    """
    if file.is_file() and not is_trusted(file):
        raise ConfigError(
            f"{source} names the file {file}, which was not given on a command line of this machine, or was "
            f"edited since{_others(file)}. It is not {what}. Look at it, then add {FLAG} to allow it."
        )


def remember(files: Iterable[Path]) -> None:
    """Trust files until they are edited. Nothing is remembered if the user's folder cannot be written."""
    found = {str(file): digest for file in files if (digest := _digest(file))}
    known = _remembered()
    if all(known.get(name) == digest for name, digest in found.items()):
        return
    state = state_file()
    try:
        state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_bytes(state, json.dumps(known | found, indent=1).encode(errors="surrogateescape"))
    except OSError:
        return


def state_file() -> Path:
    """Where trusted files are remembered."""
    folder = os.environ.get("XDG_STATE_HOME", "")
    base = Path(folder) if os.path.isabs(folder) else Path.home() / ".local" / "state"
    return base / "swarm-env" / "trusted.json"


def _others(file: Path) -> str:
    """Name the local files that a file uses, if there are any."""
    names = [path.name for path in local_files(file)]
    return f" (itself or one of: {', '.join(names[:5])}{', …' if len(names) > 5 else ''})" if names else ""


def _remembered() -> dict[str, str]:
    """Digest of each trusted file by path; empty if the state cannot be read."""
    try:
        with open_regular(state_file()) as stream:
            found = json.loads(stream.read(MAX_STATE).decode(errors="surrogateescape"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(file: Path) -> str:
    """SHA-256 of a file and the local files that it uses, in hexadecimal; "" if one cannot be used."""
    digest = _content_digest(file)
    others = local_files(file) if digest else []
    if not others:
        return digest
    lines = [f"{path} {_content_digest(path)}" for path in others]
    return hashlib.sha256("\n".join([digest, *lines]).encode(errors="surrogateescape")).hexdigest()


def _content_digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal; "" for one that cannot be read or is too large."""
    try:
        with open_regular(file) as stream:
            content = stream.read(MAX_FILE + 1)
    except (OSError, ValueError):
        return ""
    return "" if len(content) > MAX_FILE else hashlib.sha256(content).hexdigest()
