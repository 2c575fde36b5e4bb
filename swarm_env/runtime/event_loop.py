"""An event loop in a thread of its own, so that async agents also run where a loop runs already (a notebook).

`shared` is the loop of this process. All runs and all clients of language models live in it, so that a client
is never used from a second loop.
"""

import asyncio
import atexit
import contextlib
import inspect
import os
import threading
from collections.abc import Awaitable, Coroutine, Hashable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from swarm_env.errors import RunError
from swarm_env.runtime.interrupts import Interrupts

T = TypeVar("T")


class Closable(Protocol):
    """What is closed together with the loop that it lives in."""

    async def aclose(self) -> None:
        """Release all resources."""


class LoopThread:
    """An event loop in a thread. The thread starts with the first coroutine and ends with `close`.

    Attributes:
        belongings: Resources that are closed with the loop, by any key; touched in the loop only.
    """

    def __init__(self) -> None:
        self.belongings: dict[Hashable, Closable] = {}
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def settle(self, values: Iterable[Any], interrupts: Interrupts | None = None) -> list[Any]:
        """Await all awaitables among some values concurrently; returns the values and results in order.

        The first error of an awaitable is raised, after the other awaitables are cancelled. See `run` for
        `interrupts` and the other errors.
        """
        values = list(values)
        waiting = [(index, value) for index, value in enumerate(values) if inspect.isawaitable(value)]
        if waiting:
            results = self.run(gather_or_cancel(value for _, value in waiting), interrupts)
            for (index, _), result in zip(waiting, results, strict=True):
                values[index] = result
        return values

    def run(self, coroutine: Coroutine[Any, Any, T], interrupts: Interrupts | None = None) -> T:
        """Run a coroutine in the loop and wait for its result; Ctrl-C and `interrupts.press` cancel it.

        Raises what the coroutine raises, `KeyboardInterrupt` if it was cancelled, and `RunError` if the
        caller is a coroutine of this loop.
        """
        if self.is_here():
            coroutine.close()
            raise RunError(
                "A coroutine waits for its own event loop. Await the coroutine, or call from another thread."
            )
        loop, job = self._started(), _Job(coroutine)
        try:  # Ctrl-C may come before the future is known, hence the job
            future = asyncio.run_coroutine_threadsafe(job.run(), loop)
            with interrupts.waiting(future) if interrupts is not None else contextlib.nullcontext():
                return future.result()
        except BaseException:  # Ctrl-C too, which reaches the waiting thread and not the loop
            loop.call_soon_threadsafe(job.cancel)
            raise

    async def hop(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine in this loop from a coroutine of any loop."""
        if self.is_here():
            return await coroutine
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._started()))

    def is_here(self) -> bool:
        """Whether the caller runs in this loop's thread."""
        return self._thread is threading.current_thread()

    def close(self) -> None:
        """Cancel what runs, close the belongings and end the thread."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="swarm-agents", daemon=True
                )
                self._thread.start()
            return self._loop

    async def _end(self) -> None:
        await _cancel(asyncio.all_tasks() - {asyncio.current_task()})
        while self.belongings:
            _, belonging = self.belongings.popitem()
            await belonging.aclose()
        await asyncio.get_running_loop().shutdown_asyncgens()
        await asyncio.get_running_loop().shutdown_default_executor()


class _Job(Generic[T]):
    """A coroutine that can be cancelled before its task exists; used in its loop only."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._task: asyncio.Task[Any] | None = None
        self._cancelled = False

    async def run(self) -> T:
        if self._cancelled:
            self._coroutine.close()
            raise asyncio.CancelledError
        self._task = asyncio.current_task()
        return await self._coroutine

    def cancel(self) -> None:
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()


async def gather_or_cancel(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    """Await concurrently; returns the results in order.

    The first error is raised after the other awaitables were cancelled and have ended; `asyncio.TaskGroup`
    would wrap it in an `ExceptionGroup`.
    """
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        await _cancel(tasks)


async def _cancel(tasks: Iterable["asyncio.Future[Any] | None"]) -> None:
    """Cancel tasks and wait for their ends."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


# The last one is used. A forked child gets one of its own, since threads do not survive a fork, and keeps its
# parent's unused and unclosed, since the sockets are the parent's.
_loops = [LoopThread()]
atexit.register(lambda: _loops[-1].close())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _loops.append(LoopThread()))


def shared() -> LoopThread:
    """The event loop of this process, for all runs and all clients; it ends with the process."""
    return _loops[-1]
