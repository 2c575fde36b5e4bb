"""The terminal renderer: map with numbered agents, score and messages, redrawn in place.

A marked agent (light on, carrying) is a number in reverse colours, an unmarked one a coloured number; an
arrow shows its last move. A map larger than the terminal is cropped around the agents. If the output is not a
terminal, each frame is plain text without control codes. Terminals without Unicode get ASCII letters.
"""

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.style import Style
from rich.text import Text
from swarm_env.viz.draw.style.kind_styles import floor_codes, shades_of

from swarm_env.frame import Frame, Layer, visible

CELL = 2  # columns per cell, so that cells are about square
BAR = 24  # columns of the progress bar
LETTERS = str.maketrans("·↑↓←→━─", ".^v<>=-")
ARROWS = {1: "↑", 2: "↓", 3: "←", 4: "→"}  # of UP, DOWN, LEFT, RIGHT
MAX_MESSAGES = 5  # shown at once
FREE, OUTSIDE = ".", "*"
# Colours of agents, repeated after the last; distinct on dark and on light backgrounds.
BLACK = (0, 0, 0)
AGENT_COLOURS = (
    "cyan", "magenta", "yellow", "green", "blue", "red", "bright_cyan", "bright_magenta", "bright_green",
)  # fmt: skip


class Terminal:
    """Draws frames in a terminal, or writes them as plain text if the output is not a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        """Draw on a console; None: on standard output."""
        self.console = console or Console()
        self._live: Live | None = None

    def open(self) -> None:
        """Start the live display."""
        if self.console.is_terminal:
            self._live = Live(console=self.console, auto_refresh=False, vertical_overflow="crop")
            self._live.start()

    def show(self, frame: Frame) -> None:
        """Replace the last frame."""
        if self._live is None:
            self.console.file.write(plain_text(frame) + "\n\n")
        else:
            drawn = rendered(frame, self.console.width, self.console.height, self.console.encoding)
            self._live.update(drawn, refresh=True)

    def close(self) -> None:
        """End the live display; the last frame stays on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def plain_text(frame: Frame) -> str:
    """A frame as plain text: headline, map in the symbols of the scenario, one line per message."""
    messages = (f"{speaker}: {_clean(text)}" for speaker, text in frame.messages)
    teams = [frame.teams_line] if frame.setting.teams else []
    return "\n".join((visible(frame.headline), *teams, *frame.grid, *messages))


