"""The window as `swarm` opens it: when it does, and how it ends."""

import json
import os
import signal
import socket
import subprocess

import pytest

from swarm_env.cli.display import has_display, open_window, view_of
from swarm_env.errors import ConfigError
from tests.cli.programs import SWARM, swarm
from tests.viz.screen import PATIENCE, needs_screen, screen


@pytest.mark.parametrize(
    ("display", "asked", "quiet", "as_json", "view"),
    [
        (":1", None, False, False, "window"),
        (":1", None, True, False, "none"),
        (":1", None, False, True, "terminal"),
        (":1", "window", True, True, "window"),
        (":1", "terminal", False, False, "terminal"),
        ("", None, False, False, "terminal"),
        ("", "none", False, False, "none"),
    ],
)
def test_a_window_is_the_default_where_there_is_a_display(monkeypatch, display, asked, quiet, as_json, view):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    assert has_display() == bool(display)
    assert view_of(asked, quiet, as_json) == view


def test_wayland_is_a_display(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert view_of(None) == "window"


def test_another_view_is_refused():
    with pytest.raises(ConfigError, match="'vr' is none of window, terminal, none"):
        view_of("vr")


@pytest.mark.skipif(os.name != "posix", reason="other systems always have a display")
def test_without_a_display_one_line_says_so_and_all_else_works(capsys, tmp_path):
    assert open_window(8.0) is None
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "No window can be opened" in said
    done = swarm(
        capsys, "run", "pursuit", "--rounds", "3", "--seed", "1", "--render", "window", "-o", tmp_path / "run"
    )
    assert done.status == 0, done.err
    assert "No window can be opened" in done.err
    assert "pursuit over after 3 rounds" in done.out
    done = swarm(capsys, "replay", tmp_path / "run", tmp_path / "run", "--render", "window")
    assert done.status == 2
    assert "side by side in a window" in done.err


@pytest.fixture
def program(tmp_path):
    """Starts `swarm` in front of a screen; killed at the end."""
    started = []
    (tmp_path / "screen").mkdir()
    with screen(tmp_path / "screen") as display:

        def start(*arguments):
            process = subprocess.Popen(
                [SWARM, *map(str, arguments)],
                cwd=tmp_path,
                env=os.environ | {"DISPLAY": display.display, "OPENAI_API_KEY": "none"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.append(process)
            return process

        yield display, start
        for process in started:
            process.kill()
            process.communicate()


@pytest.mark.slow
@needs_screen
@pytest.mark.parametrize("end", ["close", "Ctrl-C"])
def test_a_run_that_waits_for_a_model_is_stopped_at_once_and_can_be_resumed(program, tmp_path, end):
    display, start = program
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts requests and never answers
        silent.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        command = ("run", "foraging", "-a", f"llm:m@{url}", "-n", 2, "-s", 1, "-o", "run")
        process = start(*command)
        with silent.accept()[0]:
            if end == "close":
                display.do("key", "q")  # the window was opened before the request
            else:
                process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert "stopped after 0 rounds" in out
    assert "swarm run --resume run" in err
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "interrupted"
