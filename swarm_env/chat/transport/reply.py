"""Read the reply of a server, which may hold anything, into the result of an attempt."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from swarm_env.chat.request import ChatAnswer, ChatRequest, Unusable, Usage
from swarm_env.chat.transport.endpoint import scrub, scrub_answer
from swarm_env.chat.transport.limiter import pause_of
from swarm_env.chat.transport.scored_choice import first_token, scored_text
from swarm_env.chat.transport.server_error import SHOWN, encodable, error_of, shown

_FILTERS = ("content_filter", "sensitive", "safety", "prohibited_content")  # also Zhipu's and Gemini's own
_REFUSALS = ("refusal", *_FILTERS)


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
    found = _object(reply.content)
    error = error_of(found, reply.status, reply.headers, reply.content)
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
    result = replace(result, stated_cost=_stated_cost(found.get("usage"), reply.headers))
    try:
        answer, marked = _read_completion(found, reply)
    except _NoCompletion as error:  # of a proxy, or cut: the model did not say that
        return replace(result, status="http", detail=str(error), congested=True)
    result = replace(result, answer=answer, marked=marked)
    try:
        check(answer)
    except Unusable as unusable:
        return replace(result.unusable(unusable), retryable=not _is_filtered(answer.finish))
    return result


def scored(result: AttemptResult, request: ChatRequest, key: str) -> AttemptResult:
    """The same result; for a request with `choices` its text is the chosen action and the scores of all.

    Args:
        result: Of an attempt.
        request: The request.
        key: What a draw depends on, beside the seed.
    """
    answer = result.answer
    if request.choices is None or result.status != "ok" or answer is None:
        return result
    heat = request.temperature or 0.0
    try:
        text = scored_text(answer.first_token, answer.text, request.choices, heat, f"{request.seed} {key}")
    except Unusable as unusable:
        return result.unusable(unusable)
    return replace(result, answer=replace(answer, text=text))


def _is_filtered(finish: str | None) -> bool:
    """Whether a filter ended the answer: asked again, it would be paid for and end again."""
    return finish is not None and finish.lower().startswith(_FILTERS)


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
        ended = isinstance(finish, str) and finish.lower().startswith((*_REFUSALS, "length"))
        message = choice.get("message", {}) if ended else choice["message"]
        refusal = message.get("refusal")
        text = _text(message.get("content")) or _arguments(message)
        reasoning = message.get("reasoning_content") or message.get("reasoning")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise _NoCompletion(f"HTTP {reply.status}: no chat completion: {shown(reply.content)}") from None
    if finish == "error" and not text.strip():  # of the provider behind a router
        raise _NoCompletion(f"HTTP {reply.status}: the provider failed: {shown(reply.content)}")
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
        first_token=first_token(choice),
    )
    return answer, marked


def check(answer: ChatAnswer) -> None:
    """Raise unless the answer has text.

    Raises:
        Unusable: The model refused, or the text is empty.
    """
    if answer.finish and answer.finish.lower().startswith(_REFUSALS):
        raise Unusable(f"the model refused: {answer.text[:SHOWN] or answer.finish}", "refused")
    if not answer.text.strip() and not answer.first_token:
        raise Unusable(f"the answer is empty (finish_reason {answer.finish!r})")


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):  # also text that is not UTF-8
        return {}
    if isinstance(found, list) and len(found) == 1:  # an error of Gemini
        found = found[0]
    return found if isinstance(found, dict) else {}


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


def _count(found: Any, *names: str) -> int | None:
    """A number of tokens under the first of these names that has one; None if there is none."""
    for name in names:
        value = found.get(name) if isinstance(found, dict) else None
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and 0 <= value < 2**40:
            return value
    return None
