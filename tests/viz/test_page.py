import json
import random
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from swarm_env.viz.draw.style.kind_styles import floor_codes, palette_of, shades_of
from swarm_env.viz.draw.style.theme import THEMES
from swarm_env.viz.page import Page, packing, template
from swarm_env.viz.page.template import SCRIPTS

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame, Kind, Thought
from swarm_env.playback.playback import Playback
from swarm_env.playing.runner import play
from swarm_env.registry import load
from tests.cli.programs import swarm
from tests.frames import framed
from tests.reference.recordings import DATA
from tests.runs.agents import Talker, team
from tests.viz.browser import browsing, needs_browser
from tests.viz.contrast import faint

EVIL = "</script><script>owned=1</script><img src=x onerror=owned=2>{{script}}\u2028"
PROBES = """(() => {
  const { playback, camera } = swarm, map = document.getElementById("map");
  const pen = new OffscreenCanvas(map.width, map.height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(map, 0, 0);
  const all = pen.getImageData(0, 0, map.width, map.height).data;
  const pixel = (row, column) => {
    const { x, y } = camera.probe(row, column), ratio = devicePixelRatio;
    const at = 4 * (Math.floor(y * ratio) * map.width + Math.floor(x * ratio));
    return [...all.slice(at, at + 3)];
  };
  return Array.from({ length: playback.height }, (_, row) =>
    Array.from({ length: playback.width }, (_, column) => pixel(row, column)));
})()"""
STATE = """(({ places, present, marks, moves, said, heard, hears }) => ({
  places: [...places], present: [...present], marks: [...marks], moves: [...moves],
  said: said.map(({ agent, text }) => [agent, text]), heard: [...heard], hears,
}))(swarm.playback.frame(%d))"""
PLAYED = """new Promise((done) => {
  const seen = new Set(), look = () => {
    seen.add(document.body.dataset.round);
    if (swarm.player.playing) requestAnimationFrame(look); else done([...seen].map(Number));
  };
  look();
})"""
QUIET = "Object.assign(swarm.painter.layers, { bubbles: false, hearing: false, pushes: false })"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browsing(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """A run with much pushing and talking, its frames and its page."""
    folder = tmp_path_factory.mktemp("talk")
    shown: list[Frame] = []
    play(
        "pursuit", team((Talker, None)), seed=4, out=folder / "run", max_rounds=30, message="text",
        observer=shown.append,
    )  # fmt: skip
    page = written(folder / "run.html", shown)
    return SimpleNamespace(run=folder / "run", frames=shown, page=page)


def written(path, frames):
    page = Page(path)
    page.open()
    for frame in frames:
        page.show(frame)
    page.close()
    return path


def seek(browser, number):
    browser.value(f"swarm.player.seek({number}, true)")
    browser.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def check_map(browser, frame, theme):
    """Check that the page shows a frame: symbols and colour of each cell."""
    seek(browser, frame.round)
    assert browser.value(f"swarm.playback.grid({frame.round})") == list(frame.grid)
    assert browser.value(STATE % frame.round) == {
        "places": frame.places.ravel().tolist(),
        "present": frame.present.astype(int).tolist(),
        "marks": frame.marks.tolist(),
        "moves": frame.moves.tolist(),
        "said": [[int(name.removeprefix("agent_")), text] for name, text in frame.messages],
        "heard": [[int(name.removeprefix("agent_")), list(texts)] for name, texts in frame.heard.items()],
        "hears": [number for pair in frame.hears for number in pair],
    }
    colours = np.array(palette_of(frame.setting, THEMES[theme]))
    seen = np.array(browser.value(PROBES))
    wrong = np.argwhere((seen != colours[frame.cells]).any(axis=2))
    assert not len(wrong), [(place, frame.cells[*place], seen[*place]) for place in wrong.tolist()]


# In a browser.


@needs_browser
def test_the_map_is_that_of_the_run_and_plays_to_the_end(browser, talk):
    browser.open(talk.page)
    browser.value(QUIET)
    for number in (0, 17, 30):
        check_map(browser, talk.frames[number], "dark")
    assert browser.value("document.getElementById('score').textContent") == f"{talk.frames[30].score:g}"
    seek(browser, 0)
    browser.value("Object.assign(swarm.player, { speed: 64 }).play()")
    seen = browser.value(PLAYED)
    assert (seen[0], seen[-1], browser.value("swarm.player.playing")) == (0, 30, False)
    assert len(seen) > 5
    assert browser.complaints == []
    assert browser.requests == [talk.page.as_uri()]


@needs_browser
def test_the_floor_teams_and_payoffs_are_shown(browser, tmp_path):
    for scenario in ("commons", "battle"):
        shown: list[Frame] = []
        play(scenario, "random", seed=2, max_rounds=12, observer=shown.append)
        browser.open(written(tmp_path / f"{scenario}.html", shown))
        browser.value(QUIET)
        for frame in (shown[0], shown[-1]):
            seek(browser, frame.round)
            assert browser.value(f"swarm.playback.grid({frame.round})") == list(frame.grid)
            codes = floor_codes(frame.setting.floor, frame.floor)
            if codes is not None:
                seen = np.array(browser.value(PROBES))
                shades = [
                    shade for one in frame.setting.floor for shade in shades_of(one, THEMES["dark"].floor)
                ]
                there = (frame.cells == 0) & (codes > 0)
                assert there.any() and (seen[there] == np.array(shades)[codes[there] - 1]).all()
        browser.value("swarm.player.select(1)")
        seek(browser, shown[-1].round)
        assert f"payoff {shown[-1].payoffs[1]:g}" in browser.value(
            "document.getElementById('agent').textContent"
        )
        status = browser.value("document.getElementById('status').textContent")
        assert shown[-1].teams_line in status and ("red 5 in play" in status) == (scenario == "battle")
        assert browser.complaints == []


@needs_browser
@pytest.mark.parametrize("game", ["transport-expert-824072", "foraging-expert-776634"])
def test_native_logs_and_marked_agents_in_light_and_fine(browser, tmp_path, game):
    with Playback(DATA / "swarmbench" / game) as playback:
        shown = [playback.frame(number) for number in range(playback.last + 1)]
    browser.open(written(tmp_path / "page.html", shown), dark=False, scale=1.5)
    browser.value(QUIET)
    for number in (0, len(shown) // 2, len(shown) - 1):
        check_map(browser, shown[number], "light")
    assert browser.complaints == []


@needs_browser
def test_keys_and_clicks(browser, talk):
    browser.open(talk.page, fragment="#round=12&agent=3")
    shown = "swarm.player.round", "swarm.player.selected"
    assert [browser.value(one) for one in shown] == [12, 3]
    for key, round in (("ArrowLeft", 11), ("End", 30), ("Home", 0), (".", 1), ("PageDown", 4), (" ", None)):
        browser.press(key)
        assert round is None or browser.value("swarm.player.goal") == round
    assert browser.value("swarm.player.playing")
    browser.press(" ")
    assert not browser.value("swarm.player.playing")
    browser.press("Escape")
    assert browser.value("swarm.player.selected") is None
    seek(browser, 20)
    frame = talk.frames[20]
    agent = int(next(iter(frame.heard)).removeprefix("agent_"))
    row, column = frame.places[agent].tolist()
    corner = browser.value("(({ x, y }) => [x, y])(document.getElementById('map').getBoundingClientRect())")
    spot = browser.value(f"(({{ x, y }}) => [x, y])(swarm.camera.probe({row}, {column}))")
    browser.click(corner[0] + spot[0], corner[1] + spot[1])
    text = browser.value("document.getElementById('panel-agent').innerText").lower()
    assert f"agent, row {row}, column {column}" in text
    assert f"{frame.setting.actions[frame.moves[agent]].lower()}" in text
    for heard in frame.heard[f"agent_{agent}"]:
        assert heard.strip().lower() in text
    theme = browser.value("document.body.dataset.theme")
    browser.press("c")
    assert {theme, browser.value("document.body.dataset.theme")} == {"dark", "light"}
    assert browser.complaints == []


@needs_browser
def test_hostile_texts_stay_texts(browser, tmp_path):
    browser.open(written(tmp_path / "page.html", hostile()))
    browser.value("swarm.player.seek(1, true)")
    browser.value("swarm.player.select(0)")
    browser.value("document.getElementById('talkpart').click()")
    browser.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    for part in ("#messagelist span", "#agent blockquote", "#caption", "#legend li:nth-child(2)"):
        assert browser.value(f"document.querySelector('{part}').textContent") == EVIL, part
    seek(browser, 0)
    for part in ("#agent pre", "#agent details pre", ".facts span"):
        assert browser.value(f"document.querySelector('{part}').textContent") == EVIL, part
    assert browser.value("[typeof owned, document.images.length, document.scripts.length]") == [
        "undefined",
        0,
        2,
    ]
    assert browser.complaints == []
    assert len(browser.requests) == 1


# Without one.


def hostile():
    """Two frames whose texts are all hostile."""
    thought = Thought(EVIL, ((EVIL, EVIL),), EVIL, 1, 2, 0.1, 0.2, EVIL)
    calls = SimpleNamespace(thinking=lambda: (), thought=lambda agent, number: thought)
    kinds = (Kind("W", EVIL, (88, 88, 96)), Kind("a", "agent", (0, 114, 178)))
    first = framed(["a.W"], {"agent_0": (0, 0)}, kinds, caption=EVIL, model_calls=calls)
    setting = replace(first.setting, message="text", first_movable=3, hearing=5, scenario="evil.py:E")
    first = replace(first, setting=setting)
    again = replace(first, round=1, messages=(("agent_0", EVIL),), heard={"agent_0": (EVIL,)}, status=EVIL)
    return [first, again]


class Tags(HTMLParser):
    """Names of all tags of a page, and what lies in its scripts."""

    def __init__(self):
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_hostile_texts_are_not_parsed_as_html(tmp_path):
    text = written(tmp_path / "page.html", hostile()).read_text()
    reader = Tags()
    reader.feed(text)
    assert reader.tags.count("script") == 2
    assert "img" not in reader.tags
    assert "owned" not in text.replace(text[text.index("<title>") : text.index("</title>")], "")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_the_script_never_parses_texts_as_markup():
    for script in SCRIPTS:
        program = (Path(template.__file__).parent / script).read_text()
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
            assert way not in program, script


def test_a_hundred_rounds_of_ten_talking_models_are_small(tmp_path):
    draw = random.Random(1)
    text = lambda length: "".join(draw.choice("abcdefghijklmnopqrstuvwxyz     ") for _ in range(length))  # noqa: E731
    rules = text(3000)
    lines = [[text(80) for _ in range(10)] for _ in range(110)]

    def thought(agent, number):
        seen = "\n".join(line[agent] for line in lines[number : number + 5] for _ in range(5))
        return Thought("some-model", (("system", rules), ("user", seen)), text(300), 900, 80, 0.001, 1.5)

    frames: list[Frame] = []
    play("pursuit", "scripted", seed=2, max_rounds=100, message="text", observer=frames.append)
    calls = SimpleNamespace(thinking=lambda: (), thought=thought)
    said = [
        replace(frame, model_calls=calls, messages=tuple((f"agent_{a}", text(120)) for a in range(10)))
        for frame in frames
    ]
    assert len(said) == 101
    assert written(tmp_path / "page.html", said).stat().st_size < 2_000_000


def test_too_large_games_are_refused(tmp_path, monkeypatch):
    page = Page(tmp_path / "page.html")
    with pytest.raises(ConfigError, match="no frame was given"):
        page.text()
    page.close()
    assert not (tmp_path / "page.html").exists()
    one = framed(["a."], {"agent_0": (0, 0)}, (Kind("a", "agent", (1, 2, 3)),))
    page.show(one)
    with pytest.raises(ConfigError, match="goes on with round 1"):
        page.show(one)
    wide = replace(one, cells=np.zeros((600, 600), np.uint8))
    with pytest.raises(ConfigError, match="600 x 600 cells and 1 agents. Record a video"):
        Page().show(wide)
    monkeypatch.setattr(packing, "MOST_CHARACTERS", 100)
    with pytest.raises(ConfigError, match="Choose fewer rounds with --round and --until"):
        page.show(replace(one, round=1, messages=(("agent_0", "x" * 200),)))


def test_the_command(capsys, talk, tmp_path):
    out = tmp_path / "run.html"
    done = swarm(capsys, "replay", talk.run, "--html", out, "--round", 3, "--until", 9)
    assert (done.status, done.out) == (0, ""), done.err
    assert f"{out}: rounds 3 to 9" in done.err
    assert "Content-Security-Policy" in out.read_text()
    for arguments, reason in (
        ((talk.run, "--html", tmp_path / "no" / "x.html"), "there is no folder"),
        ((talk.run, "--html", out, "--round", 99), "has no round 99"),
        ((talk.run, "--html", tmp_path), "cannot be written"),
        ((talk.run, talk.run, "--html", out), "leave out --render"),
    ):
        done = swarm(capsys, "replay", *arguments)
        assert done.status == 2
        assert reason in done.err


def test_measures_are_plotted(talk):
    page = load("renderer", "page")()
    for frame in talk.frames:
        page.show(frame)
    page.plot("stillness", "share of agents that stay", {1: 0.5, 2: float("nan"), 3: 0.25})
    (series,) = page._packer.data()["series"]
    assert series == {
        "name": "stillness",
        "says": "share of agents that stay",
        "rounds": [1, 3],
        "values": [0.5, 0.25],
    }
    assert json.dumps(page._packer.data(), allow_nan=False)


@needs_browser
@pytest.mark.parametrize("topology", ["range", "ring", "commander"])
def test_a_page_says_who_hears_whom(browser, talk, tmp_path, topology):
    setting = replace(talk.frames[0].setting, topology=topology)
    shown = [replace(frame, setting=setting) for frame in talk.frames[:2]]
    browser.open(written(tmp_path / "page.html", shown))
    facts = browser.value("document.getElementById('facts').textContent")
    in_range = topology == "range"
    assert (f"heard up to{setting.hearing} cells away" in facts, "heard by" in facts) == (
        in_range,
        not in_range,
    )


@needs_browser
def test_a_page_shows_what_messages_were_worth(browser, talk, tmp_path):
    frame = next(frame for frame in talk.frames[1:] if frame.messages)
    name, text = frame.messages[0]
    gains = {name: (0.0, -1.0, float("nan"))}
    shown = [replace(frame, round=frame.round - 1, messages=()), replace(frame, influence=gains)]
    browser.open(written(tmp_path / "page.html", shown))
    seek(browser, frame.round)
    browser.value(f"swarm.player.select({int(name.rpartition('_')[2])})")
    said = browser.value(f"swarm.playback.said({frame.round})[0]")
    assert (said["text"], said["worth"]) == (text, "-1.00")
    assert said["gains"] == "silenced +0.00, worst swap -1.00"


@needs_browser
@pytest.mark.parametrize("dark", [True, False])
def test_every_text_has_the_contrast_of_wcag_aa(browser, talk, dark):
    browser.open(talk.page, dark=dark, fragment="#round=9&agent=2")
    assert faint(browser) == []
    browser.value("document.getElementById('talkpart').click()")
    browser.wait("document.querySelectorAll('.speaker').length > 3")
    assert faint(browser) == []
    browser.value("document.getElementById('choose').open = true")
    browser.value("document.getElementById('help').showModal()")
    assert faint(browser) == []
