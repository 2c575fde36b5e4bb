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
from tests.viz.screen import User, needs_screen, screen, until

pytestmark = needs_screen
game: Any = play


@pytest.fixture(scope="module")
def display(tmp_path_factory):
    with screen(tmp_path_factory.mktemp("screen")) as started:
        yield started


@pytest.fixture
def user(display, monkeypatch):
    """A window on the screen and its user."""
    monkeypatch.setenv("DISPLAY", display.display)
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    opened = WindowUser(display)
    yield opened
    opened.window.close()


def leave():
    """Close the window from within after a failure."""
    until(pygame.display.get_init, "a window")
    pygame.event.post(pygame.event.Event(pygame.QUIT))


class WindowUser:
    """A window and the actions of its user."""

    def __init__(self, display):
        self.screen, self.window = display, Window(speed=0.0)
        self.window.open()
        self.number = pygame.display.get_wm_info()["window"]

    # Actions of the user.

    def keys(self, *names):
        self.screen.do("key", *names)

    def press(self, name, condition):
        self.keys(name)
        until(condition, f"{name} to work")

    def mouse(self, x, y, *more):
        self.screen.do("mousemove", "--window", self.number, round(x), round(y), *more)

    # State of the window.

    @property
    def state(self):
        loop = self.window.loop
        return None if loop is None else loop.state

    def shown(self, number=None):
        """Wait until a frame is drawn and nothing moves."""
        until(lambda: self.state is not None and self.state.frame is not None, "a frame")
        if number is not None:
            until(lambda: self.state.frame.round == number, f"round {number}")
        self.settled()
        return self.state.frame

    def settled(self):
        """Wait until the drawing is up to date: two more iterations of the loop."""
        loop: Any = self.window.loop
        until(lambda: not self.state.playhead.moving(time.monotonic()), "an end of the motion")
        at = loop.iterations
        until(lambda: loop.iterations >= at + 3, "the loop")

    def probe(self, places, view=0):
        """The plain colours of cells on the screen."""
        camera = self.state.views[view].camera
        left, top = self.screen.place(self.number)
        picture = self.screen.image()
        points = [camera.probe(row, column) for row, column in places]
        return np.array([picture[top + y, left + x] for x, y in points])

    def agrees(self, view=0):
        """Whether every cell on the screen has its plain colour; noses must be off."""
        frame = self.state.views[view].frame
        cells = list(np.ndindex(frame.cells.shape))
        expected = palette(frame.setting, self.state.theme)[frame.cells.ravel()]
        differ = (self.probe(cells, view) != expected).any(axis=1)
        return not differ.any()

    def without_facing(self):
        """Switch off noses and chevrons, which may cover the middle of a cell."""
        self.press("6", lambda: not self.state.layers.facing)

    def live(self, act, *arguments, **options):
        """Play with a user at the window."""
        user = User(act, leave)
        user.start()
        try:
            return self.window.live(lambda **offers: game(*arguments, **options, **offers))
        finally:
            user.check()


def test_a_game_is_paused_stepped_inspected_and_closed(user, tmp_path):
    def act():
        user.shown()
        state = user.state
        user.press("p", lambda: state.playhead.paused)
        user.without_facing()
        at = user.shown().round
        until(lambda: user.agrees(), "the colours")
        user.press("period", lambda: state.frame.round == at + 1)
        user.settled()
        until(lambda: user.agrees(), "the colours after a step")
        user.press("Left", lambda: state.frame.round == at)
        user.press("End", lambda: state.frame.round == at + 1 and state.playhead.following)
        row, column = state.frame.places[3].tolist()
        user.mouse(*state.view.camera.probe(row, column), "click", 1)
        until(lambda: state.selected == 3, "the click")
        user.press("Tab", lambda: state.selected == 4)
        user.press("Escape", lambda: state.selected is None)
        user.press("c", lambda: state.theme.name == "light")
        user.settled()
        until(lambda: user.agrees(), "the colours in light colours")
        user.keys("q")

    with pytest.raises(RunInterrupted) as caught:
        user.live(act, "pursuit", "random", seed=1, out=tmp_path / "run", max_rounds=100_000)
    result = caught.value.result
    assert result.stopped == "interrupt"
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "interrupted"
    assert (
        resume(tmp_path / "run", observer=lambda frame: frame.round < result.rounds + 2).rounds
        == result.rounds + 2
    )


def test_the_round_is_held_while_the_game_continues_and_earlier_rounds_can_be_shown(user):
    user.window._speed = 5.0  # so that the game is not over before its round is held

    def act():
        user.shown()
        state = user.state
        user.without_facing()
        user.press("h", lambda: state.playhead.held)
        at = state.playhead.round
        until(lambda: state.over, "the end of the game")
        assert state.playhead.round == at
        user.press("End", lambda: state.frame.round == 300)
        assert user.shown(300)
        track, painter = user.window.loop.painter.track(user.state), user.window.loop.painter
        y = track.line.centery
        user.mouse(track.x(300), y, "mousedown", 1)
        user.mouse(track.x(100), y)
        until(lambda: state.frame.round == 100, "the playback to follow the mouse")
        user.mouse(track.x(150), y, "mouseup", 1)
        user.shown(150)
        until(lambda: user.agrees(), "the colours")
        user.press("Home", lambda: state.frame.round == 0)
        first = state.marks[0].round
        user.press("bracketright", lambda: state.frame.round == first)
        user.press("Next", lambda: state.frame.round == first + 30)
        user.screen.do("windowsize", user.number, 700, 420)
        until(lambda: painter.layout.header.width == 700, "the new size")
        user.settled()
        assert painter.layout.panel is None or painter.layout.maps[0].width < 700
        until(lambda: user.agrees(), "the colours in another size")
        user.mouse(350, 200, "click", 4)
        until(lambda: state.view.camera.cell > 20, "the wheel")
        user.press("f", lambda: state.view.camera.row == 6)
        user.press("F1", lambda: state.help)
        user.press("Escape", lambda: not state.help)
        user.keys("q")

    result = user.live(act, "pursuit", "scripted", seed=1, max_rounds=300)
    assert (result.rounds, result.stopped) == (300, "")


