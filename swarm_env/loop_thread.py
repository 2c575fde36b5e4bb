"""An event loop in a thread of its own: async agents run also where a loop runs already (a notebook)."""

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Iterable
from typing import Any


class LoopThread:
    """Waits for many awaitables at once. The thread starts with the first one; `close` ends it.

    All awaitables of one object share one loop, so that an agent may keep a network client from call to call.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def settle(self, values: Iterable[Any]) -> list[Any]:
        """Replace every awaitable among some values by what it comes to; all are awaited concurrently.

        Args:
            values: Plain values and awaitables, mixed.

        Returns:
            The plain values, in the same order.

        Raises:
            BaseException: The first error that an awaitable ends with; the others are cancelled.
        """
        values = list(values)
        waiting = [(index, value) for index, value in enumerate(values) if inspect.isawaitable(value)]
        if waiting:
            results = self._run([value for _, value in waiting])
            for (index, _), result in zip(waiting, results, strict=True):
                values[index] = result
        return values

    def close(self) -> None:
        """End the thread; what still runs in it is cancelled."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def _run(self, awaitables: list[Awaitable[Any]]) -> list[Any]:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="swarm-agents", daemon=True)
            self._thread.start()
        future = asyncio.run_coroutine_threadsafe(_all(awaitables), self._loop)
        try:
            return future.result()
        except BaseException:  # also Ctrl-C, which reaches the waiting thread and not the loop
            future.cancel()
            raise


async def _all(awaitables: list[Awaitable[Any]]) -> list[Any]:
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _cancel_others() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
