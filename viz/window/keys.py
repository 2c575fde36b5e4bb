"""Key bindings of the window: read by the event loop, the help and the documentation."""

from dataclasses import dataclass

import pygame

Key = str  # "Space", "PageUp", "F1", "Shift+Left"; typing keys: the text they type, letters in capitals


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys bound to a command."""

    command: str  # name of the command (see `key_actions`)
    keys: tuple[Key, ...]  # any of them runs it
    description: str  # shown to the user
    shown: str | None = None  # how the keys are shown; None: by their names

    @property
    def label(self) -> str:
        """The keys, as shown to the user."""
        return self.shown or " or ".join(self.keys)


LAYERS: tuple[tuple[str, str], ...] = (  # names in `draw.layers.Layers`, and descriptions; keys are 1, 2, …
    ("bubbles", "messages"),
    ("hearing", "lines to hearers"),
    ("trails", "trails"),
    ("heat", "heat map of visits"),
    ("numbers", "agent numbers"),
    ("facing", "facing and pushes"),
    ("lines", "grid lines"),
    ("badges", "votes, verdicts and other signs"),
)
GROUPS: dict[str, tuple[Binding, ...]] = {
    "Playing": (
        Binding("pause", ("Space", "P"), "pause or resume the game or the playback"),
        Binding("step", (".", "Right"), "one round forward, then pause"),
        Binding("back", (",", "Left"), "one round back, then pause"),
        Binding("faster", ("+", "="), "faster, up to as fast as possible", "+"),
        Binding("slower", ("-",), "slower"),
        Binding("hold", ("H",), "hold the shown round while the game continues at full speed"),
        Binding("page_back", ("PageUp",), "a tenth of the rounds back"),
        Binding("page_on", ("PageDown",), "a tenth of the rounds forward"),
        Binding("to_start", ("Home",), "to the first round"),
        Binding("to_end", ("End",), "to the last round; in a live game: back to now"),
        Binding("mark_back", ("[",), "to the previous event (capture, delivery, fallback, …)"),
        Binding("mark_on", ("]",), "to the next event"),
    ),
    "The map": (
        Binding("zoom_in", ("Z",), "zoom in; also the mouse wheel"),
        Binding("zoom_out", ("X",), "zoom out; also the mouse wheel"),
        Binding("fit", ("F",), "fit the whole map"),
        Binding("follow", ("G",), "follow the selected agent"),
        Binding("pan_left", ("Shift+Left",), "look left; also drag with the mouse"),
        Binding("pan_right", ("Shift+Right",), "look right"),
        Binding("pan_up", ("Shift+Up",), "look up"),
        Binding("pan_down", ("Shift+Down",), "look down"),
    ),
    "Agents": (
        Binding("select_next", ("Tab",), "select the next agent; also click on one"),
        Binding("select_back", ("Shift+Tab",), "select the previous agent"),
        Binding("only_view", ("V",), "show only what the selected agent sees"),
        Binding("leave", ("Escape",), "clear the selection; close help and menu"),
    ),
    "What is shown": (
        Binding("layers", ("L",), "layer menu"),
        *(Binding(f"layer_{n}", (str(n),), description) for n, (_, description) in enumerate(LAYERS, 1)),
        Binding("measure", ("M",), "plot another measure; also click on the plot"),
        Binding("panel", ("I",), "toggle the side panel"),
        Binding("theme", ("C",), "switch between dark and light"),
    ),
    "The window": (
        Binding("help", ("F1", "?"), "this help"),
        Binding("full", ("F11",), "full screen"),
        Binding("quit", ("Q",), "close; an unfinished game is stopped and can be resumed"),
    ),
}
BINDINGS: tuple[Binding, ...] = tuple(binding for group in GROUPS.values() for binding in group)
COMMANDS: dict[Key, str] = {key: binding.command for binding in BINDINGS for key in binding.keys}

DRIVING: tuple[tuple[str, str], ...] = (
    ("arrows, W A S D", "move your agent"),
    ("Space", "the scenario's own move, or stay"),
    (".", "stay"),
    ("0 to 9", "the move of that number"),
    ("T", "write a message (Enter sends, Escape cancels)"),
)


_SPECIAL: dict[int, Key] = {
    pygame.K_SPACE: "Space", pygame.K_LEFT: "Left", pygame.K_RIGHT: "Right", pygame.K_UP: "Up",
    pygame.K_DOWN: "Down", pygame.K_PAGEUP: "PageUp", pygame.K_PAGEDOWN: "PageDown",
    pygame.K_HOME: "Home", pygame.K_END: "End", pygame.K_TAB: "Tab", pygame.K_ESCAPE: "Escape",
    pygame.K_RETURN: "Enter", pygame.K_KP_ENTER: "Enter", pygame.K_BACKSPACE: "Backspace",
    pygame.K_F1: "F1", pygame.K_F11: "F11",
}  # fmt: skip


def key_name(code: int, letters: str, shift: bool) -> Key:
    """Name a pressed key by pygame's code, the letters that it types, and whether Shift is held."""
    name = _SPECIAL.get(code)
    if name is None:
        return letters.upper()
    return f"Shift+{name}" if shift and name != "Space" else name
