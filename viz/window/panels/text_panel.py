"""A column of text and small drawings, put together first and then drawn at once."""

from collections.abc import Callable

import pygame
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.theme import Colour
from swarm_env.viz.window.panels.style import NORMAL, SMALL, TINY, Look

TALLEST = 12_000  # pixels of a sheet; the rest is cut off
Draw = Callable[[pygame.Surface, int], None]  # onto the sheet, from a height on


class Sheet:
    """Blocks below each other, of one width.

    Attributes:
        look: How it is drawn.
        width: Of the sheet [pixels].
        height: Of what is on it [pixels].
    """

    def __init__(self, look: Look, width: int) -> None:
        self.look, self.width, self.height = look, max(width, 1), 0
        self._blocks: list[tuple[int, Draw]] = []

    def gap(self, units: float) -> None:
        """Leave room."""
        self.height += self.look.px(units)

    def add(self, height: int, draw: Draw) -> None:
        """Add a drawing of a height [pixels]."""
        self._blocks.append((self.height, draw))
        self.height += height

    def text(
        self,
        words: str,
        size: int = NORMAL,
        colour: Colour | None = None,
        most: int | None = None,
        indent: int = 0,
    ) -> None:
        """Add words, in as many lines as they take."""
        room = self.width - indent
        for line in text.wrapped(words, self.look.px(size), room, most):
            self._line(line, size, colour, indent)

    def heading(self, words: str) -> None:
        """Add the name of a part."""
        if self.height:
            self.gap(14)
        self._line(words.upper(), TINY, self.look.theme.faint, 0)
        self.gap(3)

    def pair(self, name: str, value: str) -> None:
        """Add a word and what it is, side by side."""
        left, look = self.look.px(92), self.look
        shade, room = look.theme.faint, left - look.px(6)
        self._blocks.append(
            (self.height, lambda s, y: _drawn(look.write(s, (0, y), name, SMALL, shade, room=room)))
        )
        for line in text.wrapped(value, look.px(SMALL), self.width - left, 6):
            self._line(line, SMALL, None, left)

    def typed(self, words: str) -> None:
        """Add text whose letters all have one width, so that the maps in it are straight."""
        size = self.look.px(TINY)
        step = max(1, text.size_of("n", size)[0])
        columns = max(1, self.width // step)
        for line in words.splitlines():
            for part in _cut(text.clean(line), columns):
                self.add(self.look.line(TINY), _typed(part, size, step, self.look.theme.ink))

    def surface(self) -> pygame.Surface:
        """The sheet as it is drawn."""
        drawn = pygame.Surface((self.width, max(1, min(self.height, TALLEST))))
        drawn.fill(self.look.theme.panel)
        for top, draw in self._blocks:
            if top < TALLEST:
                draw(drawn, top)
        return drawn

    def _line(self, words: str, size: int, colour: Colour | None, indent: int) -> None:
        look = self.look
        self.add(look.line(size), lambda s, y: _drawn(look.write(s, (indent, y), words, size, colour)))


def _drawn(_: pygame.Rect) -> None:
    """Nothing more is to be done."""


def _typed(words: str, size: int, step: int, colour: Colour) -> Draw:
    def draw(surface: pygame.Surface, top: int) -> None:
        for column, letter in enumerate(words):
            if letter != " ":
                at = (column * step + step // 2, top)
                text.write(surface, at, letter, size, colour, (0.5, 0.0))

    return draw


def _cut(line: str, columns: int) -> list[str]:
    """A line in parts of some columns, cut at blanks where there are any in the last third."""
    parts: list[str] = []
    while len(line) > columns:
        blank = line.rfind(" ", columns * 2 // 3, columns)
        end = blank if blank > 0 else columns
        parts.append(line[:end])
        line = line[end:].lstrip()
    return [*parts, line]
