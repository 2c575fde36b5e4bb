"""Read the reply of a server, which may hold anything, into the result of an attempt."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from swarm_env.chat.request import ChatAnswer, Unusable, Usage
from swarm_env.chat.transport.endpoint import scrub, scrub_answer
from swarm_env.chat.transport.limiter import pause_of

SHOWN = 300  # characters of an error that are shown
FATAL_CODES = (
    "insufficient_quota",
    "billing_hard_limit_reached",
    "account_deactivated",
)  # final

_TRANSIENT = (408, 409, 425, 429)
_REFUSALS = ("refusal", "content_filter")
_FILTER_SIGNS = (
    "content_filter",
    "content filter",
    "content_policy",
    "content management policy",
    "moderation",
    "flagged",
)
_FINAL_SIGNS = (
    "context length",
    "context_length",
    "context window",
    "too many tokens",
    "model_not_found",
    "model not found",
    "no such model",
    "unknown model",
    "does not exist",
    "invalid model",
)
_SURROGATES = re.compile("[\ud800-\udfff]")


class Reply(NamedTuple):
    """A complete HTTP reply.

    Attributes:
        status: HTTP status.
        headers: Of the reply; names in any case.
        content: At most `LARGEST_REPLY` bytes.
        latency: [s].
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    latency: float


