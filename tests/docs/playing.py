"""Runs the blocks of a page in order: one folder and one Python namespace for all of them."""

import os
import shlex
import subprocess
import sys
import tomllib
from types import ModuleType

import pytest

from swarm_env.bench.bench_file import read_config
from swarm_env.playing.team import Team
from swarm_env.playing.team_syntax import read_sides, read_tables
from tests.cli.programs import Done, swarm
from tests.docs.pages import ROOT, Block, Command, commands, name_of

SHELL = ("bash", "console")


class Player:
    """Whoever follows a page.

    Attributes:
        page: The page.
        folder: Where its commands run and its files are saved.
    """

    def __init__(self, page, folder, capsys) -> None:
        self.page, self.folder, self.capsys = page, folder, capsys
        self.module = ModuleType(f"shown_{page.stem}")

    def follow(self, block: Block) -> None:
        """Do what a block says, or check what it states."""
        if block.save:
            (self.folder / block.save).write_text(block.text)
        if block.language == "python":
            self._python(block)
        elif block.language == "toml":
            self._toml(block)
        for command in commands(block) if block.language in SHELL else ():
            self._command(command, block)

    def _python(self, block: Block) -> None:
        # In a file, since kernels are read from theirs; with the lines of the page, for errors to name.
        file = self.folder / f"shown_{self.page.stem}_{block.line}.py"
        file.write_text("\n" * (block.line - 1) + block.text)
        exec(compile(file.read_text(), str(file), "exec"), self.module.__dict__)

    def _toml(self, block: Block) -> None:
        content = tomllib.loads(block.text)
        if "seeds" in content:
            file = self.folder / (block.save or "shown.toml")
            file.write_text(block.text)
            read_config(file)
        else:
            sides = content.get("sides")
            Team.parse(read_sides(sides) if sides else read_tables(content["agents"]))

    def _command(self, command: Command, block: Block) -> None:
        where = f"{name_of(self.page)}:{command.line}: {command.text}"
        expected = int(block.run.split()[1]) if block.kind == "status" else 0
        program, *arguments = shlex.split(command.text, comments=True)
        if program == "swarm":
            done = swarm(self.capsys, *arguments)
        elif program == "python":
            done = python(arguments, self.folder)
        else:
            pytest.fail(f"{where}: only `swarm` and `python` are run; give the block a mark")
        assert done.status == expected, f"{where}\n{done.err}"
        for line in command.shown:
            assert line in done.out + done.err, where


def python(arguments, folder):
    """Call Python as a user does, in a folder, with the repository to import from."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
