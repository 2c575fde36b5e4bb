"""The parts of the window that need no screen."""

import gc
import threading
import time
from concurrent.futures import Future
from typing import Any, cast

import numpy as np
import pygame
import pytest
from swarm_env.viz.draw.style.theme import DARK, LIGHT
from swarm_env.viz.window import Window, key_actions, keys
from swarm_env.viz.window.feed import Feed
from swarm_env.viz.window.human_keys import WindowInput
from swarm_env.viz.window.lookup import Lookup
from swarm_env.viz.window.panels.layout import Layout
from swarm_env.viz.window.panels.map_view import MapView
from swarm_env.viz.window.panels.painter import Painter
from swarm_env.viz.window.panels.popups import draw_help
from swarm_env.viz.window.panels.style import Style
from swarm_env.viz.window.panels.text_panel import TextPanel
from swarm_env.viz.window.panels.timeline import Track, track_end
from swarm_env.viz.window.playhead import Playhead
from swarm_env.viz.window.window_state import WindowState

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
def playback(tmp_path_factory):
    """A recorded run as a playback, and its frames."""
    folder = tmp_path_factory.mktemp("run") / "run"
    frames: list[Any] = []
    play("foraging", "random", seed=3, out=folder, observer=frames.append, message="text", max_rounds=40)
    with Playback(folder) as opened:
        opened.gather()
        yield opened, frames


def live_playback(frames):
    made = LivePlayback(frames[0])
    for frame in frames[1:]:
        made.add(frame)
    return made


def still(number, score=0.0):
    return framed(("...", "...", "..."), {"agent_0": (1, 1)}, AGENTS, round=number, score=score)


AGENTS = (Kind("W", "wall", (9, 9, 9)), Kind("a", "agent", (0, 114, 178)))


# Feed and playhead.


def started(feed, rounds=50):
    """A game that input its frames over."""
    thread = threading.Thread(target=lambda: [feed(still(number)) for number in range(rounds)], daemon=True)
    thread.start()
    return thread


def wait(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.001)


def waits(thread, feed, frames):
    """Whether a game waits after some frames."""
    wait(lambda: feed.frames_shown == frames)
    thread.join(0.05)
    return thread.is_alive() and feed.frames_shown == frames


def test_a_paused_game_waits_and_continues_step_by_step():
    feed = Feed(0.0)
    feed.set_paused(True)
    game = started(feed)
    assert waits(game, feed, 1)
    feed.step()
    assert waits(game, feed, 2)
    feed.set_hidden(True)
    assert waits(game, feed, 2), "a paused game stays paused while hidden"
    feed.set_paused(False)
    game.join(20)
    assert (feed.frames_shown, feed.playback and feed.playback.last) == (50, 49)


def test_a_game_keeps_its_pace_until_hidden():
    feed = Feed(0.01)
    game = started(feed)
    assert waits(game, feed, 1), "the second round is due in 100 seconds"
    feed.set_hidden(True)
    game.join(20)
    assert feed.frames_shown == 50


def test_a_closed_feed_does_not_block():
    feed = Feed(0.01)
    feed.set_paused(True)
    game = started(feed)
    wait(lambda: feed.frames_shown == 1)
    feed.close()
    game.join(20)
    assert feed.frames_shown == 50


def test_a_playback_runs_at_its_speed_and_pauses_at_its_end():
    playhead = Playhead([live_playback([still(number) for number in range(9)])], speed=4.0)
    seen = []
    for tick in range(40):
        playhead.tick(tick / 16)
        seen.append(playhead.round)
    assert seen[:9] == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert (playhead.round, playhead.paused) == (8, True)
    playhead.toggle_pause()
    assert (playhead.round, playhead.paused) == (0, False)


def test_a_playback_pauses_at_a_given_round_and_can_be_resumed():
    playhead = Playhead([live_playback([still(number) for number in range(9)])], speed=0.0, until=5)
    for tick in range(4):
        playhead.tick(float(tick))
    assert (playhead.round, playhead.paused) == (5, True)
    playhead.toggle_pause()
    for tick in range(4, 8):
        playhead.tick(float(tick))
    assert playhead.round == 8


