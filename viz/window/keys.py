"""What the keys of the window do: the one table that the loop, the help and the documentation read."""

from dataclasses import dataclass

Key = str  # "Space", "PageUp", "F1", "Shift+Left"; of keys that write: what they write, letters in capitals


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys and what they do.

    Attributes:
        does: Name of the command, as `Commands` has it.
        keys: Any of them does it.
        says: What it does, for people.
        shown: How the keys are told; None: as they are called.
    """

    does: str
    keys: tuple[Key, ...]
    says: str
    shown: str | None = None

    @property
    def label(self) -> str:
        """The keys, for people."""
        return self.shown or " or ".join(self.keys)


GROUPS: dict[str, tuple[Binding, ...]] = {
    "Playing": (
        Binding("pause", ("Space", "P"), "pause the game or the film, or let it go on"),
        Binding("step", (".", "Right"), "one round on, then pause"),
        Binding("back", (",", "Left"), "one round back, then pause"),
        Binding("faster", ("+", "="), "faster, up to as fast as it goes", "+"),
        Binding("slower", ("-",), "slower"),
        Binding("hold", ("H",), "keep the picture while the game runs on at full speed"),
        Binding("page_back", ("PageUp",), "a tenth of the rounds back"),
        Binding("page_on", ("PageDown",), "a tenth of the rounds on"),
        Binding("to_start", ("Home",), "to the first round"),
        Binding("to_end", ("End",), "to the last round; of a game that is played: back to now"),
        Binding("mark_back", ("[",), "to the event before (capture, delivery, fallback, …)"),
        Binding("mark_on", ("]",), "to the next event"),
    ),
    "The map": (
        Binding("zoom_in", ("Z",), "closer; also the mouse wheel"),
        Binding("zoom_out", ("X",), "farther away; also the mouse wheel"),
        Binding("fit", ("F",), "the whole map"),
        Binding("follow", ("G",), "go with the selected agent"),
        Binding("pan_left", ("Shift+Left",), "look left; also drag with the mouse"),
        Binding("pan_right", ("Shift+Right",), "look right"),
        Binding("pan_up", ("Shift+Up",), "look up"),
        Binding("pan_down", ("Shift+Down",), "look down"),
    ),
    "Agents": (
        Binding("select_next", ("Tab",), "select the next agent; also click on one"),
        Binding("select_back", ("Shift+Tab",), "select the agent before"),
        Binding("only_view", ("V",), "show only what the selected agent sees"),
        Binding("leave", ("Escape",), "select nobody; close help and menu"),
    ),
    "What is shown": (
        Binding("layers", ("L",), "menu of the layers"),
        Binding("layer_1", ("1",), "messages"),
        Binding("layer_2", ("2",), "lines to those who hear"),
        Binding("layer_3", ("3",), "trails"),
        Binding("layer_4", ("4",), "heat map of visits"),
        Binding("layer_5", ("5",), "numbers of agents"),
        Binding("layer_6", ("6",), "facing and pushes"),
        Binding("layer_7", ("7",), "grid lines"),
        Binding("measure", ("M",), "plot another measure; also click on the plot"),
        Binding("panel", ("I",), "side panel on or off"),
        Binding("theme", ("C",), "dark or light"),
    ),
    "The window": (
        Binding("help", ("F1", "?"), "this help"),
        Binding("full", ("F11",), "full screen"),
        Binding("quit", ("Q",), "close; a game that is not over is stopped and can be resumed"),
    ),
}
BINDINGS: tuple[Binding, ...] = tuple(binding for group in GROUPS.values() for binding in group)
COMMANDS: dict[Key, str] = {key: binding.does for binding in BINDINGS for key in binding.keys}

DRIVING: tuple[tuple[str, str], ...] = (
    ("arrows, W A S D", "move your agent"),
    ("Space", "the scenario's own move, or stay"),
    (".", "stay"),
    ("0 to 9", "the move of that number"),
    ("T", "say something (Enter sends, Escape does not)"),
)


def named(key: int, letters: str, shift: bool) -> Key:
    """The name of a key that was pressed.

    Args:
        key: Its code, as pygame has it.
        letters: What it writes.
        shift: Whether Shift is held.
    """
    import pygame

    special = {
        pygame.K_SPACE: "Space", pygame.K_LEFT: "Left", pygame.K_RIGHT: "Right", pygame.K_UP: "Up",
        pygame.K_DOWN: "Down", pygame.K_PAGEUP: "PageUp", pygame.K_PAGEDOWN: "PageDown",
        pygame.K_HOME: "Home", pygame.K_END: "End", pygame.K_TAB: "Tab", pygame.K_ESCAPE: "Escape",
        pygame.K_RETURN: "Enter", pygame.K_KP_ENTER: "Enter", pygame.K_BACKSPACE: "Backspace",
        pygame.K_F1: "F1", pygame.K_F11: "F11",
    }  # fmt: skip
    if key in special:
        return f"Shift+{special[key]}" if shift and special[key] != "Space" else special[key]
    return letters.upper()
