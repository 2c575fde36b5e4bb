import pytest

import swarm_env
from tests.project.processes import python

HEAVY = (
    "numpy",
    "numba",
    "gymnasium",
    "pettingzoo",
    "pygame",
    "pydantic",
    "openai",
    "typer",
    "rich",
    "scipy",
)


def test_every_public_name_can_be_imported():
    for name in swarm_env.__all__:
        assert getattr(swarm_env, name) is not None
    assert len(swarm_env.__all__) <= 27
    assert sorted(swarm_env.__all__) == swarm_env.__all__
    assert set(swarm_env.__all__) <= set(dir(swarm_env))


@pytest.mark.slow
def test_importing_all_submodules_first_does_not_replace_public_names(tmp_path):
    code = (
        "import swarm_env, importlib, pkgutil\n"
        "def import_all(package, path):\n"
        "    for m in pkgutil.walk_packages(path, package + '.'):\n"
        "        if m.name.rpartition('.')[2] == '__main__': continue\n"
        "        try: importlib.import_module(m.name)\n"
        "        except ModuleNotFoundError as error:  # an adapter of a library that is not installed\n"
        "            if not m.name.startswith('swarm_env.training.') or 'swarm_env' in error.name: raise\n"
        "import_all('swarm_env', swarm_env.__path__[:1])\n"
        "for name in ('agents', 'consensus', 'scenarios', 'viz'):\n"
        "    import_all(f'swarm_env.{name}', importlib.import_module(f'swarm_env.{name}').__path__)\n"
        "for name in swarm_env.__all__:\n"
        "    value, home = getattr(swarm_env, name), swarm_env._HOME_OF[name]\n"
        "    assert callable(value) and value.__module__.startswith(f'swarm_env.{home}'), (name, value)\n"
        "print('good')\n"
    )
    done = python(code, tmp_path)
    assert done.stdout.endswith("good\n"), done.stderr


def test_no_public_name_is_the_name_of_a_module():
    from pathlib import Path

    modules = {path.stem for path in Path(swarm_env.__path__[0]).iterdir()}
    assert not modules & set(swarm_env.__all__)


def test_a_wrong_name_suggests_the_nearest_one():
    with pytest.raises(AttributeError, match=r"no attribute 'paralel_env'\. Did you mean 'parallel_env'\?"):
        _ = swarm_env.paralel_env
    assert not hasattr(swarm_env, "__nothing__")


def test_star_import_and_version(tmp_path):
    done = python("from swarm_env import *; print(parallel_env.__name__, resolve_push.__name__)", tmp_path)
    assert done.stdout.split() == ["parallel_env", "resolve_push"], done.stderr
    from importlib.metadata import version

    assert swarm_env.__version__ == version("swarm-env")


@pytest.mark.parametrize(
    "code",
    [
        "import swarm_env",
        "import swarm_env as s; s.list_scenarios(); s.list_agents(); s.registry; s.errors",
    ],
)
def test_importing_loads_nothing_heavy(tmp_path, code):
    done = python(f"{code}\nimport sys; print(*(m for m in {HEAVY} if m in sys.modules))", tmp_path)
    assert done.stdout.split() == [], done.stderr


def test_the_command_line_loads_nothing_heavy_to_list(tmp_path):
    heavy = [name for name in HEAVY if name not in ("typer", "pydantic")]  # typer is built on pydantic
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print('LOADED', *(m for m in {heavy} if m in sys.modules)))\n"
        "sys.argv[1:] = ['list']\n"
        "import swarm_env.cli; swarm_env.cli.main()\n"
    )
    done = python(code, tmp_path)
    assert done.stdout.splitlines()[-1] == "LOADED", done.stdout + done.stderr


def test_agents_and_rules_by_name():
    agent = swarm_env.make_agent("random")
    assert isinstance(agent, swarm_env.Agent)
    assert set(swarm_env.list_agents()) >= {"random", "scripted"}
    with pytest.raises(swarm_env.UnknownNameError, match="No rule named"):
        swarm_env.rule("bradly_terry")
