"""Write chat completions, whole or as a stream of events.

A token of this server is four characters: a rule of thumb for English, fast, and the tokens of a text join to
the text. (Dry runs estimate tokens more closely, see `agents/llm/token_estimate.py`.)
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from swarm_env.agents.mock_server.faults import REFUSAL, DrawnFault, spoil
from swarm_env.agents.mock_server.request_reader import CompletionRequest
from swarm_env.agents.mock_server.served_models import ServedModel, WantedForm

_encode = json.JSONEncoder(separators=(",", ":")).encode
DONE = b"data: [DONE]\n\n"
CHARACTERS = 4  # of a token
PER_MESSAGE = 3  # tokens around a message, close to real models; our choice


def count_tokens(text: str) -> int:
    """Tokens of a text."""
    return -(-len(text) // CHARACTERS)


def split_tokens(text: str) -> list[str]:
    """The tokens of a text, in order."""
    return [text[start : start + CHARACTERS] for start in range(0, len(text), CHARACTERS)]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a request."""

    text: str  # content, arguments of a tool or refusal
    refused: bool  # whether it is a refusal
    finish: str  # "stop", "length" or "tool_calls"


@dataclass(frozen=True, slots=True)
class Completion:
    """All answers to a request."""

    name: str  # its identifier, as in "chatcmpl-0123abcd"
    created: int  # seconds since 1970
    question: CompletionRequest
    wanted: WantedForm  # form of the answers
    choices: Sequence[Choice]
    usage: dict[str, int]  # tokens: prompt, completion (with reasoning), cached, reasoning
    reports_usage: bool  # whether the usage is sent


def finished(
    text: str,
    question: CompletionRequest,
    wanted: WantedForm,
    model: ServedModel,
    fault: DrawnFault,
) -> Choice:
    """Apply the fault, the stop texts and the token limit (which includes reasoning) to an answer."""
    if fault.kind == "refusal":
        return Choice(REFUSAL, True, "stop")
    text = spoil(text, fault)
    finish = "tool_calls" if wanted.form == "tool" and not wanted.forced else "stop"
    if fault.kind == "truncated":
        finish = "length"
    ends = [end for stop in question.stops if (end := text.find(stop)) >= 0]
    if ends:
        text, finish = text[: min(ends)], "stop"
    if question.max_tokens is not None:
        room = max(0, question.max_tokens - model.reasoning)
        if count_tokens(text) > room:
            text, finish = text[: CHARACTERS * room], "length"
    return Choice(text, False, finish)


def usage(
    question: CompletionRequest, choices: Sequence[Choice], model: ServedModel, cached: int
) -> dict[str, int]:
    """Tokens of a request and its answers: prompt, completion, cached and reasoning.

    Completion includes reasoning; prompt includes cached, the tokens of a known prefix.
    """
    thought = model.reasoning if question.max_tokens is None else min(model.reasoning, question.max_tokens)
    reasoning = thought * len(choices)
    return {
        "prompt": sum(count_tokens(m["content"]) + PER_MESSAGE for m in question.messages),
        "completion": reasoning + sum(count_tokens(choice.text) for choice in choices),
        "cached": cached,
        "reasoning": reasoning,
    }


def whole(completion: Completion) -> bytes:
    """The content of a response without streaming."""
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", **_said(completion, choice, index)},
            "logprobs": _logprobs(choice, completion.question.logprobs),
            "finish_reason": choice.finish,
        }
        for index, choice in enumerate(completion.choices)
    ]
    return _json(completion, "chat.completion", choices, usage=_usage(completion))


def events(completion: Completion) -> Iterator[bytes]:
    """The events of a streamed response, including the final one."""
    with_usage = completion.question.stream_usage
    more: dict[str, Any] = {"usage": None} if with_usage else {}
    for index, choice in enumerate(completion.choices):
        for delta, piece in _deltas(completion, choice, index):
            logprobs = (
                _logprobs(Choice(piece, choice.refused, ""), completion.question.logprobs) if piece else None
            )
            yield _event(completion, [_piece(index, delta, None, logprobs)], **more)
        yield _event(completion, [_piece(index, {}, choice.finish, None)], **more)
    if with_usage:
        yield _event(completion, [], usage=_usage(completion))
    yield DONE


def _deltas(completion: Completion, choice: Choice, index: int) -> Iterator[tuple[dict[str, Any], str]]:
    """The delta of each event of an answer, and its text."""
    pieces = split_tokens(choice.text)
    if choice.refused:
        yield {"role": "assistant", "content": None, "refusal": ""}, ""
        for piece in pieces:
            yield {"refusal": piece}, piece
    elif completion.wanted.form == "tool":
        call = {"index": 0, **_call(completion, "", index)}
        yield {"role": "assistant", "content": None, "tool_calls": [call]}, ""
        for piece in pieces:
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}, piece
    else:
        yield {"role": "assistant", "content": "", "refusal": None}, ""
        for piece in pieces:
            yield {"content": piece}, piece


def _piece(index: int, delta: dict[str, Any], finish: str | None, logprobs: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def _said(completion: Completion, choice: Choice, index: int) -> dict[str, Any]:
    """The fields of the assistant's message."""
    if choice.refused:
        return {"content": None, "refusal": choice.text}
    if completion.wanted.form == "tool":
        return {"content": None, "refusal": None, "tool_calls": [_call(completion, choice.text, index)]}
    return {"content": choice.text, "refusal": None}


def _call(completion: Completion, arguments: str, index: int) -> dict[str, Any]:
    name = f"call_{completion.name.removeprefix('chatcmpl-')}_{index}"
    return {
        "id": name,
        "type": "function",
        "function": {"name": completion.wanted.tool, "arguments": arguments},
    }


def _logprobs(choice: Choice, others: int | None) -> dict[str, Any] | None:
    """Log-probabilities of the tokens; all are made up."""
    if others is None:
        return None
    entries = []
    for piece in split_tokens(choice.text):
        token = _token(piece, -0.01)
        top = [token, *(_token(piece[::-1] + "?" * k, -5.0 - k) for k in range(1, others))][:others]
        entries.append({**token, "top_logprobs": top})
    return {"content": None, "refusal": entries} if choice.refused else {"content": entries, "refusal": None}


def _token(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode("utf-8", "surrogatepass"))}


def _usage(completion: Completion) -> dict[str, Any] | None:
    if not completion.reports_usage:
        return None
    count = completion.usage
    return {
        "prompt_tokens": count["prompt"],
        "completion_tokens": count["completion"],
        "total_tokens": count["prompt"] + count["completion"],
        "prompt_tokens_details": {"cached_tokens": count["cached"], "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": count["reasoning"], "audio_tokens": 0},
    }


def _event(completion: Completion, choices: list[dict[str, Any]], **more: Any) -> bytes:
    return b"data: " + _json(completion, "chat.completion.chunk", choices, **more) + b"\n\n"


def _json(completion: Completion, kind: str, choices: list[dict[str, Any]], **more: Any) -> bytes:
    return _encode(
        {
            "id": completion.name,
            "object": kind,
            "created": completion.created,
            "model": completion.question.model,
            "system_fingerprint": "swarm",
            "choices": choices,
            **more,
        }
    ).encode()
