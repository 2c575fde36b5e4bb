"""Files on disk: written so that each is complete or absent, and read only if they are regular files.

A file is written to a draft beside it, which takes its place when it is complete and on the disk. A process
that is killed leaves at most its draft `.NAME.PID`; the next one that writes the same file, or that holds the
lock of the folder, removes it.
"""

import errno
import os
import re
import stat
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO
from pathlib import Path

_DRAFT = re.compile(r"\.(?P<name>.+)\.(?P<process>\d{1,10})", re.DOTALL)
_KINDS = (  # what is no regular file
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, see `write_bytes`."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file: after a crash or a power failure it is the old or the new one, whole.

    Raises `OSError` if that fails; the old one is left as it was.
    """
    with replacing(path) as draft:
        draft.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a draft for the block to write, which then takes the place of `path`.

    If the block raises, the draft is removed and `path` left as it was. Raises `OSError` if it cannot be
    written. A symbolic link is followed.
    """
    path = Path(os.path.realpath(path))
    check_regular(path)
    _remove_stale(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        _sync(draft)
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def is_draft(path: Path, names: Collection[str]) -> bool:
    """Whether a file is a draft of one of these names, left by whatever process."""
    match = _DRAFT.fullmatch(path.name)
    return match is not None and match["name"] in names


def remove_drafts(folder: Path, names: Collection[str]) -> None:
    """Remove all drafts of these names; only for a folder that no other process writes to now."""
    for path in folder.iterdir():
        if is_draft(path, names):
            path.unlink(missing_ok=True)


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file to read its bytes.

    Raises `OSError` for anything else, without waiting: a pipe has no end, and a device may have none.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check_regular(os.fstat(file).st_mode)
        return BufferedReader(FileIO(file, "rb"))
    except BaseException:
        os.close(file)
        raise


def read_regular(path: Path, limit: int) -> bytes:
    """Read a whole regular file of at most `limit` bytes; raises `OSError` for anything else."""
    with open_regular(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit // 2**20} MiB")
    return content


def open_to_append(path: Path) -> FileIO:
    """Open or create a regular file to append to it, unbuffered; raises `OSError` for anything else."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    file = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0), 0o666)
    try:
        _check_regular(os.fstat(file).st_mode)
        return FileIO(file, "ab")
    except BaseException:
        os.close(file)
        raise


def check_regular(path: Path) -> None:
    """Raise `OSError` if there is something at a path that is no regular file."""
    if path.exists():
        _check_regular(path.stat().st_mode)


def what_is(path: Path) -> str:
    """What lies at a path, in words: "a folder", "a file", "a pipe", …; "nothing" if there is none."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return "nothing"
    return "a file" if stat.S_ISREG(mode) else _kind(mode)


def _kind(mode: int) -> str:
    return next((kind for test, kind in _KINDS if test(mode)), "no regular file")


def _check_regular(mode: int) -> None:
    """Raise `OSError` unless this is the mode of a regular file."""
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"it is {_kind(mode)}, not a regular file")


def _remove_stale(path: Path) -> None:
    """Remove the drafts of a file whose processes have ended."""
    if sys.platform == "win32":  # there a process cannot be asked for without harm
        return
    for other in path.parent.glob(f".{_literal(path.name)}.*"):
        match = _DRAFT.fullmatch(other.name)
        if match is not None and match["name"] == path.name and not _is_alive(int(match["process"])):
            other.unlink(missing_ok=True)


def _literal(name: str) -> str:
    """A pattern of `glob` that matches a name alone."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sync(path: Path) -> None:
    """Force a file or a folder onto the disk; a folder only where the system can."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        if path.is_dir():  # Windows opens no folders
            return
        raise
    try:
        os.fsync(file)
    except OSError as error:
        if not path.is_dir() or error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF):
            raise
    finally:
        os.close(file)
