"""Runs and benches whose endpoint or account fails in the middle, over real HTTP."""

import contextlib
import hashlib
import json
import sqlite3
import subprocess
import threading

import pytest

from swarm_env.runs.files import CALLS_FILE
from tests.bench.benches import rounds_of
from tests.chat.server import Reply, Server, error, ok
from tests.cli.programs import SWARM, swarm

TEXT = """
scenarios = ["pursuit"]
teams = ["llm:a@URL", "scripted"]
seeds = 3
parallel = 1
[settings.default]
num_agents = 3
height = 8
width = 8
max_rounds = 4
"""


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def server():
    with Server(by_rote) as server:
        yield server


def by_rote(request):
    """An action that follows from the prompt."""
    prompt = repr(request.body["messages"]).encode()
    dice = hashlib.blake2b(prompt, digest_size=4).digest()
    schema = request.body["response_format"]["json_schema"]["schema"]
    actions = schema["properties"]["action"]["enum"]
    return ok(json.dumps({"action": actions[dice[0] % len(actions)], "message": dice.hex()}))


def asked(server):
    """The prompts that were answered, each with its number."""
    answers = [repr(request.body["messages"]) for request, reply in server.served if reply.status == 200]
    return len(answers), answers


def table_of(printed):
    """A printed leaderboard without the time of a decision, which is no score and no cost."""
    lines = printed.splitlines()
    title = next(line for line in lines if "s/decision" in line)
    assert title.endswith("s/decision")
    return [line[: title.index("s/decision")].rstrip() for line in lines]


def write(tmp_path, server):
    (tmp_path / "bench.toml").write_text(TEXT.replace("URL", server.url))


def run_of(server, *more, out="run"):
    settings = [f"--set={name}" for name in ("num_agents=3", "height=8", "width=8", "max_rounds=4")]
    return (
        "run",
        "pursuit",
        "--agents",
        f"llm:a@{server.url}",
        "--seed",
        "3",
        "--out",
        out,
        *settings,
        *more,
    )


def test_a_quota_that_ends_pauses_a_run_and_no_answer_is_asked_for_twice(server, tmp_path, capsys):
    whole = swarm(capsys, *run_of(server, out="whole"), "--json")
    assert whole.status == 0, whole.err
    assert json.loads(whole.out)["status"] == "finished"
    undisturbed, _ = asked(server)
    server.served.clear()
    over = error(429, "You exceeded your quota", "insufficient_quota")
    server.answer = lambda request: by_rote(request) if len(asked(server)[1]) < 7 else over
    done = swarm(capsys, *run_of(server), "--json", "-q")
    ended = json.loads(done.out)
    assert (done.status, ended["status"], ended["stopped"], ended["valid"]) == (1, "paused", "endpoint", True)
    assert "quota" in done.err and "resume" in done.err
    assert ended["usage"]["fallbacks"] == {}
    server.answer = by_rote
    rest = swarm(capsys, "run", "--resume", "run", "--json", "-q")
    assert rest.status == 0, rest.err
    assert asked(server)[0] == undisturbed
    played = [(tmp_path / name / "rounds.jsonl").read_bytes() for name in ("whole", "run")]
    assert played[0] == played[1]


def test_nobody_listens_any_more(capsys):
    with Server() as gone:
        pass
    done = swarm(capsys, *run_of(gone, "--deadline", "0.5"), "-q", "--json")
    assert (done.status, json.loads(done.out)["status"], json.loads(done.out)["rounds"]) == (1, "paused", 0)
    assert "Cannot connect" in done.err


def test_with_stay_a_run_goes_on_and_is_invalid(server, capsys):
    server.answer = lambda request: error(401, "wrong key")
    done = swarm(capsys, *run_of(server, "--on-failure", "stay"), "--json", "-q")
    assert (done.status, json.loads(done.out)["status"]) == (1, "invalid")
    assert "First failure of the kind http: HTTP 401: wrong key" in done.err


@pytest.mark.slow
def test_a_model_that_hangs_trips_the_breaker(server, capsys):
    server.answer = lambda request: Reply(hang=True)
    done = swarm(capsys, *run_of(server, "--deadline", "1.4", "--breaker", "2"), "--json", "-q")
    ended = json.loads(done.out)
    assert (done.status, ended["status"], ended["rounds"], ended["usage"]["cost"]) == (1, "paused", 2, None)
    assert len(server.requests) == 6