def test_agents_move_to_the_next_round_and_jump_over_several():
    playhead = Playhead([live_playback([still(number) for number in range(9)])], speed=4.0)
    for now in (0.0, 0.25):
        playhead.tick(now)
    assert [playhead.progress(0.25 + part) for part in (0, 0.125, 0.25, 9)] == [0, 0.5, 1, 1]
    playhead.seek(5)
    assert playhead.progress(0.3) == 1
    playhead.step(-1, 0.3)
    assert (playhead.round, playhead.progress(0.3), playhead.paused) == (4, 1, True)
    playhead.step(1, 1.0)
    assert (playhead.round, playhead.progress(1.0)) == (5, 0)


def test_seeking_back_does_not_affect_the_game():
    feed = Feed(0.0)
    for number in range(30):
        feed(still(number, score=float(number > 10)))
    playhead = Playhead([], 0.0, feed)
    playhead.tick(0.0)
    assert (playhead.round, playhead.following) == (29, True)
    playhead.seek(4)
    feed(still(30))
    playhead.tick(1.0)
    assert (playhead.round, playhead.following) == (4, False)
    playhead.seek(playhead.last)
    assert (playhead.round, playhead.following) == (30, True)
    playhead.hold(True)
    feed(still(31))
    playhead.tick(2.0)
    assert playhead.round == 30
    playhead.hold(False)
    playhead.tick(3.0)
    assert playhead.round == 31


def test_a_finished_game_is_a_playback():
    feed = Feed(0.0)
    playhead = Playhead([], 4.0, feed)
    for number in range(9):
        feed(still(number))
    playhead.tick(0.0)
    playhead.finish(0.0)
    assert (playhead.round, playhead.paused, playhead.live) == (8, True, False)
    playhead.toggle_pause()
    for tick in range(9):
        playhead.tick(tick / 4)
    assert (playhead.round, playhead.paused) == (8, True)


def test_speeds_go_up_to_full_speed_and_back():
    playhead = Playhead([live_playback([still(0)])], speed=5.0)
    for speed in (8.0, 16.0, 32.0, 64.0, 0.0, 0.0):
        playhead.change_speed(True)
        assert playhead.speed == speed
    for speed in (64.0, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.5):
        playhead.change_speed(False)
        assert playhead.speed == speed


def test_jumps_from_event_to_event(playback):
    opened, _ = playback
    rounds = sorted({mark.round for mark in opened.marks()})
    assert rounds
    playhead = Playhead([opened], 1.0)
    there = []
    for _ in rounds:
        playhead.seek_mark(True)
        there.append(playhead.round)
    assert there == rounds
    playhead.seek_mark(True)
    assert playhead.round == rounds[-1]
    playhead.seek_mark(False)
    assert playhead.round == (rounds[-2] if len(rounds) > 1 else rounds[-1])


# Layout and drawings.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("playbacks", [1, 2])
def test_the_layout_covers_the_window_without_overlap(size, playbacks):
    style = Style.of(size, DARK)
    layout = Layout.of(size, style, playbacks, panel=True, question=True)
    assert layout.question is not None
    parts = [layout.header, *layout.maps, layout.timeline, layout.question]
    parts += [layout.panel] if layout.panel else []
    window = pygame.Rect(0, 0, *size)
    assert all(window.contains(part) for part in parts)
    assert not any(one.colliderect(other) for one in parts for other in parts if one is not other)
    assert sum(part.width * part.height for part in parts) >= 0.98 * size[0] * size[1]
    assert (layout.panel is None) == (size[0] < style.px(760))


