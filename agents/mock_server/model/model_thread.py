"""Asks the mind, so that a slow one does not keep the server from its other clients."""

import asyncio
import functools
import inspect
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from swarm_env.agents.mock_server.api_error import Rejection

# Messages (each with role and content) and the JSON schema of the answer, None for text -> the answer. May be
# a coroutine function.
Mind = Callable[[Sequence[Mapping[str, str]], Mapping[str, Any] | None], Any]

SLOW = 0.02  # seconds; our choice: less is not worth a change of threads
_log = logging.getLogger(__name__)


class Thinking:
    """A mind, called in the event loop while it is quick and in a thread otherwise; never twice at once.

    The first answer always comes from the thread, since it may have to compile something. A mind that is a
    coroutine function runs in the event loop, as many times at once as there are requests.
    """

    def __init__(self, mind: Mind) -> None:
        self._mind = mind
        self._is_async = inspect.iscoroutinefunction(mind)
        self._took = float("inf")  # seconds of the last answer
        self._queued = 0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="swarm-mind")

    async def ask(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any] | None) -> str:
        """One answer.

        Args:
            messages: With role and content.
            schema: JSON schema of the answer; None: text.

        Returns:
            The answer.

        Raises:
            Rejection: The mind failed; its error is in the log.
        """
        try:
            if self._is_async:
                answer = await self._mind(messages, schema)
            elif self._queued or self._took > SLOW:
                answer = await self._ask_in_thread(messages, schema)
            else:
                answer = self._timed(messages, schema)
        except Exception as error:  # noqa: BLE001 - whatever a user's mind raises, the server goes on
            _log.error("The mind of the local server failed.", exc_info=error)
            raise Rejection(500, "The mind of this server failed; its log says why.") from None
        if not isinstance(answer, str):
            _log.error("The mind of the local server gave a %s instead of a text.", type(answer).__name__)
            raise Rejection(500, "The mind of this server gave something else than a text.")
        return answer

    def close(self) -> None:
        """Take no more questions. What is being answered goes on in its thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _ask_in_thread(self, *question: Any) -> Any:
        self._queued += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, functools.partial(self._timed, *question))
        finally:
            self._queued -= 1

    def _timed(self, *question: Any) -> Any:
        begin = time.perf_counter()
        try:
            return self._mind(*question)
        finally:
            self._took = time.perf_counter() - begin
