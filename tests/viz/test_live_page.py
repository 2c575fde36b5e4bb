"""`--web`: a running game in a real browser, which is never waited for."""

import http.client
import json
import os
import signal
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import pytest
from swarm_env.viz.live.serve_frames import MOST_AT_ONCE, Feed

from swarm_env.errors import ConfigError
from swarm_env.frame import Thought
from swarm_env.registry import load
from tests.cli.programs import swarm
from tests.viz.browser import browsing
from tests.viz.scenes import scene
from tests.viz.web_server import needs_browser

EVIL = "</script><img src=x onerror=owned=2>"


class Calls:
    def thinking(self):
        return ()

    def thought(self, agent, number):
        return (
            Thought("model", (("user", EVIL),), "GO", 1, 2, 0.5, 0.1, "", "because") if agent == 0 else None
        )


def frames(count):
    start = scene(round=0, caption=EVIL)
    for number in range(count):
        cells = start.cells.copy()
        cells[1, 1 + number % 5] = 3
        more = {
            "messages": (("agent_0", f"{EVIL} {number}"),),
            "model_calls": Calls(),
            "score": float(number),
        }
        yield replace(start, round=number, cells=cells, **more)


@pytest.fixture
def live():
    links: list[str] = []
    renderer = load("renderer", "live")(announce=links.append)
    renderer.open()
    assert links == [renderer.link]
    yield renderer
    renderer.close()


@needs_browser
def test_a_browser_follows_the_game_and_keeps_what_it_got(live, tmp_path):
    shown = list(frames(40))
    with browsing(tmp_path / "one") as browser:
        live.show(shown[0])
        browser.open(live.link)
        for number in range(1, 40):
            live.show(shown[number])
            if number % 5 == 0:
                browser.wait(f"swarm.playback.last === {number}")
                assert browser.value(f"swarm.playback.grid({number})") == list(shown[number].grid)
        browser.wait("swarm.playback.last === 39 && swarm.player.round === 39")
        browser.value("swarm.player.seek(5, true), swarm.player.select(0)")
        browser.value("document.getElementById('layer-heat').click()")
        assert browser.value("swarm.playback.grid(5)") == list(shown[5].grid)
        thought = browser.value("swarm.playback.thought(0, 4)")
        assert (thought["answer"], thought["reasoning"]) == ("GO", "because")
        browser.value("swarm.player.seek(4, true)")
        browser.wait("document.querySelector('.thought')")
        assert "because" in browser.value("document.querySelector('.thought').textContent")
        with browsing(tmp_path / "other") as late:  # it gets what came before
            late.open(live.link)
            late.wait("swarm.playback.last === 39")
            assert late.value("swarm.playback.grid(5)") == list(shown[5].grid)
        assert browser.value("document.body.dataset.live") == "live"
        live.close()
        browser.wait("document.body.dataset.live === 'over'")
        assert browser.value("[typeof owned, document.images.length]") == ["undefined", 0]
        assert browser.complaints == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP")
def test_the_game_never_waits_for_a_server_that_stands_still(live):
    os.kill(live._process.pid, signal.SIGSTOP)
    big = np.zeros((400, 400), np.uint8)
    for number in range(300):  # would fill the pipe many times over
        live.show(replace(scene(), round=number, cells=big))
    os.kill(live._process.pid, signal.SIGCONT)
    live.close()
    assert live._process.returncode == 0


def test_a_slow_watcher_gets_the_newest_frame_only():
    feed = Feed()
    for number in range(100):
        feed.add(number, f"{number}")
    assert feed.after(20, False) == ["99"] and feed.after(99, False) == []
    assert feed.after(96, True) == ["97", "98", "99"]
    feed = Feed()
    for number in range(40):
        feed.add(number, "x" * (MOST_AT_ONCE // 4) + str(number))
    first = feed.after(-1, True)
    assert sum(map(len, first)) < 2 * MOST_AT_ONCE and first[-1].endswith("39")
    for number in range(40, 200):
        feed.add(number, "x" * (MOST_AT_ONCE // 4) + str(number))
    assert feed.frames[-1][0] == 199 and len(feed.frames) < 100


def test_a_socket_needs_cookie_and_origin(live):
    port = urlsplit(live.link).port
    live.show(next(frames(1)))

    def status(**headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        connection.request("GET", "/live", headers=upgrade | key | headers)
        found = connection.getresponse().status
        connection.close()
        return found

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", urlsplit(live.link).path + "?" + urlsplit(live.link).query)
    cookie = {"Cookie": connection.getresponse().headers["set-cookie"].partition(";")[0]}
    connection.close()
    own = {"Origin": f"http://127.0.0.1:{port}"}
    assert status(**own) == 403
    assert status(**cookie) == 403
    assert status(**cookie, Origin="http://evil.example") == 403
    assert status(**cookie, **own, Host="evil.example") == 403
    assert status(**cookie, **own) == 101


@pytest.mark.slow
def test_the_commands(capsys, tmp_path):
    arguments = ("run", "pursuit", "--rounds", "3", "--seed", "1", "--fps", "0", "--out", tmp_path / "run")
    done = swarm(capsys, *arguments, "--web", "--json")
    assert done.status == 0 and json.loads(done.out)["rounds"] == 3, done.err
    assert "/?token=" in done.err
    for more, reason in (
        (("--web", "--render", "none"), "leave out --render"),
        (("--port", "1"), "--port is for --web"),
    ):
        done = swarm(capsys, "run", "pursuit", *more)
        assert done.status == 2 and reason in done.err
    done = swarm(capsys, "replay", tmp_path / "run", tmp_path / "run", "--web")
    assert done.status == 2 and "swarm view" in done.err


@pytest.mark.slow
def test_a_port_that_is_taken(live):
    other = load("renderer", "live")(urlsplit(live.link).port)
    with pytest.raises(ConfigError, match="--port"):
        other.open()
    other.close()
