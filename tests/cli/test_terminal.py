import io
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from swarm_env.viz.terminal import Terminal, plain_text, rendered

from swarm_env.frame import Kind, Renderer
from tests.frames import framed

AGENTS = (Kind("W", "wall", (90, 90, 90)), Kind("a", "agent", (0, 0, 9)), Kind("A", "marked", (0, 9, 9)))
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
    console.print(rendered(frame, width, height))
    return file.getvalue()


def uncoloured(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_plain_text_is_the_map_of_the_rules():
    said = ["agent_0: I see food", "agent_13: so  [2J what"]
    assert plain_text(FRAME).split("\n") == ["foraging  round 3/100  score 2", *FRAME.grid, *said]


def test_agents_are_numbers_and_marked_ones_are_filled():
    text = drawn(FRAME)
    assert "W 0 · F W" in uncoloured(text)
    assert re.search(r"\x1b\[7;\d+m0 ", text), "marked: reversed"
    assert re.search(r"\x1b\[1;\d+m13", text), "unmarked: bold"
    assert "round 3/100" in text
    assert "scripted, seed 7" in text


def test_arrows_show_where_agents_moved_and_a_bar_how_far_the_game_is():
    there = {"agent_0": (0, 0), "agent_1": (0, 2), "agent_10": (0, 4)}
    text = uncoloured(drawn(framed(("A.a.a",), there, AGENTS, moves=[1, 4, *[-1] * 8, 2], round=50)))
    assert "0↑· 1→· 10" in text
    assert "━━━───" in text


def test_who_else_speaks_is_counted():
    frame = framed(("A",), {"agent_0": (0, 0)}, AGENTS, messages=(("agent_0", "hi"),) * 8)
    assert "and 3 more speak" in drawn(frame)


def test_terminals_without_arrows_and_lines_get_letters():
    frame = framed(("A.",), {"agent_0": (0, 0)}, AGENTS, moves=[2], messages=(("agent_0", "für…"),))
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    renderer = Terminal(Console(file=file, force_terminal=True, width=40, height=12))
    renderer.open()
    renderer.show(frame)
    renderer.close()
    text = uncoloured(file.buffer.getvalue().decode("ascii"))
    assert "0v. " in text and "agent_0: f?r?" in text


def test_a_large_world_is_drawn_by_its_visible_part():
    side = 3000
    frame = framed((".",), {})
    everywhere = np.argwhere(np.ones((side, 300), bool)).astype(np.int32)
    count = len(everywhere)
    large = replace(
        frame,
        cells=np.zeros((side, side), np.uint8),
        places=everywhere,
        present=np.ones(count, bool),
        marks=np.zeros(count, np.uint8),
        moves=np.zeros(count, np.int8),
    )
    started = time.process_time()
    drawn(large)
    assert time.process_time() - started < 2.0, "900 000 agents, none of which is looked at alone"


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
    assert file.getvalue() == plain_text(FRAME) + "\n\n"


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
