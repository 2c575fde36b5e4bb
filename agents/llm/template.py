"""Templates of prompts: text with named fields in braces, such as `{task}` and `{views}`.

A line `---` separates the system message, the same in all rounds, from the user message of each round;
without it the whole template is the user message. `{{task}}` stands for the text "{task}". Braces around
anything but one word have no meaning, so JSON can be written as it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from swarm_env.agents.llm.wording import COMPACT_TEMPLATE, DEFAULT_TEMPLATE, TERSE_TEMPLATE

from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.runtime.disk_files import read_regular
from swarm_env.runtime.given import given_path

# The same in all rounds of an episode.
LASTING = {
    "role": "that the reader is one of a team that sees little and acts at once",
    "persona": "the persona",
    "scenario": "name of the scenario",
    "task": "the task in the scenario's words",
    "numbers": "numbers of the task by name, where it has some",
    "rounds": "most rounds of a game",
    "places": "how places and views are written",
    "legend": "meaning of the symbols, and of what one senses, where there is such",
    "actions": "the actions, one per line",
    "pushing": "rules of pushing",
    "talking": "rules of messages; empty in worlds without texts",
    "thinking": "what the way of thinking asks for",
    "format": "form of the answer",
}
# Different in each round.
PASSING = {
    "round": "this round, from 1",
    "rounds_left": "rounds after this one",
    "name": "own name",
    "state": "own name, place and mark",
    "views": "the last views with their rounds and places and what was sensed, the oldest first",
    "view": "the latest view alone, likewise",
    "taken": "own last actions, and whether the place changed",
    "heard": "messages heard; empty in worlds without texts",
    "said": "own last message, where the way of thinking is debate",
    "barred": "actions that are not possible now, where there are some",
    "mark": "what the own mark means; empty where there are none",
    "position": "own row and column, in a few tokens",
    "near": "the way to the nearest thing of each kind in the last views, to agents in sight, and to walls",
    "sensed": "the numbers sensed that are not 0",
    "last": "own last action, if there is one, and whether it was blocked",
    "can": "the actions that are possible now, or those that are not; empty if all are",
    "hears": "messages heard, in one line",
}
NAMED = {"default": DEFAULT_TEMPLATE, "compact": COMPACT_TEMPLATE, "terse": TERSE_TEMPLATE}
FIELDS = {**LASTING, **PASSING}
MAX_TEMPLATE = 100_000  # characters

_FIELD = re.compile(r"\{\{(\w+)\}\}|\{(\w+)\}")
_PART = re.compile(r"^---[ \t]*$", re.MULTILINE)
_GAP = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with fields."""

    # role and pieces of each message; the pieces at odd indices are names of fields
    parts: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def parse(cls, text: str, origin: str = "the template") -> "Template":
        """Read a template, as described at the top of this file; `origin` names it in errors.

        Raises:
            ConfigError: It is empty, too long, has an unknown field, or more than two parts.
        """
        if not text.strip() or len(text) > MAX_TEMPLATE:
            raise ConfigError(
                f"prompt: {origin} has {len(text)} characters; a template has 1 to {MAX_TEMPLATE}."
            )
        parts = _PART.split(text)
        if len(parts) > 2:
            raise ConfigError(
                f"prompt: {origin} has {len(parts) - 1} lines '---'; at most one may separate the system "
                "message from that of each round."
            )
        roles = ("user",) if len(parts) == 1 else ("system", "user")
        return cls(tuple((role, _pieces(part, origin)) for role, part in zip(roles, parts, strict=True)))

    @classmethod
    def read(cls, path: str | Path) -> "Template":
        """Read a template: one of `NAMED`, or a text file in UTF-8.

        Raises:
            ConfigError: The file cannot be read, or is not a valid template.
        """
        if path in NAMED:
            return cls.parse(NAMED[str(path)])
        try:
            text = read_regular(given_path(path, "prompt"), 4 * MAX_TEMPLATE).decode()
        except (OSError, UnicodeDecodeError, ValueError) as error:
            reason = error.strerror or error if isinstance(error, OSError) else "it is not text in UTF-8"
            raise ConfigError(
                f"prompt={str(path)!r}: the file cannot be read ({reason}). Name a text file with fields in "
                f"braces, or {', '.join(NAMED)}; the fields are {', '.join(FIELDS)}."
            ) from None
        return cls.parse(text, str(path))

    def filled(self, values: Mapping[str, str]) -> "Template":
        """The template with some fields filled in."""
        parts = []
        for role, pieces in self.parts:
            merged = [""]
            for i, piece in enumerate(pieces):
                if i % 2 and piece not in values:
                    merged += [piece, ""]
                else:
                    merged[-1] += values[piece] if i % 2 else piece
            parts.append((role, tuple(_GAP.sub("\n\n", piece) for piece in merged)))
        return Template(tuple(parts))

    def write(self, value: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
        """Role and text of each message that is not empty; `value` returns the text of a field."""
        messages = []
        for role, pieces in self.parts:
            text = "".join([value(piece) if i % 2 else piece for i, piece in enumerate(pieces)])
            text = _GAP.sub("\n\n", text).strip()
            if text:
                messages.append((role, text))
        return tuple(messages)


@cache
def default_template() -> Template:
    """The template used when no other is given."""
    return Template.parse(DEFAULT_TEMPLATE)


def _pieces(text: str, origin: str) -> tuple[str, ...]:
    """Texts and names of fields in turn, beginning and ending with a text."""
    pieces, end = [""], 0
    for match in _FIELD.finditer(text):
        pieces[-1] += text[end : match.start()]
        end = match.end()
        literal, name = match.groups()
        if literal:
            pieces[-1] += "{" + literal + "}"
        elif name in FIELDS:
            pieces += [name, ""]
        else:
            raise ConfigError(
                f"prompt: {origin} has the unknown field {{{name}}}.{did_you_mean(name, FIELDS)} Fields: "
                f"{', '.join(FIELDS)}. Write {{{{{name}}}}} for the text {{{name}}} itself."
            )
    pieces[-1] += text[end:]
    return tuple(pieces)
