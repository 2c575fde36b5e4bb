"""Kernels that only kernels call: no machine code of them, and what is kept on disk can be built upon."""

from typing import Any

from numba import types

from swarm_env.engine import kernel
from swarm_env.engine.compiled.callees import CalleeLibrary
from swarm_env.engine.compiler import address, ready

NUMBER = types.int64


@kernel()
def doubled(number: int) -> int:
    return 2 * number


@kernel(NUMBER(NUMBER), wrapped=True)
def first_caller(number: int) -> int:
    return doubled(number) + 1


@kernel(NUMBER(NUMBER), wrapped=True)
def second_caller(number: int) -> int:
    return doubled(doubled(number))


KERNEL: Any = doubled


def test_callees_are_linked_into_their_callers_without_machine_code_of_their_own():
    assert ready(first_caller)(5) == 11
    callee = KERNEL.build(False)
    callee.compile((NUMBER,))  # unless the caller's machine code came from disk
    (found,) = callee.overloads.values()
    assert isinstance(found.library, CalleeLibrary)
    assert found.entry_point is found.library, "there is nothing to call"


def test_a_new_caller_is_built_upon_a_callee_from_disk():
    callee = KERNEL.build(False)
    callee.compile((NUMBER,))
    kept = callee._cache._impl
    (found,) = callee.overloads.values()
    target = callee.targetctx
    again = kept.rebuild(target, kept.reduce(found))
    assert again.signature == found.signature
    target.insert_user_function(again.entry_point, again.fndesc, [again.library])
    callee.overloads[(NUMBER,)] = again
    assert ready(second_caller)(5) == 20
    assert second_caller(-3) == -12


@kernel(NUMBER(NUMBER))
def tripled(number: int) -> int:
    return 3 * number


@kernel(NUMBER(NUMBER), wrapped=True)
def caller_with_a_constant(number: int) -> int:
    return tripled(7) + number


def test_a_kernel_with_a_signature_is_not_compiled_for_a_constant():
    assert ready(caller_with_a_constant)(1) == 22
    inner: Any = tripled
    assert set(inner.build(False).signatures) <= {(NUMBER,)}
    assert address(inner) > 0