class ServerError(NamedTuple):
    """An error that a server reports.

    Attributes:
        status: HTTP status, or the one in the content.
        detail: Its message, without keys.
        transient: Whether a retry may help.
        filtered: Whether a filter refused the content of the request.
        final: Whether no other form of the request helps either, as without a key.
        field: The field of the request that it names; None if it names none.
    """

    status: int
    detail: str
    transient: bool
    filtered: bool = False
    final: bool = False
    field: str | None = None


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
        endpoint: Whether the cause is the endpoint or the account, so that no request can be answered.
        final: Whether no other form of the request helps either.
        field: The field of the request that the error names.
        sent: Whether the call may have been sent, and so may cost something.
        marked: Whether the answer stood where the model reasons.
        stated_cost: What the server says that the call cost [US dollars].
    """

    status: str
    detail: str = ""
    http_status: int | None = None
    answer: ChatAnswer | None = None
    retryable: bool = True
    congested: bool | None = None
    pause: float = 0.0
    endpoint: bool = False
    final: bool = False
    field: str | None = None
    sent: bool = True
    marked: bool = False
    stated_cost: float | None = None

    @property
    def is_answer(self) -> bool:
        """Whether it is an answer, usable or not, rather than a failure of the call."""
        return self.status not in ("timeout", "http", "budget")

    def unusable(self, error: Unusable) -> "AttemptResult":
        """The same result with an answer that cannot be used."""
        return replace(self, status=error.reason, detail=scrub(encodable(str(error))))


def read_reply(reply: Reply) -> AttemptResult:
    """The result of an attempt, before its answer is parsed."""
    error = error_of(reply)
    if error is not None:
        if error.filtered:
            return AttemptResult("refused", error.detail, error.status, retryable=False, congested=False)
        return AttemptResult(
            "http",
            error.detail,
            error.status,
            retryable=error.transient,
            congested=error.transient or None,
            pause=pause_of(reply.headers, time.time(), True) if error.transient else 0.0,
            endpoint=not error.transient,
            final=error.final,
            field=error.field,
        )
    result = AttemptResult(
        "ok",
        http_status=reply.status,
        congested=False,
        pause=pause_of(reply.headers, time.time(), False),
    )
    try:
        found = _object(reply.content)
        result = replace(result, stated_cost=_stated_cost(found.get("usage"), reply.headers))
        answer, marked = _read_completion(found, reply)
        result = replace(result, answer=answer, marked=marked)
        check(answer)
    except Unusable as unusable:
        return result.unusable(unusable)
    return result


def error_of(reply: Reply) -> ServerError | None:
    """The error that a reply reports; None for an answer.

    Some routers send errors with status 200 and the real status in the content.
    """
    found = _object(reply.content)
    error = found.get("error") or _error_of_choice(found)
    page = reply.content.lstrip()[:1] == b"<"
    if reply.status == 200 and not error and not page:
        return None
    status = reply.status
    code, kind, field = (
        error.get(key) if isinstance(error, dict) else None for key in ("code", "type", "param")
    )
    if status == 200:
        status = code if isinstance(code, int) and 400 <= code < 600 else 502
    message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str):
        message = found.get("message") or found.get("detail") or _shown(reply.content)
    fatal = code in FATAL_CODES or kind in FATAL_CODES
    transient = (status in _TRANSIENT or status >= 500) and not fatal
    words = f"{code} {kind} {message}".lower()
    filtered = status in (400, 403, 422) and any(sign in words for sign in _FILTER_SIGNS)
    final = fatal or status in (401, 402, 403) or any(sign in words for sign in _FINAL_SIGNS)
    detail = scrub(encodable(f"HTTP {status}: {message}")[:SHOWN])
    return ServerError(status, detail, transient, filtered, final, field if isinstance(field, str) else None)


def _error_of_choice(found: dict[str, Any]) -> Any:
    """The error that a router reports in place of the first choice; None if there is none."""
    choices = found.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first.get("error") if isinstance(first, dict) else None


def _read_completion(found: dict[str, Any], reply: Reply) -> tuple[ChatAnswer, bool]:
    """The answer in a reply, without keys, and whether it stood where the model reasons.

    Returns:
        `text` is the content of the message, or the arguments of its first tool call, or the reasoning if
        there is no content; else "". `finish` is "refusal" if the model refused.

    Raises:
        Unusable: It is not a chat completion.
    """
    try:
        choice = found["choices"][0]
        message = choice["message"]
        refusal = message.get("refusal")
        text = _text(message.get("content")) or _arguments(message)
        reasoning = message.get("reasoning_content") or message.get("reasoning")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Unusable(f"no chat completion: {_shown(reply.content)}") from None
    finish = choice.get("finish_reason")
    if isinstance(refusal, str) and refusal:
        text, finish = refusal, "refusal"
    reasoning = scrub_answer(encodable(reasoning)) if isinstance(reasoning, str) else None
    marked = not text.strip() and bool(reasoning) and finish != "length"
    answer = ChatAnswer(
        text=(reasoning or "") if marked else scrub_answer(encodable(text)),
        usage=_usage(found.get("usage")),
        latency=reply.latency,
        model=scrub(encodable(str(found.get("model", "")))[:SHOWN]),
        finish=scrub(encodable(finish)[:SHOWN]) if isinstance(finish, str) else None,
        reasoning=reasoning,
    )
    return answer, marked


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
    total = _count(found, "total_tokens")
    if total is not None:  # some servers do not count thoughts as completion, but in the total
        completion = max(completion, total - prompt)
    cached = _count(found.get("prompt_tokens_details"), "cached_tokens")
    if cached is None:
        cached = _count(found, "prompt_cache_hit_tokens") or 0  # DeepSeek
    reasoning = _count(found.get("completion_tokens_details"), "reasoning_tokens") or 0
    return Usage(prompt, completion, cached, reasoning)


def _stated_cost(usage: Any, headers: Mapping[str, str]) -> float | None:
    """What the server says the call cost [US dollars]: in the usage, or in the header of a LiteLLM proxy."""
    cost = usage.get("cost") if isinstance(usage, dict) else None
    if cost is None:
        try:
            cost = float(headers.get("x-litellm-response-cost", ""))
        except ValueError:
            return None
    valid = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < 1e6
    return float(cost) if valid else None


def encodable(text: str) -> str:
    """A text with its lone surrogates, which JSON may hold and no file takes, replaced."""
    return _SURROGATES.sub("\ufffd", text)


def _count(found: Any, name: str) -> int | None:
    """A number of tokens; None if missing or invalid."""
    value = found.get(name) if isinstance(found, dict) else None
    return value if type(value) is int and 0 <= value < 2**40 else None
