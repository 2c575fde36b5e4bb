"""How the house is built stays within limits; `python -m benchmarks.house` prints the same figures."""

import re

import pytest

from benchmarks import house
from tests.docs.pages import ROOT

# Each figure may fall and never rise.
LIMITS = {
    "files in a folder": 14,  # besides entries, of which a room may have as many as it likes
    "files over 400 lines": 2,
    "files over 300 lines": 12,  # one more since frames hold places between cells
    "imports of underscored modules": 0,
    "files visited by a parallel_env step": 9,
    "files visited by a round of a language model": 34,  # lines of runs, and scored choices, have their own
}
# How often each private word of earlier versions may stand in the library, documents and tests. What is left
# has another sense ("rigid body", "request body", `typing.cast`), or is text that recorded runs and stored
# prompts hold (the sense `told`).
ALLOWED = {
    "body": (233, 40, 600),  # also the option `extra_body`, and HTML's <body> in two sites
    "mind": (2, 0, 5),  # names of 0.1.0
    "told": (18, 25, 10),  # also in patterns of what answers say
    "cast": (20, 5, 5),
    "course": (2, 0, 1),
    "seat": (1, 0, 0),
    "film": (2, 0, 0),
    "As for `play`": (0, 0, 0),
}


def test_no_folder_is_crowded():
    crowded = {folder: n for folder, n in house.crowds(ROOT).items() if n > LIMITS["files in a folder"]}
    assert not crowded


@pytest.mark.parametrize("lines", [house.LONG, house.LONGER])
def test_few_files_are_long(lines):
    long = [name for name, length in house.lengths(ROOT).items() if length > lines]
    assert len(long) <= LIMITS[f"files over {lines} lines"], long


def test_few_modules_are_imported_that_are_somebody_elses():
    found = house.private_imports(ROOT)
    assert len(found) <= LIMITS["imports of underscored modules"], found


@pytest.mark.parametrize(
    "what", ["parallel_env step", pytest.param("round of a language model", marks=pytest.mark.slow)]
)
def test_a_round_goes_through_few_files(what):
    found = house.visited(ROOT, what)
    assert 0 < len(found) <= LIMITS[f"files visited by a {what}"], found


@pytest.mark.parametrize("word", ALLOWED)
def test_words_that_only_readers_of_the_code_know_are_rare(word):
    counted = house.words(ROOT)
    found = tuple(counted[place][word] for place in house.PLACES)
    assert all(number <= most for number, most in zip(found, ALLOWED[word], strict=True)), found


def folders_of_the_page():
    """Folder and sentence of each row of the table in docs/architecture.md that begins with a folder."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| *`([\w/]+?)/?` *\|(.*)\|$", page, re.MULTILINE)
    return {folder: sentence.strip(" |") for folder, sentence in rows}


def test_the_architecture_has_a_row_for_every_folder():
    page = folders_of_the_page()
    assert set(page) == set(house.folders(ROOT))
    assert all(page.values())


# The counting itself, on a small house.


@pytest.fixture
def small(tmp_path):
    files = {
        "swarm_env/registry.py": 'EXPORTS = {"agent": "AGENT"}\n',
        "swarm_env/__init__.py": "",
        "swarm_env/_inner/deep.py": "class One: pass\n",
        "agents/__init__.py": "",
        "agents/idle.py": "from swarm_env._inner import deep\nclass One: pass\nAGENT = One\n",
        "agents/_help.py": "import agents._help, os\nclass BodyOf: pass\n",
        "docs/page.md": "Nobody was told of somebody's body.\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_files_are_counted_by_folder_without_entries(small):
    assert house.crowds(small) == {"swarm_env": 2, "agents": 2, "swarm_env/_inner": 1}
    assert house.folders(small) == ["agents", "swarm_env", "swarm_env/_inner"]


def test_imports_and_names_are_found(small):
    assert house.private_imports(small) == [
        "agents/_help.py: agents._help",
        "agents/idle.py: swarm_env._inner",
    ]
    classes, files = house.twice(small)
    assert list(classes) == ["One"] and not files


def test_words_are_counted_also_within_names(small):
    counted = house.words(small)
    assert counted["library"]["body"] == 1 and counted["docs"]["body"] == 1 and counted["docs"]["told"] == 1
