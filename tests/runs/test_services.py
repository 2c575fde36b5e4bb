"""Runs whose agents ask a model over the network: the ledger's life, budgets, replays, what is counted."""

import asyncio
import logging
import os
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from swarm_env.agents.mock_server import MockServer

from swarm_env.chat import LEDGER_FILE, Budget, Limits, read_ledger
from swarm_env.errors import ConfigError, ReplayMissing, RunError
from swarm_env.playing import runner
from swarm_env.playing.dry_run import dry_run
from swarm_env.playing.run_services import Services, amount, dollars
from swarm_env.playing.runner import Calls, RunInterrupted, configure
from swarm_env.playing.team import Team, TeamEntry
from swarm_env.runs.files import CALLS_FILE, read_run
from swarm_env.runs.verify import verify
from tests.runs.agents import Counter
from tests.runs.asking import Asker, by_rote, server
from tests.runs.test_runner import Stop, digests, interrupt, result_of

HERE = Path(__file__).resolve().parent
COUNTERS = f"{HERE}/agents.py:Counter"
play: Any = runner.play
resume: Any = runner.resume
fork: Any = runner.fork
WORLD: dict[str, Any] = {"num_agents": 4, "height": 10, "width": 10, "view_size": 3, "max_rounds": 10}


@pytest.fixture(scope="module")
def running():
    with server() as started:
        yield started


def askers(url, count="*2", rest=f", {COUNTERS}"):
    return f"{HERE}/asking.py:Asker?base_url={url}{count}{rest}"


def play_all(url, out=None, *, team=None, **more):
    return play("foraging", team or askers(url), seed=3, out=out, **{**WORLD, **more})


def rows(folder, what="COUNT(*)", where="1"):
    with sqlite3.connect(folder / CALLS_FILE) as ledger:
        found = ledger.execute(f"SELECT {what} FROM calls WHERE {where}").fetchall()
    ledger.close()
    return found


def requests(running):
    return running.stats()["requests"]


# The ledger and what is counted.


def test_a_run_has_a_ledger_and_counts_what_it_asked(running, tmp_path):
    result = play_all(running.url, tmp_path)
    usage = result.usage
    assert usage is not None
    assert (usage.calls, usage.answered, usage.decisions) == (20, 20, 20)
    assert (usage.fallbacks, usage.cost, result.valid, result.stopped) == ({}, None, True, "")
    assert usage.prompt_tokens
    assert usage.completion_tokens
    assert result_of(tmp_path).usage == usage
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "calls.sqlite",
        "result.json",
        "rounds.jsonl",
        "run.json",
    ]
    assert rows(tmp_path) == [(20,)]
    assert set(rows(tmp_path, "DISTINCT asker")) == {("agent_0",), ("agent_1",)}
    assert read_run(tmp_path).info.config["message"] == "text"
    assert result.counts["messages"] == 20
    assert verify(tmp_path)[0].agrees


def test_the_name_of_the_ledger_is_known_to_both():
    assert CALLS_FILE == LEDGER_FILE


def test_runs_without_model_calls_have_no_ledger(tmp_path):
    result = play("foraging", COUNTERS, seed=3, out=tmp_path, **WORLD)
    assert (result.usage, result.valid) == (None, True)
    assert not (tmp_path / CALLS_FILE).exists()
    assert read_run(tmp_path).info.config["message"] == "none"


