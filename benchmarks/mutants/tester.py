"""Runs pytest again and again in forks of one process, so that libraries are imported only once.

Each line of standard input is JSON: the arguments for pytest and a limit [s]. The answer is a line with the
exit status, null if it ran into the limit.
"""

import json
import os
import signal
import sys
import time
from importlib import import_module

import pytest

HEAVY = ("gymnasium", "numba", "pettingzoo", "pydantic", "scipy.optimize")


def run(arguments: list[str], limit: float | None) -> int | None:
    """The exit status of pytest in a process of its own; None if it took too long."""
    child = os.fork()
    if child == 0:
        os.setsid()
        for stream in range(3):
            os.dup2(os.open(os.devnull, os.O_RDWR), stream)
        os._exit(pytest.main(arguments))
    end = time.monotonic() + limit if limit else float("inf")
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    for name in HEAVY:
        import_module(name)
    for line in sys.stdin:
        print(json.dumps(run(*json.loads(line))), flush=True)
