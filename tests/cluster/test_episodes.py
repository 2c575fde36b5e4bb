"""Runs played by a worker and kept by a driver, in one process: whatever is cut off, each is there once."""

import sys
from dataclasses import replace

import pytest
from swarm_env.agents.mock_server import MockServer

from swarm_env.bench.plan import read_plan
from swarm_env.bench.player import Episode, LocalPlayer
from swarm_env.chat.ledger.cache import AnswerCache
from swarm_env.cluster import connection, worker
from swarm_env.cluster.coordinator import UNWANTED, Answer
from swarm_env.cluster.coordinator_client import AttemptClosed
from swarm_env.cluster.run_store import RunStore
from swarm_env.cluster.worker import Job, play_episode
from swarm_env.errors import MissingExtraError, RunError
from swarm_env.playing.runner import resume
from swarm_env.runs.files import CALLS_FILE, RESULT_FILE, ROUNDS_FILE, read_run
from tests.bench.benches import WORLD, by_rote, calls_in, write
from tests.cli.programs import swarm
from tests.docs.pages import ROOT

AGENTS = ROOT / "tests" / "bench" / "bench_agents.py"


class DirectLink:
    """A link straight to a store, which breaks after some messages."""

    def __init__(self, store, lasts=10**9, closed=False):
        self.store, self.left, self.closed = store, lasts, closed
        self.kinds: list[str] = []

    def ask(self, method, *arguments):
        if method != "report":
            return True  # a gate that is always open
        if self.left == 0:
            raise AttemptClosed
        self.left -= 1
        kind, *content = arguments
        self.kinds.append(kind)
        return UNWANTED if self.closed else Answer(True, getattr(self.store, kind)(*content))

    async def call(self, method, *arguments):
        return self.ask(method, *arguments)

    def post(self, method, *arguments):
        pass


@pytest.fixture(autouse=True)
def every_round_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "REPORT_PAUSE", 0.0)
    monkeypatch.chdir(tmp_path)


def planned(tmp_path, team="random", rounds=8, more=""):
    text = f'scenarios = ["synchronization"]\nteams = ["{team}"]\nseeds = 1\n'
    write(tmp_path, f"{text}{WORLD}max_rounds = {rounds}\n{more}")
    plan = read_plan(tmp_path / "bench.toml")
    return plan.runs[0], plan.calls


def to_play(run, calls, folder, seen=None, wanted=lambda: True, until=10**9):
    def observe(round, score):
        if seen is not None:
            seen.append((round, score))
        return round < until

    return Episode(run, folder, (folder / "run.json").exists(), calls, wanted, observe, lambda line: None)


def files(folder):
    return {name: (folder / name).read_bytes() for name in (ROUNDS_FILE, RESULT_FILE)}


@pytest.fixture
def plain(tmp_path):
    """A run played here."""
    run, calls = planned(tmp_path)
    return run, calls, LocalPlayer().play(to_play(run, calls, tmp_path / "plain")), files(tmp_path / "plain")


def test_a_worker_leaves_the_files_that_playing_here_leaves(tmp_path, plain):
    run, calls, result, there = plain
    seen: list[tuple[int, float]] = []
    store = RunStore(to_play(run, calls, tmp_path / "far", seen), None)
    ended = play_episode(DirectLink(store), Job(run, calls))
    assert store.finish(ended) == replace(result, folder=tmp_path / "far")
    store.close()
    assert files(tmp_path / "far") == there and [round for round, _ in seen] == list(range(9))


@pytest.mark.parametrize("lasts", range(12))
def test_whenever_a_worker_dies_another_goes_on(tmp_path, plain, lasts):
    run, calls, _, there = plain
    store = RunStore(to_play(run, calls, tmp_path / "far"), None)
    cut = play_episode(DirectLink(store, lasts), Job(run, calls, store.files()))
    if lasts < 11:
        assert cut.is_lost
        kept = store.files().rounds
        assert kept == there[ROUNDS_FILE][: len(kept)] and kept.count(b"\n") == max(0, lasts - 3)
        link = DirectLink(store)
        cut = play_episode(link, Job(run, calls, store.files()))
        assert link.kinds.count("rounds") == 9 - max(0, lasts - 3)  # from where it was cut, once each
    store.finish(cut)
    store.close()
    assert files(tmp_path / "far") == there


def test_what_a_driver_leaves_that_dies_is_resumed_like_any_run(tmp_path, plain):
    run, calls, _, there = plain
    store = RunStore(to_play(run, calls, tmp_path / "far"), None)
    play_episode(DirectLink(store, 6), Job(run, calls))
    store.close()
    assert read_run(tmp_path / "far").result is None
    resume(tmp_path / "far")
    assert files(tmp_path / "far") == there


def test_a_worker_whose_attempt_was_given_up_changes_nothing(tmp_path, plain):
    run, calls, _, there = plain
    store = RunStore(to_play(run, calls, tmp_path / "far"), None)
    store.finish(play_episode(DirectLink(store), Job(run, calls)))
    late = play_episode(DirectLink(store, closed=True), Job(run, calls))
    assert late.is_lost
    store.close()
    assert files(tmp_path / "far") == there


