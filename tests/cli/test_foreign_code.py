"""An error in somebody else's file is one line that names the file's line; the API raises ours from it."""

from typing import Any

import pytest

import swarm_env
from swarm_env.cli.commands.new import TEMPLATES
from swarm_env.engine import compiler
from tests.cli.programs import swarm

FAIL = "raise ZeroDivisionError('one\\ntwo')"
SETTINGS: dict[str, Any] = {"num_agents": 2, "height": 8, "width": 8}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a template with a change into a file of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def write(kind, old="", new=""):
        file = tmp_path / f"own_{kind}.py"
        text = (TEMPLATES / f"new_{kind}.py").read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return file

    return write


def with_method(write, name, arguments, line):
    return write(
        "scenario", "\n\nSCENARIO =", f"\n    def {name}({arguments}):\n        {line}\n\n\nSCENARIO ="
    )


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("__init__", "self, config"), ("check", "self"), ("words", "self"), ("facts", "self"),
        ("votes", "self"), ("num_objects", "self"), ("table_size", "self, cells"),
    ],
)  # fmt: skip
def test_errors_of_a_scenario_name_its_line(method, arguments, write):
    file = with_method(write, method, arguments, FAIL)
    line = file.read_text().splitlines().index(f"        {FAIL}") + 1
    with pytest.raises(swarm_env.ContractError) as found:
        swarm_env.parallel_env(str(file), **SETTINGS)
    assert f"{file}, line {line}, in `{method}`: ZeroDivisionError: one two: `raise" in str(found.value)
    assert isinstance(found.value.__cause__, ZeroDivisionError) and "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("method", "line", "text"),
    [
        ("words", "return None", "`words` returned None; it must return a text"),
        ("facts", "return 3", "a mapping"),
        ("rankings", "return 'abc'", "a tuple of texts"),
        ("table_size", "return -4", "0 or more"),
        ("first_agent", "return 3", "sets 'first_agent', which follows from"),
    ],
)
def test_methods_return_what_the_engine_takes(method, line, text, write):
    file = with_method(write, method, "self, cells=0", line)
    with pytest.raises(swarm_env.ContractError, match=text):
        swarm_env.parallel_env(str(file), **SETTINGS)


@pytest.mark.parametrize(
    ("kind", "old", "new", "name", "words"),
    [
        ("scenario", "class State", f"{FAIL}\n\n\nclass State", "", ("run", "FILE")),
        ("scenario", "        height, w", f"        {FAIL}\n        height, w", "check", ("run", "FILE")),
        ("agent", "        return [Dec", f"        {FAIL}\n        return [Dec", "decide",
         ("run", "synchronization", "--agents", "FILE")),
        ("agent", "        return [Dec", "        import sys; sys.exit(0)\n        return [Dec", "decide",
         ("run", "synchronization", "--agents", "FILE")),
        ("renderer", "frame: Frame) -> None:\n", f"frame):\n        {FAIL}\n", "show",
         ("run", "synchronization", "--render", "FILE")),
    ],
)  # fmt: skip
def test_the_command_line_prints_one_line(kind, old, new, name, words, write, capsys, tmp_path):
    file = write(kind, old, new)
    given = [str(file) if word == "FILE" else word for word in words]
    status, _, error = swarm(capsys, *given, "--set", "max_rounds=1", "--out", tmp_path / "run")
    assert status == 2 and "Traceback" not in error
    last = [line for line in error.splitlines() if line.startswith("Error: ")]
    assert len(last) == 1 and str(file) in last[0] and (f"in `{name}`" in last[0] or not name)


def test_tracebacks_on_demand(write, capsys, monkeypatch):
    monkeypatch.setenv("SWARM_TRACEBACK", "1")
    file = with_method(write, "check", "self", FAIL)
    status, _, error = swarm(capsys, "run", str(file))
    assert status == 2 and "Traceback" in error


@pytest.mark.slow
@pytest.mark.skipif(not compiler.COMPILED, reason="is about compiling")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x = f'{first}'", "No implementation of function"),
        ("x = [i for i in range(3)]", "kernels cannot make lists, arrays or texts"),
        ("world.score = 3", "write into the array"),
        ("x = set()", "cannot be compiled"),
        ("import math", "unsupported opcode"),
        ("place_agent(world, 'a', 0, 0, 0, 0)", "cannot be compiled"),
    ],
)
def test_what_cannot_be_compiled_is_named_by_the_user_s_line(line, reason, write):
    after = '    """After the moves of a round: count the agents beside the flag."""\n'
    file = write("scenario", after, f"{after}    {line}\n    world.score[0] = 1 if x else 2\n"
                 if line.startswith("x =") else f"{after}    {line}\n")  # fmt: skip
    with pytest.raises(swarm_env.ContractError, match=reason) as found:
        swarm_env.parallel_env(str(file), **SETTINGS)
    assert f"({file.name}, line " in str(found.value), found.value


def test_a_kernel_that_would_never_run(write):
    after = '    """After the moves of a round: count the agents beside the flag."""\n'
    file = write("scenario", after, f"{after}    yield 3\n")
    with pytest.raises(swarm_env.ContractError, match="`update` of MyEntry is a generator"):
        swarm_env.parallel_env(str(file), **SETTINGS)
