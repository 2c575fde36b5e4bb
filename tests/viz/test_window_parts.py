"""The parts of the window that need no screen."""

import gc
import threading
import time
from concurrent.futures import Future
from typing import Any

import numpy as np
import pygame
import pytest
from swarm_env.viz.draw.style.theme import DARK, LIGHT
from swarm_env.viz.window import Window, key_actions, keys
from swarm_env.viz.window.feed import Feed
from swarm_env.viz.window.human_keys import WindowInput
from swarm_env.viz.window.lookup import Lookup
from swarm_env.viz.window.panels.map_view import View
from swarm_env.viz.window.panels.painter import Painter
from swarm_env.viz.window.panels.popups import draw_help
from swarm_env.viz.window.panels.style import Look, Places
from swarm_env.viz.window.panels.text_panel import Sheet
from swarm_env.viz.window.panels.timeline import Track, end_of
from swarm_env.viz.window.playhead import Playhead
from swarm_env.viz.window.window_state import Desk

from swarm_env.agent import Brief, Perception
from swarm_env.chat import CallKey
from swarm_env.chat.ledger.store import CallRow, OutcomeRow, Past
from swarm_env.chat.live_calls import LiveCalls
from swarm_env.frame import Kind, Renderer
from swarm_env.measures import measure
from swarm_env.measures.live import LiveMeasures
from swarm_env.measures.table import LIVE
from swarm_env.playback.playback import LivePlayback, Playback
from swarm_env.playing.runner import play
from swarm_env.runtime.interrupts import Interrupts
from tests.frames import framed

