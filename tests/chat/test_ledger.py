import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from swarm_env.chat import (
    LEDGER_FILE,
    CallKey,
    Chat,
    Ledger,
    Limits,
    Outcome,
    Unusable,
    read_ledger,
)
from swarm_env.errors import ReplayMissing, RunError
from tests.chat.asking import ask, ask_many, memory_chat, question, read_move, rows
from tests.chat.server import Reply, completion, error, ok

ROOT = Path(__file__).parents[2]

PLAYER = """
import asyncio, sys
from swarm_env.chat import CallKey, Chat, ChatRequest, Endpoint, Ledger
from swarm_env.runtime.event_loop import shared

chat = Chat(Ledger.open(sys.argv[1]))
for number in range(60):
    shared().settle(
        chat.ask(Endpoint("m", sys.argv[2]), ChatRequest((("user", f"{agent} {number}"),)),
                 CallKey(f"agent_{agent}", number), str)
        for agent in range(5)
    )
print("done")
"""


def test_a_stored_outcome_is_never_asked_again(server, tmp_path):
    server.answer = lambda request: ok(f"answer {request.number}")
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    first = [outcome.value for outcome in ask_many(chat, server, 5)]
    assert [outcome.value for outcome in ask_many(chat, server, 5)] == first
    chat.close()
    again = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    assert [outcome.value for outcome in ask_many(again, server, 5)] == first
    assert len(server.requests) == 5 == again.totals().calls
    again.close()


def test_equal_questions_of_two_agents_rounds_or_steps_are_different_calls(server):
    chat = memory_chat()
    for asker, number in (("agent_0", 0), ("agent_1", 0), ("agent_0", 1)):
        ask(chat, server, asker, number)
    assert len(server.requests) == 3


def test_failures_are_remembered_too(server):
    server.answer = lambda request: error(401, "who are you?")
    chat = memory_chat()
    assert ask(chat, server) == ask(chat, server) == Outcome(None, "http", "HTTP 401: who are you?", 1)
    assert len(server.requests) == 1


def test_another_question_under_the_same_key_is_asked(server):
    chat = memory_chat()
    ask(chat, server)
    ask(chat, server, request=question("something else"))
    ask(chat, server, model="other")
    assert len(server.requests) == 3


def test_attempts_before_a_crash_count(server, tmp_path):
    server.answer = lambda request: ok("hm") if request.number < 2 else ok('{"move": "UP"}')
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    ask(chat, server, read=read_move)
    with chat.ledger.database.use() as connection:  # as if the process had died after the second attempt
        connection.execute("DELETE FROM outcomes")
        connection.execute("DELETE FROM calls WHERE attempt = 2")
    assert ask(chat, server, read=read_move) == Outcome("UP", None, "", 3)
    assert len(server.requests) == 4
    with chat.ledger.database.use() as connection:
        connection.execute("DELETE FROM outcomes")
        connection.execute("UPDATE calls SET status = 'unparsable'")
    outcome = ask(chat, server, read=read_move)
    assert (outcome.reason, outcome.attempts, len(server.requests)) == ("unparsable", 3, 4)
    chat.close()


def test_replay_needs_no_network_and_says_what_is_missing(server, tmp_path):
    server.answer = lambda request: ok('{"move": "UP"}') if request.number % 3 else error(404)
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    played = ask_many(chat, server, 12, read_move)
    chat.close()
    server.answer = lambda request: error(500)
    replay = Chat(Ledger.memory(), calls="replay")
    replay.ledger.copy_from(tmp_path / LEDGER_FILE)
    assert ask_many(replay, server, 12, read_move) == played
    assert len(server.requests) == 12
    with pytest.raises(ReplayMissing, match="question 0 of agent_3 in round 1") as caught:
        ask(replay, server, "agent_3", 1)
    assert (caught.value.asker, caught.value.round, caught.value.step) == ("agent_3", 1, 0)


def test_a_stricter_reader_is_reported_by_a_replay(server):
    chat = memory_chat()
    ask(chat, server)

    def stricter(text):
        raise Unusable("I take no 'yes' any more")

    assert ask(chat, server, read=stricter) == Outcome(None, "unparsable", "I take no 'yes' any more", 1)


