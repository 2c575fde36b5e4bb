"""The models of the server, and the answer forms (text, JSON, JSON schema, tool) that requests ask of them.

Clients that fall back from one answer form to the next are tested against models that lack some. Any other
name is an alias of the first model. A name may include faults: `scripted+429=0.5+latency=0.1`.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from swarm_env.agents.mock_server.api_error import Rejection
from swarm_env.agents.mock_server.faults import Faults

from swarm_env.errors import ConfigError

Form = Literal["text", "json_object", "json_schema", "tool"]
ALL = frozenset({"json_schema", "json_object", "tool"})
ANY_OBJECT: Mapping[str, Any] = {"type": "object"}
REASONING_TOKENS = 64  # our choice
MOST_TOOLS = 128
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Features of a model."""

    forms: frozenset[str] = ALL  # supported answer forms besides text; requests for others get a 400
    obeys: bool = True  # whether answers have the requested form; else they are text
    reasoning: int = 0  # reasoning tokens before each answer
    reports_usage: bool = True  # whether answers include token counts


DEFAULT = "scripted"
MISSING = "scripted-missing"
MODELS: Mapping[str, ServedModel] = MappingProxyType({
    DEFAULT: ServedModel(),
    "scripted-tools": ServedModel(forms=frozenset({"tool"})),
    "scripted-json": ServedModel(forms=frozenset({"json_object"})),
    "scripted-text": ServedModel(forms=frozenset()),
    "scripted-heedless": ServedModel(obeys=False),
    "scripted-reasoning": ServedModel(reasoning=REASONING_TOKENS),
    "scripted-no-usage": ServedModel(reports_usage=False),
})  # fmt: skip


@functools.lru_cache(maxsize=256)
def find_model(name: str) -> tuple[ServedModel, Faults | None]:
    """The model of a name, and the faults in it (None without any): text after a `+`, if it can be parsed.

    Raises:
        Rejection: It is the name of the missing model.
    """
    base, *texts = name.split("+")
    faults = None
    if texts:
        try:
            faults = Faults.parse(texts)
        except ConfigError:  # a plus sign of the name itself
            base = name
    if base == MISSING:
        raise Rejection(404, f"The model {name!r} does not exist.", "model", "model_not_found")
    return MODELS.get(base, MODELS[DEFAULT]), faults


@dataclass(frozen=True, slots=True)
class WantedForm:
    """The answer form that a request asks for."""

    form: Form = "text"  # "text", "json_object", "json_schema" or "tool"
    schema: Mapping[str, Any] | None = None  # JSON schema of the answer; None for text
    tool: str = ""  # name of the tool to call; "" for the other forms
    forced: bool = False  # whether the request names the tool, so that the model has no choice
    # all forms in the request, used or not; a model without one of them rejects it
    needs: frozenset[str] = frozenset()

    def given(self, model: ServedModel) -> "WantedForm":
        """The form in which a model answers.

        Raises:
            Rejection: The model does not support a form.
        """
        lacking = self.needs - model.forms
        if lacking:
            form = min(lacking)
            param = "tools" if form == "tool" else "response_format"
            raise Rejection(400, f"{form!r} is not supported by this model.", param, "unsupported_parameter")
        return self if model.obeys else WantedForm()


_TEXT = WantedForm()


def wanted_form(fields: Mapping[str, Any]) -> WantedForm:
    """The form that the fields of a request ask for. An optional tool is used.

    Raises:
        Rejection: `response_format`, `tools` or `tool_choice` is invalid.
    """
    if all(fields.get(name) is None for name in ("response_format", "tools", "tool_choice")):
        return _TEXT
    formatted = _response_format(fields.get("response_format"))
    tools = _tools(fields.get("tools"))
    name, forced = _tool_choice(fields.get("tool_choice"), tools)
    needs = formatted.needs | ({"tool"} if tools else set())
    if name:
        return WantedForm("tool", tools[name], name, forced, needs)
    return WantedForm(formatted.form, formatted.schema, needs=needs)


def _response_format(value: Any) -> WantedForm:
    kind = value.get("type") if isinstance(value, dict) else None
    if value is None or kind == "text":
        return _TEXT
    if kind == "json_object":
        return WantedForm("json_object", ANY_OBJECT, needs=frozenset({"json_object"}))
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
    return WantedForm("json_schema", schema, needs=frozenset({"json_schema"}))


def _tools(value: Any) -> dict[str, Mapping[str, Any]]:
    """Schema of the arguments of each tool, by name."""
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
