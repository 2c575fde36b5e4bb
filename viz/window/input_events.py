"""Keys and mouse of the window: from pygame's events to commands."""

import pygame
from swarm_env.viz.window import key_actions
from swarm_env.viz.window.keys import COMMANDS, named
from swarm_env.viz.window.panels.painter import Painter
from swarm_env.viz.window.panels.popups import LAYERS, layer_rows
from swarm_env.viz.window.panels.timeline import Track
from swarm_env.viz.window.window_state import Desk

CLICK = 4  # pixels that the mouse may move between down and up
WHEEL = 1.15  # zoom of one notch
SCROLL = 60  # units of one notch


class Hands:
    """Takes events.

    Attributes:
        wants: What the window itself is to do, by name: "quit", "full".
    """

    def __init__(self, desk: Desk, painter: Painter) -> None:
        self._desk, self._painter = desk, painter
        self.wants: list[str] = []
        self._down: tuple[int, int] | None = None  # where the button went down, on a map
        self._dragging = self._scrubbing = False
        self._keys: set[int] = set()  # that are down

    def take(self, event: pygame.event.Event, now: float) -> None:
        """Take one event.

        Args:
            event: Of pygame's queue.
            now: Time of the window's clock [s].
        """
        desk = self._desk
        if event.type == pygame.QUIT:
            self.wants.append("quit")
        elif event.type == pygame.KEYDOWN:
            self._press(event, now)
        elif event.type == pygame.KEYUP:
            self._keys.discard(event.key)
        elif event.type == pygame.MOUSEMOTION:
            desk.mouse = event.pos
            self._move(event)
        elif event.type == pygame.WINDOWLEAVE:
            desk.mouse = None
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 2, 3):
            desk.mouse = event.pos
            self._push(event, now)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (1, 2, 3):
            self._release(event)
        elif event.type == pygame.MOUSEWHEEL:
            self._wheel(event)
        elif event.type in (pygame.WINDOWMINIMIZED, pygame.WINDOWHIDDEN):
            desk.playback.hide(True)
        elif event.type in (pygame.WINDOWRESTORED, pygame.WINDOWSHOWN, pygame.WINDOWEXPOSED):
            desk.playback.hide(False)

    def _press(self, event: pygame.event.Event, now: float) -> None:
        desk, again = self._desk, event.key in self._keys
        self._keys.add(event.key)
        shift = bool(event.mod & pygame.KMOD_SHIFT)
        key = named(event.key, event.unicode, shift)
        if event.mod & (pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META):
            return
        if desk.seat is not None and not desk.over and not desk.help and desk.seat.press(key, event.unicode):
            return
        does = COMMANDS.get(key)
        if does is None or (again and does not in key_actions.REPEATED):
            return
        if not key_actions.run(desk, does, now):
            self.wants.append(does)

    def _push(self, event: pygame.event.Event, now: float) -> None:
        """A button of the mouse goes down."""
        desk, places, look = self._desk, self._painter.places, self._painter.look
        if places is None or look is None:
            return
        if desk.help:
            desk.help = False
        elif places.timeline.collidepoint(event.pos):
            hit = self._track().hit(event.pos, places.timeline)
            if hit == "track":
                self._scrubbing = True
                desk.playback.go(self._track().round_at(event.pos[0]))
            elif hit:
                key_actions.run(desk, hit, now)
        elif desk.menu and self._toggled(event.pos):
            return
        elif self._painter.plot is not None and self._painter.plot.collidepoint(event.pos):
            key_actions.run(desk, "measure", now)
        elif any(area.collidepoint(event.pos) for area in places.maps):
            self._down = event.pos

    def _move(self, event: pygame.event.Event) -> None:
        """The mouse moves."""
        desk = self._desk
        if self._scrubbing:
            desk.playback.go(self._track().round_at(event.pos[0]))
        elif self._down is not None:
            moved = abs(event.pos[0] - self._down[0]) + abs(event.pos[1] - self._down[1])
            if self._dragging or moved > CLICK:
                right, down = (
                    event.rel
                    if self._dragging
                    else (event.pos[0] - self._down[0], event.pos[1] - self._down[1])
                )
                self._dragging, desk.following = True, False
                for view in desk.views:
                    view.pan(right, down)

    def _release(self, event: pygame.event.Event) -> None:
        """A button goes up: a click, if the mouse has not moved."""
        desk, places = self._desk, self._painter.places
        if self._down is not None and not self._dragging and event.button == 1 and places is not None:
            for rank, (view, area) in enumerate(zip(desk.views, places.maps, strict=True)):
                if area.collidepoint(event.pos):
                    desk.active = rank
                    desk.select(view.agent_at(event.pos))
        self._down, self._dragging, self._scrubbing = None, False, False

    def _wheel(self, event: pygame.event.Event) -> None:
        desk, places, look = self._desk, self._painter.places, self._painter.look
        if desk.mouse is None or places is None or look is None:
            return
        if places.panel is not None and places.panel.collidepoint(desk.mouse):
            desk.scroll = self._painter.scrolled - round(event.precise_y * look.px(SCROLL))
        elif any(area.collidepoint(desk.mouse) for area in places.maps):
            here = next(area for area in places.maps if area.collidepoint(desk.mouse))
            for view, area in zip(desk.views, places.maps, strict=True):
                at = (desk.mouse[0] - here.x + area.x, desk.mouse[1] - here.y + area.y)
                view.zoom(WHEEL**event.precise_y, at)

    def _toggled(self, at: tuple[int, int]) -> bool:
        """Whether the click was for the menu of layers."""
        places, look = self._painter.places, self._painter.look
        assert places is not None and look is not None
        for row, (name, _) in zip(layer_rows(places.maps[-1], look), LAYERS, strict=True):
            if row.collidepoint(at):
                self._desk.toggle(name)
                return True
        return False

    def _track(self) -> Track:
        places, look, desk = self._painter.places, self._painter.look, self._desk
        assert places is not None and look is not None
        return Track.of(places.timeline, look, desk.playback.first, desk.end)
