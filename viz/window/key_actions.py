"""The commands of `keys`, applied to the window state."""

from collections.abc import Callable

from swarm_env.viz.window.keys import LAYERS
from swarm_env.viz.window.panels.map_view import MapView
from swarm_env.viz.window.window_state import WindowState

Command = Callable[[], object]

PAN = 60  # pixels
ZOOM = 1.25
PAGES = 10  # a page is this fraction of the rounds
REPEATED = frozenset(
    ["step", "back", "pan_left", "pan_right", "pan_up", "pan_down", "zoom_in", "zoom_out", "faster", "slower"]
)  # commands that repeat while their key is held


def run(state: WindowState, command: str, now: float) -> bool:
    """Run a command by name at the time `now` of the window's clock [s].

    Returns False if it is not one of the state's ("quit" and "full" are the window's).
    """
    if command.startswith("layer_"):
        state.toggle(LAYERS[int(command.removeprefix("layer_")) - 1][0])
        return True
    action = _playback_commands(state, now).get(command) or _view_commands(state).get(command)
    if action is None:
        return False
    action()
    return True


def _playback_commands(state: WindowState, now: float) -> dict[str, Command]:
    """Commands that change the shown round."""
    playhead = state.playhead
    page = max(1, (playhead.last - playhead.first) // PAGES)
    return {
        "pause": playhead.toggle_pause,
        "step": lambda: playhead.step(1, now),
        "back": lambda: playhead.step(-1, now),
        "faster": lambda: playhead.change_speed(True),
        "slower": lambda: playhead.change_speed(False),
        "hold": lambda: playhead.hold(not playhead.held),
        "page_back": lambda: playhead.seek(playhead.round - page),
        "page_on": lambda: playhead.seek(playhead.round + page),
        "to_start": lambda: playhead.seek(playhead.first),
        "to_end": lambda: playhead.seek(playhead.last),
        "mark_back": lambda: playhead.seek_mark(False),
        "mark_on": lambda: playhead.seek_mark(True),
    }


def _view_commands(state: WindowState) -> dict[str, Command]:
    """Commands that change how a round is shown."""
    selected = state.selected is not None
    return {
        "zoom_in": lambda: _zoom(state, ZOOM),
        "zoom_out": lambda: _zoom(state, 1 / ZOOM),
        "fit": lambda: _move(state, MapView.fit),
        "follow": lambda: setattr(state, "following", not state.following and selected),
        "pan_left": lambda: _move(state, lambda view: view.pan(PAN, 0)),
        "pan_right": lambda: _move(state, lambda view: view.pan(-PAN, 0)),
        "pan_up": lambda: _move(state, lambda view: view.pan(0, PAN)),
        "pan_down": lambda: _move(state, lambda view: view.pan(0, -PAN)),
        "select_next": lambda: state.select_adjacent(1),
        "select_back": lambda: state.select_adjacent(-1),
        "only_view": lambda: setattr(state, "only_view", not state.only_view and selected),
        "leave": lambda: _leave(state),
        "layers": lambda: setattr(state, "menu", not state.menu),
        "measure": lambda: setattr(state, "measure", state.measure + 1),
        "panel": lambda: setattr(state, "panel", not state.panel),
        "theme": state.change_theme,
        "help": lambda: setattr(state, "help", not state.help),
    }


def _move(state: WindowState, move: Callable[[MapView], object]) -> None:
    """Move all maps, which then no longer follow an agent."""
    state.following = False
    for view in state.views:
        move(view)


def _zoom(state: WindowState, factor: float) -> None:
    for view in state.views:
        view.zoom(factor)


def _leave(state: WindowState) -> None:
    """Close help and menu; if neither is open, clear the selection."""
    if state.help or state.menu:
        state.help = state.menu = False
    else:
        state.select(None)
