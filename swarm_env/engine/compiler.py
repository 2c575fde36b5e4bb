"""The `kernel` decorator, the cache of machine code on disk, and calls of kernels by address.

Kernels are module-level functions that numba compiles. numba decides by the file of the function alone
whether cached code is stale, so it would miss an edited helper in another file. The cache folder is therefore
named by a digest of all sources that hold kernels.

Settings, read from the environment once, when this module is imported:

- `SWARM_ENV_CACHE`: folder for compiled code (default `~/.cache/swarm_env`, or the temporary folder where
  that cannot be written).
- `NUMBA_DISABLE_JIT=1`: run everything as plain Python, slowly, for a debugger.
"""

import contextlib
import functools
import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import cgutils, types
from numba.core.event import Event, Listener, register
from numba.extending import intrinsic

from swarm_env.registry import FOLDERS, HOME, PACKAGE

CODE = types.Array(types.int64, 1, "C")  # a table of kernels' addresses, for `call`
F = TypeVar("F", bound=Callable[..., Any])
COMPILED = not numba.config.DISABLE_JIT
MARK = re.compile(rb"^@kernel|^from numba|^import numba|^class .*\(ScenarioState\)", re.MULTILINE)
OWN_FOLDERS = (PACKAGE, *(HOME / folder for folder in FOLDERS.values()))
KEPT_CACHES = 3  # folders of other sources that are kept, so that switching between two versions stays fast


def sources_digest(files: Iterable[Path]) -> str:
    """Digest (32 hexadecimal digits) of source files, in any order, and of the versions that compile them."""
    digest = hashlib.blake2b(f"{numba.__version__} {np.__version__}".encode(), digest_size=16)
    for path in sorted(files):
        text = path.read_bytes()
        digest.update(f"{path.name} {len(text)} ".encode() + text)
    return digest.hexdigest()


def _own_sources() -> list[Path]:
    """All files of this project that hold kernels, or code that goes into kernels."""
    files = [path for folder in OWN_FOLDERS for path in folder.rglob("*.py")]
    return [path for path in files if MARK.search(path.read_bytes())]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _cache_folder() -> Path:
    """The folder for machine code of these sources; it is created if missing."""
    chosen = os.environ.get("SWARM_ENV_CACHE")
    candidates = [Path(chosen)] if chosen else [Path.home() / ".cache" / "swarm_env"]
    user = os.getuid() if hasattr(os, "getuid") else 0
    candidates.append(Path(tempfile.gettempdir()) / f"swarm_env-{user}")
    name = sources_digest(_own_sources())
    for base in candidates:
        folder = base / name
        if _writable(folder):
            _forget_old(base, folder)
            return folder
    return Path(tempfile.mkdtemp(prefix="swarm_env-"))


def _forget_old(base: Path, current: Path) -> None:
    """Delete the caches of other sources, except the most recent ones."""
    with contextlib.suppress(OSError):
        os.utime(current)
        old = [p for p in base.iterdir() if p.is_dir() and p != current and len(p.name) == 32]
        old.sort(key=lambda p: p.stat().st_mtime, reverse=True)
        for path in old[KEPT_CACHES:]:
            shutil.rmtree(path, ignore_errors=True)


CACHE_FOLDER: Path = _cache_folder()
_one_at_a_time = threading.RLock()  # worlds may be made in several threads


class _Announcer(Listener):  # type: ignore[misc]
    """Calls the function `announce` the first time something is compiled."""

    announce: Callable[[], None] | None = None
    _is_done = False

    def on_start(self, event: Event) -> None:
        """Called when numba starts to compile a function that is not in the cache."""
        if self.announce is not None and not self._is_done:
            self._is_done = True
            self.announce()

    def on_end(self, event: Event) -> None:
        """Called when numba has compiled a function."""


@functools.cache
def _announcer() -> _Announcer:
    announcer = _Announcer()
    register("numba:compile", announcer)
    return announcer


def on_first_compile(notify: Callable[[], None]) -> None:
    """Call `notify`, from the thread that compiles, when this process first has to compile a function.

    At most one call is made in a process: that of the last `notify` given before.
    """
    if COMPILED:
        _announcer().announce = notify


def _sources_of(function: Callable[..., Any]) -> frozenset[Path]:
    """Files outside this project that go into a kernel: its own, and those of the kernels it calls."""
    found = sources_outside([function.__code__.co_filename])
    for thing in function.__globals__.values():
        found |= getattr(thing, "swarm_sources", frozenset())
    return found


