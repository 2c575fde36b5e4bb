"""Optional layers of a map, and other options of drawing it."""

from dataclasses import dataclass
from typing import TypedDict

from swarm_env.viz.draw.items.trails import Traces
from swarm_env.viz.draw.style.theme import Theme

from swarm_env.frame import Frame


@dataclass(frozen=True, slots=True)
class Layers:
    """Which layers are drawn.

    Attributes:
        lines: Grid lines between free cells.
        numbers: Numbers of agents.
        facing: Noses of agents towards the last move, and chevrons behind what was pushed.
        bubbles: Messages of the last round.
        hearing: Lines from speakers to hearers.
        badges: Signs over agents and things (see `frame.Badge`).
        secrets: Also the signs that agents must not know.
        trails: Positions of agents in the last rounds (needs traces).
        heat: How often cells were visited (needs traces).
        selected: Agent whose view is framed while the rest is dimmed; None: no agent.
        checks: Marks on every other free cell in that view, so that steps can be seen in open space.
        only_view_of: Agent outside whose view nothing is drawn; None: everything is drawn.
    """

    lines: bool = True
    numbers: bool = True
    facing: bool = True
    bubbles: bool = True
    hearing: bool = True
    badges: bool = True
    secrets: bool = True
    trails: bool = False
    heat: bool = False
    selected: int | None = None
    only_view_of: int | None = None
    checks: bool = False


class MapOptions(TypedDict, total=False):
    """The optional arguments of `draw_map`."""

    theme: Theme
    layers: Layers | None
    before: Frame | None
    progress: float
    traces: Traces | None