def test_nothing_is_written_without_a_folder(running, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert play_all(running.url).usage.calls == 20
    assert os.listdir(tmp_path) == []


def test_the_channel_that_is_chosen_stays(running, tmp_path):
    play_all(running.url, tmp_path, message="none")
    assert read_run(tmp_path).info.config["message"] == "none"
    assert configure("foraging", "scripted")[0].message == "none"
    team = Team((TeamEntry("mine", None, Asker),))
    assert configure("foraging", team)[0].message == "text"
    assert configure("foraging", team, {"message": "tokens"})[0].message == "tokens"
    odd = type("Odd", (Asker,), {"message": "smoke"})
    with pytest.raises(ConfigError, match="smoke"):
        configure("foraging", Team((TeamEntry("odd", None, odd),)))


def test_force_takes_the_old_ledger_away(running, tmp_path):
    play_all(running.url, tmp_path)
    for end in ("-wal", "-shm"):
        (tmp_path / f"{CALLS_FILE}{end}").touch()
    (tmp_path / "mine.txt").touch()
    play("foraging", COUNTERS, seed=3, out=tmp_path, force=True, **WORLD)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mine.txt",
        "result.json",
        "rounds.jsonl",
        "run.json",
    ]
    play_all(running.url, tmp_path, force=True)
    assert rows(tmp_path) == [(20,)]


def test_failures_of_the_model_are_counted_and_leave_a_run_valid(tmp_path):
    with server(rates={"nonsense": 1.0}) as broken:
        result = play_all(broken.url, tmp_path, max_rounds=2, calls=Calls(limits=Limits(attempts=2)))
    usage = result.usage
    assert (usage.decisions, usage.fallbacks, usage.answered) == (4, {"unparsable": 4}, 0)
    assert usage.calls == 8 == broken.stats()["faults"]["nonsense"]
    assert (usage.fallback_rate, usage.endpoint_failure_rate) == (1.0, 0.0)
    assert result.valid and result_of(tmp_path).valid
    assert all(record.actions[:2] == (0, 0) for record in read_run(tmp_path).rounds())


def test_notices_come_once_and_in_the_log_otherwise(running, caplog):
    heard: list[str] = []
    play_all(
        running.url, team=askers(running.url, "*2", f", {askers(running.url, '*2', '')}"), notify=heard.append
    )
    assert heard == ["Somebody asks."]
    with caplog.at_level(logging.INFO, "swarm_env"):
        play_all(running.url)
    assert "Somebody asks." in caplog.text


def test_frames_show_the_cost(running):
    seen: list[Any] = []
    play_all(running.url, observer=seen.append)
    assert seen[0].status == ""
    assert "tokens, cost unknown, 0 fallbacks" in seen[-1].status
    assert (amount(812), amount(12_345), amount(4_560_000), amount(None)) == ("812", "12.3k", "4.56M", "?")
    assert (dollars(0.01234), dollars(1234.5), dollars(None)) == ("$0.0123", "$1,234.50", "cost unknown")


def test_a_cache_is_shared_by_agents_and_runs(running, tmp_path):
    calls = Calls(cache=tmp_path / "answers.sqlite")
    play_all(running.url, tmp_path / "one", calls=calls)
    before = requests(running)
    second = play_all(running.url, tmp_path / "two", calls=calls)
    assert requests(running) == before
    assert second.usage.calls == 0
    assert second.usage.decisions == 20
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


# Going on, branching off, playing again.


def test_a_resumed_run_repeats_no_call(running, tmp_path):
    play_all(running.url, tmp_path / "whole")
    before = requests(running)
    play_all(running.url, tmp_path / "part", observer=Stop(5, lambda: False))
    assert requests(running) == before + 10
    result = resume(tmp_path / "part")
    assert requests(running) == before + 20
    assert digests(tmp_path / "part") == digests(tmp_path / "whole")
    assert result.usage.calls == 20


def test_a_fork_takes_over_what_was_answered_before_its_round(running, tmp_path):
    play_all(running.url, tmp_path / "parent")
    before = requests(running)
    result = fork(tmp_path / "parent", 6, out=tmp_path / "child")
    assert requests(running) == before + 8
    assert digests(tmp_path / "child") == digests(tmp_path / "parent")
    assert rows(tmp_path / "child", where="origin = 'fork'") == [(12,)]
    assert result.usage.decisions == 20
    stopped = fork(tmp_path / "parent", 6, out=tmp_path / "part", observer=Stop(8, lambda: False))
    assert stopped.rounds == 8
    before = requests(running)
    resume(tmp_path / "part")
    assert requests(running) == before + 4
    assert digests(tmp_path / "part") == digests(tmp_path / "parent")