def colours(surface):
    """Number of distinct colours of every third pixel."""
    return len(np.unique(pygame.surfarray.array2d(surface).ravel()[::3]))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_it_can_be_drawn_in_every_size(playback, size, theme):
    opened, _ = playback
    state = WindowState(Playhead([opened], 8.0), [MapView(opened)])
    state.theme = theme
    painter: Any = Painter()
    surface = pygame.Surface(size)
    state.playhead.seek(20)
    state.select(2)
    state.menu = True
    for number in range(3):
        state.tick(float(number))
        painter.paint(surface, state, float(number))
    whole = surface.copy()
    assert colours(whole) > 20
    draw_help(surface, painter.style, driving=True)
    assert pygame.image.tobytes(surface, "RGB") != pygame.image.tobytes(whole, "RGB")
    state.close()


def test_what_has_not_changed_looks_the_same_drawn_again(playback):
    opened, _ = playback
    pictures = []
    for twice in (False, True):
        state = WindowState(Playhead([opened], 8.0), [MapView(opened)])
        state.playhead.toggle_pause()
        state.playhead.seek(20)
        painter, surface = Painter(), pygame.Surface((960, 540))
        state.series = [cast(Any, CompleteSeries(opened))]
        for number in range(1 + twice):
            state.tick(float(number))
            painter.paint(surface, state, float(number))
        pictures.append(pygame.image.tobytes(surface, "RGB"))
        state.close()
    assert pictures[0] == pictures[1]


class CompleteSeries:
    """Measures that are already complete."""

    def __init__(self, playback):
        self._measures = LiveMeasures()
        self._measures.add([playback.frame(number) for number in range(playback.last + 1)])
        self.names, self.known = LIVE, playback.last

    def work(self):
        pass

    def values(self, name):
        return self._measures.values(name)


@pytest.mark.slow
def test_drawing_does_not_leak_memory(playback):
    opened, frames = playback
    state = WindowState(Playhead([live_playback(frames)], 8.0), [MapView(opened)])
    state.toggle("heat")
    state.toggle("trails")
    painter, surface = Painter(), pygame.Surface((480, 320))

    def objects(first, last):
        for number in range(first, last):
            if state.playhead.paused:
                state.playhead.toggle_pause()
            if number % 20 == 0:
                state.select_adjacent(1)
            state.tick(number / 8)
            painter.paint(surface, state, number / 8)
        gc.collect()
        return len(gc.get_objects())

    before = objects(0, 60)
    assert objects(60, 260) < before + 150
    state.close()