def rendered(frame: Frame, width: int, height: int, encoding: str = "utf-8") -> RenderableType:
    """A frame in colours, at most `width` columns and `height` lines large.

    Characters that the terminal's encoding lacks are replaced.
    """
    said, more = frame.messages[:MAX_MESSAGES], len(frame.messages) - MAX_MESSAGES
    below = [text for text in (frame.teams_line, frame.status, frame.caption) if text]
    height -= len(said) + len(below) + (more > 0)
    places = frame.places[frame.present]
    rows = _window(frame.cells.shape[0], max(1, height - 4), places[:, 0])
    columns = _window(frame.cells.shape[1], max(1, (width - 4) // CELL), places[:, 1])
    title = Text(frame.headline, style="bold default")
    if (len(rows), len(columns)) != frame.cells.shape:
        title.append(f"  (rows {rows[0]}-{rows[-1]}, columns {columns[0]}-{columns[-1]})", style="dim")
    bottom = [_line(Text(_clean(text), style="dim")) for text in below]
    bottom += [_line(Text.assemble((f"{who}: ", _colour(who)), _clean(text))) for who, text in said]
    if more > 0:
        bottom.append(_line(Text(f"and {more} more speak", style="dim")))
    bar = _bar(frame, min(BAR, len(columns) * CELL - 4))
    drawing = _map(frame, rows, columns)
    for text in (drawing, title, *([bar] if bar else []), *bottom):
        _keep_to(text, encoding)
    return Group(Panel.fit(drawing, title=title, subtitle=bar, border_style="bright_black"), *bottom)


def _keep_to(text: Text, encoding: str) -> None:
    """Replace each character that an encoding lacks by one that it has."""
    if not encoding.lower().startswith("utf"):
        text.plain = text.plain.translate(LETTERS).encode(encoding, "replace").decode(encoding)
        text.overflow = "crop"  # the encoding has no ellipsis


def _bar(frame: Frame, length: int) -> Text | None:
    """Progress bar of the game; None if there is no room."""
    if length < 4 or not frame.max_rounds:
        return None
    full = round(length * min(1.0, frame.round / frame.max_rounds))
    return Text.assemble(("━" * full, "cyan"), ("─" * (length - full), "bright_black"))


def _clean(text: str) -> str:
    """A message without control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in visible(text))


def _line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _window(length: int, room: int, interesting: NDArray[np.int32]) -> range:
    """The part of `length` lines to draw in `room` lines, centred on the mean of the interesting ones."""
    inside = interesting[(interesting >= 0) & (interesting < length)]
    centre = int(inside.sum(dtype=np.int64)) // len(inside) if len(inside) else length // 2
    start = min(max(0, centre - room // 2), max(0, length - room))
    return range(start, min(length, start + room))


def _map(frame: Frame, rows: range, columns: range) -> Text:
    """A part of the map, with agents as numbers and arrows."""
    kinds = frame.setting.kinds
    styles = {code: _cell_style(kind.symbol, frame) for code, kind in enumerate(kinds)}
    at = frame.places
    inside = (at[:, 0] >= rows.start) & (at[:, 0] < rows.stop) & (at[:, 1] >= columns.start)
    shown = np.flatnonzero(inside & (at[:, 1] < columns.stop) & frame.present)
    numbers = {(int(at[a, 0]), int(at[a, 1])): int(a) for a in shown}
    floor = floor_codes(frame.setting.floor, frame.floor)
    shades = [
        _shade_style(layer, colour) for layer in frame.setting.floor for colour in shades_of(layer, BLACK)
    ]
    drawing = Text(no_wrap=True)
    for row in rows:
        for column in columns:
            code, agent = int(frame.cells[row, column]), numbers.get((row, column))
            if agent is not None:
                drawing.append(_label(frame, agent), _agent_style(frame, agent))
            elif code == 0 and floor is not None and floor[row, column]:
                drawing.append(*shades[floor[row, column] - 1])
            else:
                drawing.append(*styles[code])
        if row != rows[-1]:
            drawing.append("\n")
    return drawing


def _agent_style(frame: Frame, agent: int) -> str:
    """Of a team the colour of the agent's kind, else one of its own; in reverse if it is marked."""
    setting, mark = frame.setting, int(frame.marks[agent])
    if setting.teams:
        red, green, blue = setting.kinds[setting.first_agent + mark].colour
        return f"bold rgb({red},{green},{blue})"
    filled = " reverse" if mark and len(setting.kinds) > setting.first_agent + 1 else " bold"
    return AGENT_COLOURS[agent % len(AGENT_COLOURS)] + filled


def _shade_style(layer: Layer, colour: tuple[int, int, int]) -> tuple[str, Style]:
    """Text and style of a free cell with something on its floor."""
    red, green, blue = colour
    return layer.symbol.ljust(CELL), Style(color=f"rgb({red},{green},{blue})")


def _cell_style(symbol: str, frame: Frame) -> tuple[str, Style]:
    """Text and style of a cell without an agent: its symbol on the scenario's colour."""
    if symbol == FREE:
        return "· ", Style(color="bright_black")
    colour = frame.colours.get(symbol)
    if symbol == OUTSIDE or colour is None:
        return symbol.ljust(CELL), Style(dim=symbol == OUTSIDE)
    red, green, blue = colour
    ink = "black" if 299 * red + 587 * green + 114 * blue > 128_000 else "white"  # luma of ITU-R BT.601
    return symbol.ljust(CELL), Style(color=ink, bgcolor=f"rgb({red},{green},{blue})")


def _label(frame: Frame, agent: int) -> str:
    """The last digits of an agent's number and, if there is room, an arrow for its move."""
    number = str(agent)[-CELL:]
    return (number + ARROWS.get(int(frame.moves[agent]), "")).ljust(CELL)[:CELL]


def _colour(name: str) -> str:
    number = name.rpartition("_")[2]
    return AGENT_COLOURS[int(number) % len(AGENT_COLOURS)] if number.isdigit() else "white"


RENDERER = Terminal
