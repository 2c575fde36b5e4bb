"""Plain pictures of a world: text with one symbol per cell, a small array of colours, and its window."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.grid import ROUND
from swarm_env.world import World

LARGEST = 768  # pixels of the longer side at most
GAP_SHADE = 0.88  # of the lines between cells


def draw_ansi(world: World, w: int = 0) -> str:
    """The map, a line per row, under a line with scenario, round and score."""
    arrays, config = world.arrays, world.config
    clock = f"round {arrays.clock[w, ROUND]}/{config.max_rounds}"
    head = f"{world.scenario.name}  {clock}  score {arrays.score[w]:g}"
    return "\n".join([head, *world.grid(w)])


def draw_rgb(world: World, w: int = 0) -> NDArray[np.uint8]:
    """The map as a picture, a square of whole pixels per cell.

    Returns:
        (height * s, width * s, 3) uint8, s the greatest cell size that keeps the longer side within 768
        pixels (at least 1, at most 32).
    """
    colours = np.array([kind.colour for kind in world.scenario.kinds], np.uint8)
    cells = colours[world.map_codes(w)]
    side = int(np.clip(LARGEST // max(cells.shape[:2]), 1, 32))
    picture = cells.repeat(side, axis=0).repeat(side, axis=1)
    if side >= 8:
        for line in (picture[::side], picture[:, ::side]):
            line[...] = line * GAP_SHADE
    return picture


class Window:
    """Shows pictures on the screen; it opens with the first. A copy of it is closed."""

    def __init__(self, title: str) -> None:
        """Name it."""
        self._title = title
        self._screen: Any = None

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show an (H, W, 3) uint8 picture."""
        import pygame

        if self._screen is None:
            pygame.display.init()
            self._screen = pygame.display.set_mode(picture.shape[1::-1])
            pygame.display.set_caption(self._title)
        pygame.event.pump()
        pygame.surfarray.blit_array(self._screen, picture.swapaxes(0, 1))
        pygame.display.flip()

    def close(self) -> None:
        """Close it, if it is open."""
        if self._screen is not None:
            import pygame

            pygame.display.quit()
            self._screen = None

    def __reduce__(self) -> Any:
        """Pickle the title only."""
        return Window, (self._title,)
