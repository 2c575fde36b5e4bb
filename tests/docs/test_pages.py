"""What the README and the documents show works, and their links lead somewhere."""

import re
import shlex

import pytest

from swarm_env import registry
from tests.cli.programs import swarm
from tests.docs.pages import PAGES, ROOT, anchors, blocks, code, commands, links, load, name_of

with_code = pytest.mark.parametrize("page", [page for page in PAGES if code(page)], ids=name_of)
with_commands = pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name_of)


@with_code
def test_the_python_of_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))  # a page may register things
    file = tmp_path / "shown.py"
    file.write_text(code(page))
    load(file)


@with_commands
def test_the_commands_of_a_page_do_what_is_shown(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for command, shown in commands(page):
        program, *arguments = shlex.split(command, comments=True)
        assert program == "swarm"
        done = swarm(capsys, *arguments)
        assert done.status == 0, done.err
        for line in shown:
            assert line in done.out + done.err


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_something(page):
    for link in links(page):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_document_can_be_reached_from_the_readme():
    seen, open_pages = set(), [ROOT / "README.md"]
    while open_pages:
        page = open_pages.pop()
        seen.add(page)
        paths = [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "//" not in link]
        open_pages += [path for path in paths if path.suffix == ".md" and path.is_file() and path not in seen]
    assert set(PAGES) <= seen


def test_every_flag_in_a_shown_command_exists(capsys):
    """Also of commands that are shown but take too long to be run here."""
    shown = [
        line.removeprefix("$ ")
        for page in PAGES
        for text in [
            *(block.text for block in blocks(page)),
            *re.findall(r"`(swarm [^`]+)`", page.read_text()),
        ]
        for line in text.splitlines()
        if line.removeprefix("$ ").startswith("swarm ")
    ]
    assert len(shown) > 20
    helps: dict[tuple[str, ...], str] = {}
    for command in shown:
        _, name, *arguments = shlex.split(command.partition(" && ")[0], comments=True)
        if not name.islower() or name == "command":
            continue
        asked = (name, arguments[0]) if name == "consensus" and arguments else (name,)  # a group of commands
        if asked not in helps:
            helps[asked] = swarm(capsys, *asked, "--help").out
        for flag in (argument for argument in arguments if argument.startswith("--")):
            assert flag in helps[asked], command
