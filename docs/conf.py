"""Settings of Sphinx, which `python -m docs.site` runs, and what makes docstrings readable to it."""

import re
from typing import Any

import swarm_env

project = "swarm-env"
author = "swarm-env contributors"
release = swarm_env.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

html_theme = "furo"
html_title = f"swarm-env {release}"
html_copy_source = False
html_show_sphinx = False
html_use_index = False

myst_heading_anchors = 4  # named as on the hosts of repositories
myst_enable_extensions: list[str] = []

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
suppress_warnings = ["ref.python"]  # attributes of two classes may have one name
napoleon_use_ivar = True
napoleon_attr_annotations = False  # the docstrings name shapes, dtypes and units
python_maximum_signature_line_length = 90
napoleon_use_rtype = False

CODE = re.compile(r"(``?[^`]+``?)")
SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields|Note|Example):")


def plain_text(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Turn a docstring, which is plain text, into what Sphinx reads: only code is marked.

    Indented paragraphs are code; names in single backticks are literals.
    """
    found: list[str] = []
    for number, line in enumerate(lines):
        indented = line.startswith("    ") and number and not lines[number - 1].strip()
        if indented and found and not within_section(lines, number):
            above = next((text for text in reversed(found) if text.strip()), "")
            if not above.startswith("    "):
                found += ["::", ""]
        found.append(line if is_code(found, line) else marked(line))
    lines[:] = found


def within_section(lines: list[str], number: int) -> bool:
    """Whether a line belongs to a section of a docstring, such as its arguments."""
    heads = [line for line in lines[:number] if line and not line.startswith(" ")]
    return bool(heads) and SECTION.fullmatch(heads[-1]) is not None


def is_code(above: list[str], line: str) -> bool:
    """Whether a line stands in a block that began with `::`."""
    if not line.startswith("    "):
        return False
    heads = [text for text in above if text and not text.startswith("    ")]
    return bool(heads) and heads[-1] == "::"


def marked(line: str) -> str:
    """A line of prose: what is in backticks as code, and signs that Sphinx would read escaped."""
    parts = CODE.split(line)
    parts[::2] = [re.sub(r"([*|\\]|_(?!\w))", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"``{part.strip('`')}``" for part in parts[1::2]]
    return "".join(parts)


def setup(app: Any) -> None:
    """Register what is done to docstrings, before Napoleon reads their sections."""
    app.connect("autodoc-process-docstring", plain_text, priority=100)
