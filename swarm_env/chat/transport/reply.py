"""Reading what a server sent, which may be anything."""

import json
from typing import Any, NamedTuple

from swarm_env.chat.outcome import Unusable
from swarm_env.chat.request import ChatAnswer, Usage
from swarm_env.chat.scrub import scrub

SHOWN = 300  # of an error, in characters
LAST_WORDS = ("insufficient_quota", "billing_hard_limit_reached", "account_deactivated")  # no waiting helps

_TRANSIENT = (408, 409, 425, 429)
_REFUSALS = ("refusal", "content_filter")


class Reply(NamedTuple):
    """What came back, whole.

    Attributes:
        status: Of HTTP.
        retry_after: That header.
        body: At most `LARGEST_BODY` bytes.
        latency: [s].
    """

    status: int
    retry_after: str | None
    body: bytes
    latency: float


class ServerError(NamedTuple):
    """An error that a server reports.

    Attributes:
        status: Of HTTP, or as the body says.
        detail: What it says, without keys.
        passes: Whether it may be gone in a moment.
    """

    status: int
    detail: str
    passes: bool


def error_of(reply: Reply) -> ServerError | None:
    """The error that a reply reports; None if it claims to be an answer.

    Some routers send errors with status 200 and the real status in the body.
    """
    found = _object(reply.body)
    error = found.get("error")
    if reply.status == 200 and not error:
        return None
    status = reply.status
    code = error.get("code") if isinstance(error, dict) else None
    if status == 200:
        status = code if isinstance(code, int) and 400 <= code < 600 else 502
    message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str):
        message = found.get("message") or found.get("detail") or _shown(reply.body)
    passes = (status in _TRANSIENT or status >= 500) and code not in LAST_WORDS
    return ServerError(status, scrub(f"HTTP {status}: {message}"[:SHOWN]), passes)


def answer_of(reply: Reply) -> ChatAnswer:
    """The answer in a reply, without keys.

    Returns:
        Its text is the content of the message, or the arguments of its first tool call; "" if there is none.
        Its `finish` is "refusal" if the message says that the model refused.

    Raises:
        Unusable: It is no chat completion.
    """
    found = _object(reply.body)
    try:
        choice = found["choices"][0]
        message = choice["message"]
        refusal = message.get("refusal")
        text = _text(message.get("content")) or _arguments(message)
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Unusable(f"no chat completion: {_shown(reply.body)}") from None
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
    """Refuse an answer that says nothing.

    Raises:
        Unusable: The model refused, or the text is empty.
    """
    if answer.finish in _REFUSALS:
        raise Unusable(f"the model refused: {answer.text[:SHOWN] or answer.finish}", "refused")
    if not answer.text.strip():
        raise Unusable(f"the answer is empty (finish_reason {answer.finish!r})")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):  # also text that is not UTF-8
        return {}
    return found if isinstance(found, dict) else {}


def _shown(body: bytes) -> str:
    return repr(scrub(body[: 4 * SHOWN].decode(errors="replace"))[:SHOWN])


def _text(content: Any) -> str:
    """The text of a message's content, which is a text or a list of parts."""
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
    """A number of tokens; None if it is missing or cannot be one."""
    value = found.get(name) if isinstance(found, dict) else None
    return value if type(value) is int and 0 <= value < 2**40 else None
