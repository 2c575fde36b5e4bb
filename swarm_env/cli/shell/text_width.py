"""Text that fits the width of a terminal."""

import os
import re
import shutil
import textwrap
from collections.abc import Iterator
from typing import TextIO

LEAST = 20  # columns
_COMMAND = re.compile(r"(?<=: )swarm .*")  # to be copied, so never broken
_WORD = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")


def columns(stream: TextIO) -> int | None:
    """Width of the terminal that a stream writes to, or that `COLUMNS` demands; None for files and pipes."""
    wanted = os.environ.get("COLUMNS", "")
    if not (wanted.isascii() and wanted.isdigit() and int(wanted)) and not stream.isatty():
        return None
    return max(LEAST, shutil.get_terminal_size().columns)


def wrapped(text: str, width: int | None) -> str:
    """Break lines that are longer than `width` between words; None breaks none.

    Continued lines are indented as the line is. A command at the end, after a colon, is put on a line of its
    own and never broken.
    """
    if width is None:
        return text
    return "\n".join(line for one in text.split("\n") for line in _wrapped_line(one, width))


def filled(text: str, width: int, indent: str = "") -> list[str]:
    """The lines of one paragraph, indented."""
    return textwrap.wrap(
        " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def shell_lines(command: str, width: int, indent: str) -> Iterator[str]:
    """A command on as many lines as it needs, each but the last continued by a backslash."""
    line = indent
    for word in _WORD.findall(command):
        if line.strip() and len(line) + len(word) + 3 > width:
            yield f"{line} \\"
            line = f"{indent}    {word}"
        else:
            line = f"{line} {word}" if line.strip() else f"{indent}{word}"
    yield line


def _wrapped_line(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    command = _COMMAND.search(line)
    if command is not None:
        return [*_wrapped_line(line[: command.start()].rstrip(), width), command[0]]
    indent = line[: len(line) - len(line.lstrip())]
    return filled(line, width, indent) or [line]
