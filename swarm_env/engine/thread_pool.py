"""Threads that share a round: each takes the next piece until none is left.

A round of thousands of worlds takes less than a millisecond, and a sleeping thread takes tens of microseconds
to wake up. Therefore no thread has a fixed share. A thread that is awake takes the next few worlds by one
atomic addition. The caller works too, and waits only for pieces that were taken and are not done. A thread
that wakes up too late finds no piece left.

A late thread is harmless: each round has its own counters, kept alive by the task, and a thread touches only
these before it has taken a piece. The caller waits for every piece taken, so a round never starts before all
pieces of the last one are done, and no two threads use the row `thread` of `scratch` at once.
"""

import os
import threading
import time
import weakref
from queue import SimpleQueue
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from swarm_env.engine import compiler
from swarm_env.engine.compiler import CODE, COMPILED, calling, kernel

COUNTERS = types.Array(types.int64, 1, "C")
# Indices into the counters of a round: pieces taken so far, then a word per thread, 1 while it takes part. A
# cache line separates them, since all threads add to the first.
TAKEN, AT_WORK = 0, 8
SPINS, NAP = 4000, 50e-6  # a waiting caller spins so many times, about 50 us, then sleeps so long [s]
ANY = -1  # as the fourth argument: the number of the thread

if COMPILED:

    @intrinsic  # type: ignore[untyped-decorator]
    def add(typingctx: Any, counters: Any, at: Any, amount: Any) -> Any:
        """Add to a counter atomically; returns its old value."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, args[0])
            return builder.atomic_rmw("add", builder.gep(array.data, [args[1]]), args[2], "seq_cst")

        return types.int64(COUNTERS, types.int64, types.int64), codegen

    @intrinsic  # type: ignore[untyped-decorator]
    def call_part(
        typingctx: Any, where: Any, handle: Any, first: Any, last: Any, fourth: Any, code: Any
    ) -> Any:
        """Call the kernel `void(int64, int64, int64, int64, CODE)` at the address `where`."""
        return calling(types.void(*[types.int64] * 4, CODE))

else:  # never called then, see `Threads.share`

    def add(counters: NDArray[np.int64], at: int, amount: int) -> int:
        """Add to a counter; returns its old value."""
        before = int(counters[at])
        counters[at] += amount
        return before

    def call_part(where: Any, handle: Any, first: int, last: int, fourth: int, code: Any) -> None:
        """Call the kernel `where`."""
        where(handle, first, last, fourth, code)


@kernel(types.void(*[types.int64] * 6, CODE, COUNTERS), wrapped=True)
def take_part(
    where: int, handle: int, count: int, size: int, fourth: int, thread: int, code: NDArray[np.int64],
    counters: NDArray[np.int64],
) -> None:  # fmt: skip
    """Take pieces of a round and run them by the kernel at `where` until none is left (see `share`)."""
    add(counters, AT_WORK + thread, 1)
    first = add(counters, TAKEN, size)
    while first < count:
        call_part(where, handle, first, min(first + size, count), thread if fourth == ANY else fourth, code)
        first = add(counters, TAKEN, size)
    add(counters, AT_WORK + thread, -1)


@kernel(types.boolean(COUNTERS), wrapped=True)
def all_done(counters: NDArray[np.int64]) -> bool:
    """Whether no thread is at work, once all pieces are taken; gives up after SPINS tries.

    It spins because a piece takes about ten microseconds, less than sleeping and waking up. A thread marks
    itself as at work before it takes a piece.
    """
    for _ in range(SPINS):
        busy = 0
        for at in range(AT_WORK, len(counters)):
            busy += add(counters, at, 0)
        if busy == 0:
            return True
    return False


class Threads:
    """The threads of a batch; they start with the first shared round, and stop with this object.

    Attributes:
        count: Number of threads, including the caller.
    """

    def __init__(self, count: int) -> None:
        """Set the number of threads, at least 1."""
        self.count = count
        self._queues: list[SimpleQueue[Any]] = []
        self._process = 0  # id of the process that started them: a forked child has none
        self._end: Any = None

    def share(
        self, function: Any, handle: int, count: int, size: int, code: NDArray[np.int64], fourth: int = ANY
    ) -> None:
        """Run a kernel on all pieces of a round, in all threads.

        Args:
            function: The kernel (handle, first, last, fourth, code).
            handle: The batch.
            count: Number of worlds, lines or agents in all.
            size: Number of them in a piece; the last piece may have fewer.
            code: The kernel's last argument.
            fourth: Its fourth argument; ANY: the number of the thread, from 0.

        Raises:
            Exception: The first error that the kernel raised in a thread.
        """
        where = compiler.address(function)
        threads = min(self.count, -(-count // size))
        if threads <= 1 or not COMPILED:  # plain Python runs one thread at a time
            function(handle, 0, count, max(fourth, 0), code)
            return
        self._start()
        counters = np.zeros(AT_WORK + threads, np.int64)
        failures: list[BaseException] = []
        try:
            for thread, queue in enumerate(self._queues[: threads - 1], 1):
                queue.put(((where, handle, count, size, fourth, thread, code, counters), failures))
            take_part(where, handle, count, size, fourth, 0, code, counters)
        finally:
            counters[TAKEN] = max(counters[TAKEN], count)
            counters[AT_WORK] = 0
            while not all_done(counters):
                time.sleep(NAP)
        if failures:
            raise failures[0]

    def _start(self) -> None:
        """Start the threads unless they run in this process."""
        if self._process == os.getpid():
            return
        compiler.ready(take_part)
        compiler.ready(all_done)
        self._process = os.getpid()
        self._queues = [SimpleQueue() for _ in range(self.count - 1)]
        for number, queue in enumerate(self._queues, 1):
            threading.Thread(target=_work, args=(queue,), name=f"swarm_env_{number}", daemon=True).start()
        self._end = weakref.finalize(self, _stop, self._queues)

    def close(self) -> None:
        """Stop the threads; the next round starts new ones."""
        if self._end is not None:
            self._end()
        self._queues, self._process, self._end = [], 0, None

    def __reduce__(self) -> Any:
        """Pickle only the number of threads."""
        return Threads, (self.count,)


def _work(queue: "SimpleQueue[Any]") -> None:
    """Run tasks from the queue until it yields None."""
    while (task := queue.get()) is not None:
        given, failures = task
        try:
            take_part(*given)
        except BaseException as error:  # noqa: BLE001, the caller raises it
            failures.append(error)
            *_, thread, _, counters = given
            counters[AT_WORK + thread] = 0
            del counters
        del task, given, failures  # keep nothing alive while waiting


def _stop(queues: "list[SimpleQueue[Any]]") -> None:
    for queue in queues:
        queue.put(None)
