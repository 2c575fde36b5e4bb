"""Structured answers in the best form that an endpoint takes, and remembering which that is.

The forms, best first: a JSON schema, a tool that must be called, any JSON object, plain text.
"""

import asyncio
import json
from typing import Any

from swarm_env.chat.request import ChatRequest

FORMS = ("json_schema", "tool", "json_object", "text")
HEAD_START = 1.0  # for the first question, before the others are sent without knowing the form [s]

_NEW_TOKENS_FIELD = "max_completion_tokens"  # of OpenAI's newer models
_REJECTIONS = (400, 404, 422)
_SIGNS = ("response_format", "json", "schema", "tool", "function call", "structured", "grammar", "guided")


class Forms:
    """What one model at one endpoint takes; lives in one event loop.

    While nothing is known, one question goes first and the others wait for what it learns.

    Attributes:
        best: Index into `FORMS` of the form to begin with.
        tokens_field: Name of the field for the most tokens of an answer.
    """

    def __init__(self) -> None:
        self.best = 0
        self.tokens_field = "max_tokens"
        self._known = False
        self._scouting: asyncio.Event | None = None

    async def turn(self) -> bool:
        """Wait until the form is known, but not for long.

        Returns:
            Whether the caller goes first; it must call `returned` when its attempt is over.
        """
        if self._known:
            return False
        try:
            async with asyncio.timeout(HEAD_START):
                while not self._known:
                    if self._scouting is None:
                        self._scouting = asyncio.Event()
                        return True
                    await self._scouting.wait()
        except TimeoutError:
            pass
        return False

    def returned(self) -> None:
        """The question that went first is back; if it learned nothing, another goes."""
        if self._scouting is not None:
            self._scouting.set()
            self._scouting = None

    def worked(self, form: int) -> None:
        """A question in some form was answered."""
        self.best = max(self.best, form) if self._known else form
        self._known = True

    def is_renamed(self, status: int | None, error: str) -> bool:
        """Whether an error says that the field for the most tokens has another name; it is remembered."""
        if status != 400 or self.tokens_field == _NEW_TOKENS_FIELD or _NEW_TOKENS_FIELD not in error:
            return False
        self.tokens_field = _NEW_TOKENS_FIELD
        return True

    def is_rejected(self, form: int, status: int | None, error: str) -> bool:
        """Whether an error may be about the form of a question, so that it is worth trying the next form.

        While nothing is known, any complaint about the request may be that.
        """
        if status not in _REJECTIONS:
            return False
        last = form == len(FORMS) - 1
        about = any(sign in error.lower() for sign in _SIGNS) or (not self._known and status != 404)
        if about and not self._known:
            self.best = 0 if last else form + 1
        return about and not last


def body(model: str, request: ChatRequest, form: int, tokens_field: str, again: int) -> dict[str, Any]:
    """The body of a call.

    Args:
        model: To ask.
        request: What to ask.
        form: Index into `FORMS`; of no meaning for a request without a schema.
        tokens_field: As in `Forms`.
        again: How many answers were of no use; added to the seed.
    """
    fields: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in request.messages],
    }
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    if request.max_tokens is not None:
        fields[tokens_field] = request.max_tokens
    if request.seed is not None:
        fields["seed"] = request.seed + again
    if request.schema is not None:
        _ask_for(fields, request, FORMS[form])
    return {**fields, **request.extra}


def _ask_for(fields: dict[str, Any], request: ChatRequest, form: str) -> None:
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
