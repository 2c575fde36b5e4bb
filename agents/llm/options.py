"""Options of the llm agent in a team's text, checked."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from swarm_env.agents.llm import wording
from swarm_env.agents.llm.prompt import MEMORY, MOST_MEMORY, Style
from swarm_env.agents.llm.template import Template, default_template

from swarm_env.chat import ChatRequest, Endpoint, where
from swarm_env.chat.model_settings import (
    MODEL_OPTIONS,
    canonical,
    check_names,
    endpoint_options,
    number,
    one_of,
    request_options,
)
from swarm_env.chat.nested_options import flatten
from swarm_env.chat.transport.endpoint import EMBEDDED, LOCAL
from swarm_env.chat.transport.headers import split_query
from swarm_env.config import PRESETS
from swarm_env.errors import ConfigError
from swarm_env.playing.team_syntax import split_model

SCRIPTED = "scripted"  # model of the embedded server
DEFAULT_KEY, BASE_URL = "OPENAI_API_KEY", "OPENAI_BASE_URL"
# Option: form of the answer in the prompt.
ANSWERS = {"auto": "json", "text": "text", "word": "word", "logprobs": "scored"}
PLACE = "llm"  # beginning of messages
LOCAL_MODEL = {"temperature": "0", "max_tokens": "256"}  # small models repeat themselves without an end
LOCAL_DEADLINE = 600.0  # of a decision: one thread reads a long prompt in tens of seconds [s]; our choice
OF_DEFAULT_PROMPT = ("persona", "thinking", "prompt", "answer")  # options that presets do not have

_BARE_ADDRESS = re.compile(r"@(localhost|[\w.-]+:\d+)(/|$)")  # a URL without http://

OPTIONS = (*MODEL_OPTIONS, "label", "preset", "persona", "thinking", "prompt", "answer", "memory")


@dataclass(frozen=True, slots=True)
class Options:
    """The model and how to ask it."""

    endpoint: Endpoint
    style: Style  # variant of the prompt
    request: ChatRequest  # what each request has besides messages and schema
    unnamed: bool = False  # whether no model, URL or key is given, so that the embedded server answers

    @property
    def embedded(self) -> bool:
        """Whether the server inside this process answers."""
        return self.endpoint.base_url == EMBEDDED

    @property
    def local(self) -> bool:
        """Whether a model on this machine answers, from a process that this one starts."""
        return self.endpoint.base_url == LOCAL


def read_options(argument: str, given: Mapping[str, str]) -> Options:
    """Parse the argument ("model", "model@base_url", "@base_url" or "") and the options of the agent.

    Raises:
        ConfigError: A name or a value is not allowed.
    """
    given = canonical(given)
    check_names(PLACE, given, OPTIONS)
    model, url = split_model(argument)
    for name, own in (("model", model), ("base_url", url)):
        if own and given.get(name, own) != own:
            raise ConfigError(f"llm: {name} is {own!r} and also {given[name]!r}. Name it once.")
    model, url = model or given.get("model", ""), url or given.get("base_url", "")
    url, given = _with_query(url, given)
    endpoint, unnamed = _endpoint(model, url, endpoint_options(PLACE, given))
    preset = one_of(PLACE, "preset", given, ("none", *PRESETS))
    fixed = PRESETS.get(preset)
    defaults: dict[str, str] = {}
    if url == LOCAL:
        defaults = LOCAL_MODEL if fixed else {**LOCAL_MODEL, **_as_trained(model)}
    if fixed:
        _check_preset(preset, given)
        defaults = {**defaults, **fixed.model}
    given = {**defaults, **given}
    memory = number(PLACE, "memory", given, int, 1, MOST_MEMORY)
    style = Style(
        persona=one_of(PLACE, "persona", given, tuple(wording.PERSONAS)),
        thinking=one_of(PLACE, "thinking", given, tuple(wording.THINKING)),
        form=ANSWERS[one_of(PLACE, "answer", given, tuple(ANSWERS))],
        template=Template.read(given["prompt"]) if "prompt" in given else default_template(),
        memory=MEMORY if memory is None else memory,
        preset=preset if fixed else "",
    )
    request = request_options(PLACE, given)
    if url == LOCAL:
        request = replace(request, deadline=LOCAL_DEADLINE)
    if fixed:
        request = replace(request, deadline=fixed.deadline, attempts=1)
    return Options(endpoint, style, request, unnamed)


def _as_trained(model: str) -> Mapping[str, str]:
    """The options of a local model with an adapter of this package: those of its training."""
    from swarm_env.agents.local_models.catalog import ADAPTERS

    adapter = ADAPTERS.get(model.rpartition("+")[2])
    return adapter.options if adapter else {}


def _check_preset(preset: str, given: Mapping[str, str]) -> None:
    """Raise if options of the default prompt are given beside a preset."""
    for name in OF_DEFAULT_PROMPT:
        if given.get(name, "none") not in ("none", "plain", "auto"):
            raise ConfigError(
                f"llm: preset={preset} has its own prompt, so {name}={given[name]!r} cannot be used with it. "
                "Leave one of them out; preset=none is the default prompt."
            )


def settled(argument: str, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Argument and options, completed from the environment.

    A run stores them, so that it asks the same model when it is resumed in another environment. Without
    model, URL and key they name the embedded server; the URL in `OPENAI_BASE_URL` is included.
    """
    model, url = split_model(argument)
    options = canonical(given)
    if url:
        url, options = _with_query(url, options)
        return f"{model}@{url}", options
    if options.get("base_url"):
        plain, options = _with_query(options["base_url"], options)
        return argument, {**options, "base_url": plain}
    address = os.environ.get(BASE_URL)
    if not (model or options.get("model")):
        known = address or os.environ.get(options.get("key_env", DEFAULT_KEY))
        return (argument if known else f"{SCRIPTED}@{EMBEDDED}"), options
    if address:
        address = where(None)  # raises for an invalid URL, or one with a secret
        return (f"{model}@{address}", options) if model else (argument, {**options, "base_url": address})
    return argument, options


def _with_query(url: str, options: dict[str, str]) -> tuple[str, dict[str, str]]:
    """A URL without its query, and the options with the parameters of the query."""
    plain, query = split_query(url)
    return plain, canonical({**options, **flatten("query", query)})


def _endpoint(model: str, url: str, more: Mapping[str, Any]) -> tuple[Endpoint, bool]:
    """The endpoint, and whether it is the default because none is given.

    Args:
        model: Its name; "" if none is given.
        url: Base URL; "" if none is given.
        more: The other fields of the endpoint.
    """
    if url == EMBEDDED:
        return Endpoint(model or SCRIPTED, EMBEDDED, **more), False
    if _BARE_ADDRESS.search(model):
        raise ConfigError(
            "llm: the URL after the '@' must begin with http:// or https://, as in "
            "llm:some-model@http://localhost:11434/v1."
        )
    if model:
        return Endpoint(model, url or None, **more), False
    if url:
        Endpoint(SCRIPTED, url, **more)  # raises for an invalid URL, or one with a secret
    known = [name for name in (more.get("key_env", DEFAULT_KEY), BASE_URL) if os.environ.get(name)]
    if not url and not known:
        return Endpoint(SCRIPTED, EMBEDDED, **more), True
    reason = f"base_url is {url!r}" if url else f"the environment has {known[0]}"
    raise ConfigError(
        f"llm: {reason}, but no model is named. Name one, as in llm:some-model or --model some-model; "
        f"llm:{SCRIPTED}@{EMBEDDED} plays with the scripted model inside this process."
    )
