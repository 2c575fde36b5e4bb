"""Writes chat completions, whole and as a stream of pieces."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from swarm_env.agents.mock_server.model import token_count
from swarm_env.agents.mock_server.model.answer_forms import Wanted
from swarm_env.agents.mock_server.model.served_models import Model
from swarm_env.agents.mock_server.request_body import Question
from swarm_env.agents.mock_server.spoiled_answers import REFUSAL, spoil

_encode = json.JSONEncoder(separators=(",", ":")).encode
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question.

    Attributes:
        text: What the model says: content, arguments of a tool or refusal.
        refused: Whether it is a refusal.
        finish: "stop", "length" or "tool_calls".
    """

    text: str
    refused: bool
    finish: str


@dataclass(frozen=True, slots=True)
class Reply:
    """All answers to a question.

    Attributes:
        name: Identifies it, as in "chatcmpl-0123abcd".
        created: Seconds since 1970.
        question: What was asked.
        wanted: The form the answers have.
        choices: The answers.
        usage: Tokens: prompt, completion (with reasoning), cached, reasoning.
        tells_usage: Whether the client is told.
    """

    name: str
    created: int
    question: Question
    wanted: Wanted
    choices: Sequence[Choice]
    usage: dict[str, int]
    tells_usage: bool


def finished(
    text: str, question: Question, wanted: Wanted, model: Model, kind: str | None, dice: bytes
) -> Choice:
    """One answer, spoilt by a fault, ended by a stop text, cut to the tokens it may have.

    Args:
        text: What the mind said.
        question: What was asked.
        wanted: The form of the answer.
        model: Who answers; tokens that it thinks count.
        kind: The fault; None: none.
        dice: By which nonsense is chosen.

    Returns:
        The answer.
    """
    if kind == "refusal":
        return Choice(REFUSAL, True, "stop")
    text = spoil(text, kind, dice)
    finish = "tool_calls" if wanted.form == "tool" and not wanted.forced else "stop"
    if kind == "truncated":
        finish = "length"
    ends = [end for stop in question.stops if (end := text.find(stop)) >= 0]
    if ends:
        text, finish = text[: min(ends)], "stop"
    if question.max_tokens is not None:
        room = max(0, question.max_tokens - model.reasoning)
        if token_count.count(text) > room:
            text, finish = token_count.first(text, room), "length"
    return Choice(text, False, finish)


def usage(question: Question, choices: Sequence[Choice], model: Model, cached: int) -> dict[str, int]:
    """Tokens of a question and its answers, by sort.

    Args:
        question: What was asked.
        choices: The answers.
        model: Who answers.
        cached: Tokens of the prompt that came before.

    Returns:
        prompt, completion, cached and reasoning; completion includes reasoning, prompt includes cached.
    """
    thought = model.reasoning if question.max_tokens is None else min(model.reasoning, question.max_tokens)
    reasoning = thought * len(choices)
    return {
        "prompt": sum(token_count.count(m["content"]) + token_count.PER_MESSAGE for m in question.messages),
        "completion": reasoning + sum(token_count.count(choice.text) for choice in choices),
        "cached": cached,
        "reasoning": reasoning,
    }


def whole(reply: Reply) -> bytes:
    """The body of a response that is not streamed."""
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", **_said(reply, choice, index)},
            "logprobs": _logprobs(choice, reply.question.logprobs),
            "finish_reason": choice.finish,
        }
        for index, choice in enumerate(reply.choices)
    ]
    return _json(reply, "chat.completion", choices, usage=_usage(reply))


def events(reply: Reply) -> Iterator[bytes]:
    """The events of a streamed response, the last that says so included."""
    with_usage = reply.question.stream_usage
    more: dict[str, Any] = {"usage": None} if with_usage else {}
    for index, choice in enumerate(reply.choices):
        for delta, piece in _deltas(reply, choice, index):
            logprobs = (
                _logprobs(Choice(piece, choice.refused, ""), reply.question.logprobs) if piece else None
            )
            yield _event(reply, [_piece(index, delta, None, logprobs)], **more)
        yield _event(reply, [_piece(index, {}, choice.finish, None)], **more)
    if with_usage:
        yield _event(reply, [], usage=_usage(reply))
    yield DONE


def _deltas(reply: Reply, choice: Choice, index: int) -> Iterator[tuple[dict[str, Any], str]]:
    """What each event of an answer adds, and the text among it."""
    pieces = token_count.pieces(choice.text)
    if choice.refused:
        yield {"role": "assistant", "content": None, "refusal": ""}, ""
        for piece in pieces:
            yield {"refusal": piece}, piece
    elif reply.wanted.form == "tool":
        call = {"index": 0, **_call(reply, "", index)}
        yield {"role": "assistant", "content": None, "tool_calls": [call]}, ""
        for piece in pieces:
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}, piece
    else:
        yield {"role": "assistant", "content": "", "refusal": None}, ""
        for piece in pieces:
            yield {"content": piece}, piece


def _piece(index: int, delta: dict[str, Any], finish: str | None, logprobs: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def _said(reply: Reply, choice: Choice, index: int) -> dict[str, Any]:
    """What a message of the assistant holds."""
    if choice.refused:
        return {"content": None, "refusal": choice.text}
    if reply.wanted.form == "tool":
        return {"content": None, "refusal": None, "tool_calls": [_call(reply, choice.text, index)]}
    return {"content": choice.text, "refusal": None}


def _call(reply: Reply, arguments: str, index: int) -> dict[str, Any]:
    name = f"call_{reply.name.removeprefix('chatcmpl-')}_{index}"
    return {"id": name, "type": "function", "function": {"name": reply.wanted.tool, "arguments": arguments}}


def _logprobs(choice: Choice, others: int | None) -> dict[str, Any] | None:
    """Log-probabilities of the tokens. They are made up: this mind is sure of what it says."""
    if others is None:
        return None
    told = []
    for piece in token_count.pieces(choice.text):
        token = _token(piece, -0.01)
        top = [token, *(_token(piece[::-1] + "?" * k, -5.0 - k) for k in range(1, others))][:others]
        told.append({**token, "top_logprobs": top})
    return {"content": None, "refusal": told} if choice.refused else {"content": told, "refusal": None}


def _token(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode("utf-8", "surrogatepass"))}


def _usage(reply: Reply) -> dict[str, Any] | None:
    if not reply.tells_usage:
        return None
    count = reply.usage
    return {
        "prompt_tokens": count["prompt"],
        "completion_tokens": count["completion"],
        "total_tokens": count["prompt"] + count["completion"],
        "prompt_tokens_details": {"cached_tokens": count["cached"], "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": count["reasoning"], "audio_tokens": 0},
    }


def _event(reply: Reply, choices: list[dict[str, Any]], **more: Any) -> bytes:
    return b"data: " + _json(reply, "chat.completion.chunk", choices, **more) + b"\n\n"


def _json(reply: Reply, kind: str, choices: list[dict[str, Any]], **more: Any) -> bytes:
    return _encode(
        {
            "id": reply.name,
            "object": kind,
            "created": reply.created,
            "model": reply.question.model,
            "system_fingerprint": "swarm",
            "choices": choices,
            **more,
        }
    ).encode()
