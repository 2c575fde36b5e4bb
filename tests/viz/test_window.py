"""The window on a virtual screen, with real keys and a real mouse."""

import asyncio
import json
import time
from typing import Any

import numpy as np
import pygame
import pytest
from swarm_env.agents.human import Human
from swarm_env.viz.draw.style.kind_styles import palette
from swarm_env.viz.window import Window

import swarm_env
from swarm_env.playback.playback import Playback
from swarm_env.playing.runner import RunInterrupted, play, resume
from swarm_env.playing.team import Team, TeamEntry
from tests.cli.programs import swarm
from tests.viz.screen import Person, needs_screen, screen, until

pytestmark = needs_screen
game: Any = play


@pytest.fixture(scope="module")
def display(tmp_path_factory):
    with screen(tmp_path_factory.mktemp("screen")) as started:
        yield started


@pytest.fixture
def desk(display, monkeypatch):
    """A window on the screen and a person in front of it."""
    monkeypatch.setenv("DISPLAY", display.display)
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    opened = Seen(display)
    yield opened
    opened.window.close()


def leave():
    """Close the window from within, where a test has failed."""
    until(pygame.display.get_init, "a window")
    pygame.event.post(pygame.event.Event(pygame.QUIT))


class Seen:
    """A window, and what a person does with it."""

    def __init__(self, display):
        self.screen, self.window = display, Window(speed=0.0)
        self.window.open()
        self.number = pygame.display.get_wm_info()["window"]

    # What the person does.

    def keys(self, *names):
        self.screen.do("key", *names)

    def press(self, name, condition):
        self.keys(name)
        until(condition, f"{name} to work")

    def mouse(self, x, y, *more):
        self.screen.do("mousemove", "--window", self.number, round(x), round(y), *more)

    # What there is.

    @property
    def state(self):
        loop = self.window.loop
        return None if loop is None else loop.desk

    def shown(self, number=None):
        """Wait until a moment is drawn, and nothing moves."""
        until(lambda: self.state is not None and self.state.frame is not None, "a frame")
        if number is not None:
            until(lambda: self.state.frame.round == number, f"round {number}")
        self.settled()
        return self.state.frame

    def settled(self):
        """Wait until what is drawn is what there is: two more looks of the loop have changed nothing."""
        loop: Any = self.window.loop
        until(lambda: not self.state.playback.moving(time.monotonic()), "an end of the motion")
        at = loop.looks
        until(lambda: loop.looks >= at + 3, "the loop")

    def probe(self, places, view=0):
        """The colours on the screen that stand for cells."""
        camera = self.state.views[view].camera
        left, top = self.screen.place(self.number)
        picture = self.screen.picture()
        points = [camera.probe(row, column) for row, column in places]
        return np.array([picture[top + y, left + x] for x, y in points])

    def agrees(self, view=0):
        """Whether every cell on the screen has the colour of what stands there; noses must be off."""
        frame = self.state.views[view].frame
        cells = list(np.ndindex(frame.cells.shape))
        expected = palette(frame.setting, self.state.theme)[frame.cells.ravel()]
        differ = (self.probe(cells, view) != expected).any(axis=1)
        return not differ.any()

    def without_facing(self):
        """Switch noses and chevrons off, which may lie over the middle of a cell."""
        self.press("6", lambda: not self.state.layers.facing)

    def live(self, act, *arguments, **options):
        """Play with the person at the window."""
        person = Person(act, leave)
        person.start()
        try:
            return self.window.live(lambda **offers: game(*arguments, **options, **offers))
        finally:
            person.check()


