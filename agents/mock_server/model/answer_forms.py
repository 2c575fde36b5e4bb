"""Forms of answers: text, JSON, JSON of a schema, the arguments of a tool."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from swarm_env.agents.mock_server.api_error import Rejection
from swarm_env.agents.mock_server.model.served_models import Model

Form = Literal["text", "json_object", "json_schema", "tool"]
ANY_OBJECT: Mapping[str, Any] = {"type": "object"}
MOST_TOOLS = 128
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form that a request wants its answer in.

    Attributes:
        form: "text", "json_object", "json_schema" or "tool".
        schema: JSON schema of the answer; None for text.
        tool: Name of the tool to call; "" for the other forms.
        forced: Whether the request names the tool, so that the model has no choice.
        needs: Forms that the request mentions, used or not: a model that lacks one refuses it.
    """

    form: Form = "text"
    schema: Mapping[str, Any] | None = None
    tool: str = ""
    forced: bool = False
    needs: frozenset[str] = frozenset()

    def given(self, model: Model) -> "Wanted":
        """What a model makes of it.

        Args:
            model: Who is asked.

        Returns:
            The form of its answer.

        Raises:
            Rejection: The model lacks a form.
        """
        lacking = self.needs - model.forms
        if lacking:
            form = min(lacking)
            param = "tools" if form == "tool" else "response_format"
            raise Rejection(400, f"{form!r} is not supported by this model.", param, "unsupported_parameter")
        return self if model.heeds else Wanted()


_TEXT = Wanted()


def wanted(fields: Mapping[str, Any]) -> Wanted:
    """The form that the body of a request asks for. A tool, where one may be used, is used.

    Args:
        fields: The body.

    Returns:
        The form.

    Raises:
        Rejection: `response_format`, `tools` or `tool_choice` is wrong.
    """
    if all(fields.get(name) is None for name in ("response_format", "tools", "tool_choice")):
        return _TEXT
    formatted = _response_format(fields.get("response_format"))
    tools = _tools(fields.get("tools"))
    name, forced = _tool_choice(fields.get("tool_choice"), tools)
    needs = formatted.needs | ({"tool"} if tools else set())
    if name:
        return Wanted("tool", tools[name], name, forced, needs)
    return Wanted(formatted.form, formatted.schema, needs=needs)


def _response_format(value: Any) -> Wanted:
    if value is None:
        return _TEXT
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "text":
        return _TEXT
    if kind == "json_object":
        return Wanted("json_object", ANY_OBJECT, needs=frozenset({"json_object"}))
    if kind != "json_schema":
        raise Rejection(
            400,
            "`response_format` must be an object whose type is text, json_object or json_schema.",
            "response_format",
        )
    described = value.get("json_schema")
    path = "response_format.json_schema"
    if not isinstance(described, dict):
        raise Rejection(400, f"`{path}` must be an object with a name and a schema.", path)
    _check_name(described.get("name"), f"{path}.name")
    schema = described.get("schema")
    if not isinstance(schema, dict):
        raise Rejection(400, f"`{path}.schema` must be an object.", f"{path}.schema")
    return Wanted("json_schema", schema, needs=frozenset({"json_schema"}))


def _tools(value: Any) -> dict[str, Mapping[str, Any]]:
    """Name to schema of the arguments, of each tool."""
    if value is None:
        return {}
    if not isinstance(value, list) or not 0 < len(value) <= MOST_TOOLS:
        raise Rejection(400, f"`tools` must be a list of 1 to {MOST_TOOLS} tools.", "tools")
    found: dict[str, Mapping[str, Any]] = {}
    for index, tool in enumerate(value):
        path = f"tools[{index}]"
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        if not isinstance(function, dict):
            raise Rejection(400, "A tool must be {'type': 'function', 'function': {…}}.", path)
        name = _check_name(function.get("name"), f"{path}.function.name")
        schema = function.get("parameters")
        if schema is not None and not isinstance(schema, dict):
            raise Rejection(
                400, "The parameters of a tool must be a JSON schema.", f"{path}.function.parameters"
            )
        found[name] = schema or ANY_OBJECT
    return found


def _tool_choice(value: Any, tools: Mapping[str, Any]) -> tuple[str, bool]:
    """Name of the tool to call, "" for none, and whether the request names it."""
    if value is not None and not tools:
        if value == "none":
            return "", False
        raise Rejection(400, "`tool_choice` needs `tools`.", "tool_choice")
    if value is None or value in ("auto", "required"):
        return next(iter(tools), ""), False
    if value == "none":
        return "", False
    function = value.get("function") if isinstance(value, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str) or name not in tools:
        raise Rejection(
            400, "`tool_choice` must be none, auto, required or name one of the tools.", "tool_choice"
        )
    return name, True


def _check_name(name: Any, path: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Rejection(400, "A name has 1 to 64 letters, digits, underscores and dashes.", path)
    return name
