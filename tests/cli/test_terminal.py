import io
import re

import pytest
from rich.console import Console

from swarm_env.frame import Kind, Renderer
from tests.frames import framed
from viz.terminal import Terminal, picture, plain

FRAME = framed(
    ("WWWWW", "WA.FW", "W.a.W", "WWWWW"),
    {"agent_0": (1, 1), "agent_13": (2, 2)},
    (
        Kind("W", "wall", (90, 90, 90)),
        Kind("F", "food", (0, 158, 115)),
        Kind("a", "agent", (86, 180, 233)),
        Kind("A", "agent carrying food", (0, 114, 178)),
    ),
    scenario="foraging",
    round=3,
    score=2.0,
    messages=(("agent_0", "I see food"), ("agent_13", "so \x1b[2J\nwhat")),
    caption="scripted, seed 7",
)


def drawn(frame, width=80, height=24, **options):
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, height=height, **options)
    console.print(picture(frame, width, height))
    return file.getvalue()


def uncoloured(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_plain_text_is_the_map_of_the_rules():
    said = ["agent_0: I see food", "agent_13: so  [2J what"]
    assert plain(FRAME).split("\n") == ["foraging  round 3/100  score 2", *FRAME.grid, *said]


def test_agents_are_numbers_and_marked_ones_are_filled():
    text = drawn(FRAME)
    assert "W 0 · F W" in uncoloured(text)
    assert re.search(r"\x1b\[7;\d+m0 ", text), "marked: reversed"
    assert re.search(r"\x1b\[1;\d+m13", text), "unmarked: bold"
    assert "round 3/100" in text
    assert "scripted, seed 7" in text


def test_messages_cannot_move_the_cursor():
    text = drawn(FRAME)
    assert "\x1b[2J" not in text
    assert "so  [2J what" in uncoloured(text)


@pytest.mark.parametrize("height", [3, 8, 24])
@pytest.mark.parametrize("width", [8, 20, 80])
def test_a_large_map_is_cut_around_the_agents(width, height):
    side = 60
    frame = framed(("." * side,) * side, {"agent_7": (40, 50)}, messages=(("agent_7", "x" * 99),) * 9)
    lines = uncoloured(drawn(frame, width, height)).rstrip("\n").split("\n")
    assert all(len(line) <= width for line in lines)
    assert any(re.search(r"7 ", line) for line in lines)
    assert len(lines) <= max(height, 9)


def test_without_colours_everything_can_still_be_read():
    text = drawn(FRAME, no_color=True)
    assert "W 0 · F W" in uncoloured(text)


def test_without_a_terminal_there_are_no_control_codes():
    file = io.StringIO()
    renderer = Terminal(Console(file=file, force_terminal=False))
    assert isinstance(renderer, Renderer)
    renderer.open()
    renderer.show(FRAME)
    renderer.close()
    assert file.getvalue() == plain(FRAME) + "\n\n"


def test_the_cursor_comes_back():
    file = io.StringIO()
    renderer = Terminal(Console(file=file, force_terminal=True))
    renderer.open()
    renderer.show(FRAME)
    renderer.close()
    renderer.close()
    text = file.getvalue()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert "score 2" in text
