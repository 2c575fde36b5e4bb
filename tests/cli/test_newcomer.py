"""What somebody meets who uses the program for the first time: help, completion, near misses, Ctrl-C."""

import os
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer

from swarm_env.cli.app import build
from swarm_env.cli.shell.text_width import shell_lines, wrapped
from swarm_env.registry import names
from tests.cli.programs import SWARM, swarm, swarm_process
from tests.docs.pages import ROOT


def commands():
    """Every command with its words after `swarm`, those of groups too."""
    found = {}

    def add(words, command):
        found[words] = command
        for name, inner in getattr(command, "commands", {}).items():
            add((*words, name), inner)

    for name in names("command"):
        program: Any = typer.main.get_command(build([name]))
        add((name,), program.commands[name])
    return found


COMMANDS = commands()
LEAVES = [words for words, command in COMMANDS.items() if not getattr(command, "commands", {})]


@pytest.mark.quick_cases(6)
@pytest.mark.parametrize("width", [40, 80, 100])
@pytest.mark.parametrize("words", [(), *COMMANDS], ids=" ".join)
def test_help_fits_any_width_and_is_wrapped_once(capsys, monkeypatch, words, width):
    monkeypatch.setenv("COLUMNS", str(width))
    done = swarm(capsys, *words, "--help")
    assert done.status == 0 and "<" not in done.out
    given = [param.help or "" for param in COMMANDS[words].params] if words else []
    assert done.out.count("…") == "".join(given).count("…"), "nothing is cut"
    for line, after in zip(done.out.splitlines(), [*done.out.splitlines()[1:], ""], strict=True):
        assert len(line) <= width or " " not in line.strip().removesuffix(" \\"), line
        wrapped_here = (
            line and after and line[:1] not in " " and after[:1] not in " " and not line.endswith(":")
        )
        if wrapped_here:  # the next word had no room
            assert len(line) + 1 + len(after.split()[0]) > width, (line, after)
    command = COMMANDS.get(words)
    for option in command.params if command else ():
        assert all(spelling in done.out for spelling in option.opts if option.param_type_name == "option")


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_has_examples_that_it_takes(words):
    """They parse; what they name need not exist."""
    command = COMMANDS[words]
    examples = re.search(r"^Examples:\n((?:    .*\n?)+)", command.help, re.MULTILINE)
    assert examples, words
    for line in examples[1].splitlines():
        program, *arguments = shlex.split(line)
        assert program == "swarm" and tuple(arguments[: len(words)]) == words
        command.make_context("swarm", arguments[len(words) :], resilient_parsing=False)


def test_an_example_in_a_narrow_terminal_can_be_copied():
    command = "swarm run nest_site --agents 'scripted*5, random*5' --set sites=4"
    lines = list(shell_lines(command, 30, "  "))
    assert len(lines) > 2 and all(line.endswith(" \\") for line in lines[:-1])
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(command)


def test_sentences_are_wrapped_and_commands_are_not():
    text = "Recorded in here. Watch it again: swarm replay 'a folder with a long name'"
    assert wrapped(text, None) == text
    assert wrapped(text, 30).splitlines() == [
        "Recorded in here. Watch it", "again:", "swarm replay 'a folder with a long name'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("list", "nest_sit"), "Did you mean 'nest_site'? .*pursuit.*swarm list"),
        (("list", "scenarois"), "Did you mean 'scenarios'?"),
        (("run", "pursuit", "--set", "nmu_agents=3"), "Did you mean 'num_agents'? .*view_size"),
        (("run", "nest_site", "--set", "foo=3"), "Its own: .*sites.*; of every world: num_agents"),
        (("rnu",), "No command named 'rnu'. Did you mean 'run'? Known: bench"),
        (("consensus", "ranc"), "Did you mean 'rank'? Known: codef, .*See: swarm consensus --help"),
        (("run", "--nu-agents", "3"), "--num-agents.*See: swarm run --help"),
        (("run", "pursuit", "--set"), "requires an argument.*See: swarm run --help"),
        (("perf", "--worlds", "many"), "--worlds 'many': must be a valid integer"),
        (("perf", "--worlds", "0"), "--worlds '0': must be greater than or equal to 1"),
        (("verify", ""), "after verify is empty"),
        (("run", "pursuit", "--out", ""), "after --out is empty"),
    ],
)
def test_a_near_miss_shows_what_exists(capsys, arguments, shown):
    done = swarm(capsys, *arguments)
    assert done.status == 2 and done.out == "" and done.err.startswith("Error: ")
    assert re.search(shown.replace("?", r"\?"), done.err), done.err