def test_agents_that_join_learn_the_past_without_asking(running, tmp_path):
    play("foraging", COUNTERS, seed=3, out=tmp_path / "parent", **WORLD)
    before = requests(running)
    fork(tmp_path / "parent", 6, askers(running.url), out=tmp_path / "child")
    assert requests(running) == before + 8
    assert rows(tmp_path / "child", "MIN(round)") == [(6,)]


def test_a_run_is_replayed_without_a_network(tmp_path):
    with server() as there:
        play_all(there.url, tmp_path / "run")
    replay = Calls("replay")
    result = fork(tmp_path / "run", 0, calls=replay, out=tmp_path / "again")
    assert digests(tmp_path / "again") == digests(tmp_path / "run")
    assert result.usage.decisions == 20
    fork(tmp_path / "run", 3, calls=replay, out=tmp_path / "later")
    assert digests(tmp_path / "later") == digests(tmp_path / "run")
    (tmp_path / "run" / CALLS_FILE).unlink()
    with pytest.raises(ReplayMissing, match="agent_0 in round 0"):
        fork(tmp_path / "run", 0, calls=replay, out=tmp_path / "none")


def test_a_file_that_is_not_a_ledger_is_an_error(running, tmp_path):
    play_all(running.url, tmp_path, observer=Stop(5, lambda: False))
    (tmp_path / CALLS_FILE).write_bytes(b"mine" * 1000)
    with pytest.raises(RunError, match=r"calls\.sqlite"):
        resume(tmp_path)
    assert (tmp_path / CALLS_FILE).read_bytes() == b"mine" * 1000