@pytest.mark.slow
def test_killed_at_any_moment_no_stored_answer_is_asked_for_again(server, tmp_path):
    luck = random.Random(3)
    path = tmp_path / LEDGER_FILE
    command = [sys.executable, "-c", PLAYER, str(path), server.url]
    stored: set[str] = set()
    for kill_after in (luck.randrange(1, 100), luck.randrange(100, 200), None):
        start, moment = len(server.requests), threading.Event()

        def answer(request, last=None if kill_after is None else start + kill_after, moment=moment):
            if request.number == last:
                moment.set()
            return ok(f"{request.text}: {request.number}")

        server.answer = answer
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            if kill_after is not None:
                assert moment.wait(60)
                process.send_signal(signal.SIGKILL)
            output, _ = process.communicate(timeout=60)
        assert not stored & {request.text for request in server.requests[start:]}
        connection = sqlite3.connect(path)
        stored = {text.split(":")[0] for (text,) in connection.execute("SELECT response FROM calls")}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
    assert output == b"done\n"
    assert len(stored) == 300 == read_ledger(path).totals.calls
    assert len(server.requests) <= 300 + 2 * 5  # what was under way when the process died


def test_from_memory_to_disk_with_all_rows(server, tmp_path):
    old = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    ask(old, server, "agent_9")
    old.close()
    chat = memory_chat()
    ask_many(chat, server, 3)
    chat.ledger.store_in(tmp_path / LEDGER_FILE)
    ask_many(chat, server, 3)
    ask(chat, server, "agent_0", 1)
    chat.close()
    summary = read_ledger(tmp_path / LEDGER_FILE)
    assert summary.totals.calls == 4
    assert sorted(summary.askers) == ["agent_0", "agent_1", "agent_2"]
    assert os.listdir(tmp_path) == [LEDGER_FILE]


def test_a_fork_takes_over_what_was_before(server, tmp_path):
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    for number in range(4):
        ask(chat, server, round=number)
    fork = memory_chat()
    fork.ledger.copy_from(tmp_path / LEDGER_FILE, before_round=2)
    for number in range(4):
        ask(fork, server, round=number)
    assert len(server.requests) == 6
    assert rows(fork.ledger, "origin, round") == [("fork", 0), ("fork", 1), ("endpoint", 2), ("endpoint", 3)]
    fork.ledger.copy_from(tmp_path / "nothing")
    chat.close()


def test_sums_of_a_run_and_of_each_agent(server, tmp_path):
    def answer(request):
        if "2" in request.text:
            return Reply(completion({"content": "yes"}, usage=None))
        return error(404) if "1" in request.text else ok()

    server.answer = answer
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE), limits=Limits(deadline=5))
    ask_many(chat, server, 2)
    totals = chat.totals()
    assert (totals.calls, totals.answered, dict(totals.failed)) == (2, 1, {"http": 1})
    assert (totals.prompt_tokens, totals.completion_tokens) == (100, 20)
    assert (totals.cached_tokens, totals.reasoning_tokens) == (60, 5)
    assert totals.cost is None  # nobody knows what a server on this machine costs
    assert totals.seconds > 0
    ask_many(chat, server, 3, round=1)
    assert chat.totals().prompt_tokens is None  # one answer did not say
    summary = read_ledger(tmp_path / LEDGER_FILE)  # while it is in use
    assert (summary.decisions, summary.fallbacks, summary.models) == (5, {"http": 2}, ("m",))
    assert summary.askers["agent_0"].totals.prompt_tokens == 200
    assert summary.askers["agent_1"].fallbacks == {"http": 2}
    assert len(summary.askers["agent_0"].seconds) == 2
    assert summary.askers["agent_2"].totals.prompt_tokens is None
    chat.close()


def test_several_questions_of_a_round_are_one_decision(server):
    from swarm_env.chat import Endpoint
    from swarm_env.chat.ledger.summary import summary
    from swarm_env.runtime.event_loop import shared

    server.answer = lambda request: error(404) if request.number == 0 else ok()
    chat = memory_chat()
    for step in range(2):
        key = CallKey("agent_0", 0, step)
        shared().run(chat.ask(Endpoint("m", server.url), question(), key, str))
    with chat.ledger.database.read() as connection:
        found = summary(connection)
    assert (found.decisions, found.fallbacks, found.totals.answered) == (1, {}, 1)


def test_a_read_only_folder_and_a_broken_file(server, tmp_path):
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    ask(chat, server)
    chat.close()
    tmp_path.chmod(0o555)
    try:
        assert read_ledger(tmp_path / LEDGER_FILE).totals.calls == 1
    finally:
        tmp_path.chmod(0o755)
    broken = tmp_path / "broken"
    broken.write_bytes(b"this is no database, whatever its name says" * 50)
    for attempt in (Ledger.open, read_ledger, Ledger.memory().copy_from):
        with pytest.raises(RunError, match="broken"):
            attempt(broken)
    with pytest.raises(RunError, match="no such ledger"):
        read_ledger(tmp_path / "missing")
    with pytest.raises(RunError):
        Ledger.open(tmp_path / "no folder" / LEDGER_FILE)


def test_a_closed_ledger_says_so(server):
    chat = memory_chat()
    chat.close()
    with pytest.raises(RunError, match="closed"):
        ask(chat, server)
