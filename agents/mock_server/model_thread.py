"""Call the function that answers, in a thread if it is slow, so that other clients need not wait."""

import asyncio
import functools
import inspect
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from swarm_env.agents.mock_server.api_error import Rejection

# From messages (each with role and content) and the JSON schema of the answer (None for text) to the answer.
# May be a coroutine function.
AnswerFunction = Callable[[Sequence[Mapping[str, str]], Mapping[str, Any] | None], Any]

SLOW = 0.02  # [s]; faster answers are not worth a change of threads; our choice
_log = logging.getLogger(__name__)


class ModelThread:
    """Calls an answer function in the event loop while it is fast, else in a thread; never concurrently.

    The first call is always in the thread, since it may compile something. A coroutine function runs in the
    event loop, concurrently for all requests.
    """

    def __init__(self, function: AnswerFunction) -> None:
        self._function = function
        self._is_async = inspect.iscoroutinefunction(function)
        self._took = float("inf")  # seconds of the last answer
        self._queued = 0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="swarm-model")

    async def ask(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any] | None) -> str:
        """Answer messages with role and content: in JSON of the schema, or as text if it is None.

        Raises:
            Rejection: The function failed; its error is in the log.
        """
        try:
            if self._is_async:
                answer = await self._function(messages, schema)
            elif self._queued or self._took > SLOW:
                answer = await self._ask_in_thread(messages, schema)
            else:
                answer = self._timed(messages, schema)
        except Exception as error:  # noqa: BLE001 - whatever a user's function raises, the server goes on
            _log.error("The model of the mock server failed.", exc_info=error)
            raise Rejection(500, "The model of this server failed; its log says why.") from None
        if not isinstance(answer, str):
            _log.error("The model of the mock server returned a %s instead of a text.", type(answer).__name__)
            raise Rejection(500, "The model of this server returned something other than a text.")
        return answer

    def close(self) -> None:
        """Accept no more calls; a running one continues in its thread."""
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
            return self._function(*question)
        finally:
            self._took = time.perf_counter() - begin
