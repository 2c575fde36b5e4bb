"""What the README promises at first sight."""

import re

from tests.docs.pages import ROOT, blocks

README = (ROOT / "README.md").read_text()


def test_the_first_code_comes_early():
    assert README[: README.index("```")].count("\n") < 30


def test_the_picture_is_small_and_of_the_project():
    picture = ROOT / re.findall(r"!\[.*\]\((.*)\)", README)[0]
    assert picture.stat().st_size < 300_000
    assert picture.read_bytes()[:3] == b"GIF"


def test_the_test_command_stands_right_below_its_mark():
    lines = README.splitlines()
    at = lines.index("<!-- test-command -->")
    assert lines[at + 1].startswith("```") and "pytest" in lines[at + 2] and lines[at + 3] == "```"
    assert lines.count("<!-- test-command -->") == 1


def test_the_example_is_the_file_in_examples():
    shown = next(block.text for block in blocks(ROOT / "README.md") if block.language == "python")
    assert shown in (ROOT / "examples" / "quickstart.py").read_text()
    assert len(shown.splitlines()) <= 12


def test_nothing_is_left_to_fill_in():
    performance = (ROOT / "docs" / "performance.md").read_text()
    for page, mark in ((performance, "scripted"), (performance, "figures")):
        content = page.partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0]
        assert content.strip(), mark


def test_it_is_short():
    assert README.count("\n") < 200
