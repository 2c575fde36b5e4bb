"""What the commands of `keys` do to a desk."""

from collections.abc import Callable

from swarm_env.viz.window.panels.popups import LAYERS
from swarm_env.viz.window.window_state import Desk

Command = Callable[[], object]

PAN = 60  # pixels that the picture moves by
ZOOM = 1.25
PARTS = 10  # a page is one of so many parts of the rounds
REPEATED = (
    "step",
    "back",
    "pan_left",
    "pan_right",
    "pan_up",
    "pan_down",
    "zoom_in",
    "zoom_out",
    "faster",
    "slower",
)


def run(desk: Desk, does: str, now: float) -> bool:
    """Carry a command out.

    Args:
        desk: On it.
        does: Its name.
        now: Time of the window's clock [s].

    Returns:
        Whether it is one that a desk knows; "quit" and "full" are the window's.
    """
    if does.startswith("layer_"):
        desk.toggle(LAYERS[int(does.removeprefix("layer_")) - 1][0])
        return True
    command = _playing(desk, now).get(does) or _looking(desk).get(does)
    if command is None:
        return False
    command()
    return True


def _playing(desk: Desk, now: float) -> dict[str, Command]:
    """What changes the round that is shown."""
    playback = desk.playback
    page = max(1, (playback.last - playback.first) // PARTS)
    return {
        "pause": playback.pause,
        "step": lambda: playback.step(1, now),
        "back": lambda: playback.step(-1, now),
        "faster": lambda: playback.hurry(True),
        "slower": lambda: playback.hurry(False),
        "hold": lambda: playback.hold(not playback.held),
        "page_back": lambda: playback.go(playback.at - page),
        "page_on": lambda: playback.go(playback.at + page),
        "to_start": lambda: playback.go(playback.first),
        "to_end": lambda: playback.go(playback.last),
        "mark_back": lambda: playback.to_mark(False),
        "mark_on": lambda: playback.to_mark(True),
    }


def _looking(desk: Desk) -> dict[str, Command]:
    """What changes how it is looked at."""
    return {
        "zoom_in": lambda: _zoom(desk, ZOOM),
        "zoom_out": lambda: _zoom(desk, 1 / ZOOM),
        "fit": lambda: _fit(desk),
        "follow": lambda: _set(desk, "following", not desk.following and desk.selected is not None),
        "pan_left": lambda: _pan(desk, PAN, 0),
        "pan_right": lambda: _pan(desk, -PAN, 0),
        "pan_up": lambda: _pan(desk, 0, PAN),
        "pan_down": lambda: _pan(desk, 0, -PAN),
        "select_next": lambda: desk.select_beside(1),
        "select_back": lambda: desk.select_beside(-1),
        "only_view": lambda: _set(desk, "only_view", not desk.only_view and desk.selected is not None),
        "leave": lambda: _leave(desk),
        "layers": lambda: _set(desk, "menu", not desk.menu),
        "measure": lambda: _set(desk, "measure", desk.measure + 1),
        "panel": lambda: _set(desk, "panel", not desk.panel),
        "theme": desk.change_theme,
        "help": lambda: _set(desk, "help", not desk.help),
    }


def _set(desk: Desk, name: str, value: object) -> None:
    setattr(desk, name, value)


def _zoom(desk: Desk, factor: float) -> None:
    for view in desk.views:
        view.zoom(factor)


def _pan(desk: Desk, right: int, down: int) -> None:
    desk.following = False
    for view in desk.views:
        view.pan(right, down)


def _fit(desk: Desk) -> None:
    desk.following = False
    for view in desk.views:
        view.fit()


def _leave(desk: Desk) -> None:
    """Close what lies over the map; if nothing does, select nobody."""
    if desk.help or desk.menu:
        desk.help = desk.menu = False
    else:
        desk.select(None)