@pytest.mark.parametrize("limit", ["calls", "tokens"])
def test_a_budget_stops_a_run_that_can_be_resumed(running, tmp_path, limit):
    whole = play_all(running.url, tmp_path / "whole")
    spent = {"calls": 20, "tokens": whole.usage.prompt_tokens + whole.usage.completion_tokens}[limit]
    heard: list[str] = []
    calls = Calls(budget=Budget(**{limit: spent // 2}))
    part = play_all(running.url, tmp_path / "part", calls=calls, notify=heard.append)
    assert (part.interrupted, part.stopped) == (True, "budget")
    assert 0 < part.rounds < 10
    assert "budget" in heard[-1]
    assert result_of(tmp_path / "part").status == "interrupted"
    assert verify(tmp_path / "part")[0].agrees
    before = requests(running)
    again = resume(tmp_path / "part", calls=calls)
    assert (again.stopped, again.rounds, requests(running)) == ("budget", part.rounds, before)
    remembered = resume(tmp_path / "part")
    assert (remembered.stopped, remembered.rounds, requests(running)) == ("budget", part.rounds, before)
    finished = resume(tmp_path / "part", calls=Calls(budget=Budget()))
    assert (finished.stopped, finished.rounds, finished.usage.calls) == ("", 10, 20)
    assert digests(tmp_path / "part") == digests(tmp_path / "whole")


def test_with_stay_a_spent_budget_lets_the_run_go_on(running, tmp_path):
    result = play_all(running.url, tmp_path, calls=Calls(budget=Budget(calls=7, on_reached="stay")))
    assert (result.stopped, result.rounds) == ("", 10)
    assert result.usage.fallbacks == {"budget": 13}
    assert result.valid  # a limit of the study, the same for all models


# Ctrl-C, threads, loops.


def test_ctrl_c_while_calls_are_in_flight(tmp_path):
    answered: list[str] = []

    def press(messages, schema):
        if len(answered) == 6:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
        answered.append(by_rote(messages, schema))
        return answered[-1]

    with MockServer(press) as there:
        with pytest.raises(RunInterrupted) as caught:
            play_all(there.url, tmp_path / "part")
        result: Any = caught.value.result
        assert (result.stopped, result.rounds) == ("interrupt", 3)
        assert verify(tmp_path / "part")[0].agrees
        resume(tmp_path / "part")
        play_all(there.url, tmp_path / "whole")
    assert digests(tmp_path / "part") == digests(tmp_path / "whole")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_between_rounds(running, tmp_path):
    with pytest.raises(RunInterrupted) as caught:
        play_all(running.url, tmp_path, observer=Stop(5, interrupt))
    result: Any = caught.value.result
    assert result.usage.calls == 10
    assert resume(tmp_path).usage.calls == 20


def test_runs_in_threads_and_in_a_running_loop_are_the_same_run(running, tmp_path):
    async def notebook():
        return play_all(running.url, tmp_path / "loop")

    asyncio.run(notebook())
    together = threading.Barrier(4)

    def one(number):
        together.wait()
        return play_all(running.url, tmp_path / str(number))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, range(4)))
    assert [result.usage.calls for result in results] == [20] * 4
    expected = digests(tmp_path / "loop")
    assert all(digests(tmp_path / str(number)) == expected for number in range(4))


# DryRuns.


def test_a_dry_run_asks_no_model_and_counts_the_whole_run(running):
    team = Team.parse(askers(running.url))
    config, team = configure("foraging", team, {**WORLD, "max_rounds": 50})
    before = requests(running)
    found = dry_run(config, team, 3)
    assert requests(running) == before
    assert [preview.name for preview in found.previews] == ["agent_0", "agent_1"]
    assert found.previews[0].messages[0][1].count(",") > 9
    assert (found.rounds, found.calls, found.prompt_tokens, found.completion_tokens) == (
        50,
        100,
        10_000,
        1_000,
    )
    assert found.cost is None
    assert dry_run(config, team, 3) == found
    short = dry_run(*configure("foraging", team, {**WORLD, "max_rounds": 2}), 3)
    assert (short.rounds, short.calls) == (2, 4)


def test_a_dry_run_knows_prices_of_known_models(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    team = Team.parse(f"{HERE}/asking.py:Asker?model=gpt-4.1-mini*1, {HERE}/asking.py:Asker?model=gpt-4.1*1")
    found = dry_run(*configure("foraging", team, {**WORLD, "num_agents": 2, "max_rounds": 10}), 3)
    assert found.cost == pytest.approx(10 * (100 * 0.4 + 10 * 1.6 + 100 * 2 + 10 * 8) / 1e6)
    unknown = Team((*team.entries, TeamEntry(f"{HERE}/asking.py:Asker", 1, options=(("model", "nobodys"),))))
    found = dry_run(*configure("foraging", unknown, {**WORLD, "num_agents": 3}), 3)
    assert found.cost is None


def test_a_dry_run_without_models_costs_nothing_and_people_are_not_asked():
    class Person(Counter):
        replayable = False

        def decide(self, perceptions):
            raise AssertionError

    config, team = configure("foraging", Team((TeamEntry("p", 1, Person), TeamEntry("c", 3, Counter))), WORLD)
    found = dry_run(config, team, 3)
    assert (found.calls, found.cost, found.previews) == (0, 0.0, ())


def test_an_agent_without_preview_cannot_ask_in_a_dry_run(running):
    class Secretive(Asker):
        preview = None  # type: ignore[assignment]

    config, team = configure("foraging", Team((TeamEntry("s", None, Secretive),)), WORLD)
    with pytest.raises(RunError, match="without `preview`"):
        dry_run(config, team, 3)


def test_unknown_modes():
    wrong: str
    for wrong in ("", "Live", "dead"):
        with pytest.raises(ConfigError, match="'live' or 'replay'"):
            Calls(wrong)  # type: ignore[arg-type]


def test_services_of_a_pool_are_closed_twice_without_harm():
    services = Services(1)
    services.chat()
    assert services.chat() is services.chat()
    services.close()
    services.close()
    assert services.usage() is None


def test_a_ledger_can_be_read_while_the_run_goes_on(running, tmp_path):
    seen = []

    def look(frame):
        if frame.round == 4:
            seen.append(read_ledger(tmp_path / CALLS_FILE).decisions)

    play_all(running.url, tmp_path, observer=look)
    assert seen == [8]
