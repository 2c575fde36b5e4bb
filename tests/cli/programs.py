"""The program `swarm`, called in this process or as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from swarm_env.cli.app import run

SWARM = Path(sys.executable).parent / "swarm"


class Done(NamedTuple):
    status: int
    out: str
    err: str


def swarm(capsys, *arguments):
    """Call the program in this process: fast, but with the streams and signals of the test."""
    capsys.readouterr()
    try:
        run([str(argument) for argument in arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    captured = capsys.readouterr()
    return Done(status, captured.out, captured.err)


def swarm_process(*arguments, folder, **environment):
    """Call the program as a user does."""
    done = subprocess.run(
        [SWARM, *map(str, arguments)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
