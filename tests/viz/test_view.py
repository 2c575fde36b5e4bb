"""`swarm view` in a real browser, and what its server refuses."""

import http.client
import json
import re
import shutil
import sqlite3
import threading
from contextlib import closing, contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from swarm_env.viz.web.index import follower as view_follower
from swarm_env.viz.web.index.follower import Follower
from swarm_env.viz.web.index.hidden_paths import HiddenPaths
from swarm_env.viz.web.index.run_index import RunIndex
from swarm_env.viz.web.index.run_row import FINISHED, UNREADABLE
from swarm_env.viz.web.run_page import PageStore
from swarm_env.viz.web.view_app import make_app

from swarm_env import registry
from swarm_env.agent import Decision
from swarm_env.bench.bench import Bench
from swarm_env.bench.folder import BenchFolder
from swarm_env.bench.plan import read_plan
from swarm_env.leaderboard.export import to_json
from swarm_env.leaderboard.leaderboard import score_folders
from swarm_env.playing.runner import play
from tests.cli.programs import swarm
from tests.runs.agents import team
from tests.viz.browser import browsing
from tests.viz.contrast import faint
from tests.viz.web_server import files, guarded, needs_browser

EVIL = "</script><img src=x onerror=owned=2><b>needle"
IFRAMES = "[...document.querySelectorAll('iframe')].every(one => one.contentDocument?.body?.dataset.ready)"


class Silent:
    """Stays and says nothing."""

    says: str | None = None

    def reset(self, brief, agents, seed):
        pass

    def decide(self, perceptions):
        return [Decision(0, self.says) for _ in perceptions]


class Waiting(Silent):
    """Stays, but decides only when the test lets it play a round."""

    turns = threading.Semaphore(0)

    def decide(self, perceptions):
        self.turns.acquire(timeout=60)
        return super().decide(perceptions)


