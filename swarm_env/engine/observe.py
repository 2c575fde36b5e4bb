"""Observations: the codes around each agent, or feature vectors (planes, own state, heard messages)."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.engine.compiler import COMPILED, copy_bytes, kernel
from swarm_env.engine.map.sight import adapt_views, hide_from_away, write_floor_planes, write_floor_views
from swarm_env.engine.state import NO_MESSAGES, PRESENT, WorldArrays, index

OWN = 3  # numbers about the agent after the planes: row and column, mark (0 or 1)
MOST = 255.0  # greatest number of a feature vector of bytes

if COMPILED:
    from llvmlite import ir
    from numba.extending import intrinsic

    @intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
    def mark_equal(typingctx: Any, out: Any, at: Any, codes: Any, start: Any, count: Any, code: Any) -> Any:
        """Write 1 or 0 for each of `count` codes (a literal) from `start` on: whether it is `code`.

        One comparison of a vector register. numba's own loop compares byte by byte, because the arrays could
        overlap.
        """

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            target = context.make_array(signature.args[0])(context, builder, args[0])
            source = context.make_array(signature.args[2])(context, builder, args[2])
            size, element = count.literal_value, context.get_value_type(out.dtype)
            vector, seen = ir.VectorType(element, size), ir.VectorType(ir.IntType(8), size)
            place = builder.bitcast(builder.gep(target.data, [args[1]]), vector.as_pointer())
            origin = builder.bitcast(builder.gep(source.data, [args[3]]), seen.as_pointer())
            lanes = ir.Constant(ir.VectorType(ir.IntType(32), size), [0] * size)
            first = builder.insert_element(ir.Constant(seen, ir.Undefined), args[5], lanes.type.element(0))
            wanted = builder.shuffle_vector(first, ir.Constant(seen, ir.Undefined), lanes)
            same = builder.icmp_unsigned("==", builder.load(origin, align=1), wanted)
            one, zero = ir.Constant(vector, [element(1)] * size), ir.Constant(vector, [element(0)] * size)
            builder.store(builder.select(same, one, zero), place, align=out.dtype.bitwidth // 8)
            return context.get_dummy_value()

        return types.void(out, types.int64, codes, types.int64, count, types.uint8), codegen

else:

    def mark_equal(out: Any, at: int, codes: Any, start: int, count: int, code: int) -> None:
        """Write 1 or 0 for each of `count` codes from `start` on: whether it is `code`."""
        out[at : at + count] = codes[start : start + count] == code


@kernel(inline=True)
def copy_rows(
    cells: NDArray[np.uint8], q: int, stride: int, view: NDArray[np.uint8], at: int, size: int, wide: int
) -> None:
    """Copy `size` rows of `size` codes from the flat index `q` on; fast where both sizes are literals.

    Rows but the last are copied `wide` bytes at a time, one machine word: the next row overwrites what is too
    much. `wide` is at most 2 * size.
    """
    for y in range(size - 1):
        copy_bytes(view, at + y * size, cells, q + y * stride, wide)
    copy_bytes(view, at + (size - 1) * size, cells, q + (size - 1) * stride, size)


@kernel()
def write_views(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Write the codes around some agents of some worlds; zeros for departed agents."""
    sizes = world.sizes
    k, stride = sizes.view_size, sizes.stride
    half = k // 2
    for w in range(first, last):
        cells, view = world.cells[w], world.views[w]
        for a in range(first_agent, last_agent):
            at = a * k * k
            if world.active[w, a] != PRESENT:
                for i in range(at, at + k * k):
                    view[i] = 0
                continue
            q = index(world, world.position[w, a, 0] - half, world.position[w, a, 1] - half)
            if k == 5:
                copy_rows(cells, q, stride, view, at, 5, 8)
            elif k == 3:
                copy_rows(cells, q, stride, view, at, 3, 4)
            elif k == 7:
                copy_rows(cells, q, stride, view, at, 7, 8)
            elif k == 9:
                copy_rows(cells, q, stride, view, at, 9, 16)
            else:
                copy_rows(cells, q, stride, view, at, k, k)


@kernel()
def see(world: WorldArrays, first: int, last: int, first_agent: int, last_agent: int) -> None:
    """Write the views of some agents of some worlds, and what they see of the floor."""
    write_views(world, first, last, first_agent, last_agent)
    if world.sizes.returns:
        hide_from_away(world, first, last, first_agent, last_agent)
    if world.sizes.unlike:
        adapt_views(world, first, last, first_agent, last_agent)
    if world.sizes.layers:
        write_floor_views(world, first, last, first_agent, last_agent)


