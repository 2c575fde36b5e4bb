"""Options of the llm agent in a team's text, checked."""

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from swarm_env.agents.llm import wording
from swarm_env.agents.llm.prompt import MEMORY, Style
from swarm_env.agents.llm.template import Template, default_template

from swarm_env.chat import Endpoint, where
from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.playing.team_syntax import split_model
from swarm_env.presets import PRESETS

EMBEDDED, SCRIPTED = "embedded", "scripted"  # URL and model of the server inside this process
DEFAULT_KEY, BASE_URL = "OPENAI_API_KEY", "OPENAI_BASE_URL"
ANSWERS = {"auto": "json", "text": "text"}  # option: form of the answer in the prompt
MOST_TEMPERATURE = 2.0
MOST_TOKENS = 1_000_000
MOST_SECONDS = 86_400
MOST_MEMORY = 1000  # rounds
OF_DEFAULT_PROMPT = ("persona", "thinking", "prompt", "answer")  # options that presets do not have

_BARE_ADDRESS = re.compile(r"@(localhost|[\w.-]+:\d+)(/|$)")  # a URL without http://

OPTIONS = (
    "model", "base_url", "key_env", "preset", "persona", "thinking", "prompt", "answer", "memory",
    "temperature", "max_tokens", "attempt_time",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """The model and how to ask it."""

    endpoint: Endpoint
    style: Style  # variant of the prompt
    temperature: float | None = None  # 0 to 2; None: the endpoint's default
    max_tokens: int | None = None  # maximum tokens of an answer; None: the endpoint's default
    attempt_time: float | None = None  # time limit of one attempt [s]; None: that of the run
    deadline: float | None = None  # time of a decision if the run sets none [s]; None: the default
    attempts: int | None = None  # most unusable answers to a request; None: that of the run
    unnamed: bool = False  # whether no model, URL or key is given, so that the embedded server answers

    @property
    def embedded(self) -> bool:
        """Whether the server inside this process answers."""
        return self.endpoint.base_url == EMBEDDED


def read_options(argument: str, given: Mapping[str, str]) -> Options:
    """Parse the argument ("model", "model@base_url", "@base_url" or "") and the options of the agent.

    Raises:
        ConfigError: A name or a value is not allowed.
    """
    for name in given:
        if name not in OPTIONS:
            raise ConfigError(
                f"llm has no option {name!r}.{did_you_mean(name, OPTIONS)} Options: {', '.join(OPTIONS)}."
            )
    model, url = split_model(argument)
    for name, own in (("model", model), ("base_url", url)):
        if own and given.get(name, own) != own:
            raise ConfigError(f"llm: {name} is {own!r} and also {given[name]!r}. Name it once.")
    model, url = model or given.get("model", ""), url or given.get("base_url", "")
    endpoint, unnamed = _endpoint(model, url, given.get("key_env", DEFAULT_KEY))
    preset = _one_of("preset", given, ("none", *PRESETS))
    fixed = PRESETS.get(preset)
    if fixed:
        _check_preset(preset, given)
        given = {**fixed.model, **given}
    style = Style(
        persona=_one_of("persona", given, tuple(wording.PERSONAS)),
        thinking=_one_of("thinking", given, tuple(wording.THINKING)),
        form=ANSWERS[_one_of("answer", given, tuple(ANSWERS))],
        template=Template.read(given["prompt"]) if "prompt" in given else default_template(),
        memory=_number("memory", given, int, 1, MOST_MEMORY) or MEMORY,
        preset=preset if fixed else "",
    )
    return Options(
        endpoint=endpoint,
        style=style,
        temperature=_number("temperature", given, float, 0.0, MOST_TEMPERATURE),
        max_tokens=_number("max_tokens", given, int, 1, MOST_TOKENS),
        attempt_time=_number("attempt_time", given, float, 1e-3, MOST_SECONDS),
        deadline=fixed.deadline if fixed else None,
        attempts=1 if fixed else None,
        unnamed=unnamed,
    )


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
    options = dict(given)
    if url or options.get("base_url"):
        return argument, options
    address = os.environ.get(BASE_URL)
    if not (model or options.get("model")):
        known = address or os.environ.get(options.get("key_env", DEFAULT_KEY))
        return (argument if known else f"{SCRIPTED}@{EMBEDDED}"), options
    if address:
        address = where(None)  # raises for an invalid URL, or one with a secret
        return (f"{model}@{address}", options) if model else (argument, {**options, "base_url": address})
    return argument, options


def _endpoint(model: str, url: str, key_env: str) -> tuple[Endpoint, bool]:
    """The endpoint, and whether it is the default because none is given."""
    if url == EMBEDDED:
        return Endpoint(model or SCRIPTED, EMBEDDED), False
    if _BARE_ADDRESS.search(model):
        raise ConfigError(
            "llm: the URL after the '@' must begin with http:// or https://, as in "
            "llm:some-model@http://localhost:11434/v1."
        )
    if model:
        return Endpoint(model, url or None, key_env), False
    if url:
        Endpoint(SCRIPTED, url, key_env)  # raises for an invalid URL, or one with a secret
    known = [name for name in (key_env, BASE_URL) if os.environ.get(name)]
    if not url and not known:
        return Endpoint(SCRIPTED, EMBEDDED), True
    reason = f"base_url is {url!r}" if url else f"the environment has {known[0]}"
    raise ConfigError(
        f"llm: {reason}, but no model is named. Name one, as in llm:some-model or --model some-model; "
        f"llm:{SCRIPTED}@{EMBEDDED} plays with the scripted model inside this process."
    )


def _one_of(name: str, given: Mapping[str, str], allowed: tuple[str, ...]) -> str:
    """An option with fixed values; the first is the default."""
    value = given.get(name, allowed[0])
    if value not in allowed:
        raise ConfigError(f"llm: {name}={value!r}: must be one of {', '.join(allowed)}.")
    return value


def _number(
    name: str, given: Mapping[str, str], kind: Callable[[str], Any], least: float, most: float
) -> Any:
    """An option that is a number; None if it is not given."""
    if name not in given:
        return None
    try:
        value = kind(given[name])
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        whole = "a whole number" if kind is int else "a number"
        raise ConfigError(f"llm: {name}={given[name]!r}: must be {whole} from {least} to {most}.")
    return value
