"""The pictures of the documents, made by the project's own commands.

One animation per scenario, a picture of agents that talk, the learning curves of the shipped policies, and a
picture of the page for browsers. Pillow and Matplotlib come with the extra `dev`; the page needs Chromium, as
its tests do. Models are played by the scripted server: no key, no network.
"""

import base64
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import swarm_env
from benchmarks.experts import has_expert

IMAGES = Path(__file__).parent / "images"
DEMO = "--seed 2 --rounds 60"  # of animations; the scenarios' pages show it
MANY = "--seed 2 --rounds 18"  # where a hundred agents move all the time, so that files stay small
TALKING = "run pursuit --agents llm --seed 4 --rounds 9"
MOMENT = "#round=33&agent=2"  # of the game that the page shows


def makers() -> dict[Path, Callable[[], None]]:
    """How each picture is made."""
    animations = {f"{name}.gif": f"run {player(name)} {demo(name)}" for name in swarm_env.list_scenarios()}
    made: dict[str, Callable[[], None]] = {
        name: functools.partial(by_command, name, command)
        for name, command in {**animations, "talking.png": TALKING}.items()
    }
    made |= {"learning.png": curves, "page.png": page}
    return {IMAGES / name: make for name, make in made.items()}


def player(scenario: str) -> str:
    """A scenario as the commands of the documents name it: with who plays, where there is no expert yet."""
    return scenario if has_expert(scenario) else f"{scenario} --agents random"


def demo(scenario: str) -> str:
    """Seed and rounds of the animation of a scenario."""
    return MANY if scenario in ("vicsek", "kuramoto") else DEMO


def stale() -> dict[Path, Callable[[], None]]:
    """How each picture that is missing is made."""
    return {path: make for path, make in makers().items() if not path.exists()}


def by_command(name: str, command: str) -> None:
    """Make one picture.

    Args:
        name: Of its file.
        command: The arguments of `swarm`.
    """
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        own = ["--out", f"{folder}/run", "--record", str(IMAGES / name), "--render", "none", "--quiet"]
        subprocess.run([sys.executable, "-m", "swarm_env", *command.split(), *own], check=True)


def curves() -> None:
    """How the policies that ship learned, as recorded in their files: a panel for each scenario."""
    from matplotlib.figure import Figure

    files = sorted((Path(__file__).parent.parent / "agents" / "ppo" / "weights").glob("*.npz"))
    figure = Figure(figsize=(9, 5), layout="constrained")
    panels = list(figure.subplots(-(-len(files) // 3), 3, squeeze=False).flat)
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
    figure.savefig(IMAGES / "learning.png", dpi=80, metadata={"Software": None})


def page() -> None:
    """Play, write the page for browsers, open it, take its picture."""
    from swarm_env.cli.exports import write_page
    from swarm_env.playing.runner import play
    from tests.viz.browser import browsing

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as given:
        folder = Path(given)
        play("foraging", "llm", seed=4, out=folder / "run", max_rounds=60)
        write_page(folder / "run", folder / "run.html", 0, None)
        with browsing(folder / "browser") as browser:
            browser.open(folder / "run.html", fragment=MOMENT)
            shot = browser.call("Page.captureScreenshot", format="png")
    (IMAGES / "page.png").write_bytes(base64.b64decode(shot["data"]))
