"""Project metadata: one version, declared dependencies, commit messages."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = [ROOT / name for name in ("swarm_env", "scenarios", "agents", "consensus", "viz")]
# Adapters to learning libraries: they are imported by those who use such a library.
ADAPTERS = {f"swarm_env/training/{name}.py" for name in ("benchmarl", "inspect_task", "sb3", "torchrl")}
OURS = {folder.name for folder in LIBRARY}
# Distributions whose name differs from their import name.
DISTRIBUTION = {
    "PIL": "pillow",
    "genai_prices": "genai-prices",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "pygame": "pygame-ce",
    "sentence_transformers": "sentence-transformers",
    "sklearn": "scikit-learn",
    "stable_baselines3": "stable-baselines3",
}
# Messages before this commit are not checked.
FIRST_COMMIT_WITHOUT_PATHS = "b9f0072"
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:tmp|home|root|work)/")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


# The version.


def stated_version():
    text = (ROOT / "swarm_env" / "version.py").read_text()
    return ast.literal_eval(text.partition("__version__ = ")[2].strip())


def test_the_version_is_stated_once(project):
    assert "version" not in project["project"] and "version" in project["project"]["dynamic"]
    attribute = project["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    assert attribute == "swarm_env.version.__version__"
    assert re.fullmatch(r"\d+\.\d+\.\d+", stated_version())
    files = [file for folder in LIBRARY for file in folder.rglob("*.py")]
    assigned = [file for file in files if re.search(r"^__version__ *=", file.read_text(), re.MULTILINE)]
    assert assigned == [ROOT / "swarm_env" / "version.py"]


def test_the_package_and_the_command_report_that_version(capsys):
    import swarm_env
    from tests.cli.programs import swarm

    assert swarm_env.__version__ == stated_version()
    assert swarm(capsys, "--version").out.split() == ["swarm-env", stated_version()]


def test_citation_and_changelog_agree_with_it():
    cited = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited == [stated_version()]
    heads = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[:2] == ["Unreleased", stated_version()]


# The libraries.


def plain(requirement):
    """The name alone: "openai[aiohttp]>=3" is "openai"."""
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower()


def imported(tree):
    """Top-level names of all imports of a file, also in functions and by `import_module("name")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
            "import_module",
            "find_spec",
        ):
            named = node.args[0] if node.args else None
            if isinstance(named, ast.Constant) and isinstance(named.value, str):
                yield named.value.split(".")[0]


def imported_when_loaded(body):
    """Top-level names that loading a file imports, without those in functions or for type checking only."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from imported_when_loaded(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            yield from imported_when_loaded(node.body)


def foreign(names):
    known = OURS | set(sys.stdlib_module_names)
    return {DISTRIBUTION.get(name, name) for name in names if name not in known}


@pytest.fixture(scope="module")
def trees():
    return {
        str(file.relative_to(ROOT)): ast.parse(file.read_text())
        for folder in LIBRARY
        for file in folder.rglob("*.py")
        if not file.name.endswith("_test.py")  # tests that `swarm new` writes, never imported here
    }


def test_every_library_that_is_imported_is_declared(project, trees):
    extras = project["project"]["optional-dependencies"]
    users = [requirements for extra, requirements in extras.items() if extra != "dev"]
    declared = {plain(item) for item in sum(users, project["project"]["dependencies"])}
    missing = {file: foreign(imported(tree)) - declared for file, tree in trees.items()}
    assert not {file: names for file, names in missing.items() if names}


def test_libraries_that_most_modules_import_are_core_dependencies(project, trees):
    """A module that imports a library of an extra is itself imported on demand only."""
    core = {plain(item) for item in project["project"]["dependencies"]}
    demanding = {
        file: names
        for file, tree in trees.items()
        if file not in ADAPTERS and (names := foreign(imported_when_loaded(tree.body)) - core)
    }
    assert {name for names in demanding.values() for name in names} <= {"fastapi", "starlette", "uvicorn"}
    assert all("_server/" in file for file in demanding), demanding


def test_every_declared_library_of_the_core_is_imported(project, trees):
    used = {name for tree in trees.values() for name in foreign(imported(tree))}
    assert not {plain(item) for item in project["project"]["dependencies"]} - used


def test_the_dev_group_contains_the_extras_for_users(project):
    """All extras are tested by default, except the large ones."""
    extras = project["project"]["optional-dependencies"]
    dev = {plain(item) for item in extras["dev"]}
    for extra in ("video", "data", "serve", "consensus"):
        assert {plain(item) for item in extras[extra]} <= dev, extra


# Messages of commits.


def test_commit_messages_contain_no_machine_paths():
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs the history, which an archive does not have")
    done = subprocess.run(
        [git, "log", "--format=%h%x00%B%x01", f"{FIRST_COMMIT_WITHOUT_PATHS}..HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode:
        pytest.skip("the history does not reach back that far")
    entries = [entry.strip().split("\0") for entry in done.stdout.split("\1") if entry.strip()]
    assert not [name for name, message in entries if MACHINE_PATH.search(message)]