def test_a_game_is_paused_stepped_inspected_and_closed(desk, tmp_path):
    def act():
        desk.shown()
        state = desk.state
        desk.press("p", lambda: state.playback.paused)
        desk.without_facing()
        at = desk.shown().round
        until(lambda: desk.agrees(), "the colours")
        desk.press("period", lambda: state.frame.round == at + 1)
        desk.settled()
        until(lambda: desk.agrees(), "the colours after a step")
        desk.press("Left", lambda: state.frame.round == at)
        desk.press("End", lambda: state.frame.round == at + 1 and state.playback.following)
        row, column = state.frame.places[3].tolist()
        desk.mouse(*state.view.camera.probe(row, column), "click", 1)
        until(lambda: state.selected == 3, "the click")
        desk.press("Tab", lambda: state.selected == 4)
        desk.press("Escape", lambda: state.selected is None)
        desk.press("c", lambda: state.theme.name == "light")
        desk.settled()
        until(lambda: desk.agrees(), "the colours in light colours")
        desk.keys("q")

    with pytest.raises(RunInterrupted) as caught:
        desk.live(act, "pursuit", "random", seed=1, out=tmp_path / "run", max_rounds=100_000)
    result = caught.value.result
    assert result.stopped == "interrupt"
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "interrupted"
    assert (
        resume(tmp_path / "run", observer=lambda frame: frame.round < result.rounds + 2).rounds
        == result.rounds + 2
    )


def test_the_picture_is_held_while_the_game_runs_on_and_the_past_is_near(desk):
    def act():
        desk.shown()
        state = desk.state
        desk.without_facing()
        desk.press("h", lambda: state.playback.held)
        at = state.playback.at
        until(lambda: state.over, "the end of the game")
        assert state.playback.at == at
        desk.press("End", lambda: state.frame.round == 300)
        assert desk.shown(300)
        track, painter = desk.window.loop.hands._track(), desk.window.loop.painter
        y = track.line.centery
        desk.mouse(track.x(300), y, "mousedown", 1)
        desk.mouse(track.x(100), y)
        until(lambda: state.frame.round == 100, "the film to follow the mouse")
        desk.mouse(track.x(150), y, "mouseup", 1)
        desk.shown(150)
        until(lambda: desk.agrees(), "the colours")
        desk.press("Home", lambda: state.frame.round == 0)
        first = state.marks[0].round
        desk.press("bracketright", lambda: state.frame.round == first)
        desk.press("Next", lambda: state.frame.round == first + 30)
        desk.screen.do("windowsize", desk.number, 700, 420)
        until(lambda: painter.places.header.width == 700, "the new size")
        desk.settled()
        assert painter.places.panel is None or painter.places.maps[0].width < 700
        until(lambda: desk.agrees(), "the colours in another size")
        desk.mouse(350, 200, "click", 4)
        until(lambda: state.view.camera.cell > 20, "the wheel")
        desk.press("f", lambda: state.view.camera.row == 6)
        desk.press("F1", lambda: state.help)
        desk.press("Escape", lambda: not state.help)
        desk.keys("q")

    result = desk.live(act, "pursuit", "scripted", seed=1, max_rounds=300)
    assert (result.rounds, result.stopped) == (300, "")


def test_a_hidden_window_does_not_slow_the_game(desk):
    desk.window._speed = 0.5

    def act():
        desk.shown()
        state = desk.state
        desk.screen.do("windowunmap", desk.number)
        until(lambda: state.over, "the end of the game")
        desk.screen.do("windowmap", "--sync", desk.number, "windowfocus", desk.number)
        desk.shown(200)
        desk.keys("q")

    assert desk.live(act, "flocking", "random", seed=1, max_rounds=200).rounds == 200