def test_as_a_plain_renderer_it_shows_frames_until_it_is_closed(playback, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    _, frames = playback
    window = Window()
    assert isinstance(window, Renderer)
    window.open()
    for frame in frames[:3]:
        window.show(frame)
    assert window.loop is not None
    assert window.loop.state.frame == frames[2]
    assert window.loop.frames_drawn >= 3
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.show(frames[3])
    window.show(frames[4])
    assert window.loop is None
    assert not pygame.display.get_init()
    window.close()


def test_the_track_knows_its_rounds():
    style = Style.of((1280, 720), DARK)
    track = Track.of(pygame.Rect(0, 662, 1280, 58), style, 200)
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
    assert track_end(last, most, live) == end


def test_a_text_panel_is_as_high_as_its_blocks():
    panel = TextPanel(Style.of((1280, 720), DARK), 300)
    panel.heading("part")
    panel.text("word " * 60)
    panel.monospaced("# . A\n" * 5 + "x" * 500)
    panel.pair("name", "value " * 30)
    drawn = panel.render()
    assert drawn.get_size() == (300, panel.height)
    assert colours(drawn.subsurface((0, panel.height - 20, 300, 20))) > 1


# Keys and human input.


def test_every_key_does_one_thing_and_every_thing_is_known(playback):
    opened, _ = playback
    all_keys = [key for binding in keys.BINDINGS for key in binding.keys]
    assert len(all_keys) == len(set(all_keys))
    state = WindowState(Playhead([opened], 8.0), [MapView(opened)])
    state.tick(0.0)
    unknown = {
        binding.command for binding in keys.BINDINGS if not key_actions.run(state, binding.command, 1.0)
    }
    assert unknown == {"quit", "full"}
    state.close()


def ask(human_input, message="none", allowed=()):
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
    return human_input.ask(brief, Perception("agent_4", 0, (0, 0), 0, (), (), allowed), False)


@pytest.mark.parametrize(
    ("key", "move"), [("W", 1), ("Up", 1), ("S", 2), ("A", 3), ("Right", 4), (".", 0), ("Space", 5), ("3", 3)]
)
def test_keys_of_the_human_are_moves(key, move):
    human_input = WindowInput()
    assert not human_input.press(key, key), "no human plays yet"
    answer = ask(human_input)
    assert human_input.press(key, key)
    assert answer.result(0).move == move
    assert human_input.question is None


def test_invalid_keys_leave_the_question_open():
    human_input = WindowInput()
    answer = ask(human_input, allowed=(True, False, True, True, True, True))
    assert human_input.press("W", "w")
    assert "not allowed" in human_input.hint
    assert human_input.press("9", "9")
    assert "no move 9" in human_input.hint
    assert not human_input.press("H", "h"), "the window's"
    assert human_input.press("S", "s")
    assert answer.result(0).move == 2


def test_moves_can_be_typed_ahead_and_messages_are_sent_with_the_move():
    human_input = WindowInput()
    ask(human_input, "text").cancel()
    for key in ("S", "D"):
        human_input.press(key, key.lower())
    answers = []
    for _ in range(2):
        answers.append(ask(human_input, "text"))
        human_input.use_typed_ahead()
    assert [answer.result(0).move for answer in answers] == [2, 4]
    answer = ask(human_input, "text")
    for key, letters in (
        ("T", "t"),
        ("H", "h"),
        ("É", "é"),
        ("Backspace", "\b"),
        (".", "."),
        ("Enter", "\r"),
    ):
        assert human_input.press(key, letters)
    assert human_input.press("Space", " ")
    assert (answer.result(0).move, answer.result(0).message) == (5, "h.")


def test_only_the_latest_request_is_looked_up():
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


# Measures and model calls.


def test_measures_of_a_live_game_are_those_of_its_recording(playback):
    opened, frames = playback
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


def test_live_calls_report_pending_and_answered_calls():
    calls = LiveCalls()
    first, second = CallKey("agent_3", 7, 0), CallKey("agent_3", 7, 1)
    calls.begin(first, "m", (("user", "what?"),))
    calls.begin(CallKey("judge_0", 7), "m", ())
    assert set(calls.thinking()) == {3}
    open_thought: Any = calls.thought(3, 7)
    assert (open_thought.prompt, open_thought.answer, open_thought.seconds) == (
        (("user", "what?"),),
        "",
        None,
    )
    calls.end(first, past("ok", "a draft"))
    assert not calls.thinking()
    calls.begin(second, "m", (("user", "sure?"),))
    calls.end(second, past("unparsable", "hm", "unparsable", 1))
    both: Any = calls.thought(3, 7)
    assert (both.prompt[0][1], both.answer, both.failed) == ("sure?", "hm", "unparsable: no move in it")
    assert (both.prompt_tokens, both.completion_tokens, both.cost, both.seconds) == (20, 4, 1.0, 3.0)
    assert calls.thought(3, 8) is None
    calls.begin(CallKey("agent_1", 8), "m", ())
    calls.give_up(CallKey("agent_1", 8))
    assert not calls.thinking()


def test_live_calls_forget_the_oldest(monkeypatch):
    monkeypatch.setattr("swarm_env.chat.live_calls.MOST_CHARACTERS", 1000)
    calls = LiveCalls()
    for number in range(100):
        key = CallKey("agent_0", number)
        calls.begin(key, "m", (("user", "x" * 90),))
        calls.give_up(key)
    assert calls.thought(0, 99) is not None
    assert [calls.thought(0, number) is None for number in (0, 50, 88)] == [True] * 3


def test_a_press_stops_a_run_once_and_cancels_the_pending_future():
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
