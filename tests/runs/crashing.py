"""A program that plays runs in child processes and kills them: `python crashing.py FOLDER URL TIMES`.

The children are forked, so that each starts at once. Printed is for each how it ended.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from swarm_env.playing.runner import play
from swarm_env.runtime.event_loop import shared

TEAM = "llm:scripted@{url}*4, scripted*2, random*1"
WORLD: dict[str, Any] = {"num_agents": 7, "height": 10, "width": 10, "max_rounds": 9}


def run(folder, url):
    """Play the run in a child process; its number."""
    child = os.fork()
    if child == 0:
        play("pursuit", TEAM.format(url=url), seed=11, out=folder, **WORLD)
        os._exit(0)
    return child


def wait_for(path):
    while not path.exists():
        time.sleep(0.0005)


def main(base, url, times):
    # What takes long the first time, before anything is forked; without the thread, which a fork would lose.
    play("pursuit", TEAM.format(url=url), seed=1, out=base / "warm", **WORLD)
    shared().close()
    began = time.monotonic()
    os.waitpid(run(base / "whole", url), 0)
    lasts = time.monotonic() - began
    draw = random.Random(5)
    for number in range(times):
        folder = base / f"part{number}"
        child = run(folder, url)
        wait_for(folder / "run.json")
        time.sleep(draw.uniform(0, 0.9 * lasts))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{folder.name} {'killed' if os.WIFSIGNALED(status) else 'over'}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
