"""The content of a call, and what is known of the model that it goes to.

Forms of structured answers, best first: a JSON schema, a tool call, any JSON object, plain text. Every
rejection is understood once per model and server: it is about the form, a field, or the role "system".
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from swarm_env.chat.request import ChatRequest, Usage

FORMS = ("json_schema", "tool", "json_object", "text")
HEAD_START = 1.0  # of the first request over others that wait to learn the form [s]
LETTERS_PER_TOKEN = 4  # before any usage is known; our guess
ANSWER_TOKENS = 1024  # of an answer without a maximum, until `ENOUGH` answers are known; our choice
ENOUGH = 8

_TOKENS_FIELDS = ("max_tokens", "max_completion_tokens")  # the second one is that of OpenAI's newer models
_REJECTIONS = (400, 404, 422)
_SIGNS = ("response_format", "json", "schema", "tool", "function call", "structured", "grammar", "guided")
_UNSUPPORTED = (
    "support",
    "unknown",
    "unrecognized",
    "unexpected",
    "not allowed",
    "not permitted",
    "invalid",
    "extra",
)
_SYSTEM_SIGNS = (
    "system message",
    "system prompt",
    "system instruction",
    "developer instruction",
    "roles must alternate",
)
_NEEDED = ("model", "messages", "response_format", "tools", "tool_choice", *_TOKENS_FIELDS)


class AnswerForms:
    """What one model at one server supports, and how long its answers are; lives in one event loop.

    Until the form is known, one request goes first and the others wait for its result.

    Attributes:
        best: Index into `FORMS` of the form to begin with.
        tokens_field: Name of the field for the maximum tokens of an answer.
        dropped: Fields that the model does not take.
        merges_system: Whether system messages are sent as part of the first message of the user.
    """

    def __init__(self) -> None:
        self.best = 0
        self.tokens_field = _TOKENS_FIELDS[0]
        self.dropped: set[str] = set()
        self.merges_system = False
        self._known = False
        self._probing: asyncio.Event | None = None
        self._answers, self._largest = 0, 0
        self._tokens_per_letter = 1 / LETTERS_PER_TOKEN

    async def turn(self) -> bool:
        """Wait until the form is known, at most `HEAD_START`.

        Returns:
            Whether the caller goes first; it must call `returned` when its attempt is over.
        """
        if self._known:
            return False
        try:
            async with asyncio.timeout(HEAD_START):
                while not self._known:
                    if self._probing is None:
                        self._probing = asyncio.Event()
                        return True
                    await self._probing.wait()
        except TimeoutError:
            pass
        return False

    def returned(self) -> None:
        """The first request is over; if the form is still unknown, another one goes."""
        if self._probing is not None:
            self._probing.set()
            self._probing = None

    def worked(self, form: int) -> None:
        """Note that a request in some form was answered."""
        self.best = max(self.best, form) if self._known else form
        self._known = True

    def understands(
        self, payload: Mapping[str, Any], status: int | None, error: str, field: str | None
    ) -> bool:
        """Whether a rejection is about a field or a role, which is sent differently from then on.

        Args:
            payload: What was sent.
            status: HTTP status of the rejection.
            error: Its text.
            field: The field that it names, if any.
        """
        if status not in (400, 422):
            return False
        old, new = _TOKENS_FIELDS
        if old in payload and new in error:
            self.tokens_field = new
            return True
        text = error.lower()
        refused = any(sign in text for sign in _SYSTEM_SIGNS) or ("system" in text and "role" in text)
        if refused and any(message["role"] == "system" for message in payload["messages"]):
            self.merges_system = True
            return True
        if any(sign in text for sign in _UNSUPPORTED):
            for name in payload:
                if name not in _NEEDED and (field == name or name in text):
                    self.dropped.add(name)
                    return True
        return False

    def is_rejected(self, form: int, status: int | None, error: str) -> bool:
        """Whether an error may concern the form, so that the next form is worth a try.

        Until a form is known to work, every error about the request may.
        """
        if status not in _REJECTIONS:
            return False
        last = form == len(FORMS) - 1
        about = any(sign in error.lower() for sign in _SIGNS) or (not self._known and status != 404)
        if about and not self._known:
            self.best = 0 if last else form + 1
        return about and not last

    def estimate(self, request: ChatRequest, max_tokens: int | None) -> Usage:
        """Estimated usage of a call that is about to be sent, rather too large than too small."""
        answer = max_tokens or (
            self._largest if self._answers >= ENOUGH else max(ANSWER_TOKENS, self._largest)
        )
        return Usage(max(1, round(_letters(request) * self._tokens_per_letter)), answer)

    def measure(self, request: ChatRequest, usage: Usage) -> None:
        """Learn from the reported usage of a call."""
        self._answers += 1
        self._largest = max(self._largest, usage.completion)
        self._tokens_per_letter = max(self._tokens_per_letter, usage.prompt / max(1, _letters(request)))


def call_payload(
    model: str,
    request: ChatRequest,
    form: int,
    known: AnswerForms | None = None,
    retries: int = 0,
    max_tokens: int | None = None,
) -> dict[str, Any]:
    """The JSON of a call.

    Args:
        model: Name of the model.
        request: The request.
        form: Index into `FORMS`; unused without a schema.
        known: What the model supports; None: nothing is known.
        retries: Unusable answers so far; added to the seed.
        max_tokens: In place of that of the request; None: that of the request.
    """
    known = known or AnswerForms()
    fields: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in request.messages],
    }
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    most = max_tokens or request.max_tokens
    named = [name for name in _TOKENS_FIELDS if name in request.extra]
    if most is not None and not named:
        fields[known.tokens_field] = most
    if request.seed is not None:
        fields["seed"] = request.seed + retries
    if request.schema is not None:
        _add_form(fields, request, FORMS[form])
    if request.choices is not None and "logprobs" not in known.dropped:
        fields |= {known.tokens_field: 1, "logprobs": True, "top_logprobs": request.likeliest}
    fields |= request.extra
    if max_tokens is not None:
        fields |= dict.fromkeys(named, max_tokens)
    if known.merges_system:
        fields["messages"] = _without_system(fields["messages"])
    return {name: value for name, value in fields.items() if name not in known.dropped}


def most_tokens(request: ChatRequest) -> int | None:
    """Maximum tokens of the answer, also if a field of `extra` states it; None: no maximum."""
    named = [request.extra.get(name) for name in _TOKENS_FIELDS]
    return max(
        [most for most in (request.max_tokens, *named) if type(most) is int and most > 0], default=None
    )


def options_of(payload: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    """The options of a call as JSON: all but the model, the messages and the form of the answer.

    Args:
        payload: The JSON of the call.
        more: What else was sent: query and headers.
    """
    left_out = ("model", "messages", "response_format", "tools", "tool_choice")
    sent = {name: value for name, value in payload.items() if name not in left_out}
    return json.dumps({**sent, **more}, default=str)


def _letters(request: ChatRequest) -> int:
    schema = 0 if request.schema is None else len(str(request.schema))
    return schema + sum(len(text) for _, text in request.messages)


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Messages whose system texts stand before the first text of the user."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    rest = [dict(message) for message in messages if message["role"] != "system"]
    first = next((message for message in rest if message["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": "\n\n".join(system)}, *rest]
    first["content"] = "\n\n".join([*system, first["content"]])
    return rest


def _add_form(fields: dict[str, Any], request: ChatRequest, form: str) -> None:
    name, schema = request.schema_name, request.schema
    if form == "json_schema":
        wanted = {"name": name, "schema": schema, "strict": True}
        fields["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif form == "tool":
        tool = {"name": name, "description": "Gives the answer.", "parameters": schema}
        fields["tools"] = [{"type": "function", "function": tool}]
        fields["tool_choice"] = {"type": "function", "function": {"name": name}}
    elif form == "json_object":
        fields["response_format"] = {"type": "json_object"}
        last = fields["messages"][-1]
        last["content"] += f"\n\nAnswer with one JSON object of this JSON schema: {json.dumps(schema)}"