def test_a_person_drives_and_sees_only_what_the_body_sees(desk):
    moves = []

    def act():
        desk.shown()
        state = desk.state
        until(lambda: state.seat.asked is not None, "the question")
        desk.press("Down", lambda: state.seat.asked is not None and state.seat.asked.perception.round == 1)
        desk.press("t", lambda: state.seat.typing == "")
        desk.keys("h", "i", "Return")
        until(lambda: state.seat.asked.message == "hi", "the message")
        frame = desk.shown(1)
        area, camera = pygame.Rect(state.view.camera.area), state.view.camera
        seen = [cell for cell in np.ndindex(12, 12) if area.collidepoint(camera.probe(*cell))]
        near = np.abs(np.array(seen) - frame.places[0]).max(axis=1) <= 2
        assert (~near).sum() > 5
        state.toggle("facing")  # its key is a move now
        expected = palette(frame.setting, state.theme)[[frame.cells[cell] for cell in seen]]
        expected[~near] = state.theme.ground
        until(
            lambda: np.array_equal(desk.probe(seen), expected), "the colours of the view, and none around it"
        )
        desk.press("space", lambda: state.frame.round == 2)
        moves.append(dict(state.frame.messages).get("agent_0"))
        desk.keys("q")

    team = Team((TeamEntry("human", 1, lambda: Human(own_view=True)), TeamEntry("scripted", None)))
    with pytest.raises(RunInterrupted) as caught:
        desk.live(act, "synchronization", team, seed=1, message="text")
    assert caught.value.result.rounds == 2
    assert moves == ["hi"]


class Waits:
    """Waits for an answer that never comes."""

    waiting = 0

    def reset(self, brief, agents, seed):
        pass

    async def decide(self, perceptions):
        Waits.waiting += 1
        await asyncio.Event().wait()


def test_closing_does_not_wait_for_slow_agents(desk, tmp_path):
    def act():
        desk.shown()
        until(lambda: Waits.waiting, "the agent to be asked")
        desk.press("l", lambda: desk.state.menu)
        desk.keys("q")

    team = Team((TeamEntry("waits", None, Waits),))
    with pytest.raises(RunInterrupted) as caught:
        desk.live(act, "pursuit", team, seed=1, out=tmp_path / "run")
    assert (caught.value.result.rounds, caught.value.result.folder) == (0, tmp_path / "run")


class Breaks(Waits):
    """Is broken."""

    async def decide(self, perceptions):
        raise ZeroDivisionError("broken on purpose")


def test_an_error_of_an_agent_closes_the_window_and_is_told(desk):
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        desk.live(lambda: None, "pursuit", Team((TeamEntry("breaks", None, Breaks),)), seed=1)


def test_two_recordings_are_shown_in_step(desk, tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        swarm_env.play("pursuit", "random", seed=seed, out=tmp_path / name, max_rounds=30)

    def act():
        desk.shown()
        state = desk.state
        until(lambda: state.playback.paused, "the end")
        desk.without_facing()
        desk.press("Left", lambda: state.playback.at == 29)
        desk.press("Prior", lambda: state.playback.at == 26)
        desk.settled()
        assert [view.frame.round for view in state.views] == [26, 26]
        until(lambda: desk.agrees(0), "the colours")
        until(lambda: desk.agrees(1), "the colours")
        assert state.views[0].frame != state.views[1].frame
        desk.keys("q")

    person = Person(act, leave)
    with Playback(tmp_path / "a") as one, Playback(tmp_path / "b") as other:
        person.start()
        desk.window.replay([one, other])
    person.check()


def test_the_program_opens_the_window_for_a_run_and_for_its_replay(display, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("DISPLAY", display.display)
    windows, open_it = [], Window.open

    def opened(window):
        windows.append(window)
        open_it(window)

    monkeypatch.setattr(Window, "open", opened)

    def act():
        until(lambda: windows and windows[-1].loop is not None, "the window")
        state = windows[-1].loop.desk
        until(lambda: state.frame is not None and state.frame.round == 2, "the last round")
        until(lambda: state.over or not state.playback.live, "the end")
        display.do("key", "q")

    folder = tmp_path / "run"
    for arguments in (
        ("run", "pursuit", "--rounds", 2, "--seed", 1, "--fps", 0, "-o", folder),
        ("replay", folder, "--round", 1),
    ):
        windows.clear()
        person = Person(act, leave)
        person.start()
        done = swarm(capsys, *arguments)
        person.check()
        assert done.status == 0, done.err
        assert not pygame.display.get_init(), "closed"
    assert json.loads((folder / "result.json").read_text())["status"] == "finished"
