"""Read the reply of a server, which may hold anything, into the result of an attempt."""

import json
import math
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
    "contentfilter",
    "content_policy",
    "content management policy",
    "content exists risk",
    "moderation",
    "flagged",
    "inappropriate content",
    "inspection_failed",
    "safety system",
    "prohibited_content",
)
_ACCOUNT_SIGNS = ("account", "organization", "organisation", "billing", "api key", "your project")
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


class _NoCompletion(Exception):
    """A reply with a status of success is no chat completion."""


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
    found = _object(reply.content)
    result = replace(result, stated_cost=_stated_cost(found.get("usage"), reply.headers))
    try:
        answer, marked = _read_completion(found, reply)
    except _NoCompletion as error:  # of a proxy, or cut: the model did not say that
        return replace(result, status="http", detail=str(error), congested=True)
    result = replace(result, answer=answer, marked=marked)
    try:
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
    status = reply.status
    if 200 <= status < 300 and not error:
        return None
    code, kind, field = (
        error.get(key) if isinstance(error, dict) else None for key in ("code", "type", "param")
    )
    if 200 <= status < 300:
        number = int(code) if isinstance(code, str) and re.fullmatch("[45][0-9]{2}", code) else code
        status = number if isinstance(number, int) and 400 <= number < 600 else 502
    message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str):
        message = found.get("message") or found.get("detail") or _shown(reply.content)
    fatal = code in FATAL_CODES or kind in FATAL_CODES
    transient = (status in _TRANSIENT or status >= 500) and not fatal
    words = f"{code} {kind} {message}".lower()
    filtered = (
        status in (400, 403, 422)
        and bool(error)  # a page of a firewall is none of the provider's filter
        and any(sign in words for sign in _FILTER_SIGNS)
        and not any(sign in words for sign in _ACCOUNT_SIGNS)
    )
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
        _NoCompletion: It is not a chat completion.
    """
    try:
        choice = found["choices"][0]
        finish = choice.get("finish_reason")
        # Gemini sends no message if its filter or its thoughts ended the answer.
        ended = isinstance(finish, str) and finish.startswith((*_REFUSALS, "length"))
        message = choice.get("message", {}) if ended else choice["message"]
        refusal = message.get("refusal")
        text = _text(message.get("content")) or _arguments(message)
        reasoning = message.get("reasoning_content") or message.get("reasoning")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise _NoCompletion(f"HTTP {reply.status}: no chat completion: {_shown(reply.content)}") from None
    if finish == "error" and not text.strip():  # of the provider behind a router
        raise _NoCompletion(f"HTTP {reply.status}: the provider failed: {_shown(reply.content)}")
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
    if answer.finish and answer.finish.startswith(_REFUSALS):
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
    """The text of a message's content: a string, a list of parts, or an object that some servers parsed."""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if isinstance(part.get("text"), str))
    if isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False)
    if content is None or isinstance(content, str):
        return content or ""
    raise TypeError


def _arguments(message: dict[str, Any]) -> str:
    calls = [call["function"] for call in message.get("tool_calls") or []]
    for call in calls or [message.get("function_call") or {}]:
        arguments = call.get("arguments", "")
        return arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ""


def _usage(found: Any) -> Usage | None:
    if not isinstance(found, dict):
        return None
    prompt = _count(found, "prompt_tokens", "input_tokens")
    completion = _count(found, "completion_tokens", "output_tokens")
    total = _count(found, "total_tokens")
    if completion is None and prompt is not None and total is not None:
        completion = max(0, total - prompt)
    if prompt is None or completion is None:
        return None
    if total is not None:  # some servers do not count thoughts as completion, but in the total
        completion = max(completion, total - prompt)
    cached = _count(found.get("prompt_tokens_details"), "cached_tokens")
    if cached is None:
        cached = _count(found, "prompt_cache_hit_tokens") or 0  # DeepSeek
    reasoning = _count(found.get("completion_tokens_details"), "reasoning_tokens") or 0
    return Usage(prompt, completion, cached, reasoning)


def _stated_cost(usage: Any, headers: Mapping[str, str]) -> float | None:
    """What the server says the call cost [US dollars]: in the usage, or in the header of a LiteLLM proxy."""
    found = usage if isinstance(usage, dict) else {}
    cost = found.get("cost")
    if isinstance(cost, dict):  # Perplexity
        cost = cost.get("total_cost")
    for amount in (cost, found.get("estimated_cost"), headers.get("x-litellm-response-cost")):
        try:
            dollars = math.nan if amount is None or isinstance(amount, bool) else float(amount)
        except (TypeError, ValueError, OverflowError):
            continue
        if 0 <= dollars < 1e6:
            return dollars
    return None


def encodable(text: str) -> str:
    """A text with its lone surrogates, which JSON may hold and no file takes, replaced."""
    return _SURROGATES.sub("\ufffd", text)


def _count(found: Any, *names: str) -> int | None:
    """A number of tokens under the first of these names that has one; None if there is none."""
    for name in names:
        value = found.get(name) if isinstance(found, dict) else None
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and 0 <= value < 2**40:
            return value
    return None
