import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import openai
import pytest
from swarm_env.agents.mock_server import Faults, MockServer, create_app

from swarm_env.errors import ConfigError, MissingExtraError, RunError
from tests.cli.programs import SWARM, swarm
from tests.llm.servers import SPEECH, asking, fetch, model_function, send

BODY = json.dumps(asking()).encode()


def threads():
    return {thread for thread in threading.enumerate() if thread.name == "swarm-serve"}


def test_it_listens_when_it_has_started_and_not_when_it_has_stopped():
    server, before = MockServer(model_function), threads()
    for _ in range(2):
        url = server.start()
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/v1")
        assert send(url, body=BODY)[0] == 200
        assert server.stats()["answered"] == 1
        server.stop()
        with pytest.raises(OSError, match=r"(?i)refused"):
            send(url, body=BODY)
    assert threads() <= before
    server.stop()
    assert server.stats()["answered"] == 1


def test_it_leaves_signals_alone():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with MockServer(model_function):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_starting_twice_and_asking_too_early():
    server = MockServer(model_function)
    with pytest.raises(RunError, match="never started"):
        server.stats()
    with server, pytest.raises(RunError, match="runs already"):
        server.start()


def test_a_port_that_is_taken_or_is_none():
    with MockServer(model_function) as server:
        port = int(server.url.split(":")[2].removesuffix("/v1"))
        with pytest.raises(ConfigError, match=f"Port {port} of 127.0.0.1 is taken"):
            MockServer(model_function).start(port)
    with pytest.raises(ConfigError, match="70000"):
        MockServer(model_function).start(70000)
    with pytest.raises(ConfigError, match=r"no\.such\.host"):
        MockServer(model_function, host="no.such.host.invalid").start()
    MockServer(model_function).start(port)  # and the port is free again; this one ends with the process


def test_from_a_notebook_where_a_loop_runs_already():
    async def cell():
        with MockServer(model_function) as server:
            async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
                return await client.chat.completions.create(**asking())

    assert asyncio.run(cell()).choices[0].message.content == SPEECH


def test_two_servers_in_one_process():
    with MockServer(model_function) as one, MockServer(lambda messages, schema: "other") as two:
        assert SPEECH.encode()[:10] in send(one.url, body=BODY)[2]
        assert b"other" in send(two.url, body=BODY)[2]
        assert one.stats()["answered"] == two.stats()["answered"] == 1


@pytest.mark.parametrize("fault", ["hang", "latency=60"])
def test_it_stops_at_once_whatever_waits(fault):
    server = MockServer(model_function, Faults.parse([fault]))
    url = server.start()
    lost = []

    def ask():
        try:
            send(url, body=BODY)
        except OSError as error:
            lost.append(error)

    client = threading.Thread(target=ask)
    client.start()
    while not server.stats()["faults"]:
        time.sleep(0.002)
    server.stop()
    client.join(timeout=20)
    assert not client.is_alive()
    assert len(lost) == 1


@pytest.mark.slow
def test_it_leaves_nothing_open_when_it_stops_while_clients_come(monkeypatch):
    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    for _ in range(5):
        server = MockServer(model_function)
        port = int(server.start().split(":")[2].removesuffix("/v1"))
        ended = threading.Event()

        def come_and_go(port=port, ended=ended):
            while not ended.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                        connection.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
                        connection.recv(100)
                except OSError:
                    pass

        clients = [threading.Thread(target=come_and_go) for _ in range(4)]
        for client in clients:
            client.start()
        send(server.url, "GET", "/health")
        server.stop()
        ended.set()
        for client in clients:
            client.join()
        del server
        gc.collect()
    assert lost == []


def test_a_slow_mind_keeps_nobody_else_waiting_and_is_asked_once_at_a_time():
    go_on, inside, most = threading.Event(), [], []

    def slow(messages, schema):
        inside.append(1)
        most.append(len(inside))
        go_on.wait(10)
        inside.pop()
        return "done"

    with MockServer(slow) as server:
        clients = [threading.Thread(target=send, args=(server.url,), kwargs={"body": BODY}) for _ in range(3)]
        for client in clients:
            client.start()
        while fetch(server.url, "/stats")["waiting"] < 3:
            pass
        assert fetch(server.url, "/health") == {"status": "ok"}
        go_on.set()
        for client in clients:
            client.join()
        assert server.stats()["answered"] == 3
    assert max(most) == 1


def test_a_mind_that_is_a_coroutine_function():
    async def gentle(messages, schema):
        await asyncio.sleep(0)
        return "gently"

    with MockServer(gentle) as server:
        assert b"gently" in send(server.url, body=BODY)[2]


@pytest.mark.slow
def test_no_warnings_when_a_program_does_not_stop_it(tmp_path):
    code = (
        "from swarm_env.agents.mock_server import MockServer\n"
        "import urllib.request\n"
        "url = MockServer(lambda messages, schema: 'hi').start()\n"
        "opened = urllib.request.urlopen(url + '/models')\n"
        "print(len(opened.read()) > 9)\n"
        "opened.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


@pytest.mark.parametrize("library", ["fastapi", "uvicorn"])
def test_without_its_libraries(library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, "swarm_env.agents.mock_server.http_server", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[serve\]'") as caught:
        MockServer(model_function).start()
    assert library in str(caught.value)


def test_it_is_imported_without_its_libraries(tmp_path):
    code = (
        "import sys, swarm_env.agents.mock_server, swarm_env.agents.mock_server.serve\n"
        "print([name for name in ('fastapi', 'uvicorn', 'openai', 'numba') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.skipif(os.name != "posix", reason="sends Ctrl-C")
def test_the_command(tmp_path):
    with subprocess.Popen(
        [SWARM, "serve", "--port", "0", "--fault", "429=0.5", "--retry-after", "0.01"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout and process.stderr
        url = process.stdout.readline().strip()
        with openai.OpenAI(base_url=url, api_key="none", max_retries=20) as client:
            for number in range(8):
                assert client.chat.completions.create(**asking(f"echo {number}")).choices[0].message.content
        stats = fetch(url, "/stats")
        assert stats["answered"] == 8
        assert stats["faults"]["429"] == stats["requests"] - 8 > 0
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert f"{stats['requests']} requests, 8 answered well; 429 {stats['faults']['429']}." in err


def test_the_command_with_a_port_that_is_taken_or_a_fault_that_is_none(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = swarm(capsys, "serve", "--port", port)
    assert (done.status, done.out) == (2, "")
    assert (
        done.err
        == f"Error: Port {port} of 127.0.0.1 is taken. Give another with --port, or 0 for any free one.\n"
    )
    done = swarm(capsys, "serve", "--port", "0", "--fault", "refusel")
    assert done.status == 2
    assert "Did you mean 'refusal'?" in done.err


def test_an_app_counts_for_itself():
    assert create_app(model_function).state.stats is not create_app(model_function).state.stats
