"""Sizes, colours and basic drawing of the panels around the map."""

from dataclasses import dataclass

import pygame
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import Colour, Theme

WIDTH, HEIGHT = 1280, 720  # window size at which one unit is one pixel
TINY, SMALL, NORMAL, LARGE = 18, 20, 22, 27  # font sizes [units]; our choice


@dataclass(frozen=True, slots=True)
class Style:
    """Colours and scale of the panels."""

    theme: Theme  # colours
    unit: float  # pixels per unit: 1 at 1280 x 720, more in larger windows

    @classmethod
    def of(cls, size: tuple[int, int], theme: Theme) -> "Style":
        """The style for a window of (width, height) pixels; sizes grow slower than the window."""
        fit = min(size[0] / WIDTH, size[1] / HEIGHT)
        return cls(theme, min(max(fit, 0.7), 4.0) ** 0.8)

    def px(self, units: float) -> int:
        """Units as whole pixels."""
        return round(units * self.unit)

    def write(
        self,
        surface: pygame.Surface,
        at: tuple[int, int],
        words: str,
        size: int = NORMAL,
        colour: Colour | None = None,
        anchor: tuple[float, float] = (0.0, 0.0),
        room: int | None = None,
    ) -> pygame.Rect:
        """Write a line of text and return the area that it covers.

        `size` is in units, `anchor` the point of the text placed at (x, y) `at` [pixels], from (0, 0), upper
        left, to (1, 1). `room`: width at which the text is cut [pixels]; None: unlimited. Without a colour it
        has the theme's ink.
        """
        if room is not None:
            words = text.shortened(words, self.px(size), room)
        return text.write(surface, at, words, self.px(size), colour or self.theme.ink, anchor)

    def width(self, words: str, size: int = NORMAL) -> int:
        """Width of a line of text [pixels]."""
        return text.size_of(text.clean(words), self.px(size))[0]

    def line(self, size: int = NORMAL) -> int:
        """Distance of two lines of text [pixels]."""
        return round(text.size_of("Ag", self.px(size))[1] * 1.12)

    @property
    def raised(self) -> Colour:
        """Colour of buttons and cards on a panel."""
        return mixed(self.theme.panel, self.theme.ink, 0.07)

    def box(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        colour: Colour,
        radius: float = 6,
        edge: Colour | None = None,
    ) -> None:
        """Draw a filled rectangle with rounded corners (`radius` in units) and an optional border."""
        pygame.draw.rect(surface, colour, rect, border_radius=self.px(radius))
        if edge is not None:
            pygame.draw.rect(surface, edge, rect, max(1, self.px(1)), border_radius=self.px(radius))

    def chip(
        self, surface: pygame.Surface, at: tuple[int, int], words: str, colour: Colour, ink: Colour
    ) -> pygame.Rect:
        """Draw a label on a coloured plate; `at` is the middle of its left side."""
        width, high = self.width(words, TINY) + self.px(14), self.px(20)
        rect = pygame.Rect(at[0], at[1] - high // 2, width, high)
        self.box(surface, rect, colour, radius=10)
        self.write(surface, rect.center, words, TINY, ink, (0.5, 0.5))
        return rect
