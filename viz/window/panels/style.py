"""Sizes and colours of everything around the map, and the places it is drawn in."""

from dataclasses import dataclass

import pygame
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import Colour, Theme

SMALLEST, WIDTH, HEIGHT = (480, 320), 1280, 720  # pixels; the second is where one unit is one pixel
NARROW = 760  # units of width below which there is no room for the side panel
HEADER, TIMELINE, PANEL, QUESTION = 50, 58, 340, 92  # units
# Of everything as text: our choice, the scale of a typeface in thirds of an octave or so.
TINY, SMALL, NORMAL, LARGE, HUGE = 15, 18, 21, 26, 36  # units


@dataclass(frozen=True, slots=True)
class Look:
    """How things are drawn.

    Attributes:
        theme: Colours.
        unit: Pixels of a unit: 1 at 1280 x 720, more in larger windows.
    """

    theme: Theme
    unit: float

    @classmethod
    def of(cls, size: tuple[int, int], theme: Theme) -> "Look":
        """How things are drawn in a window of so many pixels: larger in a larger window, but not as much."""
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
        """Write a line.

        Args:
            surface: On it.
            at: (x, y) [pixels].
            words: What.
            size: Of the letters [units].
            colour: None: the theme's ink.
            anchor: Which point of the words lies there, from (0, 0), upper left, to (1, 1).
            room: Most pixels it may take; longer words are cut. None: any number.

        Returns:
            What it covers.
        """
        if room is not None:
            words = text.shortened(words, self.px(size), room)
        return text.write(surface, at, words, self.px(size), colour or self.theme.ink, anchor)

    def width(self, words: str, size: int = NORMAL) -> int:
        """Pixels that a line takes."""
        return text.size_of(text.clean(words), self.px(size))[0]

    def line(self, size: int = NORMAL) -> int:
        """Pixels from one line to the next."""
        return round(text.size_of("Ag", self.px(size))[1] * 1.12)

    @property
    def raised(self) -> Colour:
        """Of things that stand out from a panel: buttons, cards."""
        return mixed(self.theme.panel, self.theme.ink, 0.07)

    def box(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        colour: Colour,
        radius: float = 6,
        edge: Colour | None = None,
    ) -> None:
        """A filled rectangle with round corners [units], with a line around it if its colour is given."""
        pygame.draw.rect(surface, colour, rect, border_radius=self.px(radius))
        if edge is not None:
            pygame.draw.rect(surface, edge, rect, max(1, self.px(1)), border_radius=self.px(radius))

    def chip(
        self, surface: pygame.Surface, at: tuple[int, int], words: str, colour: Colour, ink: Colour
    ) -> pygame.Rect:
        """A word on a small coloured plate; `at` is the middle of its left side."""
        width, high = self.width(words, TINY) + self.px(14), self.px(20)
        rect = pygame.Rect(at[0], at[1] - high // 2, width, high)
        self.box(surface, rect, colour, radius=10)
        self.write(surface, rect.center, words, TINY, ink, (0.5, 0.5))
        return rect


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is [pixels].

    Attributes:
        header: Scenario, round, score.
        maps: One for each film.
        panel: Plots and what is known of the agent that is selected; None where it is off or has no room.
        question: What a person who plays is asked, below the map; None where nobody plays.
        timeline: Buttons and track.
    """

    header: pygame.Rect
    maps: tuple[pygame.Rect, ...]
    panel: pygame.Rect | None
    question: pygame.Rect | None
    timeline: pygame.Rect

    @classmethod
    def of(cls, size: tuple[int, int], look: Look, films: int, panel: bool, question: bool) -> "Places":
        """Share a window out.

        Args:
            size: (width, height) of the window [pixels].
            look: Sizes.
            films: How many are shown side by side, at least 1.
            panel: Whether the side panel is wanted.
            question: Whether a person plays.
        """
        width, height = size
        top, bottom = look.px(HEADER), look.px(TIMELINE)
        side = look.px(PANEL) if panel and width >= look.px(NARROW) else 0
        foot = look.px(QUESTION) if question else 0
        inner = max(height - top - bottom - foot, 1)
        gap = look.px(2) if films > 1 else 0
        room = width - side
        edges = [round(room * i / films) for i in range(films + 1)]
        maps = tuple(
            pygame.Rect(left, top, max(right - left - (gap if i < films - 1 else 0), 1), inner)
            for i, (left, right) in enumerate(zip(edges, edges[1:], strict=False))
        )
        return cls(
            pygame.Rect(0, 0, width, top),
            maps,
            pygame.Rect(room, top, side, inner + foot) if side else None,
            pygame.Rect(0, top + inner, room, foot) if foot else None,
            pygame.Rect(0, height - bottom, width, bottom),
        )
