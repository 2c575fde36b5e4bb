"""Kernels that only kernels call: compiled as far as their callers need, which is not to machine code.

numba optimises every function together with all that it calls, and makes machine code of it, before another
function may call it. For a callee that is wasted: its callers take in its code, optimise it again, and call
no machine code of it. Here a callee ends as LLVM code, which is also what is kept on disk.
"""

import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import llvmlite.binding as llvm
from numba.core import caching, cgutils, compiler
from numba.core.codegen import JITCodeLibrary
from numba.core.dispatcher import _FunctionCompiler  # type: ignore[attr-defined]


class CalleeLibrary(JITCodeLibrary):  # type: ignore[misc]
    """The LLVM code of a callee and of all that it calls."""

    def _optimize_final_module(self) -> None:
        """Its callers do so."""

    def _finalize_final_module(self) -> None:
        """Without machine code."""
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


class CalleeCompiler(_FunctionCompiler):  # type: ignore[misc]
    """Compiles a callee."""

    def _customize_flags(self, flags: Any) -> Any:
        flags.no_compile = True
        return flags

    def _compile_core(self, args: Any, return_type: Any) -> Any:
        typing, target = self.targetdescr.typing_context, self.targetdescr.target_context
        flags = compiler.Flags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        library = CalleeLibrary(target.codegen(), self.py_func.__qualname__)
        found = compiler.compile_extra(
            typing, target, self.py_func, args=args, return_type=return_type,
            flags=self._customize_flags(flags), locals=self.locals, library=library,
            pipeline_class=self.pipeline_class,
        )  # fmt: skip
        found = found._replace(entry_point=library)  # callers find the code by it
        target.insert_user_function(library, found.fndesc, [library])
        return found


class CalleeCacheFiles(caching.CompileResultCacheImpl):  # type: ignore[misc]
    """What is kept of a callee on disk."""

    def reduce(self, found: Any) -> Any:
        """A compiled callee as what can be pickled."""
        name, _, code = found.library.serialize_using_bitcode()
        found.fndesc.typemap = found.fndesc.calltypes = None
        return name, code, found.fndesc, found.signature

    def rebuild(self, target: Any, kept: Any) -> Any:
        """The compiled callee again."""
        name, code, fndesc, signature = kept
        library = CalleeLibrary(target.codegen(), name)
        library._final_module, library._finalized = llvm.parse_bitcode(code), True
        return compiler.compile_result(
            typing_context=target.typing_context, target_context=target, signature=signature, fndesc=fndesc,
            library=library, entry_point=library, objectmode=False, lifted=(),
        )  # fmt: skip


class CalleeCache(caching.FunctionCache):  # type: ignore[misc]
    """The callees on disk."""

    _impl_class = CalleeCacheFiles


class Callee:
    """For a kernel: without a signature it is a callee; with one it has an address, and machine code.

    Attributes:
        swarm_signature: The signature; None if there is none.
    """

    swarm_signature: Any = None

    def enable_caching(self: Any) -> None:
        """Keep its code on disk, in the folder that numba's settings name."""
        if self.swarm_signature is not None:
            super().enable_caching()  # type: ignore[misc]
            return
        old = self._compiler
        self._compiler = CalleeCompiler(
            old.py_func, old.targetdescr, old.targetoptions, old.locals, old.pipeline_class
        )
        self._cache = CalleeCache(self.py_func)

    def add_overload(self: Any, found: Any) -> None:
        """Note what was compiled; numba's own table is for calls from Python."""
        if self.swarm_signature is not None:
            super().add_overload(found)  # type: ignore[misc]
        else:
            self.overloads[tuple(found.signature.args)] = found


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Pause garbage collection, which takes a tenth of the time: numba keeps nearly all that it makes."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def refuse_numbers(context: Any, builder: Any, address: Any) -> None:
    """Write code that raises if what is to be an address is a small number, which nothing can be at.

    Whoever calls an entry point of compiled code by hand gets an error, and does not end the interpreter.
    """
    small = builder.icmp_signed("<", address, address.type(4096))
    with cgutils.if_unlikely(builder, small):
        context.call_conv.return_user_exc(builder, ValueError, ("this number is no address",))
