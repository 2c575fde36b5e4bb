"""How compiled code gets at the state of the worlds: one address instead of fifty arrays.

numba passes a tuple of arrays by value, some four hundred words a call, and compiles every function
accordingly slowly. A `WorldArrays` therefore enters compiled code as the address of a table that describes
its arrays. In a kernel `world.score` builds the array from the table; nothing in the table changes while a
kernel runs, and the loads say so, so the compiler keeps them in registers.

With the compiler switched off the handle is the `WorldArrays` itself.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel.models import PrimitiveModel
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import register_model
from numba.np.arrayobj import make_array, populate_array
from numpy.typing import NDArray

WORD = ir.IntType(64)


class SizesType(types.Type):
    """The numbers that all worlds share, at the head of the table."""

    def __init__(self, fields: tuple[tuple[str, Any], ...]) -> None:
        """Name the numbers and their numba types, in the order of the table."""
        self.fields = fields
        super().__init__(name="Sizes")


class WorldType(types.Type):
    """The state of a batch of worlds, by address."""

    def __init__(self, sizes: SizesType, arrays: Mapping[str, tuple[Any, int]]) -> None:
        """Name the arrays, their element types and numbers of axes, in the order of the table."""
        self.sizes = sizes
        self.arrays: dict[str, Any] = {}
        self.offsets: dict[str, int] = {}
        offset = len(sizes.fields)
        for name, (dtype, axes) in arrays.items():
            self.arrays[name] = types.Array(dtype, axes, "C")
            self.offsets[name] = offset
            offset += 1 + axes
        self.length = offset
        super().__init__(name="World")


@register_model(SizesType)
@register_model(WorldType)
class _AddressModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.PointerType(WORD))


@infer_getattr
class _SizesAttributes(AttributeTemplate):  # type: ignore[misc]
    key = SizesType

    def generic_resolve(self, kind: Any, name: str) -> Any:
        return dict(kind.fields).get(name)


@infer_getattr
class _WorldAttributes(AttributeTemplate):  # type: ignore[misc]
    key = WorldType

    def generic_resolve(self, kind: Any, name: str) -> Any:
        return kind.sizes if name == "sizes" else kind.arrays.get(name)


def _load(builder: Any, table: Any, offset: int) -> Any:
    """A word of the table that no kernel changes."""
    word = builder.load(builder.gep(table, [ir.Constant(WORD, offset)]))
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


@lower_getattr_generic(SizesType)  # type: ignore[untyped-decorator]
def _size(context: Any, builder: Any, kind: Any, table: Any, name: str) -> Any:
    names = [field for field, _ in kind.fields]
    word = _load(builder, table, names.index(name))
    return builder.bitcast(word, ir.DoubleType()) if dict(kind.fields)[name] == types.float64 else word


@lower_getattr_generic(WorldType)  # type: ignore[untyped-decorator]
def _array(context: Any, builder: Any, kind: Any, table: Any, name: str) -> Any:
    if name == "sizes":
        return table
    array_type, offset = kind.arrays[name], kind.offsets[name]
    array = make_array(array_type)(context, builder)
    itemsize = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    data = builder.inttoptr(_load(builder, table, offset), array.data.type)
    shape = [_load(builder, table, offset + 1 + axis) for axis in range(array_type.ndim)]
    strides = [ir.Constant(WORD, itemsize)]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        array, data, cgutils.pack_array(builder, shape, WORD), cgutils.pack_array(builder, strides, WORD),
        ir.Constant(WORD, itemsize), None,
    )  # fmt: skip
    return array._getvalue()


def describe(
    kind: WorldType, sizes: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> NDArray[np.int64]:
    """The table of a batch of worlds.

    Args:
        kind: What the table holds.
        sizes: The shared numbers by name.
        arrays: The arrays by name, C-contiguous; they must outlive the table.

    Returns:
        (length,) int64; its own address is the handle.
    """
    table = np.zeros(kind.length, np.int64)
    for i, (name, number) in enumerate(kind.sizes.fields):
        if number == types.float64:
            table[i : i + 1].view(np.float64)[0] = sizes[name]
        else:
            table[i] = int(sizes[name])
    for name, offset in kind.offsets.items():
        array = arrays[name]
        table[offset] = array.ctypes.data
        table[offset + 1 : offset + 1 + array.ndim] = array.shape
    return table
