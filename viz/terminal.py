"""Colours in the terminal: the map with numbered agents, the score and what was said, redrawn in place.

A marked agent (light on, carrying) is drawn on a filled cell, an unmarked one as a coloured number. Where the
output is not a terminal each frame is plain text without control codes. A map larger than the window is cut
around the agents.
"""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from swarm_env.frame import Frame

CELL = 2  # columns per cell, which makes cells about square
MAX_MESSAGES = 5  # lines of what was said
FREE, OUTSIDE = ".", "*"
# Colours of agents, repeated after the last; they can be told apart on dark and on light backgrounds.
AGENT_COLOURS = (
    "cyan", "magenta", "yellow", "green", "blue", "red", "bright_cyan", "bright_magenta", "bright_green",
)  # fmt: skip


class Terminal:
    """Draws frames in a terminal, or writes them as plain text where there is none."""

    def __init__(self, console: Console | None = None) -> None:
        """Use a given console, or standard output.

        Args:
            console: Where to draw.
        """
        self.console = console or Console()
        self._live: Live | None = None

    def open(self) -> None:
        """Take over the lower part of the terminal."""
        if self.console.is_terminal:
            self._live = Live(console=self.console, auto_refresh=False, vertical_overflow="crop")
            self._live.start()

    def show(self, frame: Frame) -> None:
        """Draw a frame over the one before.

        Args:
            frame: What to draw.
        """
        if self._live is None:
            self.console.file.write(plain(frame) + "\n\n")
        else:
            self._live.update(picture(frame, self.console.width, self.console.height), refresh=True)

    def close(self) -> None:
        """Leave the last frame on the screen and show the cursor again."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def plain(frame: Frame) -> str:
    """A frame as plain text.

    Args:
        frame: What to write.

    Returns:
        A headline, the map in the symbols of the rules, then what was said, one line each.
    """
    return "\n".join(
        (frame.headline, *frame.grid, *(f"{who}: {_clean(text)}" for who, text in frame.messages))
    )


def picture(frame: Frame, width: int, height: int) -> RenderableType:
    """A frame in colours.

    Args:
        frame: What to draw.
        width: Columns that the terminal has.
        height: Lines that the terminal has.

    Returns:
        Something that rich prints, at most `height` lines long.
    """
    said = frame.messages[:MAX_MESSAGES]
    below = [text for text in (frame.status, frame.caption) if text]
    lines = max(1, height - 4 - len(said) - len(below))
    rows = _window(len(frame.grid), lines, [row for row, _ in frame.positions.values()])
    longest = max((len(row) for row in frame.grid), default=0)
    columns = _window(
        longest, max(1, (width - 4) // CELL), [column for _, column in frame.positions.values()]
    )
    title = Text(frame.headline, style="bold default")
    if len(rows) < len(frame.grid) or len(columns) < longest:
        title.append(f"  (rows {rows[0]}-{rows[-1]}, columns {columns[0]}-{columns[-1]})", style="dim")
    bottom = [_line(Text(text, style="dim")) for text in below]
    bottom += [_line(Text.assemble((f"{who}: ", _colour(who)), _clean(text))) for who, text in said]
    return Group(Panel.fit(_map(frame, rows, columns), title=title, border_style="bright_black"), *bottom)


def _clean(text: str) -> str:
    """A text of an agent without what would move the cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _window(length: int, room: int, interesting: Iterable[int]) -> range:
    """The part of `length` lines to draw in the room of `room`, around the interesting ones."""
    inside = [place for place in interesting if 0 <= place < length]
    centre = sum(inside) // len(inside) if inside else length // 2
    start = min(max(0, centre - room // 2), max(0, length - room))
    return range(start, min(length, start + room))


def _map(frame: Frame, rows: range, columns: range) -> Text:
    """The part of the map, agents as their numbers."""
    names = {place: name for name, place in frame.positions.items()}
    looks = {symbol: _look(symbol, frame) for symbol in {*"".join(frame.grid), OUTSIDE}}
    marks = "a" in frame.symbols
    drawing = Text(no_wrap=True)
    for row in rows:
        for column in columns:
            symbol = frame.grid[row][column] if column < len(frame.grid[row]) else OUTSIDE
            name = names.get((row, column))
            if name is None:
                drawing.append(*looks[symbol])
            else:
                filled = " reverse" if marks and symbol == "A" else " bold"
                drawing.append(_label(name), _colour(name) + filled)
        if row != rows[-1]:
            drawing.append("\n")
    return drawing


def _look(symbol: str, frame: Frame) -> tuple[str, Style]:
    """What is written in a cell without an agent, and how: the scenario's colour behind its symbol."""
    if symbol == FREE:
        return "· ", Style(color="bright_black")
    colour = frame.colours.get(symbol)
    if symbol == OUTSIDE or colour is None:
        return symbol.ljust(CELL), Style(dim=symbol == OUTSIDE)
    red, green, blue = colour
    ink = (
        "black" if 299 * red + 587 * green + 114 * blue > 128_000 else "white"
    )  # brightness as in ITU-R BT.601
    return symbol.ljust(CELL), Style(color=ink, bgcolor=f"rgb({red},{green},{blue})")


def _label(name: str) -> str:
    """The number of "agent_3"; of large numbers the last digits."""
    return name.rpartition("_")[2][-CELL:].ljust(CELL)


def _colour(name: str) -> str:
    number = name.rpartition("_")[2]
    return AGENT_COLOURS[int(number) % len(AGENT_COLOURS)] if number.isdigit() else "white"


RENDERER = Terminal
