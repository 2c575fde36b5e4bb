"""A program that kills `swarm` before each of its file operations, and runs the same command again each time.

    python -m tests.cli.killing FOLDER ARGUMENT…

The command runs in `FOLDER/whole`, then for k = 1, 2, … in `FOLDER/K`, where it is killed before its k-th
file operation, until it gets to its end. Every folder begins with a copy of `FOLDER/given`, if there is one.
The program prints for each k the exit status of the second call. All are forked, so that each starts at once.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from swarm_env.cli.app import run
from swarm_env.runtime.event_loop import shared

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
EVENTS = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "sqlite3.connect"}


def call(folder, arguments):
    """Run the command in a folder; its exit status."""
    os.chdir(folder)
    try:
        run(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def kill_before(operation, folder):
    """Let this process be killed before its operation of that number on a file in a folder."""
    count = 0
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # it takes long to import, in every child

    def next_one():
        nonlocal count
        count += 1
        if count == operation:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event, args):
        if event not in EVENTS or (event == "open" and not args[2] & WRITING):
            return
        path = args[0]
        if isinstance(path, str | bytes | os.PathLike) and os.path.abspath(os.fsdecode(path)).startswith(
            folder
        ):
            next_one()

    sync = os.fsync

    def fsync(file):
        next_one()
        sync(file)

    os.fsync = fsync
    sys.addaudithook(hook)


def forked(folder, arguments, operation=None):
    """Run the command in a child process; its exit status, None if it was killed."""
    child = os.fork()
    if child == 0:
        if operation is not None:
            kill_before(operation, str(folder))
        os._exit(call(folder, arguments))
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def new(folder, name):
    """A folder for the command to run in."""
    given = folder / "given"
    if given.is_dir():
        shutil.copytree(given, folder / name)
    else:
        (folder / name).mkdir()
    return folder / name


def main(folder, arguments):
    status = call(
        new(folder, "whole"), arguments
    )  # here: what takes long the first time is done before forks
    shared().close()
    sys.stderr.write(f"KILLED whole {status}\n")
    operation, is_killed = 0, True
    while is_killed and operation < 200:
        operation += 1
        place = new(folder, str(operation))
        is_killed = forked(place, arguments, operation) is None
        if is_killed:
            sys.stderr.write(f"KILLED {operation} {forked(place, arguments)}\n")
        else:
            shutil.rmtree(place)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
