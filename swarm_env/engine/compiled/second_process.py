"""Kernels of this project compiled in a second process, beside those that this process compiles.

numba compiles one function at a time in a process. With an empty cache, a second process therefore compiles
some kernels into a folder of its own. This process takes their files over when it needs the first of them.
Only files of kernels with one signature are taken: numba cannot keep several signatures apart if two
processes write them at once. Whatever goes wrong there, this process compiles the kernels itself.
"""

import contextlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds that this process waits once it has nothing else to compile
ALONE = 3  # exit status of the second process if the first one has ended
MAIN = f"from {__name__} import main; main()"


class SecondProcess:
    """A process that compiles kernels with signatures into a folder of its own.

    Attributes:
        functions: The kernels.
    """

    def __init__(self, functions: Sequence[Any], cache: Path) -> None:
        """Start it; `cache` is the folder for machine code of this process.

        Raises:
            OSError: It cannot be started.
        """
        self.functions, self._cache = list(functions), cache
        self._folder = Path(tempfile.mkdtemp(prefix="second-", dir=cache))
        names = [f"{function.__module__}:{function.__name__}" for function in functions]
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-P", "-c", MAIN, str(self._folder), cache.name, *names],
                stdin=subprocess.PIPE,  # it ends when this one closes, as when this process is killed
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # Ctrl-C is for this process
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def collect(self) -> None:
        """Wait for its end, and move what it has compiled into the cache."""
        with contextlib.suppress(subprocess.TimeoutExpired, OSError):
            if self._process.wait(PATIENCE) == 0:
                for function in self.functions:
                    # Code before the index that names it.
                    for path in sorted(self._folder.glob(_files(function, "*.nb?"))):
                        place = self._cache / path.relative_to(self._folder)
                        place.parent.mkdir(exist_ok=True)
                        path.replace(place)
        self.close()

    def close(self) -> None:
        """End it if it runs, and delete its folder."""
        self.functions = []
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)


_running: list[SecondProcess] = []  # at most one


@contextlib.contextmanager
def compiling(functions: Sequence[Any], cache: Path) -> Iterator[None]:
    """Have a second process compile kernels while the block runs, if there are processors for both.

    Args:
        functions: Kernels with signatures, of modules of this project. Those that are compiled, or plain
            Python with the compiler off, are left out.
        cache: The folder for machine code. Kernels that it holds are left out.
    """
    kernels = [one for one in functions if not getattr(one, "signatures", True)]
    missing = [one for one in kernels if not any(cache.glob(_files(one, "*.nbi")))]
    if not missing or _running or _processors() < 2 or not _is_python():
        yield
        return
    with contextlib.suppress(OSError):
        _running.append(SecondProcess(missing, cache))
    try:
        yield
    finally:
        while _running:
            _running.pop().close()


def collect(function: Any) -> None:
    """Take over what the second process has compiled, if a kernel is among it."""
    for process in _running:
        if function in process.functions:
            process.collect()


def _files(function: Any, end: str) -> str:
    """Pattern of the names that numba gives to the files of a kernel, in a folder for each package."""
    return f"*/{function.__module__.rpartition('.')[2]}.{function.__qualname__}-{end}"


def _processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_python() -> bool:
    """Whether `sys.executable` is a Python, not a program that holds one."""
    name = Path(sys.executable or "").name.lower()
    return name.startswith("python") and not getattr(sys, "frozen", False)


def main() -> None:
    """The second process: compile kernels, named `module:function`, into a folder."""
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    folder, digest, *names = sys.argv[1:]
    from swarm_env.engine import compiler

    if compiler.CACHE_FOLDER.name != digest:  # the sources have changed
        sys.exit(1)
    compiler.CACHE_FOLDER = Path(folder)
    for name in names:
        module, _, function = name.partition(":")
        compiler.ready(getattr(importlib.import_module(module), function))


def _end_with_the_first() -> None:
    sys.stdin.read()
    os._exit(ALONE)
