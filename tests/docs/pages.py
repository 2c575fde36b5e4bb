"""The pages of the project and what stands in them.

Every fenced block runs in the tests, unless a comment directly above it says otherwise:

    <!-- run: slow -->          only by the test of its page that is marked `slow`
    <!-- run: no, REASON -->    never; the reason is for readers of the source
    <!-- run: status 2 -->      each of its commands ends with this status
    <!-- run: excerpt FILE --> not by itself: its lines stand in that file, which other tests run
    <!-- save: NAME -->         it is also a file that later blocks of the page use
"""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
)
_BLOCK = re.compile(r"((?:^<!-- [^\n]* -->\n)*)^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"^<!-- (run|save): (.*?) -->$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A fenced block.

    Attributes:
        language: What stands behind the fence.
        text: What stands in it.
        line: Line of the page where the text begins, from 1.
        run: What its mark says of running it; "" without one.
        save: The file it is saved as; "" if it is none.
    """

    language: str
    text: str
    line: int
    run: str
    save: str

    @property
    def kind(self):
        """The first word of its mark."""
        return re.split(r"[ ,]", self.run)[0]


class Command(NamedTuple):
    text: str
    line: int
    shown: list[str]


def name_of(page):
    return str(page.relative_to(ROOT))


def blocks(page):
    """The fenced blocks of a page."""
    text = page.read_text()
    found = []
    for match in _BLOCK.finditer(text):
        marks = dict(_MARK.findall(match[1]))
        line = text.count("\n", 0, match.start(3)) + 1
        found.append(Block(match[2], match[3], line, marks.get("run", ""), marks.get("save", "")))
    return found


def commands(block):
    """The commands of a block: lines of `bash`; of `console` those after a dollar, and what each shows."""
    found: list[Command] = []
    for line, text in enumerate(block.text.splitlines(), block.line):
        if block.language == "bash" and text.strip() and not text.startswith("#"):
            found.append(Command(text, line, []))
        elif block.language == "console" and text.startswith("$ "):
            found.append(Command(text[2:], line, []))
        elif block.language == "console" and text:
            found[-1].shown.append(text)
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
