"""The `kernel` decorator, the cache of machine code on disk, and calls of kernels by address.

Kernels are module-level functions that numba compiles; `compiled.cache_folder` says where their code is kept.
Each has a second build, which raises IndexError where an index lies outside an array; as in Python, a
negative index counts from the end.

Settings, read from the environment once, when this module is imported:

- `SWARM_ENV_CACHE`: folder for compiled code (default `~/.cache/swarm_env`, or the temporary folder where
  that cannot be written).
- `NUMBA_DISABLE_JIT=1`: run everything as plain Python, slowly, for a debugger.
- `NUMBA_BOUNDSCHECK=1`: check indices everywhere; 0: nowhere. Default: in the first episode of kernels from
  outside this project (`compiled.bounds`).
"""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import cgutils, types
from numba.core.registry import CPUDispatcher
from numba.core.typing.templates import infer, infer_global, make_intrinsic_template

from swarm_env.engine.compiled import second_process
from swarm_env.engine.compiled.cache_folder import cache_folder, kernel_folder
from swarm_env.engine.compiled.callees import Callee, no_collection, refuse_numbers
from swarm_env.engine.compiled.compile_errors import in_a_line
from swarm_env.engine.compiled.fingerprint import fingerprint, helpers_of, is_own
from swarm_env.errors import ContractError

CODE = types.Array(types.int64, 1, "C")  # a table of kernels' addresses, for `call`
F = TypeVar("F", bound=Callable[..., Any])
COMPILED = not numba.config.DISABLE_JIT
BOUNDSCHECK: int | None = numba.config.BOUNDSCHECK

CACHE_FOLDER: Path = cache_folder()
_one_at_a_time = threading.RLock()  # worlds may be made in several threads


class Kernel(CPUDispatcher):  # type: ignore[misc]
    """A compiled function, and its second build that checks indices.

    Attributes:
        swarm_signature: The signature that `kernel` was given; None if there is none.
    """

    swarm_signature: Any = None
    _folder: Path | None = None
    _checked: "Kernel | None" = None
    _checks = False

    def build(self, checked: bool) -> "Kernel":
        """This kernel, or its build that checks indices."""
        if not checked or self._checks:
            return self
        if self._checked is None:
            made = type(self)(self.py_func, self.locals, self.targetoptions | {"boundscheck": True})
            made.swarm_signature, made._checks = self.swarm_signature, True
            self._checked = made
        return self._checked

    def compile(self, sig: Any) -> Any:
        """Compile for a signature, or load the machine code from disk; a kernel with a signature only for it.

        A kernel that calls it with constants would have it compiled for these, and `ready` find it compiled.
        """
        if self._folder is None:
            for helper in helpers_of(self.py_func):
                if type(helper) is CPUDispatcher:  # by numba.njit
                    helper.__class__ = Helper
            name = fingerprint(self.py_func) + "checked" * self._checks
            self._folder = kernel_folder(CACHE_FOLDER, name)
            with _cached_in(self._folder):
                self.enable_caching()
        return super().compile(self.swarm_signature or sig)

    # What numba asks of a kernel that another one calls: the build for the one that is being compiled.

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """What the caller needs to know for argument types; compiles if necessary."""
        return super(Kernel, self.build(_now.checked)).get_call_template(args, kws)

    def get_overload(self, sig: Any) -> Any:
        """The machine code for a signature."""
        return super(Kernel, self.build(_now.checked)).get_overload(sig)

    @property
    def is_compiling(self) -> Any:
        """Whether it is being compiled, so that a call of it is a recursion."""
        return self.build(_now.checked)._compiling_counter


class InnerKernel(Callee, Kernel):
    """A kernel that kernels call; called from Python, it runs as plain Python.

    Without a signature no machine code is made of it (see `compiled.callees`); with one it has an address.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the Python function; random numbers wrap around."""
        with np.errstate(over="ignore"):
            return self.py_func(*args, **kwargs)


class Helper(Kernel):
    """A function under `numba.njit` that a kernel calls: kept and checked like a kernel."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the compiled function, or in `as_python` the Python function."""
        return (self.py_func if _now.plain else super().__call__)(*args, **kwargs)


class _Now(threading.local):
    checked = False  # whether this thread compiles code that checks indices
    plain = False  # whether it runs kernels as plain Python


_now = _Now()