def test_a_hidden_window_does_not_slow_the_game(user):
    user.window._speed = 0.5

    def act():
        user.shown()
        state = user.state
        user.screen.do("windowunmap", user.number)
        until(lambda: state.over, "the end of the game")
        user.screen.do("windowmap", "--sync", user.number, "windowfocus", user.number)
        user.shown(200)
        user.keys("q")

    assert user.live(act, "flocking", "random", seed=1, max_rounds=200).rounds == 200


def test_a_human_plays_and_sees_only_the_view_of_the_agent(user):
    moves = []

    def act():
        user.shown()
        state = user.state
        until(lambda: state.task is not None, "the task")
        user.press("Down", lambda: state.introduced and state.human_input.question is not None)
        user.press(
            "Down",
            lambda: (
                state.human_input.question is not None and state.human_input.question.perception.round == 1
            ),
        )
        user.press("t", lambda: state.human_input.typing == "")
        user.keys("h", "i", "Return")
        until(lambda: state.human_input.question.message == "hi", "the message")
        frame = user.shown(1)
        area, camera = pygame.Rect(state.view.camera.area), state.view.camera
        seen = [cell for cell in np.ndindex(12, 12) if area.collidepoint(camera.probe(*cell))]
        near = np.abs(np.array(seen) - frame.places[0]).max(axis=1) <= 2
        assert (~near).sum() > 5
        state.toggle("facing")  # its key is a move now
        expected = palette(frame.setting, state.theme)[[frame.cells[cell] for cell in seen]]
        expected[~near] = state.theme.ground
        until(
            lambda: np.array_equal(user.probe(seen), expected), "the colours of the view, and none around it"
        )
        user.press("space", lambda: state.frame.round == 2)
        moves.append(dict(state.frame.messages).get("agent_0"))
        user.keys("q")

    team = Team((TeamEntry("human", 1, lambda: Human(own_view=True)), TeamEntry("scripted", None)))
    with pytest.raises(RunInterrupted) as caught:
        user.live(act, "synchronization", team, seed=1, message="text")
    assert caught.value.result.rounds == 2
    assert moves == ["hi"]


class Waits:
    """Never decides."""

    waiting = 0

    def reset(self, brief, agents, seed):
        pass

    async def decide(self, perceptions):
        Waits.waiting += 1
        await asyncio.Event().wait()


def test_closing_does_not_wait_for_slow_agents(user, tmp_path):
    def act():
        user.shown()
        until(lambda: Waits.waiting, "the agent to be asked")
        user.press("l", lambda: user.state.menu)
        user.keys("q")

    team = Team((TeamEntry("waits", None, Waits),))
    with pytest.raises(RunInterrupted) as caught:
        user.live(act, "pursuit", team, seed=1, out=tmp_path / "run")
    assert (caught.value.result.rounds, caught.value.result.folder) == (0, tmp_path / "run")


class Breaks(Waits):
    """Raises an error."""

    async def decide(self, perceptions):
        raise ZeroDivisionError("broken on purpose")


def test_an_error_of_an_agent_closes_the_window_and_is_raised(user):
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        user.live(lambda: None, "pursuit", Team((TeamEntry("breaks", None, Breaks),)), seed=1)


def test_two_recordings_are_shown_in_step(user, tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        swarm_env.play("pursuit", "random", seed=seed, out=tmp_path / name, max_rounds=30)

    def act():
        user.shown()
        state = user.state
        until(lambda: state.playhead.paused, "the end")
        user.without_facing()
        user.press("Left", lambda: state.playhead.round == 29)
        user.press("Prior", lambda: state.playhead.round == 26)
        user.settled()
        assert [view.frame.round for view in state.views] == [26, 26]
        until(lambda: user.agrees(0), "the colours")
        until(lambda: user.agrees(1), "the colours")
        assert state.views[0].frame != state.views[1].frame
        user.keys("q")

    person = User(act, leave)
    with Playback(tmp_path / "a") as one, Playback(tmp_path / "b") as other:
        person.start()
        user.window.replay([one, other])
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
        state = windows[-1].loop.state
        until(lambda: state.frame is not None and state.frame.round == 2, "the last round")
        until(lambda: state.over or not state.playhead.live, "the end")
        display.do("key", "q")

    folder = tmp_path / "run"
    for arguments in (
        ("run", "pursuit", "--rounds", 2, "--seed", 1, "--fps", 0, "-o", folder),
        ("replay", folder, "--round", 1),
    ):
        windows.clear()
        person = User(act, leave)
        person.start()
        done = swarm(capsys, *arguments)
        person.check()
        assert done.status == 0, done.err
        assert not pygame.display.get_init(), "closed"
    assert json.loads((folder / "result.json").read_text())["status"] == "finished"
