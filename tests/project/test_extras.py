"""What messages and documents say about installing works from a clone of the repository."""

import re
import subprocess
import tomllib

import pytest

from swarm_env.errors import MissingExtraError
from tests.docs.pages import ROOT

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
LEFT_OUT = ("CHANGELOG.md", "pyproject.toml", "tests/project/test_extras.py")
TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".html", ""}


def texts():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a clone")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.suffix in TEXTS and path.is_file() and name not in LEFT_OUT:
            yield name, path.read_text(encoding="utf-8", errors="replace")


def test_no_text_installs_an_extra_from_an_index():
    wrong = [name for name, text in texts() if "swarm-env[" in text or "pip install swarm-env" in text]
    assert not wrong


def test_every_extra_that_a_text_names_exists():
    named = {
        (name, extra)
        for name, text in texts()
        for extras in re.findall(r"""['" ]\.\[([a-z,]+)\]['" ]""", text)
        for extra in extras.split(",")
    }
    assert len({extra for _, extra in named}) > 5
    assert not [(name, extra) for name, extra in named if extra not in EXTRAS]


def test_every_extra_that_an_error_names_exists():
    named = set()
    for name, text in texts():
        if not name.startswith("tests/"):
            named |= set(
                re.findall(r"""(?:MissingExtraError|needing|install)\([^()]*["'](\w+)["']\)""", text)
            )
    assert len(named) > 4 and named <= set(EXTRAS)
    assert "pip install '.[rl]'" in str(MissingExtraError("agent 'ppo'", "torch", "rl"))
