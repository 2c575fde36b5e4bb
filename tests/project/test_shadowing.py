"""Foreign packages named agents, consensus, scenarios or viz do not conflict with this one."""

import importlib
import subprocess
import sys
import zipfile

import pytest

from tests.docs.pages import ROOT
from tests.project.processes import python

NAMES = ("agents", "consensus", "scenarios", "tests", "viz")
PLAY = (
    "import swarm_env; env = swarm_env.parallel_env('pursuit'); env.reset(seed=0)\n"
    "print(*swarm_env.list_agents())"
)


@pytest.fixture
def folder(tmp_path):
    """A user's folder with packages of these names."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("MINE = True\n")
    return tmp_path


def test_packages_in_the_working_folder_can_be_imported(folder):
    code = f"{PLAY}\nimport {', '.join(NAMES)}\nprint(agents.MINE, scenarios.MINE, viz.MINE)"
    done = python(code, folder)
    listed, mine = done.stdout.splitlines()
    assert "scripted" in listed.split(), done.stderr
    assert mine == "True True True"


def test_the_command_works_beside_packages_of_those_names(folder):
    code = "import sys, swarm_env.cli; sys.argv[1:] = ['list', 'agents']; swarm_env.cli.main()"
    done = python(code, folder)
    assert "scripted" in done.stdout, done.stderr


@pytest.mark.parametrize("folder_of", ["elsewhere", "the repository"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("agents", "agents"),
        ("agents._server", "agents.mock_server"),
        ("consensus.bradley_terry", "consensus.bradley_terry"),
        ("consensus.elo", "consensus.rules.elo"),
        ("scenarios.pursuit", "scenarios.pursuit"),
        ("viz.window", "viz.window"),
    ],
)
def test_an_old_top_level_name_says_the_new_one(tmp_path, old, new, folder_of):
    done = python(f"import swarm_env\nimport {old}", tmp_path if folder_of == "elsewhere" else ROOT)
    assert f"ModuleNotFoundError: `{old}` is now `swarm_env.{new}`." in done.stderr
    importlib.import_module(f"swarm_env.{new}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("swarm_env.grid", "swarm_env.engine.state"),
        ("swarm_env.chat.prices", "swarm_env.chat.ledger.budget"),
        ("swarm_env.evaluation.statistics", "swarm_env.leaderboard"),
        ("swarm_env.run_files", "swarm_env.runs.files"),
    ],
)
def test_an_old_module_import_names_the_new_one(old, new):
    with pytest.raises(ModuleNotFoundError, match=f"is now .*`{new}`"):
        __import__(old)


def test_every_new_module_name_can_be_imported():
    from swarm_env.moved import MOVED

    for new in MOVED.values():
        importlib.import_module(f"swarm_env.{new.split('`')[0]}")


def test_find_spec_of_an_old_name_returns_none(tmp_path):
    code = (
        "import swarm_env, importlib.util as u; print(u.find_spec('agents'), u.find_spec('swarm_env.grid'))"
    )
    assert python(code, tmp_path).stdout == "None None\n"


@pytest.mark.slow
def test_beside_a_distribution_that_owns_agents(tmp_path):
    """openai-agents owns a top-level `agents`: both work, whichever is installed or removed first."""
    wheels = {"other": _wheel_of_another(tmp_path), "swarm_env": _own_wheel(tmp_path)}
    for order in (("swarm_env", "other"), ("other", "swarm_env")):
        _both_work(tmp_path, wheels, order)


def _both_work(tmp_path, wheels, order):
    site = tmp_path / order[0]
    for name in order:
        _pip("install", "--quiet", "--no-deps", "--no-index", "--target", site, wheels[name])
    check = f"{PLAY}\nimport agents; print(agents.SDK, swarm_env.__file__)"
    done = python(check, tmp_path, PYTHONPATH=str(site), NUMBA_DISABLE_JIT="1")  # nothing is compiled anew
    assert done.stdout.splitlines()[1] == f"True {site / 'swarm_env' / '__init__.py'}", done.stderr
    assert {path.name for path in site.iterdir() if path.suffix != ".dist-info"} <= {
        "swarm_env",
        "agents",
        "bin",
    }
    _remove(site, order[0])
    left = (
        "import swarm_env; print(*swarm_env.list_agents())"
        if order[0] == "other"
        else "import agents; print(agents.SDK)"
    )
    done = python(left, tmp_path, PYTHONPATH=str(site), PYTHONSAFEPATH="1")
    assert done.returncode == 0 and done.stdout.strip(), done.stderr


def _pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def _remove(site, name):
    """Uninstall: delete the files that the distribution's RECORD lists."""
    (info,) = site.glob("swarm_env-*.dist-info" if name == "swarm_env" else "other-*.dist-info")
    for line in (info / "RECORD").read_text().splitlines():
        (site / line.split(",")[0]).unlink(missing_ok=True)


def _wheel_of_another(folder):
    path = folder / "other-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("agents/__init__.py", "SDK = True\n")
        wheel.writestr("other-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
        wheel.writestr(
            "other-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("other-1.0.dist-info/RECORD", "agents/__init__.py,,\nother-1.0.dist-info/METADATA,,\n")
    return path


def _own_wheel(folder):
    from tests.project.test_wheel import build_wheel

    return build_wheel(folder)
