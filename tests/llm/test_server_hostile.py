import json
import socket
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from swarm_env.agents.mock_server import MockServer
from swarm_env.agents.mock_server.api_error import Rejection
from swarm_env.agents.mock_server.request_reader import MOST_BYTES, read_request

from tests.llm.servers import AS_SCHEMA, TOOL, adds_up, asking, fetch, model_function, send


@pytest.fixture(scope="module")
def server():
    with MockServer(model_function) as server:
        yield server


def content(value):
    return {"messages": [{"role": "user", "content": value}]}


def formed(value):
    return {"response_format": {"type": "json_schema", "json_schema": value}}


def tool(function):
    return {"type": "function", "function": function}


def rejected(server, body, status=400):
    """The error of an invalid request."""
    got, headers, text = send(server.url, body=body)
    assert got == status, text
    assert headers["content-type"] == "application/json"
    error = json.loads(text)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert "Traceback" not in error["message"]
    return error


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"[1, 2]",
        b'"text"',
        b"null",
        b"{",
        b'{"model": "m", "messages": [}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"model": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: body[:12],
)
def test_invalid_requests_are_rejected(server, body):
    assert "The request" in rejected(server, body)["message"]


def test_a_body_nested_too_deeply(server):
    deep: list[object] = []
    for _ in range(80):
        deep = [deep]
    assert "nested" in rejected(server, json.dumps(asking(metadata=deep)).encode())["message"]
    wide = asking(metadata=[[]] * 5000)
    assert send(server.url, body=json.dumps(wide).encode())[0] == 200


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"model": ""}, "model"),
        ({"model": "m" * 300}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "king", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        (content(7), "messages[0].content"),
        (content([{"type": "image_url"}]), "messages[0].content[0]"),
        (content([{"type": "text", "text": 7}]), "messages[0].content[0]"),
        ({"n": 0}, "n"),
        ({"n": 10**6}, "n"),
        ({"n": 1.5}, "n"),
        ({"n": True}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "7"}, "max_tokens"),
        ({"max_completion_tokens": -1}, "max_completion_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"top_p": -1}, "top_p"),
        ({"seed": 1.5}, "seed"),
        ({"stop": 7}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": True, "stream_options": []}, "stream_options"),
        ({"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"logprobs": 1}, "logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": ["text"]}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (formed({"name": "a b"}), "response_format.json_schema.name"),
        (formed({"name": "a", "schema": 7}), "response_format.json_schema.schema"),
        ({"tools": []}, "tools"),
        ({"tools": {}}, "tools"),
        ({"tools": [7]}, "tools[0]"),
        ({"tools": [tool({})]}, "tools[0].function.name"),
        ({"tools": [tool({"name": "a", "parameters": 7})]}, "tools[0].function.parameters"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "always"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": tool({"name": ["act"]})}, "tool_choice"),
    ],
    ids=repr,
)  # fmt: skip
def test_fields_that_are_wrong_are_named(server, change, param):
    assert rejected(server, json.dumps(asking() | change).encode())["param"] == param


def test_a_body_that_is_too_long(server):
    error = rejected(server, b'"' + b"a" * MOST_BYTES + b'"', status=413)
    assert str(MOST_BYTES) in error["message"]


def test_fields_that_nobody_knows_are_let_pass(server):
    odd = {"chat_template_kwargs": {"enable_thinking": False}, "user": 7, "temperature": None, "tools": None}
    assert send(server.url, body=json.dumps(asking() | odd).encode())[0] == 200


def test_halves_of_characters_go_through(server):
    status, _, body = send(server.url, body=json.dumps(asking("echo \ud800", logprobs=True)).encode())
    assert status == 200
    assert json.loads(body)["choices"][0]["message"]["content"] == "\ud800"


def test_pages_that_are_not_there(server):
    for method, page, status in (
        ("GET", "/", 404),
        ("POST", "/v1/embeddings", 404),
        ("GET", "/v1/chat/completions", 405),
        ("POST", "/v1/models", 405),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/docs", 404),
    ):
        got, _, body = send(server.url, method, page)
        assert got == status
        assert page in json.loads(body)["error"]["message"]


def test_no_http_at_all(server):
    place = urlsplit(server.url)
    for garbage in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000):
        with socket.create_connection((place.hostname, place.port), timeout=5) as connection:
            try:
                connection.sendall(garbage)
                connection.shutdown(socket.SHUT_WR)
                assert b"Traceback" not in connection.recv(4096)
            except ConnectionError:  # hung up on, which is as good
                pass
    assert fetch(server.url, "/health") == {"status": "ok"}


def test_a_client_that_leaves_in_the_middle_of_its_request(server):
    place = urlsplit(server.url)
    before = server.stats()
    with socket.create_connection((place.hostname, place.port), timeout=5) as connection:
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n\r\n"
        connection.sendall(head + b"{")
    while server.stats()["abandoned"] == before["abandoned"]:
        assert fetch(server.url, "/health")
    assert adds_up(server.stats())


def test_a_mind_that_fails_is_an_error_of_the_server(caplog):
    def broken(messages, schema):
        if schema:
            return None
        raise KeyError("secret word")

    with MockServer(broken) as server:
        for body in (asking(), asking(response_format=AS_SCHEMA)):
            status, _, text = send(server.url, body=json.dumps(body).encode())
            assert status == 500
            assert json.loads(text)["error"]["type"] == "server_error"
            assert b"secret" not in text
        assert server.stats()["failed"] == 2
        assert adds_up(server.stats())
    assert "secret word" in caplog.text
    assert "NoneType" in caplog.text


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "model", "messages", "n", "max_tokens", "max_completion_tokens", "temperature", "top_p", "seed", "stop",
    "stream", "stream_options", "logprobs", "top_logprobs", "response_format", "tools", "tool_choice",
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(NAMES), anything, max_size=4))
def test_any_fields_are_read_or_rejected(fields):
    try:
        read_request(json.dumps(asking() | fields).encode())
    except Rejection as rejection:
        assert rejection.status == 400


@settings(max_examples=200)
@given(st.binary(max_size=40))
def test_any_bytes_are_rejected(body):
    with pytest.raises(Rejection):
        read_request(body)
