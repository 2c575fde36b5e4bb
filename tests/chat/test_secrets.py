import io
import logging
import sys
import traceback

import pytest

from swarm_env.chat import LEDGER_FILE, CallKey, Chat, Endpoint, Ledger, Limits, scrub
from swarm_env.errors import ConfigError
from swarm_env.runtime.event_loop import shared
from tests.chat.asking import ask, question, read_move
from tests.chat.server import Reply, completion, error, ok

KEY = "sk-planted-7Hq2/+=xyz"


@pytest.fixture
def said(monkeypatch):
    """Everything that is logged, by anybody, at any level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in ("openai", "httpx2", "httpcore2"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def echo(kind):
    """A server that sends the key back, in many ways."""

    def answer(request):
        key = request.headers["authorization"].removeprefix("Bearer ")
        escaped = "".join(f"\\u{ord(letter):04x}" for letter in key)
        return {
            "answer": ok(f'{{"move": "{key}"}}'),
            "escaped": Reply(completion({"content": "KEY"}).replace(b"KEY", escaped.encode())),
            "arguments": Reply(completion({"tool_calls": [{"function": {"arguments": key}}]})),
            "refusal": Reply(completion({"refusal": f"not with {key}"})),
            "model": Reply(completion({"content": "yes"}, finish=key, model=key)),
            "error": error(401, f"Incorrect API key provided: {key}", code=key),
            "error in HTML": Reply(f"<b>{key}</b>".encode(), 503),
            "nonsense": Reply(f"['{key}'".encode()),
            "no HTTP": Reply(headers={f"bad header {key}": key}),
            "header": Reply(ok().body, headers={"x-request-id": key, "set-cookie": key, "retry-after": key}),
        }[kind]

    return answer


KINDS = (
    "answer",
    "escaped",
    "arguments",
    "refusal",
    "model",
    "error",
    "error in HTML",
    "nonsense",
    "no HTTP",
    "header",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_found_nowhere_even_if_the_server_echoes_it(
    server, tmp_path, monkeypatch, said, capfd, kind
):
    monkeypatch.setenv("PLANTED", KEY)
    server.answer = echo(kind)
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE), limits=Limits(deadline=0.4))
    endpoint = Endpoint("m", server.url, "PLANTED")
    seen = []

    def read(text):
        seen.append(text)
        return read_move(text)

    outcome = shared().run(chat.ask(endpoint, question(), CallKey("agent_0", 0), read))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    chat.close()
    held += b"".join(path.read_bytes() for path in tmp_path.iterdir())
    output = "".join(capfd.readouterr())
    for text in (repr(outcome), repr(seen), repr(endpoint), repr(chat), said.getvalue(), output):
        assert KEY not in text
    assert KEY.encode() not in held
    assert outcome.attempts >= 1


def test_a_key_is_in_no_traceback_and_no_local_variable_shown_with_it(server, monkeypatch):
    monkeypatch.setenv("PLANTED", KEY)
    chat = Chat(Ledger.memory())

    def broken(text):
        raise RuntimeError("a bug in an agent")

    try:
        shared().run(
            chat.ask(Endpoint("m", server.url, "PLANTED"), question(), CallKey("agent_0", 0), broken)
        )
    except RuntimeError:
        shown = "".join(traceback.TracebackException(*sys.exc_info(), capture_locals=True).format())
    assert "a bug in an agent" in shown
    assert KEY not in shown


def test_the_default_key_is_known_without_being_asked_for(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert scrub(f"a {KEY} b") == "a [key] b"
    assert scrub("nothing") == "nothing"


def test_a_missing_key_is_named_and_servers_of_this_machine_need_none(server, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert ask(Chat(Ledger.memory()), server).value == "yes"
    chat = Chat(Ledger.memory())
    for url in ("https://api.openai.com/v1", "http://10.0.0.1/v1"):
        with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
            ask(chat, url)
    assert chat.totals().calls == 0


def test_a_key_that_cannot_be_one_is_refused_without_being_shown(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-first\nsecond")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
        ask(Chat(Ledger.memory()), server)
    assert "first" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@localhost/v1",
        "http://secret@localhost/v1",
        "https://localhost/v1?key=secret",
        "https://localhost/v1#secret",
        "localhost:8000",
        "ftp://localhost/v1",
        "http://",
        "http://localhost:port/v1",
        "http://[::1/v1",
        "",
    ],
)
def test_urls_that_are_none_or_hold_a_secret_are_refused(url):
    with pytest.raises(ConfigError) as caught:
        Endpoint("m", url)
    assert "secret" not in str(caught.value)


def test_a_key_given_as_the_name_of_a_variable_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        Endpoint("m", None, KEY)
    assert KEY not in str(caught.value)
