"""Bidirectional controls in messages are shown as escapes, everywhere."""

from io import StringIO

import pytest
from rich.console import Console
from swarm_env.agents import human
from swarm_env.viz.draw.style.text import clean, shortened, wrapped
from swarm_env.viz.page import packing
from swarm_env.viz.terminal import Terminal, plain_text, rendered

from swarm_env.cli.live_view import LiveView
from swarm_env.cli.output import note
from swarm_env.frame import visible
from tests.frames import framed

CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TEXT = f"go{CONTROLS} on"


def frame():
    return framed(
        ("....", "...."),
        {"agent_0": (0, 0), "agent_1": (1, 1)},
        messages=(("agent_0", TEXT),),
        heard={"agent_1": (TEXT,)},
        caption=TEXT,
        status=TEXT,
    )


def check(shown):
    assert not set(shown) & set(CONTROLS)
    assert r"\u202e" in shown and r"\u2066" in shown and r"\u061c" in shown


def test_all_controls_become_escapes_and_nothing_else_changes():
    assert visible(CONTROLS) == "".join(f"\\u{ord(control):04x}" for control in CONTROLS)
    others = "".join(chr(code) for code in range(0x3000) if chr(code) not in CONTROLS)
    assert visible(others) == others


def test_the_terminal_shows_escapes():
    check(plain_text(frame()))
    drawn, written = StringIO(), StringIO()
    console = Console(file=drawn, width=200, force_terminal=True)
    console.print(rendered(frame(), 200, 30))
    check(drawn.getvalue())
    Terminal(Console(file=written, width=200)).show(frame())
    check(written.getvalue())


def test_the_window_and_videos_show_escapes():
    check(clean(TEXT))
    check(shortened(TEXT, 14, 10_000))
    check("".join(wrapped(TEXT, 14, 10_000)))


def test_the_page_holds_escapes():
    messages = packing._messages(frame())
    check(messages["said"][1])
    check(messages["heard"][1][0])


def test_notices_and_the_screen_of_a_person_show_escapes(capsys):
    note(TEXT)
    check(capsys.readouterr().err)
    LiveView(0).notice(TEXT)
    check(capsys.readouterr().err)
    check(human._shown(TEXT))


@pytest.mark.parametrize("text", ["", "plain", "\u65e5\u672c", "\ud800"])
def test_other_texts_stay(text):
    assert visible(text) == text
