"""The pages of the project and what stands in them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


class Block(NamedTuple):
    language: str
    text: str


class Command(NamedTuple):
    text: str
    shown: list[str]


def name_of(page):
    return str(page.relative_to(ROOT))


def blocks(page):
    """The fenced blocks of a page."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text())]


def code(page):
    """All Python of a page, one block after the other."""
    return "\n\n".join(block.text for block in blocks(page) if block.language == "python")


def commands(page):
    """The commands of a page's console blocks, and the lines shown below each."""
    found = []
    for block in blocks(page):
        for line in block.text.splitlines() if block.language == "console" else ():
            if line.startswith("$ "):
                found.append(Command(line[2:], []))
            elif line:
                found[-1].shown.append(line)
    return found


def links(page):
    """The targets of a page's links and pictures, outside blocks."""
    return _LINK.findall(_BLOCK.sub("", page.read_text()))


def anchors(page):
    """What a link to a heading of this page may end with."""
    heads = re.findall(r"^#+ (.*)$", _BLOCK.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def load(file: Path) -> ModuleType:
    """Run a file of Python as a module that is no part of a package."""
    spec = importlib.util.spec_from_file_location(f"docs_{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
