"""numba types of a batch of worlds: compiled code takes one address instead of fifty arrays.

numba passes a tuple of arrays by value, some four hundred words per call, and compiles every function that
takes one slowly. A `WorldArrays` therefore enters compiled code as the address of a table that describes its
arrays (the handle). In a kernel `world.score` builds the array from that table. No kernel changes the table,
and the loads are marked invariant, so LLVM keeps them in registers.

The declared state of a scenario (`scenario_state.ScenarioState`) works the same way: three addresses, and a
table of offsets and lengths.

With the compiler off (`NUMBA_DISABLE_JIT=1`) the handle is the `WorldArrays` itself.
"""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel.models import PrimitiveModel, StructModel
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.types.misc import CPointer
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import register_model
from numba.np.arrayobj import make_array, populate_array
from numpy.typing import NDArray

WORD = ir.IntType(64)
BYTES, WORDS = CPointer(types.uint8), CPointer(types.int64)


class SizesType(types.Type):
    """The numbers that all worlds share, at the start of the table."""

    def __init__(self, fields: tuple[tuple[str, Any], ...]) -> None:
        """Set the names of the numbers and their numba types, in the order of the table."""
        self.fields = fields
        super().__init__(name="Sizes")


class WorldType(types.Type):
    """A batch of worlds, by address."""

    def __init__(
        self, sizes: SizesType, arrays: Mapping[str, tuple[Any, int]], fixed: Collection[str] = ()
    ) -> None:
        """Set the names of the arrays, their element types and numbers of axes, in the order of the table.

        Kernels that write into `fixed` ones cannot be compiled.
        """
        self.sizes = sizes
        self.arrays: dict[str, Any] = {}
        self.offsets: dict[str, int] = {}
        offset = len(sizes.fields)
        for name, (dtype, axes) in arrays.items():
            self.arrays[name] = types.Array(dtype, axes, "C", readonly=name in fixed)
            self.offsets[name] = offset
            offset += 1 + axes
        self.length = offset
        super().__init__(name="World")


class StateType(types.Type):
    """The declared state of one world: addresses of its rows of `memory` and `table`, and of `layout`."""

    def __init__(self, fields: tuple[tuple[str, Any, int, int, bool], ...]) -> None:
        """Set the fields: name, element type, number of axes, place in `layout`, whether in `memory`."""
        self.fields = {
            name: (types.Array(dtype, axes, "C") if axes else dtype, place, kept)
            for name, dtype, axes, place, kept in fields
        }
        digest = hashlib.blake2b(repr(fields).encode(), digest_size=8).hexdigest()
        super().__init__(name=f"State_{digest}")


@register_model(SizesType)
@register_model(WorldType)
class _AddressModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.PointerType(WORD))


@register_model(StateType)
class _StateModel(StructModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("memory", BYTES), ("table", BYTES), ("layout", WORDS)])


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


@infer_getattr
class _StateAttributes(AttributeTemplate):  # type: ignore[misc]
    key = StateType

    def generic_resolve(self, kind: Any, name: str) -> Any:
        return kind.fields[name][0] if name in kind.fields else None


def _load(builder: Any, table: Any, offset: int) -> Any:
    """Load a word of a table that no kernel changes."""
    word = builder.load(builder.gep(table, [ir.Constant(WORD, offset)]))
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


def _build_array(context: Any, builder: Any, kind: Any, data: Any, table: Any, offset: int) -> Any:
    """Build an array that starts at `data` and whose lengths are in the table from `offset` on."""
    array = make_array(kind)(context, builder)
    itemsize = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    shape = [_load(builder, table, offset + axis) for axis in range(kind.ndim)]
    strides = [ir.Constant(WORD, itemsize)]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        array, builder.bitcast(data, array.data.type), cgutils.pack_array(builder, shape, WORD),
        cgutils.pack_array(builder, strides, WORD), ir.Constant(WORD, itemsize), None,
    )  # fmt: skip
    return array._getvalue()


@lower_getattr_generic(SizesType)  # type: ignore[untyped-decorator]
def _size(context: Any, builder: Any, kind: Any, table: Any, name: str) -> Any:
    names = [field for field, _ in kind.fields]
    word = _load(builder, table, names.index(name))
    return builder.bitcast(word, ir.DoubleType()) if dict(kind.fields)[name] == types.float64 else word


@lower_getattr_generic(WorldType)  # type: ignore[untyped-decorator]
def _array(context: Any, builder: Any, kind: Any, table: Any, name: str) -> Any:
    if name == "sizes":
        return table
    offset = kind.offsets[name]
    data = builder.inttoptr(_load(builder, table, offset), ir.PointerType(ir.IntType(8)))
    return _build_array(context, builder, kind.arrays[name], data, table, offset + 1)


def lower_state(context: Any, builder: Any, kind: StateType, world: WorldType, args: Any) -> Any:
    """Build the state of world `args[1]` of the batch `args[0]`."""
    table, w = args
    state = cgutils.create_struct_proxy(kind)(context, builder)
    for name, itemsize in (("memory", 8), ("table", 4)):
        offset = world.offsets[name]
        stride = builder.mul(_load(builder, table, offset + 2), ir.Constant(WORD, itemsize))
        address = builder.add(_load(builder, table, offset), builder.mul(w, stride))
        setattr(state, name, builder.inttoptr(address, ir.PointerType(ir.IntType(8))))
    state.layout = builder.inttoptr(_load(builder, table, world.offsets["layout"]), ir.PointerType(WORD))
    return state._getvalue()


def _field_data(context: Any, builder: Any, kind: Any, value: Any, name: str) -> tuple[Any, Any]:
    """Where a field of the state starts, and where the layout is."""
    _, place, kept = kind.fields[name]
    state = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    row = state.memory if kept else state.table
    return builder.gep(row, [_load(builder, state.layout, place)]), state.layout


@lower_getattr_generic(StateType)  # type: ignore[untyped-decorator]
def _field(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    field, place, _ = kind.fields[name]
    data, layout = _field_data(context, builder, kind, value, name)
    if isinstance(field, types.Array):
        return _build_array(context, builder, field, data, layout, place + 1)
    return builder.load(builder.bitcast(data, ir.PointerType(context.get_value_type(field))))


@lower_setattr_generic(StateType)  # type: ignore[untyped-decorator]
def _set_field(context: Any, builder: Any, signature: Any, args: Any, name: str) -> Any:
    data, _ = _field_data(context, builder, signature.args[0], args[0], name)
    builder.store(args[1], builder.bitcast(data, ir.PointerType(args[1].type)))


def describe(
    kind: WorldType, sizes: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> NDArray[np.int64]:
    """Build the table of a batch of worlds.

    Args:
        kind: Describes what the table holds.
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