@kernel(inline=True)
def write_plane(
    out: NDArray[Any], at: int, view: NDArray[np.uint8], start: int, area: int, code: np.uint8
) -> None:
    """Write the plane of one code from a view of `area` codes; the last vector overlaps the one before."""
    if area >= 32:
        for i in range(0, area - 32, 32):
            mark_equal(out, at + i, view, start + i, 32, code)
        mark_equal(out, at + area - 32, view, start + area - 32, 32, code)
    elif area >= 16:
        mark_equal(out, at, view, start, 16, code)
        mark_equal(out, at + area - 16, view, start + area - 16, 16, code)
    elif area >= 8:
        mark_equal(out, at, view, start, 8, code)
        mark_equal(out, at + area - 8, view, start + area - 8, 8, code)
    else:
        for i in range(area):
            out[at + i] = view[start + i] == code


@kernel()
def write_features(
    world: WorldArrays, features: NDArray[Any], whole: int, first: int, last: int, first_agent: int,
    last_agent: int,
) -> None:  # fmt: skip
    """Write the feature vectors of some agents of some worlds from their `views`; zeros for departed agents.

    The feature vector of an agent is `num_planes` planes of k * k zeros and ones, plane p for code p + 1,
    then a plane for each layer of the floor, then its row, column and mark, then its senses, then its row of
    `field`, then that of `heard`. In continuous space there are no planes of codes. Without `whole` row and
    column are shares of the greatest, as are the senses. With it (bytes) they are as they are, and what was
    heard is 255 at most.
    """
    sizes = world.sizes
    area, planes = sizes.view_size**2, 0 if sizes.space else sizes.num_planes
    if sizes.layers:
        write_floor_planes(world, features, whole, first, last, first_agent, last_agent)
    own = (planes + sizes.layers) * area
    senses, hears = world.sense.shape[2], 0 if sizes.channel == NO_MESSAGES else world.heard.shape[2]
    fields = world.field.shape[2]
    rows, columns = (1, 1) if whole else (max(sizes.height - 1, 1), max(sizes.width - 1, 1))
    for w in range(first, last):
        view = world.views[w]
        for a in range(first_agent, last_agent):
            out = features[w, a]
            for p in range(planes):
                write_plane(out, p * area, view, a * area, area, np.uint8(p + 1))
            if world.active[w, a] != PRESENT:
                for i in range(own, own + OWN + senses + fields + hears):
                    out[i] = 0
                continue
            out[own] = world.position[w, a, 0] / rows
            out[own + 1] = world.position[w, a, 1] / columns
            out[own + 2] = world.mark[w, a]
            for i in range(senses):
                most = 1 if whole else world.sense_most[i]
                out[own + OWN + i] = float(world.sense[w, a, i]) / most
            at = own + OWN + senses
            if fields:
                for i in range(fields):
                    out[at + i] = world.field[w, a, i]
                at += fields
            for i in range(hears):
                heard = world.heard[w, a, i]
                out[at + i] = min(heard, MOST) if whole else heard


@kernel()
def keep_last(world: WorldArrays, w: int) -> None:
    """Copy the last observations of an episode, before those of the next one overwrite them."""
    for i in range(world.final_views.shape[1]):
        world.final_views[w, i] = world.views[w, i]
    for a in range(world.final_floor_views.shape[1]):
        for i in range(world.final_floor_views.shape[2]):
            world.final_floor_views[w, a, i] = world.floor_views[w, a, i]
    for a in range(world.final_features.shape[1]):
        for i in range(world.final_features.shape[2]):
            world.final_features[w, a, i] = world.features[w, a, i]
    for a in range(world.final_feature_bytes.shape[1]):
        for i in range(world.final_feature_bytes.shape[2]):
            world.final_feature_bytes[w, a, i] = world.feature_bytes[w, a, i]
    for a in range(world.sizes.num_agents):
        present = world.active[w, a] == PRESENT
        world.final_position[w, a, 0] = world.position[w, a, 0] if present else 0
        world.final_position[w, a, 1] = world.position[w, a, 1] if present else 0
        world.final_mark[w, a] = world.mark[w, a] if present else 0
        for i in range(world.sense.shape[2]):
            world.final_sense[w, a, i] = world.sense[w, a, i] if present else 0
        for i in range(world.field.shape[2]):
            world.final_field[w, a, i] = world.field[w, a, i] if present else 0.0
        for i in range(world.allowed.shape[2]):
            world.final_allowed[w, a, i] = world.allowed[w, a, i]
    for a in range(world.final_may_speak.shape[1]):
        world.final_may_speak[w, a] = world.may_speak[w, a]