def test_it_stops_on_request_and_does_not_begin_when_unwanted(tmp_path, plain):
    run, calls, _, there = plain
    store = RunStore(to_play(run, calls, tmp_path / "far", until=3), None)
    result = store.finish(play_episode(DirectLink(store), Job(run, calls)))
    store.close()
    assert result is not None and result.rounds == 3 and result.interrupted
    store = RunStore(to_play(run, calls, tmp_path / "far"), None)
    store.finish(play_episode(DirectLink(store), Job(run, calls, store.files())))
    store.close()
    assert files(tmp_path / "far") == there
    store = RunStore(to_play(run, calls, tmp_path / "not", wanted=lambda: False), None)
    assert store.finish(play_episode(DirectLink(store), Job(run, calls))) is None
    assert not (tmp_path / "not").exists()


def test_an_agents_error_and_another_version_are_reported(tmp_path):
    (tmp_path / "broken").touch()
    run, calls = planned(tmp_path, f"{AGENTS}:Broken")
    store = RunStore(to_play(run, calls, tmp_path / "far"), None)
    with pytest.raises(RunError, match="ZeroDivisionError: an agent's own error"):
        store.finish(play_episode(DirectLink(store), Job(run, calls)))
    store.close()
    found = read_run(tmp_path / "far").result
    assert found is not None and (found.status, found.rounds) == ("interrupted", 2)
    ended = play_episode(DirectLink(store), Job(run, calls, version="0.0.0"))
    assert "Install the same on all" in ended.error and ended.record is None


# Answers that arrive together are reported together, so 12 reports may hold a whole run.
@pytest.mark.parametrize("lasts", [5, 7, 9])
def test_no_answer_that_the_driver_has_is_asked_for_again(tmp_path, lasts):
    with MockServer(by_rote) as server:
        run, calls = planned(tmp_path, f"llm:m@{server.url}", rounds=4)
        LocalPlayer().play(to_play(run, calls, tmp_path / "plain"))
        whole = server.stats()["answered"]
        store = RunStore(to_play(run, calls, tmp_path / "far"), None)
        assert play_episode(DirectLink(store, lasts), Job(run, calls)).is_lost
        kept, before = calls_in(tmp_path / "far"), server.stats()["answered"]
        assert whole == 12 and 0 < kept < whole and kept <= before - whole
        store.finish(play_episode(DirectLink(store), Job(run, calls, store.files())))
        store.close()
        assert server.stats()["answered"] - before == whole - kept
    assert (tmp_path / "far" / ROUNDS_FILE).read_bytes() == (tmp_path / "plain" / ROUNDS_FILE).read_bytes()
    assert calls_in(tmp_path / "far") == whole and not (tmp_path / "far" / f"{CALLS_FILE}-wal").exists()


def test_a_budget_counts_what_dead_workers_spent(tmp_path):
    with MockServer(by_rote) as server:
        run, calls = planned(tmp_path, f"llm:m@{server.url}", more="[calls]\nmax_calls = 8\n")
        store = RunStore(to_play(run, calls, tmp_path / "far"), None)
        assert play_episode(DirectLink(store, 7), Job(run, calls)).is_lost
        assert 0 < calls_in(tmp_path / "far") < 8
        result = store.finish(play_episode(DirectLink(store), Job(run, calls, store.files())))
        store.close()
    assert result is not None and result.stopped == "budget" and calls_in(tmp_path / "far") == 8


def test_workers_share_the_answers_that_the_driver_keeps(tmp_path):
    answers = AnswerCache(tmp_path / "shared.sqlite")
    with MockServer(by_rote) as server:
        more = '[calls]\ncache = "elsewhere.sqlite"\n'
        run, calls = planned(tmp_path, f"llm:m@{server.url}", rounds=2, more=more)
        for folder in ("one", "other"):
            store = RunStore(to_play(run, calls, tmp_path / folder), answers)
            store.finish(play_episode(DirectLink(store), Job(run, calls)))
            store.close()
        assert server.stats()["answered"] == 6
    answers.close()
    assert not (tmp_path / "elsewhere.sqlite").exists()


def test_an_address_may_follow_or_not():
    for given, meant in (
        (["--ray"], ["--ray=local"]),
        (["b.toml", "--ray", "-q"], ["b.toml", "--ray=local", "-q"]),
        (["--ray", "b.toml"], ["--ray=local", "b.toml"]),
        (["--ray", "auto"], ["--ray", "auto"]),
        (["--ray", "10.0.0.1:6379", "b.toml"], ["--ray", "10.0.0.1:6379", "b.toml"]),
        (["--ray", "ray://head:10001"], ["--ray", "ray://head:10001"]),
        (["--ray", "[::1]:6379"], ["--ray", "[::1]:6379"]),
    ):
        assert connection.with_address(given) == meant


def test_without_ray_the_error_says_how_to_install_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError):
        connection.library()
    planned(tmp_path)
    done = swarm(capsys, "bench", "bench.toml", "--ray")
    assert done.status == 2 and "pip install '.[ray]'" in done.err