@pytest.mark.slow
def test_a_slow_model_is_waited_for(server, capsys):
    server.answer = lambda request: Reply(by_rote(request).body, delay=0.4)
    done = swarm(capsys, *run_of(server, "--deadline", "2"), "--json", "-q")
    assert done.status == 0 and json.loads(done.out)["usage"]["answered"] == 12
    options = ("--deadline", "1", "--attempt-time", "0.1", "--force", "--breaker", "1")
    hasty = swarm(capsys, *run_of(server, *options), "--json", "-q")
    assert json.loads(hasty.out)["status"] == "paused"


def test_the_time_of_an_attempt_is_an_option_of_a_team(server, capsys):
    server.answer = lambda request: Reply(hang=True) if request.number < 2 else by_rote(request)
    hasty = run_of(server, "--deadline", "20")
    team = hasty.index("--agents") + 1
    named = (*hasty[:team], f"{hasty[team]}?attempt_time=0.3", *hasty[team + 1 :])
    done = swarm(capsys, *named, "--json", "-q")
    assert done.status == 0, done.err
    usage = json.loads(done.out)["usage"]
    assert usage["answered"] == 12 and usage["calls"] > 12 and usage["cost"] is None


def test_an_answer_with_a_lone_surrogate_ends_no_run(server, capsys):
    cut = json.dumps('{"action": "STAY", "message": "half \\ud83d"}').encode()
    server.answer = lambda request: Reply(ok("TEXT").body.replace(b'"TEXT"', cut))
    done = swarm(capsys, *run_of(server), "--json", "-q")
    assert done.status == 0, done.err
    server.answer = lambda request: Reply(ok("TEXT").body.replace(b"TEXT", b"LEFT \\ud83d"))
    done = swarm(capsys, *run_of(server, "--force"), "--json", "-q")
    assert done.status in (0, 1) and json.loads(done.out)["rounds"] == 4


def test_a_bench_pauses_and_its_table_is_that_of_an_undisturbed_one(server, tmp_path, capsys):
    write(tmp_path, server)
    assert swarm(capsys, "bench", "bench.toml", "--out", "whole", "-q").status == 0
    undisturbed, _ = asked(server)
    server.served.clear()
    revoked = error(401, "The key was revoked")
    server.answer = lambda request: by_rote(request) if len(asked(server)[1]) < 16 else revoked
    done = swarm(capsys, "bench", "bench.toml", "--out", "cut", "--json")
    assert done.status == 1 and "The key was revoked" in done.err
    runs = {(run["team"], run["seed"]): run["status"] for run in json.loads(done.out)["runs"]}
    assert sorted(filter(None, runs.values())) == ["finished"] * 4 + ["paused"]
    refused = [request for request, reply in server.served if reply.status == 401]
    assert len(refused) <= 3  # the runs that wait are not begun
    server.answer = by_rote
    again = swarm(capsys, "bench", "bench.toml", "--out", "cut", "-q")
    assert again.status == 0, again.err
    assert asked(server)[0] == undisturbed
    assert rounds_of(tmp_path / "cut") == rounds_of(tmp_path / "whole")
    cut, whole = (table_of((tmp_path / name / "leaderboard.txt").read_text()) for name in ("cut", "whole"))
    assert cut == whole


