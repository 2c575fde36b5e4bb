"""What is drawn over the map, and what not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layers:
    """Switches of a picture.

    Attributes:
        lines: Fine lines between free cells.
        numbers: Numbers of agents.
        facing: Noses of agents towards the last move, and chevrons behind bodies that were pushed.
        bubbles: What was said.
        hearing: Lines from speakers to those who heard them.
        trails: Where agents have been in the last rounds (needs traces).
        heat: How often cells were visited (needs traces).
        selected: Agent whose view is framed, the rest dimmed; None for none.
        only_view_of: Agent outside whose view nothing is shown; None: everything is shown.
    """

    lines: bool = True
    numbers: bool = True
    facing: bool = True
    bubbles: bool = True
    hearing: bool = True
    trails: bool = False
    heat: bool = False
    selected: int | None = None
    only_view_of: int | None = None
