import sys

import pytest

from swarm_env import registry
from swarm_env.errors import ConfigError, ContractError, UnknownNameError
from tests.project.processes import python

FIVE = {"transport", "flocking", "pursuit", "synchronization", "foraging"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A copy of the layout of the distribution with a folder of scenarios."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    monkeypatch.setattr(registry, "HOME", tmp_path)
    monkeypatch.setattr(registry, "_registered", {})
    return folder


def test_every_kind_lists_its_entries_with_a_summary():
    assert set(registry.names("scenario")) >= FIVE
    assert set(registry.names("agent")) >= {"random", "scripted", "human"}
    assert "terminal" in registry.names("renderer")
    for kind in registry.KINDS:
        summaries = registry.summaries(kind)
        assert list(summaries) == registry.names(kind)
        assert all(summaries.values()), summaries


def test_every_entry_can_be_loaded():
    for kind in registry.KINDS:
        for name in registry.names(kind):
            assert callable(registry.load(kind, name)), (kind, name)


def test_a_new_file_is_a_new_entry(home):
    entry = "SCENARIO = Maze\n"
    (home / "maze.py").write_text(
        f'"""Find the way out.\n\nMore words."""\n{entry}raise RuntimeError("imported")\n'
    )
    (home / "helper.py").write_text("from x import SCENARIO\nprint(SCENARIO == 1)\n")
    (home / "half.py").write_text(f"def f(:\n{entry}")
    (home / "notes.txt").write_text(entry)
    (home / "empty").mkdir()
    (home / "city").mkdir()
    (home / "city" / "__init__.py").write_text(f'"""Many streets."""\n{entry}')
    (home / "more").mkdir()
    (home / "more" / "lake.py").write_text('"""Swim."""\nSCENARIO: type = Lake\n')
    assert {name: registry._summary("scenario", name) for name in registry.names("scenario")} == {
        "city": "Many streets.",
        "half": "(cannot be used: invalid syntax in line 1)",
        "lake": "Swim.",
        "maze": "Find the way out.",
    }


def test_a_file_of_any_package_adds_a_command(home):
    (home / "draw_map.py").write_text('"""Draw a map."""\nCOMMAND = draw\n')
    (home / "import_.py").write_text('"""Named by a reserved word."""\nCOMMAND = draw\n')
    built_in = {"bench", "check", "list", "new", "run", "score", "verify"}
    assert set(registry.names("command")) > built_in | {"draw-map", "import"}
    assert registry.names("scenario") == []


def test_unknown_names_suggest_the_nearest_one():
    with pytest.raises(UnknownNameError, match=r"No scenario named 'pursiut'\. Did you mean 'pursuit'\?"):
        registry.load("scenario", "pursiut")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'scenario'\?"):
        registry.names("scenaro")


@pytest.mark.parametrize(
    "name", ["", "..", "../pursuit", "pursuit.py", "_x", "a/b.py:", "os", "\0", "pursuit\n"]
)
def test_invalid_names_are_unknown(name):
    with pytest.raises(UnknownNameError):
        registry.load("scenario", name)


def test_an_object_of_a_file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("class Mine: pass\nclass Other: pass\nSCENARIO = Mine\n")
    mine = registry.load("scenario", str(file))
    assert mine.__name__ == "Mine"
    assert registry.load("scenario", f"{file}:Other").__name__ == "Other"
    assert registry.load("scenario", str(file)) is mine, "a file is imported once"
    assert sys.modules[mine.__module__].Mine is mine, "pickle finds the class again"


def test_a_file_without_the_export_is_refused(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("x = 1\n")
    with pytest.raises(ContractError, match="does not define 'AGENT'"):
        registry.load("agent", str(file))
    with pytest.raises(UnknownNameError, match="agent file"):
        registry.load("agent", str(tmp_path / "missing.py"))


def test_a_file_that_fails_is_not_half_imported(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("raise ZeroDivisionError\n")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            registry.load("agent", str(file))


def test_registering_in_the_process():
    registry.register("agent", "mine", dict)
    try:
        assert registry.load("agent", "mine") is dict
        assert "mine" in registry.summaries("agent")
        with pytest.raises(ConfigError, match="already"):
            registry.register("agent", "mine", list)
    finally:
        registry.unregister("agent", "mine")
    assert "mine" not in registry.names("agent")
    with pytest.raises(UnknownNameError):
        registry.unregister("agent", "mine")


@pytest.mark.parametrize("name", ["scripted", "Mine", "my-agent", "1st", "", "my agent"])
def test_names_that_cannot_be_registered(name):
    with pytest.raises(ConfigError):
        registry.register("agent", name, dict)


def test_entry_points_of_other_distributions(tmp_path):
    metadata = tmp_path / "others-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[swarm_env.agent]\nfollower = others:Follower\nscripted = others:Follower\n"
    )
    (tmp_path / "others.py").write_text(
        '"""Go where the others go."""\nprint("imported")\nclass Follower: pass\n'
    )
    code = (
        "from swarm_env import registry\n"
        "print(registry.summaries('agent')['follower'])\n"
        "print(registry.load('agent', 'scripted').__module__)\n"
        "print(registry.load('agent', 'follower').__name__)\n"
    )
    done = python(code, tmp_path)
    assert done.stdout.splitlines() == [
        "Go where the others go. (from others)",
        "swarm_env.agents.scripted",
        "imported",
        "Follower",
    ]
    assert "'scripted' of others:Follower is ignored" in done.stderr


BROKEN = {
    "gone": ("nothing_here:Thing", "there is no module nothing_here", "ModuleNotFoundError: No module named"),
    "lacks": ("others:Thing", "Others.", "AttributeError: module 'others' has no attribute 'Thing'"),
    "raises": ("failing:Thing", "It fails.", "ZeroDivisionError: 1 / 0 and more"),
    "leaves": ("leaving:Thing", "It leaves.", "SystemExit: 3"),
    "inner": ("package.deep.inner:Thing", "Deep inside.", ""),
    "whole": ("package.deep:Thing", "A package.", ""),
    "no.module": ("not a module", "", ""),
}


def test_broken_entry_points_are_our_errors_and_leave_the_others(tmp_path):
    metadata = tmp_path / "others-1.0.dist-info"
    files = {
        metadata / "METADATA": "Metadata-Version: 2.1\nName: others\nVersion: 1.0\n",
        metadata / "entry_points.txt": "[swarm_env.agent]\n"
        + "".join(f"{name} = {value}\n" for name, (value, *_) in BROKEN.items()),
        tmp_path / "others.py": '"""Others."""\n',
        tmp_path / "failing.py": '"""It fails."""\nraise ZeroDivisionError("1 / 0\\nand more")\n',
        tmp_path / "leaving.py": '"""It leaves."""\nraise SystemExit(3)\n',
        tmp_path / "package" / "__init__.py": "raise RuntimeError('imported by a listing')\n",
        tmp_path / "package" / "deep" / "__init__.py": '"""A package."""\n',
        tmp_path / "package" / "deep" / "inner.py": '"""Deep inside."""\n',
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    code = (
        "from swarm_env import registry\n"
        "from swarm_env.errors import ContractError\n"
        "for name, summary in registry.summaries('agent').items():\n"
        "    print(name, summary, sep=': ')\n"
        "for name in ('gone', 'lacks', 'raises', 'leaves', 'random'):\n"
        "    try: print(registry.load('agent', name).__name__)\n"
        "    except ContractError as error: print(error)\n"
    )
    done = python(code, tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and "Random" in lines[-1], done.stderr
    for name, (value, summary, error) in BROKEN.items():
        if summary:
            assert any(line.startswith(f"{name}: ") and summary in line for line in lines), name
        if error:
            said = f"The agent {name!r} of others ({value}) cannot be loaded: {error}"
            assert any(line.startswith(said) for line in lines), name
    assert "no.module" not in done.stdout and "'no.module' is ignored" in done.stderr
