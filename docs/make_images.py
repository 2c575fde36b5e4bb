"""Makes the pictures of the documents by the project's own commands: `python docs/make_images.py [NAME ...]`.

A film of every scenario goes to `docs/images/`, and a picture of agents that talk. It needs Pillow, which the
extra `video` brings.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import swarm_env

IMAGES = Path(__file__).parent / "images"
FILM = "--seed 2 --rounds 60"  # of all films; `docs/generate.py` tells it on the scenarios' pages
TALKING = "run pursuit --agents llm --seed 4 --rounds 9"  # with the scripted server: no key, no network


def commands() -> dict[str, str]:
    """What `swarm` is told, by name of the picture that it makes."""
    films = {f"{name}.gif": f"run {name} {FILM}" for name in swarm_env.scenarios()}
    return films | {"talking.png": TALKING}


def make(name: str, command: str) -> None:
    """Make one picture.

    Args:
        name: Of its file.
        command: What `swarm` is told.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = ["--out", f"{folder}/run", "--record", str(IMAGES / name), "--render", "none", "--quiet"]
        subprocess.run([sys.executable, "-m", "swarm_env", *command.split(), *own], check=True)


def main() -> None:
    """Make all pictures, or those that are named."""
    IMAGES.mkdir(exist_ok=True)
    wanted = sys.argv[1:]
    for name, command in commands().items():
        if not wanted or name in wanted:
            make(name, command)


if __name__ == "__main__":
    main()
