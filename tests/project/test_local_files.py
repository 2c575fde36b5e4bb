"""Files beside a Python file: found without running anything, importable, part of the trust in it."""

import sys

import pytest

from swarm_env import registry, trusted_code
from swarm_env.errors import ConfigError, ContractError
from swarm_env.runtime.local_files import local_files

MAIN = """
import os, helper
from package.inner import f
from package import other
import importlib
importlib.import_module("by_name")
scripted = "more/agent.py:Walker"
raise RuntimeError("it was run")
"""
FILES = {
    "main.py": MAIN,
    "helper.py": "import deeper\nimport helper\n",
    "deeper.py": "",
    "package/__init__.py": "from . import shown\n",
    "package/inner.py": "from .. import broken\nfrom ..above import x\n",
    "package/other.py": "def f(:\n",
    "package/shown.py": "",
    "package/unused.py": "",
    "by_name.py": "",
    "more/agent.py": "from beside import x\n",
    "above.py": "",
    "beside.py": "",
    "unused.py": "",
    "os.py": "",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def names(folder, file="main.py"):
    return {path.relative_to(folder).as_posix() for path in local_files(folder / file)}


def test_all_that_a_file_uses_is_found_without_running_it(folder):
    assert names(folder) == FILES.keys() - {"main.py", "unused.py", "package/unused.py"}
    assert names(folder, "helper.py") == {"deeper.py"} and names(folder, "deeper.py") == set()


@pytest.mark.parametrize(
    "text", ["", "def f(:", "import " + "a." * 300 + "a", "x = 'a\\0b.py'", "from ....... import x"]
)
def test_odd_files_use_nothing(text, tmp_path):
    (tmp_path / "odd.py").write_text(text)
    assert local_files(tmp_path / "odd.py") == [] == local_files(tmp_path / "missing.py")


@pytest.mark.parametrize("edited", ["main.py", "helper.py", "deeper.py", "package/inner.py", "more/agent.py"])
def test_an_edited_neighbour_ends_the_trust(edited, folder, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    main = folder / "main.py"
    trusted_code.remember([main])
    assert trusted_code.is_trusted(main)
    (folder / "unused.py").write_text("x = 1\n")
    assert trusted_code.is_trusted(main)
    (folder / edited).write_text(FILES[edited] + "\n# edited\n")
    with pytest.raises(ConfigError, match="or was edited since"):
        trusted_code.check([str(main)], "run.json")


def test_a_file_imports_what_lies_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "beside_it.py").write_text(f"VALUE = {number}\n")
        (tmp_path / str(number) / "main.py").write_text("from beside_it import VALUE\nAGENT = VALUE\n")
    first, second = (str(tmp_path / str(number) / "main.py") for number in (1, 2))
    assert registry.load("agent", first) == 1
    with pytest.raises(ContractError, match="'beside_it', which lies beside it, but that name stands for"):
        registry.load("agent", second)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('import sys\nsys.path.insert(0, "lib")\nimport tool', "own/lib/tool.py"),
        ("import sys, os\nsys.path.append(os.path.join(os.path.dirname(__file__), '..', 'lib'))\nimport tool",
         "lib/tool.py"),
        ("import sys\nfrom pathlib import Path\nsys.path[:0] = [str(Path(__file__).parents[1] / 'a' / 'b')]\n"
         "import tool", "a/b/tool.py"),
        ("import sys as s\ns.path += [f'{__file__}/../../']\nfrom tool import x", "tool.py"),
        ("from sys import path\npath.append('lib')\nimport tool", "own/lib/tool.py"),
        ("import site\nsite.addsitedir('lib')\nimport tool", "own/lib/tool.py"),
    ],
)  # fmt: skip
def test_folders_that_a_file_adds_to_the_search_path_are_searched(text, place, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    main, tool = tmp_path / "own" / "main.py", tmp_path / place
    for file in (main, tool):
        file.parent.mkdir(parents=True, exist_ok=True)
    main.write_text(text)
    tool.write_text("import deeper\n")
    (tool.parent / "deeper.py").write_text("")
    assert local_files(main) == sorted([tool, tool.parent / "deeper.py"])
    trusted_code.remember([main])
    assert trusted_code.is_trusted(main)
    (tool.parent / "deeper.py").write_text("1")
    assert not trusted_code.is_trusted(main)


def test_other_files_search_only_their_own_folder(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "main.py").write_text("import os\nos.path.join('..')\nimport tool")
    (tmp_path / "tool.py").write_text("")
    assert local_files(tmp_path / "own" / "main.py") == []