class Evil(Silent):
    says = EVIL


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browsing(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two teams, one run with a hostile message and a hostile team, one broken run."""
    folder = tmp_path_factory.mktemp("all") / "runs"
    for seed in (1, 2):
        for name in ("scripted", "random"):
            play("synchronization", name, seed=seed, out=folder / f"{name}-{seed}", max_rounds=4 + seed)
    evil = team((Evil, 1), (Silent, None))
    play("pursuit", evil, seed=1, out=folder / "evil", max_rounds=1, num_agents=4, message="text")
    info = json.loads((folder / "evil" / "run.json").read_text())
    (folder / "evil" / "run.json").write_text(json.dumps(info | {"team": EVIL, "decided_from": []}))
    (folder / "broken").mkdir()
    (folder / "broken" / "run.json").write_text('{"format": "<b>no</b>"}')
    return folder


@pytest.fixture(scope="module")
def served(runs, tmp_path_factory):
    with serving(runs, tmp_path_factory.mktemp("index")) as found:
        yield found


@contextmanager
def serving(runs, folder):
    follower = Follower(RunIndex([runs], folder / "index.sqlite"))
    follower.look()
    with guarded(lambda: make_app(follower, lambda: PageStore(follower.hidden))) as gate:
        yield SimpleNamespace(gate=gate, follower=follower)


def go(browser, where, condition="true"):
    browser.complaints.clear()
    browser.value(f"delete document.body.dataset.searched, location.hash = {where!r}")
    browser.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    browser.wait(condition)


def texts(browser, selector):
    return browser.value(f"[...document.querySelectorAll({selector!r})].map(one => one.textContent)")


# In a browser.


@needs_browser
def test_leaderboard_filters_sorting_and_keyboard(browser, served, runs):
    browser.open(served.gate.link)
    assert browser.value("location.search + document.referrer + document.cookie") == ""
    go(browser, "#/board", "document.querySelector('#content table')")
    text = browser.value("document.getElementById('content').innerText")
    rows = [row for table in to_json(score_folders([runs]))["tables"] for row in table["rows"]]
    assert len(rows) == 5
    for row in rows:
        assert row["label"] in text
        if row["low"] is not None:
            assert f"{round(row['low'], 3):g} to {round(row['high'], 3):g}" in text
    go(browser, "#/runs?team=random", "document.querySelector('#content table')")
    assert sorted(texts(browser, "#content td a")) == ["runs/random-1", "runs/random-2"]
    go(browser, "#/runs?reason=unreadable")
    assert texts(browser, "#content td a") == ["runs/broken"]
    go(browser, "#/runs?scenario=synchronization&validity=valid")
    heading = "[...document.querySelectorAll('th button')].find(one => one.textContent === 'Rounds')"
    column = f"{heading}.parentElement.cellIndex"
    rounds = f"[...document.querySelectorAll('tbody tr')].map(one => one.cells[{column}].textContent)"
    browser.value(f"{heading}.focus()")
    browser.press("Enter")
    up = browser.value(rounds)
    browser.value(f"{heading}.click()")
    assert up == sorted(up) and browser.value(rounds) == sorted(up, reverse=True) != up
    assert browser.value(f"{heading}.parentElement.ariaSort") == "descending"
    browser.value("document.querySelector('select[name=team]').value = 'scripted'")
    browser.value("document.querySelector('select[name=team]').dispatchEvent(new Event('change'))")
    browser.wait("location.hash.includes('team=scripted')")
    assert browser.complaints == []


@needs_browser
@pytest.mark.slow
def test_a_decision_is_shown_with_prompt_and_answer_from_the_page_of_its_run(browser, tmp_path):
    play(
        "pursuit",
        "llm:scripted@embedded",
        seed=1,
        out=tmp_path / "runs" / "model",
        max_rounds=3,
        num_agents=4,
    )
    with serving(tmp_path / "runs", tmp_path) as served:
        check_decisions(browser, served)


def check_decisions(browser, served):
    browser.open(served.gate.link)
    (row,) = [row for row in served.follower.shown.rows.values() if row.name == "runs/model"]
    go(browser, f"#/run/{row.id}", f"{IFRAMES} && document.querySelector('.decisions button.button')")
    assert len(texts(browser, ".decisions tbody tr")) == 12
    browser.value("[...document.querySelectorAll('.decisions tbody button')].at(-1).click()")
    inner = "document.querySelector('iframe').contentDocument"
    browser.wait(f"{inner}.querySelector('.thought pre')")
    thought = browser.value(f"{inner}.querySelector('.thought').textContent")
    assert "was asked" in thought and "pursuit" in thought.lower()
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.complaints == []


@needs_browser
def test_side_by_side_in_step_and_the_shorter_run_is_over(browser, served):
    browser.open(served.gate.link)
    short, long = (
        next(row.id for row in served.follower.shown.rows.values() if row.name == f"runs/scripted-{seed}")
        for seed in (1, 2)
    )
    go(
        browser,
        f"#/compare/{short}/{long}",
        f"{IFRAMES} && !document.querySelector('input[type=range]').disabled",
    )
    slider = "document.querySelector('input[type=range]')"
    to = f"(round) => Object.assign({slider}, {{ value: round }}).dispatchEvent(new Event('input'))"
    over = "[...document.querySelectorAll('.over')].map(one => one.hidden)"
    assert browser.value(over) == [True, True]
    browser.value(f"({to})(6)")
    browser.wait(f"{over}.every(one => !one)")
    rounds = "[...document.querySelectorAll('iframe')].map(one => one.contentWindow.swarm.player.round)"
    assert browser.value(rounds) == [5, 6]
    browser.value(f"({to})(5)")
    browser.wait(f"{over}.join() === 'false,true'")


@needs_browser
def test_hostile_messages_and_folders_stay_text_and_are_found(browser, served):
    browser.open(served.gate.link)
    go(browser, "#/runs")
    assert EVIL in browser.value("document.getElementById('content').textContent")
    go(browser, "#/search?q=NEEDLE", "document.body.dataset.searched")
    assert texts(browser, ".hits blockquote") == [EVIL]
    assert browser.value("[typeof owned, document.images.length]") == ["undefined", 0]
    href = browser.value("document.querySelector('.hits a').hash")
    go(browser, href, IFRAMES)
    inner = "document.querySelector('iframe').contentDocument"
    browser.value(f"{inner}.getElementById('talkpart').click()")
    browser.wait(f"{inner}.querySelector('#messagelist span')")
    assert browser.value(f"{inner}.querySelector('#messagelist span').textContent") == EVIL
    assert browser.value(f"[typeof {inner}.defaultView.owned, {inner}.images.length]") == ["undefined", 0]
    assert browser.complaints == []


@needs_browser
@pytest.mark.parametrize("dark", [True, False])
def test_pages_fit_400_pixels_and_their_texts_have_contrast(browser, served, dark):
    browser.open(served.gate.link, dark=dark, width=400)
    ids = [row.id for row in served.follower.shown.rows.values() if row.name.startswith("runs/scripted")]
    for page, condition in {
        "#/board": "document.querySelector('#content table')",
        "#/runs": "document.querySelector('#content table')",
        "#/search?q=needle": "document.body.dataset.searched",
        f"#/run/{ids[0]}": IFRAMES,
        f"#/compare/{ids[0]}/{ids[1]}": IFRAMES,
    }.items():
        go(browser, page, condition)
        assert browser.value("document.documentElement.scrollWidth") == 400, page
        assert faint(browser) == [], page
    player = "document.querySelector('iframe').contentDocument"
    assert browser.value(f"{player}.documentElement.scrollWidth <= {player}.defaultView.innerWidth")
    assert faint(browser, player) == []


@needs_browser
@pytest.mark.slow
def test_a_running_bench_shows_its_progress_live(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(view_follower, "LEAST_PAUSE", 0.05)
    registry.register("agent", "waiting", Waiting)
    (tmp_path / "mine.toml").write_text(
        'scenarios = ["synchronization"]\nteams = ["waiting"]\nseeds = 2\nparallel = 1\n'
        "[settings.small]\nnum_agents = 2\nmax_rounds = 2\n"
    )
    plan = read_plan(tmp_path / "mine.toml", tmp_path / "bench")
    shown = "document.querySelector('.benches')?.innerText ?? ''"
    with BenchFolder(plan) as folder, serving(tmp_path / "bench", tmp_path) as served:
        running = threading.Thread(target=Bench(plan, folder).play, args=(lambda over: None,), daemon=True)
        served.follower.start()
        try:
            running.start()
            browser.open(served.gate.link)
            browser.wait(f"({shown}).includes('0 of 2 runs')")
            for rounds, text in ((2, "1 of 2 runs"), (1, "round 1 of 2"), (1, "2 of 2 runs")):
                Waiting.turns.release(rounds)
                browser.wait(f"({shown}).includes({text!r})")
            browser.wait("document.querySelector('#content table')?.innerText.includes('waiting')")
            assert browser.complaints == []
        finally:
            Waiting.turns.release(9)
            running.join(30)
            served.follower.close()


@needs_browser
def test_a_copy_of_files_works_from_any_web_host(browser, runs, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret-key-of-the-owner")
    moved = tmp_path / "home-of-somebody" / "runs"
    shutil.copytree(runs, moved)
    info = json.loads((moved / "random-1" / "run.json").read_text())
    info["team"] = f"{tmp_path}/agents/mine.py:secret-key-of-the-owner"
    (moved / "random-1" / "run.json").write_text(json.dumps(info))
    done = swarm(capsys, "view", moved, "--static", tmp_path / "site")
    assert done.status == 0, done.err
    assert "prompts, answers and messages" in done.err
    for file in (tmp_path / "site").rglob("*.*"):
        text = file.read_text()
        assert "home-of-somebody" not in text and str(tmp_path) not in text, file
        assert "secret-key-of-the-owner" not in text, file
        assert not re.search(r"""(?:src|href)=["']/""", text), file
    with files(tmp_path / "site") as address:
        browser.open(address)
        assert "prompts, answers" in browser.value("document.getElementById('static').textContent")
        go(browser, "#/search?q=needle", "document.body.dataset.searched")
        assert texts(browser, ".hits blockquote") == [EVIL]
        run = browser.value("source = [...document.querySelectorAll('.hits a')][0].hash")
        go(browser, run, IFRAMES)
        assert browser.complaints == []
        assert all(one.startswith((address, "about:", "data:")) for one in browser.requests)
    again = swarm(capsys, "view", moved, "--static", tmp_path / "site")
    assert again.status == 2 and "--force" in again.err
    assert swarm(capsys, "view", moved, "--static", tmp_path / "site", "--force").status == 0


# Without one.


def ask(gate, path="/data/state.json", method="GET", **headers):
    """Status and headers of an answer; `cookie=True` sends the right cookie."""
    port = urlsplit(gate.link).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    if headers.pop("cookie", False):
        headers["Cookie"] = ask(gate, f"/?token={gate.token}")[1]["set-cookie"].partition(";")[0]
    connection.request(method, path, headers={"Host": f"127.0.0.1:{port}"} | headers)
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return answer.status, found


def test_only_whoever_has_the_link_is_answered(served):
    gate = served.gate
    assert ask(gate)[0] == 401
    assert ask(gate, "/")[0] == 401
    assert ask(gate, "/?token=wrong")[0] == 403
    status, headers = ask(gate, f"/?token={gate.token}")
    assert status == 200 and headers["referrer-policy"] == "no-referrer"
    assert "SameSite=Strict" in headers["set-cookie"] and "HttpOnly" in headers["set-cookie"]
    assert gate.token not in headers["set-cookie"]
    assert ask(gate, cookie=True)[0] == 200
    port = urlsplit(gate.link).port
    for refused in (
        {"Host": "evil.example"},
        {"Host": f"127.0.0.1.evil.example:{port}"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
    ):
        assert ask(gate, cookie=True, **refused)[0] == 403, refused
        assert ask(gate, f"/?token={gate.token}", **refused)[0] == 403, refused
    assert ask(gate, cookie=True, Host="localhost:9999")[0] == 200  # the end of a tunnel
    assert ask(gate, method="POST", cookie=True)[0] == 405
    assert ask(gate, "/search?q=" + "x" * 9000, cookie=True)[0] == 414
    assert ask(gate, "/runs/..%2f..%2fetc%2fpasswd.html", cookie=True)[0] == 404
    assert ask(gate, "/data/state.json", cookie=True)[1]["x-frame-options"] == "SAMEORIGIN"


def test_the_index_follows_the_folder_and_is_made_anew_when_it_is_old(runs, tmp_path):
    folder, database = tmp_path / "runs", tmp_path / "index.sqlite"
    shutil.copytree(runs, folder)
    index = RunIndex([folder], database)
    assert not index.rows and index.refresh()
    states = {row.name: row.state for row in index.rows}
    assert states.pop("runs/broken") == UNREADABLE and set(states.values()) == {FINISHED}
    assert not index.refresh()
    again = RunIndex([folder], database)
    again.load()
    assert again.rows == index.rows and not again.refresh()
    shutil.rmtree(folder / "evil")
    shutil.copytree(folder / "random-1", folder / "deep" / "er" / "copy")
    assert again.refresh()
    assert {row.name for row in again.rows} ^ set(states) == {"runs/broken", "runs/evil", "runs/deep/er/copy"}
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 999")
    old = RunIndex([folder], database)
    old.load()
    assert not old.rows
    database.write_bytes(b"no database" * 1000)
    anew = RunIndex([folder], database)
    anew.load()
    assert anew.refresh() and anew.rows == again.rows
    follower = Follower(anew)
    follower.look()
    assert json.loads(follower.shown.tables)["tables"]


def test_a_bench_shows_how_far_it_is(runs, tmp_path):
    (tmp_path / "bench" / "runs").mkdir(parents=True)
    (tmp_path / "bench" / "bench.json").write_text(json.dumps({"runs": {"a": {}, "b": {}, "c": {}}}))
    for name in "ab":
        shutil.copytree(runs / "random-2", tmp_path / "bench" / "runs" / name)
    (tmp_path / "bench" / "runs" / "b" / "result.json").unlink()
    (tmp_path / "bench" / "runs" / "b" / "rounds.jsonl").touch()
    follower = Follower(RunIndex([tmp_path / "bench"], tmp_path / "index.sqlite"))
    follower.look()
    (bench,) = json.loads(follower.state())["benches"]
    (playing,) = bench.pop("playing")
    assert bench == {"name": "bench", "planned": 3, "over": 1, "alsoPlaying": 0}
    assert (playing["name"], playing["rounds"], playing["maxRounds"]) == ("b", 6, 6)


def test_texts_for_others_have_no_paths(tmp_path):
    hidden = HiddenPaths([(tmp_path / "runs", "runs")])
    for text, shown in (
        (f"{tmp_path}/runs/a/run.json: no", "runs/a/run.json: no"),
        ("/home/m e/agents/a.py:Mine*3, /b/c/d.py", "a.py:Mine*3, d.py"),
        (r"C:\Users\me\a.py:Mine", "a.py:Mine"),
        ("llm:m@https://host.example/v1/x", "llm:m@https://host.example/v1/x"),
        ("runs/bench/runs/secrets-1", "runs/bench/runs/secrets-1"),
        ("either/or/both", "either/or/both"),
    ):
        assert hidden.text(text) == shown
