"""Parse and write the text of a team.

    [side=] entry, entry, … [; side= entry, …]

An entry has the form

    name[:argument][?key=value&key=value][*count]

Values of options are percent-encoded as in a URL. Options that are tables have one `key.part=value` for each
part (`swarm_env.chat.nested_options`); brackets protect the commas of a list, as in `stop=["a","b"]`. In
a name "%2C" is a comma, "%3F" a question mark, "%2A" an asterisk, "%3B" a semicolon, "%25" the percent sign
of such a group; all other text is literal.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import quote, unquote

from swarm_env.agent import Agent
from swarm_env.chat.nested_options import flatten
from swarm_env.errors import ConfigError

FORM = "name[:argument][?key=value&key=value][*count], as in 'scripted*5' or 'llm:some-model?temperature=0*5'"
MAX_COUNT_DIGITS = 9

_COUNT = re.compile(r"(?P<agent>.*?)\s*\*\s*(?P<count>[^*]*)", re.DOTALL)
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_ESCAPED = re.compile(r"%(2C|3F|2A|3B|25)", re.IGNORECASE)
_SPECIAL = {",": "%2C", "?": "%3F", "*": "%2A"}
_SIDE = re.compile(r"\s*(?P<side>[A-Za-z_]\w*)\s*=(?P<entries>.*)", re.DOTALL)
_PLAIN = "/:@~"  # not encoded in values, besides letters, digits and "_.-"
_BADLY_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """One kind of agent and the number of agents that it controls.

    Attributes:
        agent: Name in the registry, with its argument if it has one.
        count: Number of agents; None: all that the other entries leave.
        make: Makes the object instead of the registry. A run with such an entry can be resumed and forked
            only if the team is passed again.
        options: (key, value) of each option, sorted by key, for the class's `from_argument`.
        side: Name of the team of the scenario for which it plays, as "red"; "": the text names none.
    """

    agent: str
    count: int | None = None
    make: Callable[[], Agent] | None = None
    options: tuple[tuple[str, str], ...] = ()
    side: str = ""

    def __str__(self) -> str:
        agent = _ESCAPED.sub(lambda match: "%25" + match[1], self.agent)
        for character, code in (_SPECIAL | ({";": "%3B"} if self.side else {})).items():
            agent = agent.replace(character, code)
        options = "&".join(f"{key}={quote(value, safe=_PLAIN)}" for key, value in self.options)
        count = "" if self.count is None else f"*{self.count}"
        return f"{agent}{'?' if options else ''}{options}{count}"


def read_entry(part: str) -> TeamEntry:
    """Parse and decode one entry, without surrounding space. Raises `ConfigError` if it has another form."""
    match = _COUNT.fullmatch(part)
    rest, count = (match["agent"], match["count"].strip()) if match else (part, None)
    agent, mark, query = rest.partition("?")
    agent = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), agent.strip())
    if not agent or any(c.isspace() and c != " " for c in agent):
        raise ConfigError(f"The entry {part!r} of the team names no agent. Write for example 'scripted*5'.")
    if count is not None and not (
        count.isascii() and count.isdigit() and len(count) <= MAX_COUNT_DIGITS and int(count) > 0
    ):
        raise ConfigError(
            f"The entry {part!r} of the team must end with a number of agents, 1 or more, as in '{agent}*5'."
        )
    options = _read_options(part, query) if mark else {}
    return TeamEntry(agent, None if count is None else int(count), options=sorted_options(options))


def read_entries(text: str) -> tuple[TeamEntry, ...]:
    """All entries of a team's text, with their sides. Raises `ConfigError` if it has another form."""
    sides = [_SIDE.fullmatch(part) for part in _split(text, ";")] if _SIDE.fullmatch(text) else []
    if not all(sides):
        raise ConfigError(
            f"The team {text!r:.200}: each part between semicolons names a side, as in "
            "'red=scripted; blue=random*5'."
        )
    parts = [(match["side"], match["entries"]) for match in sides if match] or [("", text)]
    names = [side for side, _ in parts]
    if len(set(names)) < len(names):
        raise ConfigError(f"The team {text!r:.200} names a side twice: {', '.join(names)}.")
    found = []
    for side, entries in parts:
        for part in split_entries(entries):
            if not part:
                raise ConfigError(
                    f"The team {text!r} has an empty entry. Write for example 'scripted*5, random*5'."
                )
            found.append(replace(read_entry(part), side=side))
    return tuple(found)


def write_entries(entries: Sequence[TeamEntry]) -> str:
    """The text of entries, which follow each other side by side."""
    sides = [(side, ", ".join(map(str, own))) for side, own in groupby(entries, lambda one: one.side)]
    return "; ".join(f"{side}={own}" if side else own for side, own in sides)


def split_entries(text: str) -> list[str]:
    """The entries of a text without sides: it is split at commas, but for those in brackets of options."""
    return _split(text, ",")


def _split(text: str, separator: str) -> list[str]:
    parts, start, depth, in_options = [], 0, 0, False
    for at, character in enumerate(text):
        if depth == 0 and character in (separator, ","):
            in_options = False
            if character == separator:
                parts.append(text[start:at])
                start = at + 1
        elif character == "?":
            in_options = True
        elif in_options and character in "[{":
            depth += 1
        elif in_options and character in "]}":
            depth = max(0, depth - 1)
    return [part.strip() for part in (*parts, text[start:])]


