"""Draws the pictures of the documents from the project's own frames: `python docs/make_images.py`.

A still of every scenario, one animated hunt and the learning curves of the policies that ship go to
`docs/images/`. It needs Pillow and Matplotlib, which the extra `dev` brings.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import swarm_env
from swarm_env.parallel import ParallelSwarmEnv

IMAGES = Path(__file__).parent / "images"
SEED = 2
ROUNDS = 60
FRAME_TIME = 160  # milliseconds

Frame = NDArray[np.uint8]  # (H, W, 3)


def start(scenario: str) -> ParallelSwarmEnv:
    """A world that can be drawn."""
    env = swarm_env.parallel_env(scenario, render_mode="rgb_array")
    env.reset(seed=SEED)
    return env


def frames(scenario: str, rounds: int) -> Iterator[Frame]:
    """What a game of the scripted team looks like, from the start on."""
    env = start(scenario)
    team = swarm_env.make_agent("scripted")
    team.reset(env.brief(), env.possible_agents, SEED)
    yield env.render()
    for _ in range(rounds):
        seen = env.perceptions()
        decisions = team.decide(seen)
        assert isinstance(decisions, list | tuple)  # this team decides at once, not in a coroutine
        env.step({who.name: decision.move for who, decision in zip(seen, decisions, strict=True)})
        yield env.render()
        if env.done:
            return


def picture(frame: Frame) -> Image.Image:
    """A frame as a small picture with few colours."""
    return Image.fromarray(frame).convert("P", palette=Image.Palette.ADAPTIVE, colors=16)


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
    figure.savefig(IMAGES / "learning.png", dpi=80, metadata={"Software": None})


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(exist_ok=True)
    for scenario in swarm_env.scenarios():
        picture(start(scenario).render()).save(IMAGES / f"{scenario}.png", optimize=True)
    curves()
    first, *others = map(picture, frames("pursuit", ROUNDS))
    first.save(
        IMAGES / "pursuit.gif",
        save_all=True,
        append_images=others,
        duration=FRAME_TIME,
        loop=0,
        optimize=True,
    )


if __name__ == "__main__":
    main()
