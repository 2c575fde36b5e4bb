"""Cells of a large map fetched into the processor's caches ahead of their use."""

from typing import Any

from numba.core import cgutils, types

from swarm_env.engine.compiler import in_kernels


def _prefetch(context: Any, array: Any, at: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        from llvmlite import ir

        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), cgutils.voidptr_t)
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
        builder.call(function, [place, word(0), word(3), word(1)])  # to read, keep it, data
        return context.get_dummy_value()

    return types.void(array, types.int64), codegen


@in_kernels(_prefetch)
def prefetch(array: Any, at: int) -> None:
    """Let the processor fetch `array[at]` of a flat array ahead of its use; changes nothing."""
