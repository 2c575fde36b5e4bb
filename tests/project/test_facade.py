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


def test_every_public_name_can_be_had():
    for name in swarm_env.__all__:
        assert getattr(swarm_env, name) is not None
    assert len(swarm_env.__all__) <= 26
    assert sorted(swarm_env.__all__) == swarm_env.__all__
    assert set(swarm_env.__all__) <= set(dir(swarm_env))


@pytest.mark.slow
def test_names_stay_what_they_are_when_their_modules_are_imported(tmp_path):
    code = (
        "import swarm_env, importlib, pkgutil\n"
        "for m in pkgutil.walk_packages(swarm_env.__path__[:1], 'swarm_env.'):\n"
        "    if m.name.split('.')[-1] not in ('__main__', 'train'): importlib.import_module(m.name)\n"
        "for room in ('agents', 'consensus', 'scenarios', 'viz'):\n"
        "    importlib.import_module(f'swarm_env.{room}')\n"
        "modules = [n for n in swarm_env.__all__ if type(getattr(swarm_env, n)).__name__ == 'module']\n"
        "print(modules)\n"
    )
    done = python(code, tmp_path)
    assert done.stdout == "[]\n", done.stderr


def test_no_public_name_is_the_name_of_a_module():
    from pathlib import Path

    modules = {path.stem for path in Path(swarm_env.__path__[0]).iterdir()}
    assert not modules & set(swarm_env.__all__)


def test_a_wrong_name_is_met_with_the_nearest():
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
