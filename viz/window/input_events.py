"""Turns pygame's keyboard and mouse events into commands."""

import pygame
from swarm_env.viz.window import key_actions
from swarm_env.viz.window.keys import COMMANDS, LAYERS, key_name
from swarm_env.viz.window.panels.painter import Painter
from swarm_env.viz.window.panels.popups import layer_rows
from swarm_env.viz.window.window_state import WindowState

CLICK = 4  # pixels that the mouse may move during a click
WHEEL = 1.15  # zoom of one notch
SCROLL = 60  # units of one notch
BUTTONS = (1, 2, 3)
HIDING = (pygame.WINDOWMINIMIZED, pygame.WINDOWHIDDEN)
SHOWING = (pygame.WINDOWRESTORED, pygame.WINDOWSHOWN, pygame.WINDOWEXPOSED)


class InputHandler:
    """Applies input events to the window state."""

    def __init__(self, state: WindowState, painter: Painter) -> None:
        self._state, self._painter = state, painter
        self.requests: list[str] = []  # commands for the window itself: "quit", "full"
        self._down: tuple[int, int] | None = None  # where a button was pressed on a map
        self._dragging = self._scrubbing = False
        self._keys: set[int] = set()  # pressed keys

    def handle(self, event: pygame.event.Event, now: float) -> None:
        """Handle one event of pygame's queue at the time `now` of the window's clock [s]."""
        state = self._state
        if event.type == pygame.QUIT:
            self.requests.append("quit")
        elif event.type == pygame.KEYDOWN:
            self._press_key(event, now)
        elif event.type == pygame.KEYUP:
            self._keys.discard(event.key)
        elif event.type == pygame.MOUSEMOTION:
            state.mouse = event.pos
            self._move_mouse(event)
        elif event.type == pygame.WINDOWLEAVE:
            state.mouse = None
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in BUTTONS:
            state.mouse = event.pos
            self._press_button(event, now)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in BUTTONS:
            self._release_button(event)
        elif event.type == pygame.MOUSEWHEEL:
            self._turn_wheel(event)
        elif event.type in HIDING or event.type in SHOWING:
            state.playhead.set_hidden(event.type in HIDING)

    def _press_key(self, event: pygame.event.Event, now: float) -> None:
        state, repeated = self._state, event.key in self._keys
        self._keys.add(event.key)
        key = key_name(event.key, event.unicode, bool(event.mod & pygame.KMOD_SHIFT))
        if event.mod & (pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META):
            return
        if state.task is not None:
            state.introduced = True
            return
        human = None if state.over or state.help else state.human_input
        if human is not None and human.press(key, event.unicode):
            return
        command = COMMANDS.get(key)
        if command is None or (repeated and command not in key_actions.REPEATED):
            return
        if not key_actions.run(state, command, now):
            self.requests.append(command)

    def _press_button(self, event: pygame.event.Event, now: float) -> None:
        state, layout = self._state, self._painter.layout
        if layout is None:
            return
        if state.task is not None:
            state.introduced = True
        elif state.help:
            state.help = False
        elif layout.timeline.collidepoint(event.pos):
            track = self._painter.track(state)
            hit = track.hit(event.pos, layout.timeline)
            if hit == "track":
                self._scrubbing = True
                state.playhead.seek(track.round_at(event.pos[0]))
            elif hit:
                key_actions.run(state, hit, now)
        elif state.menu and self._toggle_layer(event.pos):
            return
        elif self._painter.plot is not None and self._painter.plot.collidepoint(event.pos):
            key_actions.run(state, "measure", now)
        elif any(area.collidepoint(event.pos) for area in layout.maps):
            self._down = event.pos

    def _move_mouse(self, event: pygame.event.Event) -> None:
        """Scrub the timeline or drag the map."""
        state = self._state
        if self._scrubbing:
            state.playhead.seek(self._painter.track(state).round_at(event.pos[0]))
        elif self._down is not None:
            right, down = event.pos[0] - self._down[0], event.pos[1] - self._down[1]
            if self._dragging or abs(right) + abs(down) > CLICK:
                right, down = event.rel if self._dragging else (right, down)
                self._dragging, state.following = True, False
                for view in state.views:
                    view.pan(right, down)

    def _release_button(self, event: pygame.event.Event) -> None:
        """End a drag, or select the clicked agent if the mouse has not moved."""
        state, layout = self._state, self._painter.layout
        if self._down is not None and not self._dragging and event.button == 1 and layout is not None:
            for rank, (view, area) in enumerate(zip(state.views, layout.maps, strict=True)):
                if area.collidepoint(event.pos):
                    state.active = rank
                    state.select(view.agent_at(event.pos))
        self._down, self._dragging, self._scrubbing = None, False, False

    def _turn_wheel(self, event: pygame.event.Event) -> None:
        """Scroll the side panel, or zoom all maps around the same place."""
        state, layout, style = self._state, self._painter.layout, self._painter.style
        if state.mouse is None or layout is None or style is None:
            return
        if layout.panel is not None and layout.panel.collidepoint(state.mouse):
            state.scroll = self._painter.scrolled - round(event.precise_y * style.px(SCROLL))
        elif any(area.collidepoint(state.mouse) for area in layout.maps):
            here = next(area for area in layout.maps if area.collidepoint(state.mouse))
            for view, area in zip(state.views, layout.maps, strict=True):
                at = (state.mouse[0] - here.x + area.x, state.mouse[1] - here.y + area.y)
                view.zoom(WHEEL**event.precise_y, at)

    def _toggle_layer(self, at: tuple[int, int]) -> bool:
        """Toggle the clicked layer; whether the click hit the menu."""
        layout, style = self._painter.layout, self._painter.style
        assert layout is not None and style is not None
        for row, (name, _) in zip(layer_rows(layout.menu, style), LAYERS, strict=True):
            if row.collidepoint(at):
                self._state.toggle(name)
                return True
        return False
