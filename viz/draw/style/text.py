"""Text in pygame's own font: the same on every machine, without a display."""

from collections.abc import Iterator
from functools import lru_cache

import pygame
from swarm_env.viz.draw.style.theme import Colour

from swarm_env.frame import visible

ELLIPSIS = "…"
LONGEST = 500  # letters considered for one line
FINER = 4  # letters are rendered this many times larger and scaled down, which keeps them even


@lru_cache(maxsize=64)
def _font(size: int) -> pygame.font.Font:
    """The font for a size on the surface, `FINER` times larger."""
    return pygame.font.Font(None, size * FINER)


def _ready() -> None:
    """Initialise pygame's fonts and drop those of an earlier initialisation."""
    if not pygame.font.get_init():
        pygame.font.init()
        _font.cache_clear()


def size_of(words: str, size: int) -> tuple[int, int]:
    """(width, height) of a line of text [pixels]."""
    _ready()
    try:
        width, height = _font(size).size(words)
    except pygame.error:  # the font is older than the last pygame.quit()
        _font.cache_clear()
        width, height = _font(size).size(words)
    return -(-width // FINER), -(-height // FINER)


def rendered(words: str, size: int, colour: Colour) -> pygame.Surface:
    """A line of text as a surface with an alpha channel; cached, do not modify."""
    return _rendered(clean(words), size, colour)


@lru_cache(maxsize=2048)
def _rendered(words: str, size: int, colour: Colour) -> pygame.Surface:
    shown = size_of(words, size)  # also ensures that the font is valid
    return pygame.transform.smoothscale(_font(size).render(words, True, colour), shown)


def write(
    surface: pygame.Surface,
    at: tuple[int, int],
    words: str,
    size: int,
    colour: Colour,
    anchor: tuple[float, float] = (0.0, 0.0),
) -> pygame.Rect:
    """Write a line of text of a font size [pixels] and return the area that it covers.

    The anchor is the point of the text placed at (x, y) `at` [pixels]: (0, 0) is the upper left corner,
    (0.5, 0.5) the middle.
    """
    line = rendered(words, size, colour)
    width, height = line.get_size()
    return surface.blit(line, (at[0] - round(width * anchor[0]), at[1] - round(height * anchor[1])))


def clean(words: str) -> str:
    """A text with bidirectional controls as escapes, other unprintable characters as blanks."""
    return "".join(letter if letter.isprintable() else " " for letter in visible(words))


def shortened(words: str, size: int, width: int) -> str:
    """A text cut to a width with an ellipsis; "" if not even that fits."""
    words = clean(words)
    if len(words) <= LONGEST and size_of(words, size)[0] <= width:
        return words
    words = words[:LONGEST]
    low, high = 0, len(words)
    while low < high:  # binary search for the longest prefix that fits
        middle = (low + high + 1) // 2
        if size_of(words[:middle].rstrip() + ELLIPSIS, size)[0] <= width:
            low = middle
        else:
            high = middle - 1
    cut = words[:low].rstrip() + ELLIPSIS
    return cut if size_of(cut, size)[0] <= width else ""


def wrapped(words: str, size: int, width: int, most: int | None = None) -> list[str]:
    """Wrap a text to lines of a width [pixels], keeping its line breaks; longer words are broken.

    At most `most` lines (None: unlimited), the last with an ellipsis if the text is cut.
    """
    lines: list[str] = []
    for paragraph in words.splitlines() or [""]:
        for line in _broken(clean(paragraph).split(), size, width):
            if most is not None and len(lines) == most:  # no room for this line
                last = shortened(f"{lines[-1]} {line}", size, width)
                lines[-1] = last if last.endswith(ELLIPSIS) else shortened(f"{last}{ELLIPSIS}", size, width)
                return lines
            lines.append(line)
    return lines


def _broken(words: list[str], size: int, width: int) -> Iterator[str]:
    """Yield lines of a width; words that are longer are broken."""
    line = ""
    for word in words:
        if line and size_of(f"{line} {word}", size)[0] > width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
        while size_of(line[:LONGEST], size)[0] > width and len(line) > 1:
            head = shortened(line[:LONGEST], size, width).removesuffix(ELLIPSIS) or line[0]
            yield head
            line = line[len(head) :]
    yield line
