import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from swarm_env.chat import LEDGER_FILE, CallKey, Chat, Endpoint, Ledger, serve_inside, where
from swarm_env.chat.transport import endpoint
from swarm_env.errors import ConfigError, RunError
from swarm_env.runtime.event_loop import LoopThread, shared
from tests.chat.asking import ask, ask_many, memory_chat, question
from tests.chat.server import Reply, ok

ROOT = Path(__file__).parents[2]


async def some(chat, server, count, round=0):
    endpoint = Endpoint("m", server.url)
    return await asyncio.gather(
        *(chat.ask(endpoint, question(), CallKey(f"agent_{i}", round), str) for i in range(count))
    )


def test_from_two_event_loops_one_after_the_other(server):
    chat = memory_chat()
    for number in range(2):
        outcomes = asyncio.run(some(chat, server, 10, number))
        assert [outcome.value for outcome in outcomes] == ["yes"] * 10
    assert len(server.requests) == 20


def test_from_a_loop_that_runs_already_as_in_a_notebook(server):
    async def cell():
        chat = memory_chat()
        blocking = await asyncio.to_thread(ask, chat, server)
        here = ask(chat, server, round=1)  # a blocking call in a cell, while the notebook's loop runs
        awaited = await some(chat, server, 3, round=2)
        return [blocking.value, here.value, *(outcome.value for outcome in awaited)]

    assert asyncio.run(cell()) == ["yes"] * 5


def test_from_several_threads(server):
    chat = memory_chat()
    values: list[str | None] = []

    def play(number):
        values.extend(outcome.value for outcome in ask_many(chat, server, 20, round=number))

    threads = [threading.Thread(target=play, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == ["yes"] * 120
    assert chat.totals().answered == 120 == len(server.requests)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_after_a_fork_parent_and_child_go_on(server, tmp_path):
    script = f"""
import os, sys
from swarm_env.chat import CallKey, Chat, ChatRequest, Endpoint, Ledger
from swarm_env.errors import RunError
from swarm_env.runtime.event_loop import shared

def ask(chat, number):
    request = ChatRequest((("user", "?"),))
    return shared().run(chat.ask(Endpoint("m", {server.url!r}), request, CallKey("a", number), str)).value

chat, stored = Chat(Ledger.memory()), Chat(Ledger.open({str(tmp_path / LEDGER_FILE)!r}))
assert ask(chat, 0) == ask(stored, 0) == "yes"
child = os.fork()
assert ask(chat, 1) == "yes"
if child:
    assert ask(stored, 1) == "yes"
    assert os.waitpid(child, 0)[1] == 0
else:
    try:
        ask(stored, 1)
    except RunError:
        os._exit(0)
    os._exit(1)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(server.requests) == 5


@pytest.mark.slow
def test_a_process_ends_quietly_with_connections_open(server):
    script = f"""
from swarm_env.chat import CallKey, Chat, ChatRequest, Endpoint, Ledger
from swarm_env.runtime.event_loop import shared
chat = Chat(Ledger.memory())
shared().run(chat.ask(Endpoint("m", {server.url!r}), ChatRequest((("user", "?"),)), CallKey("a", 0), str))
chat.close()
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60)
    errors = [line for line in done.stderr.splitlines() if not line.startswith(b"Executing <")]  # debug mode
    assert (done.returncode, errors) == (0, [])


def test_connections_are_used_again(server):
    chat = memory_chat()
    for number in range(3):
        ask_many(chat, server, 10, round=number)
    assert len({request.headers["host"] for request in server.requests}) == 1
    assert server.accepted == 10


def test_a_question_that_is_given_up_leaves_nothing_behind(server):
    server.answer = lambda request: Reply(hang=True) if request.number < 5 else ok()

    async def give_up():
        task = asyncio.ensure_future(some(memory_chat(), server, 5))
        while len(server.requests) < 5:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(give_up())
    assert [outcome.value for outcome in ask_many(memory_chat(), server, 200)] == ["yes"] * 200


def test_a_coroutine_that_would_wait_for_its_own_loop_is_refused():
    async def wrong():
        shared().run(asyncio.sleep(0))

    with pytest.raises(RunError, match="its own event loop"):
        shared().run(wrong())


def test_a_loop_closes_what_lives_in_it():
    closed = []

    class Belonging:
        async def aclose(self):
            closed.append(True)

    loop = LoopThread()

    async def move_in():
        loop.belongings["something"] = Belonging()

    loop.run(move_in())
    loop.close()
    loop.close()
    assert closed == [True]


def test_where_a_server_is(server, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert where(None) == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1/")
    assert where(None) == "http://localhost:8000/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:secret@localhost/v1")
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL"):
        where(None)
    monkeypatch.setattr(endpoint, "_starters", {})
    with pytest.raises(ConfigError, match="embedded"):
        where("embedded")
    serve_inside("embedded", lambda model: (server.url, ""))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real-one")
    assert ask(Chat(Ledger.memory()), "embedded").value == "yes"
    assert "sk-real-one" not in server.requests[0].headers["authorization"]
    assert Endpoint("m", "embedded").text() == "m@embedded"
    assert Endpoint("m").text() == "m"
