"""What `swarm serve` takes from whom: hosts, origins, and requests that are too long."""

import json
import socket

import pytest
from swarm_env.agents.mock_server import MockServer
from swarm_env.agents.mock_server.request_reader import MOST_BYTES

from tests.llm.servers import asking, model_function, send

BODY = json.dumps(asking()).encode()


@pytest.fixture(scope="module")
def server():
    with MockServer(model_function) as started:
        yield started


def status_of(server, page="/v1/chat/completions", method="POST", body=BODY, **headers):
    return send(
        server.url.replace("0.0.0.0", "127.0.0.1"),
        method,
        page,
        body,
        {name.title(): value for name, value in headers.items()},
    )[0]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1", "127.3.2.1:80", "[::1]:80", "a.LOCALHOST"]
)
def test_names_of_this_machine_are_taken(server, host):
    assert status_of(server, host=host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", "localhost.evil", "", "[", "0.0.0.0"]
)
def test_other_names_are_rejected_on_every_page(server, host):
    before = server.stats()["requests"]
    assert status_of(server, host=host) == 403
    assert status_of(server, "/stats", "DELETE", b"", host=host) == 403
    assert status_of(server, "/nothing", "GET", b"", host=host) == 403
    assert server.stats()["requests"] == before


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("http://127.0.0.1", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_pages_of_strangers_are_rejected(server, origin, status):
    assert status_of(server, origin=origin) == status


def test_a_server_for_all_takes_all_hosts_but_no_page_of_a_stranger():
    with MockServer(model_function, host="0.0.0.0") as server:
        assert status_of(server, host="any.example") == 200
        assert status_of(server, host="any.example", origin="http://any.example:80") == 200
        assert status_of(server, host="any.example", origin="http://other.example") == 403


@pytest.mark.parametrize(
    "head",
    [
        f"content-length: {MOST_BYTES + 1}\r\n\r\n",
        f"content-length: {10**30}\r\n\r\n",
        f"transfer-encoding: chunked\r\n\r\n{MOST_BYTES + 1:x}\r\n{'a' * (MOST_BYTES + 1)}\r\n",
    ],
    ids=["said", "absurd", "chunked"],
)
def test_what_is_too_long_is_refused_at_once(server, head):
    host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n{head}".encode())
        answer = connection.recv(4096)  # nothing more is sent, and the request is not complete
    assert answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))
