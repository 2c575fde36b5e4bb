"""An event loop in a thread of its own: async agents run also where a loop runs already (a notebook).

`shared` is the one of this process: all runs, and the clients of all language models, live in it, so that a
client is never met by a second loop.
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
    """What is closed together with the loop it lives in."""

    async def aclose(self) -> None:
        """Let go of everything."""


class LoopThread:
    """Waits for many awaitables at once. The thread starts with the first one; `close` ends it.

    All awaitables of one object share one loop, so that an agent may keep a network client from call to call.

    Attributes:
        belongings: What lives in the loop and is closed with it, by any name; touched in the loop only.
    """

    def __init__(self) -> None:
        self.belongings: dict[Hashable, Closable] = {}
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def settle(self, values: Iterable[Any], interrupts: Interrupts | None = None) -> list[Any]:
        """Replace every awaitable among some values by what it comes to; all are awaited concurrently.

        Args:
            values: Plain values and awaitables, mixed.
            interrupts: May end the waiting, as Ctrl-C does; None: only Ctrl-C.

        Returns:
            The plain values, in the same order.

        Raises:
            BaseException: The first error that an awaitable ends with; the others are cancelled.
            KeyboardInterrupt: The waiting was ended.
            RunError: It was called from a coroutine that runs in this very loop.
        """
        values = list(values)
        waiting = [(index, value) for index, value in enumerate(values) if inspect.isawaitable(value)]
        if waiting:
            results = self.run(_all([value for _, value in waiting]), interrupts)
            for (index, _), result in zip(waiting, results, strict=True):
                values[index] = result
        return values

    def run(self, coroutine: Coroutine[Any, Any, T], interrupts: Interrupts | None = None) -> T:
        """Run one coroutine in the loop and wait for its result; Ctrl-C cancels it.

        Args:
            coroutine: What to run.
            interrupts: May cancel it too.

        Raises:
            BaseException: What the coroutine raises.
            KeyboardInterrupt: It was cancelled.
            RunError: It was called from a coroutine that runs in this very loop.
        """
        if self.is_here():
            coroutine.close()
            raise RunError(
                "A coroutine waits for its own event loop. Await the coroutine, or call from another thread."
            )
        loop, job = self._started(), _Job(coroutine)
        try:  # from the first moment on: the key may be pressed before anything is waited for
            future = asyncio.run_coroutine_threadsafe(job.run(), loop)
            with interrupts.waiting(future) if interrupts is not None else contextlib.nullcontext():
                return future.result()
        except BaseException:  # also Ctrl-C, which reaches the waiting thread and not the loop
            loop.call_soon_threadsafe(job.cancel)
            raise

    async def hop(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in this loop from a coroutine of any loop."""
        if self.is_here():
            return await coroutine
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._started()))

    def is_here(self) -> bool:
        """Whether the caller runs in this loop's thread."""
        return self._thread is threading.current_thread()

    def close(self) -> None:
        """End the thread; what still runs in it is cancelled, what belongs to it closed."""
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
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self.belongings:
            _, belonging = self.belongings.popitem()
            await belonging.aclose()
        await asyncio.get_running_loop().shutdown_asyncgens()
        await asyncio.get_running_loop().shutdown_default_executor()


class _Job(Generic[T]):
    """A coroutine that can be cancelled also while it is being handed over; used in its loop only."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._task: asyncio.Task[Any] | None = None
        self._unwanted = False

    async def run(self) -> T:
        if self._unwanted:
            self._coroutine.close()
            raise asyncio.CancelledError
        self._task = asyncio.current_task()
        return await self._coroutine

    def cancel(self) -> None:
        self._unwanted = True
        if self._task is not None:
            self._task.cancel()


class _Process:
    """The shared loop of this process. A forked child gets one of its own: threads do not survive a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None
        self._left_behind: list[LoopThread | None] = []
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def thread(self) -> LoopThread:
        with self._lock:
            if self._thread is None:
                self._thread = LoopThread()
            return self._thread

    def close(self) -> None:
        if self._thread is not None:
            self._thread.close()
        self._thread = None

    def _forget(self) -> None:
        self._lock = threading.Lock()  # another thread of the parent may have held the old one
        self._left_behind.append(self._thread)  # its sockets are the parent's: never closed from here
        self._thread = None


_process = _Process()


def shared() -> LoopThread:
    """The event loop of this process, for all runs and all clients; it ends with the process."""
    return _process.thread()


async def _all(awaitables: list[Awaitable[Any]]) -> list[Any]:
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
