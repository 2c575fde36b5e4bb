"""A column of text and small drawings, laid out first and drawn afterwards."""

from collections.abc import Callable

import pygame
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.theme import Colour
from swarm_env.viz.window.panels.style import NORMAL, SMALL, TINY, Style

TALLEST = 12_000  # height at which a panel is cut off [pixels]
Draw = Callable[[pygame.Surface, int], object]  # onto the panel, below a given y


class TextPanel:
    """Blocks of equal width below each other; `height` is that of all blocks so far [pixels]."""

    def __init__(self, style: Style, width: int) -> None:
        self.style, self.width, self.height = style, max(width, 1), 0
        self._blocks: list[tuple[int, Draw]] = []

    def gap(self, units: float) -> None:
        """Leave space."""
        self.height += self.style.px(units)

    def add(self, height: int, draw: Draw) -> None:
        """Add a drawing of a height [pixels]."""
        self._blocks.append((self.height, draw))
        self.height += height

    def text(self, words: str, size: int = NORMAL, colour: Colour | None = None, indent: int = 0) -> None:
        """Add wrapped text."""
        for line in text.wrapped(words, self.style.px(size), self.width - indent):
            self._line(line, size, colour, indent)

    def heading(self, words: str) -> None:
        """Add the heading of a section."""
        if self.height:
            self.gap(14)
        self._line(words.upper(), TINY, self.style.theme.faint, 0)
        self.gap(3)

    def pair(self, name: str, value: str) -> None:
        """Add a label with its value beside it."""
        left, style = self.style.px(92), self.style
        shade, room = style.theme.faint, left - style.px(6)
        self._blocks.append((self.height, lambda s, y: style.write(s, (0, y), name, SMALL, shade, room=room)))
        for line in text.wrapped(value, style.px(SMALL), self.width - left, 6):
            self._line(line, SMALL, None, left)

    def monospaced(self, words: str) -> None:
        """Add text in a fixed-width grid, so that the maps in it are aligned."""
        size = self.style.px(TINY)
        step = max(1, text.size_of("n", size)[0])
        columns = max(1, self.width // step)
        for line in words.splitlines():
            for part in _cut(text.clean(line), columns):
                self.add(self.style.line(TINY), _monospaced(part, size, step, self.style.theme.ink))

    def render(self) -> pygame.Surface:
        """Draw the panel on a new surface."""
        surface = pygame.Surface((self.width, max(1, min(self.height, TALLEST))))
        surface.fill(self.style.theme.panel)
        for top, draw in self._blocks:
            if top < TALLEST:
                draw(surface, top)
        return surface

    def _line(self, words: str, size: int, colour: Colour | None, indent: int) -> None:
        style = self.style
        self.add(style.line(size), lambda s, y: style.write(s, (indent, y), words, size, colour))


def _monospaced(words: str, size: int, step: int, colour: Colour) -> Draw:
    def draw(surface: pygame.Surface, top: int) -> None:
        for column, letter in enumerate(words):
            if letter != " ":
                at = (column * step + step // 2, top)
                text.write(surface, at, letter, size, colour, (0.5, 0.0))

    return draw


def _cut(line: str, columns: int) -> list[str]:
    """Split a line into parts of at most `columns` letters, at a blank in the last third if there is one."""
    parts: list[str] = []
    while len(line) > columns:
        blank = line.rfind(" ", columns * 2 // 3, columns)
        end = blank if blank > 0 else columns
        parts.append(line[:end])
        line = line[end:].lstrip()
    return [*parts, line]