def sources_outside(files: Iterable[str]) -> frozenset[Path]:
    """Select the files that exist and do not belong to this project."""
    paths = [path for path in map(Path, files) if path.is_file()]
    return frozenset(path for path in paths if not set(OWN_FOLDERS) & set(path.resolve().parents))


@contextlib.contextmanager
def _own_cache(sources: frozenset[Path]) -> Iterator[None]:
    """Let numba cache in our folder; kernels from outside get a subfolder named by their sources."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(CACHE_FOLDER / sources_digest(sources) if sources else CACHE_FOLDER)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def kernel(*signature: Any, wrapped: bool = False, inline: bool = False) -> Callable[[F], F]:
    """Compile a module-level function, keep its machine code on disk, release the GIL while it runs.

    Args:
        *signature: One numba signature (`ready` compiles the kernel when it is first needed), or none (it is
            compiled for the argument types of its first call).
        wrapped: Whether Python calls it; False if only kernels call it.
        inline: Whether its code is copied into each caller.

    Returns:
        The decorator. With the compiler off it returns the function unchanged.
    """

    def decorate(function: F) -> F:
        if not COMPILED:
            return np.errstate(over="ignore")(function)  # random numbers wrap around
        options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
        options["boundscheck"] = False
        if inline:
            options["forceinline"] = True
        if not wrapped:
            options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        sources = _sources_of(function)
        with _own_cache(sources):
            dispatcher = numba.njit(**options)(function)
        dispatcher.swarm_sources = sources
        dispatcher.swarm_signature = signature[0] if signature else None
        return cast(F, dispatcher)

    return decorate


def ready(function: Any) -> Any:
    """Compile a function decorated by `kernel(signature)`, or load its machine code; returns the function."""
    if COMPILED:
        with _one_at_a_time:
            if not function.signatures:
                function.compile(function.swarm_signature)
                function.disable_compile()
    return function


@functools.cache
def address(function: Any) -> Any:
    """Address of a kernel's machine code, for `call`; with the compiler off the function itself."""
    if not COMPILED:
        return function
    ready(function)
    result = function.get_compile_result(function.swarm_signature)
    return result.library.get_pointer_to_function(result.fndesc.llvm_func_name)


def calling(called: Any) -> tuple[Any, Callable[..., Any]]:
    """Type and code of an intrinsic that calls a kernel of this signature at the address given first."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        result, inner = called.return_type, called.args
        pointer = builder.inttoptr(args[0], context.call_conv.get_function_type(result, inner).as_pointer())
        status, value = context.call_conv.call_function(builder, pointer, result, inner, args[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return context.get_dummy_value() if result == types.void else value

    return called.return_type(types.int64, *called.args), codegen


if COMPILED:

    @intrinsic  # type: ignore[untyped-decorator]
    def call(typingctx: Any, where: Any, world: Any, first: Any, last: Any) -> Any:
        """Call the kernel `void(world, int64, int64)` at the address `where`.

        numba's first-class functions cost tens of microseconds each time one is passed from Python.
        """
        return calling(types.void(world, types.int64, types.int64))

    @intrinsic  # type: ignore[untyped-decorator]
    def copy_bytes(typingctx: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
        """Copy `count` bytes between flat uint8 arrays; a few machine words if `count` is a literal."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            from llvmlite import ir

            into = context.make_array(signature.args[0])(context, builder, args[0])
            out_of = context.make_array(signature.args[2])(context, builder, args[2])
            to = builder.gep(into.data, [args[1]])
            origin = builder.gep(out_of.data, [args[3]])
            size = args[4]
            if isinstance(count, types.Literal):
                size = ir.Constant(ir.IntType(64), count.literal_value)
            cgutils.raw_memcpy(builder, to, origin, size, 1)
            return context.get_dummy_value()

        return types.void(target, types.int64, source, types.int64, count), codegen

else:

    def call(where: Any, world: Any, first: int, last: int) -> None:
        """Call the kernel `where`."""
        where(world, first, last)

    def copy_bytes(target: Any, at: int, source: Any, start: int, count: int) -> None:
        """Copy `count` bytes between two flat uint8 arrays."""
        target[at : at + count] = source[start : start + count]
