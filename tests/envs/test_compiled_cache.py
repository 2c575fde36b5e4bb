"""Machine code on disk: found by a second process, never served when a kernel or a helper was edited."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import swarm_env
env = swarm_env.parallel_env("synchronization", num_agents=5)
env.reset(seed=1)
env.step(dict.fromkeys(env.agents, 2))
print("/".join(env.grid()))
"""


def run(project: Path, cache: Path) -> str:
    """What the program prints with this copy of the project."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=project,
        env={**os.environ, "SWARM_ENV_CACHE": str(cache), "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def compiled(cache: Path) -> dict[str, int]:
    """All files of machine code, with the time of their last change."""
    return {str(path.relative_to(cache)): path.stat().st_mtime_ns for path in cache.rglob("*.nb?")}


@pytest.mark.slow
def test_a_second_process_compiles_nothing_and_an_edited_helper_is_noticed(tmp_path):
    project, cache = tmp_path / "project", tmp_path / "cache"
    for room in ("swarm_env", "scenarios", "agents", "consensus", "viz"):
        if (ROOT / room).is_dir():
            shutil.copytree(ROOT / room, project / room, ignore=shutil.ignore_patterns("__pycache__"))
    first = run(project, cache)
    files = compiled(cache)
    assert files, "machine code is kept"
    assert run(project, cache) == first
    assert compiled(cache) == files, "the second process compiled something"
    # A helper in another file, called by the compiled reset of the scenario: agents now start in one row.
    helper = project / "scenarios" / "common.py"
    source = helper.read_text()
    edited = source.replace("row = top + below(key, i, bottom - top)", "row = top + 3")
    assert edited != source, "the test must edit the helper's line that draws the row"
    helper.write_text(edited)
    after = run(project, cache)
    assert after != first, "stale machine code was used"
    rows = [number for number, row in enumerate(after.split("/")) if "A" in row or "a" in row]
    assert rows == [5], "all started in row 4 and went down by one"
    helper.write_text(source)
    assert run(project, cache) == first
