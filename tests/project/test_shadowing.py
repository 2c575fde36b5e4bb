import os

import pytest

from tests.project.processes import python

LIST = "import swarm_env; print(*swarm_env.list_scenarios())"


@pytest.fixture
def folder(tmp_path):
    """A user's folder with packages of the names that our rooms have."""
    for room in ("agents", "scenarios"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise RuntimeError('imported')\n")
    return tmp_path


def test_a_package_in_the_way_is_named(folder):
    done = python(LIST, folder)
    assert done.returncode == 1
    message = done.stderr.splitlines()[-1]
    assert message.startswith("swarm_env.errors.ShadowedPackageError: ")
    assert str(folder / "scenarios") in message
    assert "PYTHONSAFEPATH=1" in message


def test_what_the_message_tells_to_do_helps(folder):
    done = python(LIST, folder, PYTHONSAFEPATH="1")
    assert "pursuit" in done.stdout.split(), done.stderr


def test_a_package_that_was_imported_before_is_found_out(folder):
    (folder / "agents" / "__init__.py").write_text("")
    (folder / "scenarios" / "__init__.py").unlink()
    code = (
        f"import agents, sys, os; sys.path[:] = [p for p in sys.path if p not in ('', os.getcwd())]; {LIST}"
    )
    done = python(code, folder)
    assert f"{folder / 'agents'} stands in the way" in done.stderr


def test_a_single_module_in_the_way_is_named(tmp_path):
    (tmp_path / "viz.py").write_text("")
    done = python(LIST, tmp_path)
    assert f"{tmp_path / 'viz.py'} stands in the way" in done.stderr


def test_folders_of_scripts_stand_in_nobodys_way(folder):
    for room in ("agents", "scenarios"):
        (folder / room / "__init__.py").unlink()
        (folder / room / "mine.py").write_text("")
    done = python(LIST, folder)
    assert "pursuit" in done.stdout.split(), done.stderr
    assert "mine" not in done.stdout.split()


def test_the_command_does_not_look_into_the_working_folder(folder):
    script = "import sys, swarm_env.cli; sys.argv[1:] = ['list']; swarm_env.cli.main()"
    (folder / "bin").mkdir()
    (folder / "bin" / "swarm.py").write_text(script)
    code = f"import runpy, sys; sys.path[0] = {os.fspath(folder / 'bin')!r}; runpy.run_path('bin/swarm.py')"
    done = python(code, folder)
    assert done.returncode == 0, done.stderr
    assert "pursuit" in done.stdout
