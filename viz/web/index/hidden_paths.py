"""Texts for others: without paths of this machine and without keys."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# A Python file with folders before it, as teams and scenarios may name it; only its own name is kept.
_PART = r"""[^\\/:*?"<>|,'\r\n\t]+"""
_START = r"(?<![\w./\\~-])(?:~|(?<![a-z])[A-Za-z]:)?[\\/](?![\\/\s])"
_FILE = re.compile(rf"{_START}(?:{_PART}[\\/])+(?={_PART}\.py\b)")


class HiddenPaths:
    """Replaces folders by their names, the home folder by ~, and paths of Python files by their last part."""

    def __init__(self, folders: Iterable[tuple[Path, str]]) -> None:
        """`folders` are known paths with the names to show for them."""
        pairs = [(os.fspath(path), name) for path, name in folders]
        pairs += [(str(home), "~")] if len((home := Path.home()).parts) > 1 else []
        self._known = sorted(pairs, key=lambda pair: -len(pair[0]))

    def text(self, text: str) -> str:
        """A text without paths and keys."""
        from swarm_env.chat import scrub

        for path, name in self._known:
            text = text.replace(path, name)
        return scrub(_FILE.sub("", text))

    def value(self, value: Any) -> Any:
        """A JSON value, all of whose texts are so."""
        if isinstance(value, str):
            return self.text(value) if "/" in value or "\\" in value or "-" in value else value
        if isinstance(value, dict):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value