SIZES = [(480, 320), (960, 540), (1280, 720), (1920, 1080), (3840, 2160), (600, 1200)]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A run, its frames and its film."""
    folder = tmp_path_factory.mktemp("run") / "run"
    frames: list[Any] = []
    play("foraging", "random", seed=3, out=folder, observer=frames.append, message="text", max_rounds=40)
    with Playback(folder) as opened:
        opened.gather()
        yield opened, frames


def live_film(frames):
    made = LivePlayback(frames[0])
    for frame in frames[1:]:
        made.add(frame)
    return made


def still(number, score=0.0):
    return framed(("...", "...", "..."), {"agent_0": (1, 1)}, AGENTS, round=number, score=score)


AGENTS = (Kind("W", "wall", (9, 9, 9)), Kind("a", "agent", (0, 114, 178)))


# Feed and playback.


def started(feed, rounds=50):
    """A game that hands its frames over."""
    thread = threading.Thread(target=lambda: [feed(still(number)) for number in range(rounds)], daemon=True)
    thread.start()
    return thread


def wait(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.001)


def waits(thread, feed, moments):
    """Whether a game waits after so many frames."""
    wait(lambda: feed.moments == moments)
    thread.join(0.05)
    return thread.is_alive() and feed.moments == moments


def test_a_paused_game_waits_and_goes_on_step_by_step():
    feed = Feed(0.0)
    feed.pause(True)
    game = started(feed)
    assert waits(game, feed, 1)
    feed.step()
    assert waits(game, feed, 2)
    feed.unseen(True)
    assert waits(game, feed, 2), "a game that is paused stays so when nobody looks"
    feed.pause(False)
    game.join(20)
    assert (feed.moments, feed.film and feed.film.last) == (50, 49)


def test_a_game_keeps_its_pace_until_nobody_looks():
    feed = Feed(0.01)
    game = started(feed)
    assert waits(game, feed, 1), "the second round is due in 100 seconds"
    feed.unseen(True)
    game.join(20)
    assert feed.moments == 50


def test_a_closed_feed_holds_up_nobody():
    feed = Feed(0.01)
    feed.pause(True)
    game = started(feed)
    wait(lambda: feed.moments == 1)
    feed.close()
    game.join(20)
    assert feed.moments == 50


def test_a_film_is_played_at_its_speed_and_pauses_at_its_end():
    playback = Playhead([live_film([still(number) for number in range(9)])], speed=4.0)
    seen = []
    for tick in range(40):
        playback.tick(tick / 16)
        seen.append(playback.at)
    assert seen[:9] == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert (playback.at, playback.paused) == (8, True)
    playback.pause()
    assert (playback.at, playback.paused) == (0, False)


def test_a_film_pauses_where_it_is_told_to_and_can_go_on():
    playback = Playhead([live_film([still(number) for number in range(9)])], speed=0.0, until=5)
    for tick in range(4):
        playback.tick(float(tick))
    assert (playback.at, playback.paused) == (5, True)
    playback.pause()
    for tick in range(4, 8):
        playback.tick(float(tick))
    assert playback.at == 8


def test_bodies_walk_from_one_round_to_the_next_and_jump_over_several():
    playback = Playhead([live_film([still(number) for number in range(9)])], speed=4.0)
    for now in (0.0, 0.25):
        playback.tick(now)
    assert [playback.progress(0.25 + part) for part in (0, 0.125, 0.25, 9)] == [0, 0.5, 1, 1]
    playback.go(5)
    assert playback.progress(0.3) == 1
    playback.step(-1, 0.3)
    assert (playback.at, playback.progress(0.3), playback.paused) == (4, 1, True)
    playback.step(1, 1.0)
    assert (playback.at, playback.progress(1.0)) == (5, 0)


def test_looking_back_leaves_the_game_alone():
    feed = Feed(0.0)
    for number in range(30):
        feed(still(number, score=float(number > 10)))
    playback = Playhead([], 0.0, feed)
    playback.tick(0.0)
    assert (playback.at, playback.following) == (29, True)
    playback.go(4)
    feed(still(30))
    playback.tick(1.0)
    assert (playback.at, playback.following) == (4, False)
    playback.go(playback.last)
    assert (playback.at, playback.following) == (30, True)
    playback.hold(True)
    feed(still(31))
    playback.tick(2.0)
    assert playback.at == 30
    playback.hold(False)
    playback.tick(3.0)
    assert playback.at == 31


def test_a_game_that_is_over_is_a_film():
    feed = Feed(0.0)
    playback = Playhead([], 4.0, feed)
    for number in range(9):
        feed(still(number))
    playback.tick(0.0)
    playback.finish(0.0)
    assert (playback.at, playback.paused, playback.live) == (8, True, False)
    playback.pause()
    for tick in range(9):
        playback.tick(tick / 4)
    assert (playback.at, playback.paused) == (8, True)


def test_speeds_go_up_to_as_fast_as_it_goes_and_back():
    playback = Playhead([live_film([still(0)])], speed=5.0)
    for speed in (8.0, 16.0, 32.0, 64.0, 0.0, 0.0):
        playback.hurry(True)
        assert playback.speed == speed
    for speed in (64.0, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.5):
        playback.hurry(False)
        assert playback.speed == speed


def test_jumps_from_event_to_event(film):
    opened, _ = film
    rounds = sorted({mark.round for mark in opened.marks()})
    assert rounds
    playback = Playhead([opened], 1.0)
    there = []
    for _ in rounds:
        playback.to_mark(True)
        there.append(playback.at)
    assert there == rounds
    playback.to_mark(True)
    assert playback.at == rounds[-1]
    playback.to_mark(False)
    assert playback.at == (rounds[-2] if len(rounds) > 1 else rounds[-1])


# Places and drawings.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("films", [1, 2])
def test_everything_has_its_place(size, films):
    look = Look.of(size, DARK)
    places = Places.of(size, look, films, panel=True, question=True)
    assert places.question is not None
    parts = [places.header, *places.maps, places.timeline, places.question]
    parts += [places.panel] if places.panel else []
    window = pygame.Rect(0, 0, *size)
    assert all(window.contains(part) for part in parts)
    assert not any(one.colliderect(other) for one in parts for other in parts if one is not other)
    assert sum(part.width * part.height for part in parts) >= 0.98 * size[0] * size[1]
    assert (places.panel is None) == (size[0] < look.px(760))


def colours(surface):
    """How many different colours there are, of every third pixel or so."""
    return len(np.unique(pygame.surfarray.array2d(surface).ravel()[::3]))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_it_can_be_drawn_in_every_size(film, size, theme):
    opened, _ = film
    desk = Desk(Playhead([opened], 8.0), [View(opened)])
    desk.theme = theme
    painter: Any = Painter()
    surface = pygame.Surface(size)
    desk.playback.go(20)
    desk.select(2)
    desk.menu = True
    for number in range(3):
        desk.tick(float(number))
        painter.paint(surface, desk, float(number))
    whole = surface.copy()
    assert colours(whole) > 20
    draw_help(surface, painter.look, driving=True)
    assert pygame.image.tobytes(surface, "RGB") != pygame.image.tobytes(whole, "RGB")
    desk.close()


def test_what_has_not_changed_looks_the_same_drawn_again(film):
    opened, _ = film
    pictures = []
    for twice in (False, True):
        desk = Desk(Playhead([opened], 8.0), [View(opened)])
        desk.playback.pause()
        desk.playback.go(20)
        painter, surface = Painter(), pygame.Surface((960, 540))
        desk.series = [LiveSeries(opened)]
        for number in range(1 + twice):
            desk.tick(float(number))
            painter.paint(surface, desk, float(number))
        pictures.append(pygame.image.tobytes(surface, "RGB"))
        desk.close()
    assert pictures[0] == pictures[1]


class LiveSeries:
    """Measures that are all known."""

    def __init__(self, film):
        self._measures = LiveMeasures()
        self._measures.add([film.frame(number) for number in range(film.last + 1)])
        self.names, self.known = LIVE, film.last

    def work(self):
        pass

    def values(self, name):
        return self._measures.values(name)


@pytest.mark.slow
def test_drawing_on_and_on_keeps_nothing(film):
    opened, frames = film
    desk = Desk(Playhead([live_film(frames)], 8.0), [View(opened)])
    desk.toggle("heat")
    desk.toggle("trails")
    painter, surface = Painter(), pygame.Surface((480, 320))

    def objects(first, last):
        for number in range(first, last):
            if desk.playback.paused:
                desk.playback.pause()
            if number % 50 == 0:
                desk.select_beside(1)
            desk.tick(number / 8)
            painter.paint(surface, desk, number / 8)
        gc.collect()
        return len(gc.get_objects())

    before = objects(0, 150)
    assert objects(150, 450) < before + 200
    desk.close()


def test_as_a_plain_renderer_it_shows_frames_until_it_is_closed(film, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    _, frames = film
    window = Window()
    assert isinstance(window, Renderer)
    window.open()
    for frame in frames[:3]:
        window.show(frame)
    assert window.loop is not None
    assert window.loop.desk.frame == frames[2]
    assert window.loop.drawn >= 3
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.show(frames[3])
    window.show(frames[4])
    assert window.loop is None
    assert not pygame.display.get_init()
    window.close()


def test_the_track_knows_its_rounds():
    look = Look.of((1280, 720), DARK)
    track = Track.of(pygame.Rect(0, 662, 1280, 58), look, 0, 200)
    assert [track.round_at(track.x(number)) for number in (0, 1, 57, 200)] == [0, 1, 57, 200]
    assert track.round_at(-50) == 0
    assert track.round_at(5000) == 200
    assert track.hit(track.buttons["pause"].center, pygame.Rect(0, 662, 1280, 58)) == "pause"


@pytest.mark.parametrize(
    ("last", "most", "live", "end"),
    [
        (40, 100, True, 100),
        (40, 100, False, 40),
        (40, 10_000, True, 100),
        (200, 10_000, True, 256),
        (0, 9, False, 1),
    ],
)
def test_the_end_of_the_track(last, most, live, end):
    assert end_of(last, most, live) == end


def test_a_sheet_is_as_high_as_what_is_on_it():
    sheet = Sheet(Look.of((1280, 720), DARK), 300)
    sheet.heading("part")
    sheet.text("word " * 60)
    sheet.typed("# . A\n" * 5 + "x" * 500)
    sheet.pair("name", "value " * 30)
    drawn = sheet.surface()
    assert drawn.get_size() == (300, sheet.height)
    assert colours(drawn.subsurface((0, sheet.height - 20, 300, 20))) > 1


# Keys and the person.


def test_every_key_does_one_thing_and_every_thing_is_known(film):
    opened, _ = film
    all_keys = [key for binding in keys.BINDINGS for key in binding.keys]
    assert len(all_keys) == len(set(all_keys))
    desk = Desk(Playhead([opened], 8.0), [View(opened)])
    desk.tick(0.0)
    unknown = {binding.does for binding in keys.BINDINGS if not key_actions.run(desk, binding.does, 1.0)}
    assert unknown == {"quit", "full"}
    desk.close()


def asked(seat, message="none", allowed=()):
    brief = Brief(
        "x",
        "",
        ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH"),
        {},
        3,
        9,
        message,
        (120,) * (message == "text"),
        2,
    )
    return seat.ask(brief, Perception("agent_4", 0, (0, 0), 0, (), (), allowed), False)


@pytest.mark.parametrize(
    ("key", "move"), [("W", 1), ("Up", 1), ("S", 2), ("A", 3), ("Right", 4), (".", 0), ("Space", 5), ("3", 3)]
)
def test_keys_of_the_person_are_moves(key, move):
    seat = WindowInput()
    assert not seat.press(key, key), "nobody plays yet"
    answer = asked(seat)
    assert seat.press(key, key)
    assert answer.result(0).move == move
    assert seat.asked is None


def test_keys_that_mean_nothing_or_are_not_allowed_are_asked_again():
    seat = WindowInput()
    answer = asked(seat, allowed=(True, False, True, True, True, True))
    assert seat.press("W", "w")
    assert "not allowed" in seat.hint
    assert seat.press("9", "9")
    assert "no move 9" in seat.hint
    assert not seat.press("H", "h"), "the window's"
    assert seat.press("S", "s")
    assert answer.result(0).move == 2


def test_moves_can_be_typed_ahead_and_messages_are_said_with_the_move():
    seat = WindowInput()
    asked(seat, "text").cancel()
    for key in ("S", "D"):
        seat.press(key, key.lower())
    answers = []
    for _ in range(2):
        answers.append(asked(seat, "text"))
        seat.catch_up()
    assert [answer.result(0).move for answer in answers] == [2, 4]
    answer = asked(seat, "text")
    for key, letters in (
        ("T", "t"),
        ("H", "h"),
        ("É", "é"),
        ("Backspace", "\b"),
        (".", "."),
        ("Enter", "\r"),
    ):
        assert seat.press(key, letters)
    assert seat.press("Space", " ")
    assert (answer.result(0).move, answer.result(0).message) == (5, "h.")


def test_of_what_is_wanted_only_the_last_is_looked_up():
    lookup, begun, go_on, found = Lookup(), threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        go_on.wait(20)
        return "slow"

    assert lookup.get("slow", slow) == (False, None)
    assert begun.wait(20)
    assert lookup.get("a", lambda: found.append("a")) == (False, None)
    assert lookup.get("b", lambda: found.append("b")) == (False, None)
    go_on.set()
    wait(lambda: lookup.found == 2)
    assert lookup.get("slow", slow) == (True, "slow")
    assert lookup.get("b", slow) == (True, None)
    assert found == ["b"]
    lookup.close()


# What is measured and known of models.


def test_measures_of_a_game_that_goes_on_are_those_of_its_record(film):
    opened, frames = film
    found, whole = LiveMeasures(), measure(opened.recording)
    for first in range(0, len(frames), 7):
        found.add(frames[first : first + 7])
    for name in LIVE:
        values = found.values(name)
        assert values[:, 0].tolist() == list(range(1, len(frames)))
        assert np.allclose(values[:, 1], whole.values[name], equal_nan=True), name


def past(status, text, reason=None, step=0):
    call = CallRow(
        "d", "agent_3", 7, step, 0, "m", "u", status, 200, text, None, 10, 2, 0, 0, 0.5, 1.0, 0.0, "endpoint"
    )
    return Past(
        [call], OutcomeRow("d", "agent_3", 7, step, reason, "no move in it" if reason else "", 1, 1.5)
    )


def test_minds_tell_who_thinks_and_what_was_answered():
    minds = LiveCalls()
    first, second = CallKey("agent_3", 7, 0), CallKey("agent_3", 7, 1)
    minds.begin(first, "m", (("user", "what?"),))
    minds.begin(CallKey("judge_0", 7), "m", ())
    assert set(minds.thinking()) == {3}
    open_thought: Any = minds.thought(3, 7)
    assert (open_thought.prompt, open_thought.answer, open_thought.seconds) == (
        (("user", "what?"),),
        "",
        None,
    )
    minds.end(first, past("ok", "a draft"))
    assert not minds.thinking()
    minds.begin(second, "m", (("user", "sure?"),))
    minds.end(second, past("unparsable", "hm", "unparsable", 1))
    both: Any = minds.thought(3, 7)
    assert (both.prompt[0][1], both.answer, both.failed) == ("sure?", "hm", "unparsable: no move in it")
    assert (both.prompt_tokens, both.completion_tokens, both.cost, both.seconds) == (20, 4, 1.0, 3.0)
    assert minds.thought(3, 8) is None
    minds.begin(CallKey("agent_1", 8), "m", ())
    minds.give_up(CallKey("agent_1", 8))
    assert not minds.thinking()


def test_minds_forget_the_oldest(monkeypatch):
    monkeypatch.setattr("swarm_env.chat.live_calls.MOST_CHARACTERS", 1000)
    minds = LiveCalls()
    for number in range(100):
        key = CallKey("agent_0", number)
        minds.begin(key, "m", (("user", "x" * 90),))
        minds.give_up(key)
    assert minds.thought(0, 99) is not None
    assert [minds.thought(0, number) is None for number in (0, 50, 88)] == [True] * 3


def test_a_press_stops_a_run_once_and_cancels_what_is_waited_for():
    interrupts = Interrupts()
    interrupts.check()
    interrupts.press()
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    interrupts.check()
    with pytest.raises(KeyboardInterrupt), interrupts.held():
        interrupts.press()
    interrupts.press()
    future: Future[int] = Future()
    with pytest.raises(KeyboardInterrupt), interrupts.waiting(future):
        future.result(0)
    assert future.cancelled()
