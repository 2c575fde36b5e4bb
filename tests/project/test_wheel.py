"""The contents of the wheel."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("swarm_env", "scenarios", "agents", "consensus", "viz")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def installed(path):
    """Path of a repository file in an installation."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts if parts[0] == "swarm_env" else ("swarm_env", *parts))


def build_wheel(folder):
    """Build the wheel from a copy of the tree."""
    pytest.importorskip("setuptools", minversion="77")
    source = folder / "source"
    source.mkdir()
    for name in (*FOLDERS, "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("swarm_env-*.whl")
    return wheel


def test_the_list_of_packages_is_complete(project):
    folders = [path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py")]
    assert set(project["tool"]["setuptools"]["packages"]) == {installed(f).replace("/", ".") for f in folders}


@pytest.mark.slow
def test_the_wheel_contains_one_package_and_nothing_else(tmp_path):
    files = set(zipfile.ZipFile(build_wheel(tmp_path)).namelist())
    assert {name.split("/")[0] for name in files if ".dist-info" not in name} == {"swarm_env"}
    assert "swarm_env/py.typed" in files
    ours = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    expected = {installed(path) for path in ours if "__pycache__" not in path.parts}
    assert expected == {name for name in files if ".dist-info" not in name}