def sorted_options(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(key, value) of options, sorted by key."""
    return tuple(sorted(options.items()))


def read_tables(tables: Any) -> str:
    """Convert a team written as TOML tables to text.

        [[agents]]
        agent = "llm"
        model = "some-model"
        count = 5
        temperature = 0.2

    Args:
        tables: A list of tables. `agent` is the name, which may have an argument; `count` is the number of
            agents; `model` and `base_url` become the argument "model@base_url"; all other keys are options,
            those with a table or a list as described at the top of this file.

    Returns:
        A text for `Team.parse`.

    Raises:
        ConfigError: They have another form.
    """
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"agents={tables!r:.80} must be a text such as 'scripted*5' or tables [[agents]].")
    return ", ".join(_read_table(table) for table in tables)


def read_sides(tables: Any) -> str:
    """Convert sides written as TOML tables to the text of a team.

        [[sides]]
        name = "red"
        agents = "llm:some-model*5, scripted*3"

    Args:
        tables: A list of tables. `name` is that of a team of the scenario, `agents` the text of those who
            play it, or tables as of `read_tables`.

    Returns:
        A text for `Team.parse`.

    Raises:
        ConfigError: They have another form.
    """
    parts = []
    for table in tables if isinstance(tables, list) else [tables]:
        if not isinstance(table, dict) or table.keys() != {"name", "agents"}:
            raise ConfigError(f"[[sides]] {table!r:.80}: each table needs name and agents, and nothing else.")
        name, agents = table["name"], table["agents"]
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ConfigError(f"[[sides]] name={name!r:.40}: must be the name of a team, such as 'red'.")
        parts.append(f"{name}={agents if isinstance(agents, str) else read_tables(agents)}")
    return "; ".join(parts)


def with_model(agent: str, model: str | None = None, base_url: str | None = None) -> str:
    """Fill a model and an address into "name[:model][@base_url]" where they are missing.

    Raises `ConfigError` if the address is not http(s).
    """
    if base_url and split_model(f"@{base_url}") != ("", base_url):
        raise ConfigError(  # its text is not repeated: it may contain a password
            "base_url must begin with http:// or https://, as in http://localhost:11434/v1."
        )
    name, _, argument = agent.partition(":")
    own_model, own_url = split_model(argument)
    chosen, url = own_model or model or "", own_url or base_url or ""
    argument = f"{chosen}@{url}" if url else chosen
    return f"{name}:{argument}" if argument else name


def split_model(argument: str) -> tuple[str, str]:
    """Split "model@base_url"; a missing part is "".

    An "@" without an address after it belongs to the name of the model.
    """
    match = re.fullmatch(r"(?P<model>.*?)@(?P<url>(\w+://.*|embedded|local))", argument, re.DOTALL)
    return (match["model"], match["url"]) if match else (argument, "")


def _read_options(part: str, query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for piece in query.split("&"):
        key, equals, value = piece.partition("=")
        key = key.strip()
        if not equals or not _KEY.fullmatch(key):
            raise ConfigError(f"The entry {part!r} of the team has an option {piece!r}; the form is {FORM}.")
        if key in options:
            raise ConfigError(f"The entry {part!r} of the team names the option {key!r} twice.")
        if _BADLY_ENCODED.search(value):
            raise ConfigError(
                f"The entry {part!r} of the team: a percent sign in the option {key!r} is written '%25'."
            )
        try:
            options[key] = unquote(value.strip(), errors="strict")
        except UnicodeDecodeError:
            raise ConfigError(f"The entry {part!r} of the team: the option {key!r} is not UTF-8.") from None
    return options


def _read_table(table: Any) -> str:
    if not isinstance(table, dict) or not isinstance(table.get("agent"), str) or not table["agent"].strip():
        raise ConfigError(f"[[agents]] {table!r:.80}: each table needs agent = \"a name of 'swarm list'\".")
    fields = {key.replace("-", "_"): value for key, value in table.items()}
    agent, count = fields.pop("agent").strip(), fields.pop("count", None)
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise ConfigError(f"[[agents]] {agent}: count={count!r:.40} must be a number of agents, 1 or more.")
    options: dict[str, str] = {}
    for key, value in fields.items():
        options |= _texts(agent, key, value)
    model, base_url = options.pop("model", None), options.pop("base_url", None)
    if model is not None or base_url is not None:
        if ".py" in agent:
            options |= {k: v for k, v in (("model", model), ("base_url", base_url)) if v is not None}
        else:
            own_model, own_url = split_model(agent.partition(":")[2])
            if (own_model and model is not None) or (own_url and base_url is not None):
                raise ConfigError(f"[[agents]] {agent}: the model or its address is named twice.")
            agent = with_model(agent, model, base_url)
    return str(TeamEntry(agent, count, options=sorted_options(options)))


def _texts(agent: str, key: str, value: Any) -> dict[str, str]:
    """An option as texts by name: one, or of a table one for each part."""
    if not _KEY.fullmatch(key) or "." in key:
        raise ConfigError(f"[[agents]] {agent}: {key!r} is not the name of an option.")
    if isinstance(value, bool):
        return {key: str(value).lower()}
    if isinstance(value, str | int | float):
        return {key: str(value)}
    try:
        return flatten(key, value)
    except ConfigError as error:
        raise ConfigError(f"[[agents]] {agent}: {error}") from None