@pytest.mark.parametrize("usage", [{"prompt_tokens": 400, "completion_tokens": 30}, None])
def test_a_total_of_parallel_runs_holds_and_can_be_raised(server, tmp_path, capsys, usage):
    def fast(request):
        body = json.loads(by_rote(request).body)
        return Reply(json.dumps({**body, "usage": usage}).encode())

    server.answer, limit = fast, 20_000
    text = TEXT.replace("URL", server.url).replace("num_agents = 3", "num_agents = 10")
    text = text.replace("parallel = 1", "parallel = 6").replace("max_rounds = 4", "max_rounds = 3")
    text += '[calls]\nmax_calls = 10000\non_budget = "stay"\n'
    (tmp_path / "bench.toml").write_text(text)
    assert swarm(capsys, "bench", "bench.toml", "--out", "whole", "-q").status == 0
    undisturbed, prompts = asked(server)
    assert undisturbed == 90
    server.served.clear()
    for total, status in ((1, 3), (limit, 3), (limit, 3), (limit + 5_000, 3), (10**7, 0)):
        (tmp_path / "bench.toml").write_text(f"{text}[total]\nmax_tokens = {total}\n")
        done = swarm(capsys, "bench", "bench.toml", "--out", "cut", "--json")
        assert done.status == status, done.err
        counted = [row for ledger in (tmp_path / "cut").rglob(CALLS_FILE) for row in counted_in(ledger)]
        assert len(counted) == asked(server)[0]
        if status == 3:
            assert total <= sum(counted) < total + max(counted, default=1)
            assert f"total.max_tokens is {total:g}" in done.err
    assert sorted(asked(server)[1]) == sorted(prompts)
    assert rounds_of(tmp_path / "cut") == rounds_of(tmp_path / "whole")


def counted_in(ledger):
    """What each call of a ledger takes from a budget of tokens."""
    with contextlib.closing(sqlite3.connect(ledger)) as calls:
        return [tokens for (tokens,) in calls.execute("SELECT budget_tokens FROM calls")]


@pytest.mark.slow
def test_kills_while_a_quota_ends_and_comes_back(server, tmp_path, capsys):
    write(tmp_path, server)
    whole = swarm(capsys, "bench", "bench.toml", "--out", "whole", "-q")
    assert whole.status == 0
    over, lock = error(429, "quota", "insufficient_quota"), threading.Lock()

    def sometimes(request):
        with lock:
            return over if request.number // 5 % 3 == 2 else Reply(by_rote(request).body, delay=0.02)

    server.answer = sometimes
    for moment in range(6):
        process = subprocess.Popen(
            [SWARM, "bench", "bench.toml", "--out", "cut", "-q"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2.0 + 0.3 * moment)
        process.kill()
        process.wait()
    server.answer = by_rote
    cut = swarm(capsys, "bench", "bench.toml", "--out", "cut", "-q")
    assert cut.status == 0
    assert rounds_of(tmp_path / "cut") == rounds_of(tmp_path / "whole")
    assert table_of(cut.out) == table_of(whole.out)
    for ledger in (tmp_path / "cut").rglob(CALLS_FILE):
        with contextlib.closing(sqlite3.connect(ledger)) as calls:
            counts = calls.execute(
                "SELECT COUNT(*) FROM calls WHERE status = 'ok' GROUP BY asker, round, step, digest"
            ).fetchall()
        assert set(counts) == {(1,)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outage", "first"),
    [
        (Reply(hang=True), 12),  # begins with a round, and trips the breaker
        (Reply(hang=True), 22),  # too late for the breaker: the run is over
        (error(429), 13),  # begins within a round
        (Reply(b""), 13),
        (error(503), 22),
    ],
)
def test_rounds_that_an_outage_has_spoilt_are_played_anew(server, tmp_path, capsys, outage, first):
    text = TEXT.replace("URL", server.url).replace("= 4", "= 8").replace("seeds = 3", "seeds = 1")
    (tmp_path / "bench.toml").write_text(text + "[calls]\ndeadline = 0.3\n")
    whole = swarm(capsys, "bench", "bench.toml", "--out", "whole", "-q")
    prompts = [repr(request.body["messages"]) for request, _ in server.served]
    server.served.clear()
    begin = len(server.requests) + first
    server.answer = lambda request: outage if request.number >= begin else by_rote(request)
    assert swarm(capsys, "bench", "bench.toml", "--out", "cut", "-q").status == 1
    server.answer = by_rote
    cut = swarm(capsys, "bench", "bench.toml", "--out", "cut", "-q")
    assert (whole.status, cut.status) == (0, 0)
    assert table_of(cut.out) == table_of(whole.out)
    assert rounds_of(tmp_path / "cut") == rounds_of(tmp_path / "whole")
    answered = [repr(request.body["messages"]) for request, reply in server.served if reply is not outage]
    assert sorted(answered) == sorted(prompts)