def test_a_name_is_looked_up_in_all_kinds(capsys):
    done = swarm(capsys, "list", "nest_site")
    assert done.status == 0 and done.out.startswith("scenarios") and "pursuit" not in done.out
    assert swarm(capsys, "list", "Scripted").out.startswith("agents")


def completed(shell, *words):
    """What a shell gets for the last of some words."""
    text = " ".join(["swarm", *words])
    given = {"COMP_WORDS": text, "COMP_CWORD": str(len(words))} if shell == "bash" else {}
    given |= {"_TYPER_COMPLETE_ARGS": text, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = swarm_process(folder="/", **given, _SWARM_COMPLETE=f"complete_{shell}")
    assert not done.err
    return done.out


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_names_and_flags(shell):
    def names_of(*words):
        return re.findall(r'"([\w.-]+)"(?=[:)\s])|^([\w.-]+)(?=\t|$)', completed(shell, *words), re.MULTILINE)

    def found(*words):
        return {one or other for one, other in names_of(*words)}

    assert {"run", "bench", "verify"} <= found("")
    assert found("run", "pur") == {"pursuit"}
    assert {"random"} <= found("run", "pursuit", "--agents", "ra")
    assert found("run", "pursuit", "--render", "ter") == {"terminal"}
    assert {"borda", "bradley_terry"} <= found("consensus", "rank", "--rule", "b")
    assert "--resume" in found("run", "--re")


def test_completion_needs_no_numpy(tmp_path):
    code = "import sys, atexit; atexit.register(lambda: sys.stderr.write(str('numpy' in sys.modules)))\n"
    (tmp_path / "sitecustomize.py").write_text(code)
    words = {"COMP_WORDS": "swarm run pur", "COMP_CWORD": "2", "_SWARM_COMPLETE": "complete_bash"}
    done = swarm_process(folder=tmp_path, PYTHONPATH=str(tmp_path), **words)
    assert (done.out, done.err) == ("pursuit\n", "False")


INTERRUPT = """
import os, signal, sys

class Presses:
    def find_spec(self, name, path, target=None):
        if name == os.environ["PRESS_AT"]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Presses())
"""


@pytest.mark.parametrize("module", ["typer", "swarm_env.cli.commands.run", "numpy", "numba", "pydantic"])
def test_ctrl_c_while_the_program_starts_is_one_line(tmp_path, module):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PRESS_AT": module}
    arguments = ["run", "pursuit", "-q", "--rounds", "1", "--out", "run"]
    done = subprocess.run(
        [SWARM, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")


def test_the_program_is_light_until_it_can_answer_ctrl_c():
    code = (
        "import sys; import swarm_env.cli; print(len({'typing', 'enum', 're', 'signal'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "0\n"


def test_tables_have_a_block_per_row_in_a_narrow_terminal(capsys, monkeypatch, tmp_path):
    (tmp_path / "votes.csv").write_text("winner,loser\nalpha,beta\nbeta,gamma\nalpha,gamma\n")
    wide = swarm(capsys, "consensus", "rank", tmp_path / "votes.csv")
    monkeypatch.setenv("COLUMNS", "40")
    narrow = swarm(capsys, "consensus", "rank", tmp_path / "votes.csv")
    assert all(len(line) <= 40 for line in [*narrow.out.splitlines(), *narrow.err.splitlines()])
    assert narrow.out.splitlines()[0] == "item alpha"
    assert set(re.findall(r"-?\d+\.\d+", narrow.out)) == set(re.findall(r"-?\d+\.\d+", wide.out))


def test_the_notice_about_compiling_comes_once_and_says_why_and_how_long(tmp_path):
    """Two scenarios that are both new, without compiling them: the event is numba's."""
    code = (
        "from numba.core.event import start_event\n"
        "from swarm_env.cli.live_view import notify_if_compiling\n"
        "for _ in range(2):\n    notify_if_compiling()\n    start_event('numba:compile', data={})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ
    )
    assert done.stderr.count("Compiling") == 1
    assert re.search(r"because it is new.*about 15 seconds.*other one.*kept in /", done.stderr)
