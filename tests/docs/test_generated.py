"""What follows from the code is up to date, and made by one command."""

import sys

import pytest

import swarm_env
from docs import generate, notebook_pages, pictures, texts
from tests.docs.pages import ROOT


def test_what_follows_from_the_code_is_up_to_date():
    """The one test that fails when something was added, until the command has made what follows from it."""
    stale = generate.stale()
    assert not stale, f"run `{generate.COMMAND}`: {', '.join(stale)} would be written"


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "docs" / "scenarios").glob("[a-z]*.md"))
)
def test_a_page_of_a_scenario_tells_what_belongs_there(name):
    page = (ROOT / "docs" / "scenarios" / f"{name}.md").read_text()
    assert (
        f"images/{name}.gif" in page
        and f"`swarm run {pictures.player(name)} {pictures.demo(name)} --record {name}.gif`" in page
    )
    assert "## Rules" in page and "shaped" in page


@pytest.fixture
def other(tmp_path, monkeypatch):
    """A part of one file in a tree of its own, beside the pictures, none of which is missing."""
    file = tmp_path / "one.txt"
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(pictures, "makers", dict)
    monkeypatch.setattr(notebook_pages, "makers", dict)
    stale = lambda: {} if file.exists() else {file: lambda: file.write_text("made")}  # noqa: E731
    monkeypatch.setattr(generate, "PARTS", {"texts": stale})
    return file


def test_the_command_makes_what_is_stale_once(other, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["generate"])
    generate.main()
    assert other.read_text() == "made" and capsys.readouterr().err == "one.txt\n"
    generate.main()
    assert not capsys.readouterr().err


def test_a_check_writes_nothing_and_fails(other, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])
    with pytest.raises(SystemExit) as ended:
        generate.main()
    assert ended.value.code == 1 and not other.exists() and capsys.readouterr().out == "one.txt\n"
    other.write_text("made")
    with pytest.raises(SystemExit) as ended:
        generate.main()
    assert ended.value.code == 0


def test_what_nobody_makes_is_refused(other, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["generate", "two.txt"])
    with pytest.raises(SystemExit, match="two.txt is not made here"):
        generate.main()


def test_what_is_left_over_is_removed(tmp_path, monkeypatch):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "gone.md").write_text("of a scenario that is gone")
    monkeypatch.setattr(texts, "DOCS", tmp_path)
    monkeypatch.setattr(texts, "pages", dict)
    ((path, remove),) = texts.stale().items()
    remove()
    assert path.name == "gone.md" and not path.exists()


def test_every_public_name_is_documented():
    text = "\n".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    missing = [name for name in swarm_env.__all__ if name not in text and not name.endswith("Error")]
    assert not missing
