"""Makes the pictures of the documents by the project's own commands: `python docs/make_images.py [NAME ...]`.

A film of every scenario goes to `docs/images/`, a picture of agents that talk, and the learning curves of the
policies that ship. It needs Pillow and Matplotlib, which the extra `dev` brings.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import swarm_env

IMAGES = Path(__file__).parent / "images"
FILM = "--seed 2 --rounds 60"  # of all films; `docs/generate.py` tells it on the scenarios' pages
TALKING = "run pursuit --agents llm --seed 4 --rounds 9"  # with the scripted server: no key, no network
CURVES = "learning.png"


def commands() -> dict[str, str]:
    """What `swarm` is told, by name of the picture that it makes."""
    films = {f"{name}.gif": f"run {name} {FILM}" for name in swarm_env.list_scenarios()}
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


def curves() -> None:
    """How the policies that ship learned, as their files tell it: a panel for each scenario."""
    from matplotlib.figure import Figure

    files = sorted((Path(__file__).parent.parent / "agents" / "ppo" / "weights").glob("*.npz"))
    figure = Figure(figsize=(9, 5), layout="constrained")
    panels = list(figure.subplots(2, 3).flat)
    for axes in panels[len(files) :]:
        axes.axis("off")
    for axes, file in zip(panels, files, strict=False):
        with np.load(file, allow_pickle=False) as found:
            curve = np.array(json.loads(str(found["about"]))["training"]["curve"])
        axes.plot(curve[:, 1] / 60, curve[:, 2], color="#0072b2")
        axes.set_title(file.stem, fontsize=10)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    figure.supxlabel("minutes on one core", fontsize=10)
    figure.supylabel("score of the episodes that ended last", fontsize=10)
    figure.savefig(IMAGES / CURVES, dpi=80, metadata={"Software": None})


def main() -> None:
    """Make all pictures, or those that are named."""
    IMAGES.mkdir(exist_ok=True)
    wanted = sys.argv[1:]
    for name, command in commands().items():
        if not wanted or name in wanted:
            make(name, command)
    if not wanted or CURVES in wanted:
        curves()


if __name__ == "__main__":
    main()
