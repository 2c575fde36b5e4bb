"""The examples in the docstrings of the library run: those after `>>>`, and indented code."""

import ast
import doctest
import importlib
import re
import textwrap
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.docs.pages import ROOT

LIBRARY = [
    folder
    for name in ("swarm_env", "scenarios", "agents", "consensus", "viz")
    if (folder := ROOT / name).is_dir()
]
# A paragraph that is indented deeper than its docstring, blank lines inside it included.
_INDENTED = re.compile(r"(?:\A|\n\n)((?: {4,}[^\n]*\n*)+)")

# What an example takes for granted: code that runs before it, by a word of the example.
BEFORE = {
    'Playback("runs/pursuit-1")': "import swarm_env\n"
    "swarm_env.play('pursuit', 'random', seed=1, max_rounds=4, out='runs/pursuit-1')",
    "Context(": "import numpy as np\n"
    "activations = own_activations = np.random.default_rng(1).normal(size=(32, 256)).astype(np.float32)",
    "picture_hash(": "from PIL import Image\none = another = Image.new('RGB', (64, 64))",
    "MockServer()": "from openai import OpenAI\nfrom swarm_env.agents.mock_server import MockServer",
}

# Modules that need a library of an extra.
NEEDED = {"swarm_env.training.inspect_task": "inspect_ai"}


class Example(NamedTuple):
    module: str
    name: str
    line: int
    text: str
    session: bool

    def __str__(self):
        return f"{self.module}:{self.line}"


def documented(file):
    """The docstrings of a file: what they belong to, their first line, their text."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "name", ""), node.body[0].lineno, text


def is_code(text):
    """Whether an indented paragraph is Python: it parses and holds more than names."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    telling = (ast.Import, ast.ImportFrom, ast.Call, ast.ClassDef, ast.FunctionDef, ast.Assign)
    return any(isinstance(node, telling) for node in ast.walk(tree))


def is_toml(text):
    try:
        return bool(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return False


def module_of(file: Path):
    parts = file.relative_to(ROOT).with_suffix("").parts
    below = parts if parts[0] == "swarm_env" else ("swarm_env", *parts)
    return ".".join(below[:-1] if below[-1] == "__init__" else below)


def examples():
    for file in sorted(file for folder in LIBRARY for file in folder.rglob("*.py")):
        for name, line, text in documented(file):
            if ">>>" in text:
                yield Example(module_of(file), name, line, text, session=True)
                continue
            for match in _INDENTED.finditer(text):
                code, above = textwrap.dedent(match[1]), text.count("\n", 0, match.start(1))
                if is_code(code) and not is_toml(code):
                    yield Example(module_of(file), name, line + above, code, session=False)


EXAMPLES = [pytest.param(example, id=str(example)) for example in examples()]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_a_docstring_runs(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    if example.module in NEEDED:
        pytest.importorskip(NEEDED[example.module])
    names = dict(vars(importlib.import_module(example.module)))
    for word, code in BEFORE.items():
        if word in example.text:
            exec(code, names)
    if example.session:
        test = doctest.DocTestParser().get_doctest(
            example.text, names, str(example), example.module, example.line
        )
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, clear_globs=False)
        assert result.attempted and not result.failed, capsys.readouterr().out
    else:
        exec(compile(example.text, str(example), "exec"), names)
    if "Playback(" in example.text:
        names["playback"].close()  # it holds files open, which an example of a few lines does not care about


def test_both_kinds_of_examples_are_found():
    found = list(examples())
    assert sum(example.session for example in found) >= 10
    assert sum(not example.session for example in found) >= 5