@contextlib.contextmanager
def _cached_in(folder: Path) -> Iterator[None]:
    """Let numba keep machine code in a folder; functions without a file are not kept."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        with contextlib.suppress(RuntimeError):  # "cannot cache function: no locator available"
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
        options: dict[str, Any] = {"nopython": True, "nogil": True, "error_model": "numpy", "_nrt": False}
        options["boundscheck"] = False
        if inline:
            options["forceinline"] = True
        if not wrapped:
            options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        made = (Kernel if wrapped else InnerKernel)(function, {}, options)
        made.swarm_signature = signature[0] if signature else None
        return cast(F, made)

    return decorate


@contextlib.contextmanager
def as_python() -> Iterator[None]:
    """Let all functions that kernels call run as plain Python in this thread, those under njit too."""
    _now.plain = True
    try:
        yield
    finally:
        _now.plain = False


def ready(function: Any, checked: bool = False) -> Any:
    """Compile a function decorated by `kernel(signature)`, or load its machine code.

    Args:
        function: The function.
        checked: Whether it, and all kernels that it calls, check their indices.

    Returns:
        The function, or its build that checks indices.

    Raises:
        ContractError: A kernel from outside this project cannot be compiled; its cause is numba's error.
    """
    if not COMPILED:
        return function
    with _one_at_a_time:
        built: Kernel = function.build(checked)
        if not built.signatures:
            if not checked:
                second_process.collect(function)
            _now.checked = checked
            try:
                with no_collection():
                    built.compile(built.swarm_signature)
            except Exception as error:  # numba has its own, and others for code that it does not expect
                if is_own(function.py_func.__code__.co_filename):
                    raise
                raise ContractError(in_a_line(function.py_func, error)) from error
            finally:
                _now.checked = False
            built.disable_compile()
        return built


_at: dict[int, Any] = {}  # kernels by the addresses that were asked for


@functools.cache
def address(function: Any, checked: bool = False) -> Any:
    """Address of a kernel's machine code, for `call`; with the compiler off the function itself."""
    built = ready(function, checked)
    if not COMPILED:
        return built
    result = built.overloads[tuple(built.swarm_signature.args)]
    found = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)
    _at[found] = function
    return found


def function_at(where: Any) -> Any:
    """The kernel at an address, as a function that Python can call."""
    return where if callable(where) else _at[int(where)]


def calling(called: Any) -> tuple[Any, Callable[..., Any]]:
    """Type and code of an intrinsic that calls a kernel of this signature at the address given first."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        result, inner = called.return_type, called.args
        refuse_numbers(context, builder, args[0])
        pointer = builder.inttoptr(args[0], context.call_conv.get_function_type(result, inner).as_pointer())
        status, value = context.call_conv.call_function(builder, pointer, result, inner, args[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return context.get_dummy_value() if result == types.void else value

    return called.return_type(types.int64, *called.args), codegen


def in_kernels(build: Callable[..., Any]) -> Callable[[F], F]:
    """Let kernels call a Python function by an intrinsic instead, which `build(context, *types)` describes.

    `build` returns a numba signature and the function that writes the code, as for numba's `intrinsic`.
    """

    def decorate(function: F) -> F:
        if COMPILED:
            template = make_intrinsic_template(function, build, function.__name__)
            infer(template)
            infer_global(function, types.Function(template))
        return function

    return decorate


@in_kernels(lambda context, where, world, first, last: calling(types.void(world, types.int64, types.int64)))
def call(where: Any, world: Any, first: int, last: int) -> None:
    """Call the kernel `void(world, int64, int64)` at `where` (numba's first-class functions are slow)."""
    function_at(where)(world, first, last)


def _with_code(context: Any, where: Any, world: Any, first: Any, last: Any, code: Any) -> Any:
    return calling(types.void(world, types.int64, types.int64, CODE))


@in_kernels(_with_code)
def call_with(where: Any, world: Any, first: int, last: int, code: Any) -> None:
    """Call the kernel `void(world, int64, int64, CODE)` at the address `where`; it calls others of `code`."""
    function_at(where)(world, first, last, code)


def _copy_bytes(context: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
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


@in_kernels(_copy_bytes)
def copy_bytes(target: Any, at: int, source: Any, start: int, count: int) -> None:
    """Copy `count` bytes between flat uint8 arrays; a few machine words if `count` is a literal."""
    target[at : at + count] = source[start : start + count]
