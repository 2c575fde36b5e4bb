"""Read the reply of a server, which may hold anything, into the result of an attempt."""

import json
import time
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from swarm_env.chat.request import ChatAnswer, Unusable, Usage
from swarm_env.chat.transport.endpoint import scrub
from swarm_env.chat.transport.limiter import retry_after

SHOWN = 300  # characters of an error that are shown
FATAL_CODES = (
    "insufficient_quota",
    "billing_hard_limit_reached",
    "account_deactivated",
)  # final

_TRANSIENT = (408, 409, 425, 429)
_REFUSALS = ("refusal", "content_filter")


class Reply(NamedTuple):
    """A complete HTTP reply.

    Attributes:
        status: HTTP status.
        retry_after: The header of that name.
        content: At most `LARGEST_REPLY` bytes.
        latency: [s].
    """

    status: int
    retry_after: str | None
    content: bytes
    latency: float


class ServerError(NamedTuple):
    """An error that a server reports.

    Attributes:
        status: HTTP status, or the one in the content.
        detail: Its message, without keys.
        transient: Whether a retry may help.
    """

    status: int
    detail: str
    transient: bool


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """Result of one attempt at a request.

    Attributes:
        status: "ok" or one of `REASONS`, as in the ledger.
        detail: What went wrong, for people, without keys.
        http_status: None if no complete reply came.
        answer: None if there is none.
        retryable: Whether another attempt may help.
        congested: For the limiter: whether the server rejected the call for load; None: unknown.
        pause: Pause that the server asks for [s].
    """

    status: str
    detail: str = ""
    http_status: int | None = None
    answer: ChatAnswer | None = None
    retryable: bool = True
    congested: bool | None = None
    pause: float = 0.0

    @property
    def is_answer(self) -> bool:
        """Whether it is an answer, usable or not, rather than a failure of the call."""
        return self.status not in ("timeout", "http", "budget")

    def unusable(self, error: Unusable) -> "AttemptResult":
        """The same result with an answer that cannot be used."""
        return replace(self, status=error.reason, detail=scrub(str(error)))


def read_reply(reply: Reply) -> AttemptResult:
    """The result of an attempt, before its answer is parsed."""
    error = error_of(reply)
    if error is not None:
        pause = retry_after(reply.retry_after, time.time()) if error.transient else 0.0
        return AttemptResult(
            "http",
            error.detail,
            error.status,
            retryable=error.transient,
            congested=error.transient or None,
            pause=pause,
        )
    result = AttemptResult("ok", http_status=reply.status, congested=False)
    try:
        answer = answer_of(reply)
        result = replace(result, answer=answer)
        check(answer)
    except Unusable as unusable:
        return result.unusable(unusable)
    return result


def error_of(reply: Reply) -> ServerError | None:
    """The error that a reply reports; None for an answer.

    Some routers send errors with status 200 and the real status in the content.
    """
    found = _object(reply.content)
    error = found.get("error")
    if reply.status == 200 and not error:
        return None
    status = reply.status
    code = error.get("code") if isinstance(error, dict) else None
    if status == 200:
        status = code if isinstance(code, int) and 400 <= code < 600 else 502
    message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str):
        message = found.get("message") or found.get("detail") or _shown(reply.content)
    transient = (status in _TRANSIENT or status >= 500) and code not in FATAL_CODES
    return ServerError(status, scrub(f"HTTP {status}: {message}"[:SHOWN]), transient)


def answer_of(reply: Reply) -> ChatAnswer:
    """The answer in a reply, without keys.

    Returns:
        `text` is the content of the message, or the arguments of its first tool call; "" if there is none.
        `finish` is "refusal" if the model refused.

    Raises:
        Unusable: It is not a chat completion.
    """
    found = _object(reply.content)
    try:
        choice = found["choices"][0]
        message = choice["message"]
        refusal = message.get("refusal")
        text = _text(message.get("content")) or _arguments(message)
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Unusable(f"no chat completion: {_shown(reply.content)}") from None
    finish = choice.get("finish_reason")
    if isinstance(refusal, str) and refusal:
        text, finish = refusal, "refusal"
    return ChatAnswer(
        text=scrub(text),
        usage=_usage(found.get("usage")),
        latency=reply.latency,
        model=scrub(str(found.get("model", ""))[:SHOWN]),
        finish=scrub(finish[:SHOWN]) if isinstance(finish, str) else None,
    )


def check(answer: ChatAnswer) -> None:
    """Raise unless the answer has text.

    Raises:
        Unusable: The model refused, or the text is empty.
    """
    if answer.finish in _REFUSALS:
        raise Unusable(f"the model refused: {answer.text[:SHOWN] or answer.finish}", "refused")
    if not answer.text.strip():
        raise Unusable(f"the answer is empty (finish_reason {answer.finish!r})")


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):  # also text that is not UTF-8
        return {}
    return found if isinstance(found, dict) else {}


def _shown(content: bytes) -> str:
    return repr(scrub(content[: 4 * SHOWN].decode(errors="replace"))[:SHOWN])


def _text(content: Any) -> str:
    """The text of a message's content: a string or a list of parts."""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if isinstance(part.get("text"), str))
    if content is None or isinstance(content, str):
        return content or ""
    raise TypeError


def _arguments(message: dict[str, Any]) -> str:
    for call in message.get("tool_calls") or []:
        arguments = call["function"]["arguments"]
        return arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ""


def _usage(found: Any) -> Usage | None:
    if not isinstance(found, dict):
        return None
    prompt, completion = (_count(found, name) for name in ("prompt_tokens", "completion_tokens"))
    if prompt is None or completion is None:
        return None
    cached = _count(found.get("prompt_tokens_details"), "cached_tokens") or 0
    reasoning = _count(found.get("completion_tokens_details"), "reasoning_tokens") or 0
    return Usage(prompt, completion, cached, reasoning)


def _count(found: Any, name: str) -> int | None:
    """A number of tokens; None if missing or invalid."""
    value = found.get(name) if isinstance(found, dict) else None
    return value if type(value) is int and 0 <= value < 2**40 else None
