"""What the README and the documents show works, and their links lead somewhere."""

import re
import shlex
import tomllib

import pytest

from swarm_env import registry
from tests.cli.programs import swarm
from tests.docs.pages import PAGES, ROOT, anchors, blocks, links, name_of
from tests.docs.playing import SHELL, Player

LANGUAGES = ("python", "toml", "text", *SHELL)
KINDS = ("", "slow", "no", "status", "excerpt")
ANY_MARK = re.compile(r"<!-- *(?:run|save)\b")
NEVER = 30  # blocks that may be marked `run: no`; most train or search for minutes


def run_by(*kinds):
    """The pages that have a block to run of one of these kinds."""
    return [
        pytest.param(page, id=name_of(page))
        for page in PAGES
        if any(block.kind in kinds and block.language != "text" for block in blocks(page))
    ]


@pytest.fixture
def player(request, tmp_path, monkeypatch, capsys):
    """Somebody who follows the page in a folder that holds the examples, without a key or a server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))  # a page may register things
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return Player(request.param, tmp_path, capsys)


def follow(player, *kinds):
    for block in blocks(player.page):
        if block.kind in kinds:
            player.follow(block)


@pytest.mark.parametrize("player", run_by("", "status"), indirect=True)
def test_the_blocks_of_a_page_run_from_top_to_bottom(player):
    follow(player, "", "status")


@pytest.mark.slow
@pytest.mark.parametrize("player", run_by("slow"), indirect=True)
def test_slow_blocks_run_too(player):
    follow(player, "", "status", "slow")


def test_every_block_names_its_language_and_has_marks_that_exist():
    never = []
    for page in PAGES:
        for block in blocks(page):
            where = f"{name_of(page)}:{block.line}"
            assert block.language in LANGUAGES, where
            assert block.kind in KINDS, where
            if block.kind == "no":
                assert re.fullmatch(r"no, \w.{10,}", block.run), f"{where}: a reason is missing"
                never.append(where)
    assert len(never) <= NEVER, never


def test_every_mark_stands_directly_above_a_block():
    for page in PAGES:
        assert len(re.findall(r"^ *```", page.read_text(), re.MULTILINE)) == 2 * len(blocks(page))
        shown = sum(len(ANY_MARK.findall(block.text)) for block in blocks(page))
        marks = len(ANY_MARK.findall(page.read_text())) - shown
        assert marks == sum(bool(block.run) + bool(block.save) for block in blocks(page)), name_of(page)


def test_every_extra_that_is_shown_exists():
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    shown = [
        name
        for page in PAGES
        for inside in re.findall(r"(?:swarm-env|'\.|\"\.)\[([\w,]+)\]", page.read_text())
        for name in inside.split(",")
    ]
    assert len(shown) > 5 and set(shown) <= extras


def test_an_excerpt_stands_in_its_file():
    shown = [block for page in PAGES for block in blocks(page) if block.kind == "excerpt"]
    for block in shown:
        file = ROOT / block.run.split()[1]
        written = " ".join(file.read_text().split())
        for line in block.text.splitlines():
            assert " ".join(line.split()).partition("(")[0] in written, f"{file.name}: {line}"
    assert shown


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
        is_group = name in ("consensus", "model") and arguments
        asked = (name, arguments[0]) if is_group else (name,)
        if asked not in helps:
            helps[asked] = swarm(capsys, *asked, "--help").out
        for flag in (argument for argument in arguments if argument.startswith("--")):
            assert flag in helps[asked], command
