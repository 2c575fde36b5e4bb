"""Words on surfaces, in the font that pygame brings: the same on every machine, without a display."""

from collections.abc import Iterator
from functools import lru_cache

import pygame
from swarm_env.viz.draw.style.theme import Colour

ELLIPSIS = "…"
LONGEST = 500  # letters that are looked at to fill a line


FINER = (
    4  # times as large are letters drawn before they are shrunk, which keeps their shapes and distances even
)


@lru_cache(maxsize=64)
def _font(size: int) -> pygame.font.Font:
    """A font so many times finer than its size on the surface."""
    return pygame.font.Font(None, size * FINER)


def _ready() -> None:
    """Start pygame's fonts, and forget those made before they were last shut down."""
    if not pygame.font.get_init():
        pygame.font.init()
        _font.cache_clear()


def size_of(words: str, size: int) -> tuple[int, int]:
    """(width, height) of words in a line [pixels].

    Args:
        words: Without line breaks.
        size: Of the font [pixels].
    """
    _ready()
    try:
        width, height = _font(size).size(words)
    except pygame.error:  # fonts of before someone called pygame.quit() and pygame.init()
        _font.cache_clear()
        width, height = _font(size).size(words)
    return -(-width // FINER), -(-height // FINER)


def rendered(words: str, size: int, colour: Colour) -> pygame.Surface:
    """Words in a line as a small surface with an alpha channel; not to be changed."""
    return _rendered(clean(words), size, colour)


@lru_cache(maxsize=2048)
def _rendered(words: str, size: int, colour: Colour) -> pygame.Surface:
    shown = size_of(words, size)  # also makes sure that the font can be used
    return pygame.transform.smoothscale(_font(size).render(words, True, colour), shown)


def write(
    surface: pygame.Surface,
    at: tuple[int, int],
    words: str,
    size: int,
    colour: Colour,
    anchor: tuple[float, float] = (0.0, 0.0),
) -> pygame.Rect:
    """Write a line.

    Args:
        surface: On it.
        at: (x, y) [pixels].
        words: What.
        size: Of the font [pixels].
        colour: Of the letters.
        anchor: Which point of the words lies there: (0, 0) the upper left corner, (0.5, 0.5) the middle.

    Returns:
        What it covers.
    """
    picture = rendered(words, size, colour)
    width, height = picture.get_size()
    return surface.blit(picture, (at[0] - round(width * anchor[0]), at[1] - round(height * anchor[1])))


def clean(words: str) -> str:
    """A text of an agent in one line, without what a font cannot show."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def shortened(words: str, size: int, width: int) -> str:
    """Words cut to a width, with an ellipsis; "" if not even that fits."""
    words = clean(words)
    if len(words) <= LONGEST and size_of(words, size)[0] <= width:
        return words
    words = words[:LONGEST]
    low, high = 0, len(words)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if size_of(words[:middle].rstrip() + ELLIPSIS, size)[0] <= width:
            low = middle
        else:
            high = middle - 1
    cut = words[:low].rstrip() + ELLIPSIS
    return cut if size_of(cut, size)[0] <= width else ""


def wrapped(words: str, size: int, width: int, most: int | None = None) -> list[str]:
    """Words in lines of a width.

    Args:
        words: Line breaks in it are kept.
        size: Of the font [pixels].
        width: Of the lines [pixels]; longer words are cut.
        most: Lines at most, the last ending in an ellipsis; None for any number.

    Returns:
        The lines.
    """
    lines: list[str] = []
    for paragraph in words.splitlines() or [""]:
        for line in _broken(clean(paragraph).split(), size, width):
            if most is not None and len(lines) == most:  # that one does not fit any more
                last = shortened(f"{lines[-1]} {line}", size, width)
                lines[-1] = last if last.endswith(ELLIPSIS) else shortened(f"{last}{ELLIPSIS}", size, width)
                return lines
            lines.append(line)
    return lines


def _broken(words: list[str], size: int, width: int) -> Iterator[str]:
    """Words in lines of a width, one after the other; a word that is longer goes on in the next."""
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
