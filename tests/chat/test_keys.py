"""Which server gets which key: `swarm_env.chat.transport.keys`, and requests as they arrive."""

import pytest

import swarm_env
from swarm_env.chat import CallKey, Chat, Endpoint, Keys, Ledger
from swarm_env.chat.transport.keys import Server as Place
from swarm_env.chat.transport.keys import keys_file
from swarm_env.errors import ConfigError
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import fork, resume
from swarm_env.runtime.event_loop import shared
from tests.chat.asking import question
from tests.chat.server import Reply, Server, ok

VARIABLE = "AWS_SECRET_ACCESS_KEY"
SECRET, DEFAULT = "planted-secret-0123456789", "sk-planted-default-0123456789"
STAY = '{"action": "STAY", "message": ""}'


@pytest.fixture(autouse=True)
def planted(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", DEFAULT)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def server():
    with Server(lambda request: ok(STAY)) as started:
        yield started


def sent(server):
    """The keys that a server got, each once."""
    values = {request.headers.get("authorization", "") for request in server.requests}
    return {value.removeprefix("Bearer ") for value in values}


def everything(server):
    return repr([(request.headers, request.body) for request in server.requests])


def ask(server, keys, key_env="OPENAI_API_KEY"):
    chat = Chat(Ledger.memory(), keys=keys)
    try:
        endpoint = Endpoint("m", server.url, key_env)
        return shared().run(chat.ask(endpoint, question(), CallKey("agent_0", 0), str))
    finally:
        chat.close()


def play(server, team, **more):
    return swarm_env.play("pursuit", team, seed=1, num_agents=2, max_rounds=1, **more)


@pytest.mark.parametrize(
    ("binding", "url", "covered"),
    [
        ("h.example", "https://h.example/v1", True),
        ("H.example", "https://h.EXAMPLE:8443/v1", True),
        ("h.example", "http://h.example/v1", False),  # anyone on the way could read it
        ("http://h.example", "http://h.example/v1", True),
        ("http://h.example", "https://h.example/v1", False),
        ("h.example:8443", "https://h.example/v1", False),
        ("h.example:443", "https://h.example/v1", True),
        ("h.example", "https://h.example.evil.example/v1", False),
        ("h.example", "https://evil-h.example/v1", False),
        ("h.example", "https://a.h.example/v1", False),
        ("127.0.0.1", "http://127.0.0.1:9/v1", True),
        ("127.0.0.1:8", "http://127.0.0.1:9/v1", False),
        ("[::1]", "http://[::1]:9/v1", True),
    ],
)
def test_a_binding_covers_its_own_server(binding, url, covered):
    assert Place.parse(binding).covers(url) is covered


@pytest.mark.parametrize(
    "text", ["", "=h", "K", "K=", "K=*", "K=u:secret@h", "K=ftp://h", "1K=h", "K=a b", "K=h:x"]
)
def test_a_binding_of_another_form_is_refused(text):
    with pytest.raises(ConfigError) as caught:
        Keys.parse([text])
    assert "secret" not in str(caught.value)


def test_an_address_that_nothing_binds_gets_no_key(server):
    assert ask(server, Keys()).value == STAY
    assert sent(server) == {"none"}
    with pytest.raises(ConfigError, match=r"--allow-key AWS_SECRET_ACCESS_KEY=127\.0\.0\.1:\d+"):
        ask(server, Keys(), VARIABLE)
    assert len(server.requests) == 1
    assert SECRET not in everything(server) and DEFAULT not in everything(server)


def test_a_remote_address_that_nothing_binds_is_refused_with_the_flag_that_allows_it():
    for url, shown in (("https://h.example/v1", "h.example"), ("http://10.0.0.1/v1", "http://10.0.0.1")):
        with pytest.raises(ConfigError, match=f"--allow-key OPENAI_API_KEY={shown}") as caught:
            Chat(Ledger.memory(), keys=Keys()).check(Endpoint("m", url))
        assert "key_env" in str(caught.value)


def test_the_servers_of_the_environment_get_the_default_key(server, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    assert ask(server, Keys()).value == STAY
    assert sent(server) == {DEFAULT}
    with Server(lambda request: ok(STAY)) as other:  # the same host, another port
        ask(other, Keys())
        assert sent(other) == {"none"}


def test_the_file_of_the_user_binds(server):
    keys_file().parent.mkdir(parents=True)
    keys_file().write_text('AWS_SECRET_ACCESS_KEY = ["elsewhere.example", "127.0.0.1"]\n')
    ask(server, Keys(), VARIABLE)
    assert sent(server) == {SECRET}


@pytest.mark.parametrize(
    "content", ["K = 5", "K = [5]", "[K]\na = 1", "K = [", 'K = ["a b"]', '"1K" = ["h"]']
)
def test_a_file_that_cannot_be_used_is_named(content):
    keys_file().parent.mkdir(parents=True)
    keys_file().write_text(content)
    with pytest.raises(ConfigError, match=r"keys\.toml"):
        Keys().with_user()


def test_code_binds_what_it_writes(server):
    ask(server, None, VARIABLE)
    assert sent(server) == {SECRET}
    play(server, f"llm:n@{server.url}?key_env=AWS_SECRET_ACCESS_KEY")
    assert sent(server) == {SECRET}


def test_an_address_in_a_team_never_gets_the_default_key(server):
    play(server, f"llm:m@{server.url}")
    play(server, f"llm:m?base_url={server.url}")
    play(server, f"llm:n@{server.url}?key_env=OPENAI_API_KEY")
    assert len(server.requests) == 6 and sent(server) == {"none"}
    assert DEFAULT not in everything(server)


@pytest.mark.parametrize(
    "team", [f"llm:m@{{url}}?key_env={VARIABLE}", f"llm:m?base_url={{url}}&key_env={VARIABLE}"]
)
def test_a_recorded_team_binds_nothing(server, tmp_path, team):
    play(server, team.format(url=server.url), out=tmp_path / "run", observer=lambda frame: False)
    server.requests.clear()
    for call in (resume, lambda run: fork(run, 0)):
        with pytest.raises(ConfigError, match="--allow-key AWS_SECRET_ACCESS_KEY="):
            call(tmp_path / "run")
    assert not server.requests
    fork(tmp_path / "run", 0, calls=Calls(keys=Keys().allow(VARIABLE, "127.0.0.1")))
    assert sent(server) == {SECRET}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_carries_no_key(server, status):
    with Server() as first:
        first.answer = lambda request: Reply(b"", status, {"location": f"{server.url}/chat/completions"})
        outcome = ask(first, None, VARIABLE)
        assert outcome.reason == "http" and sent(first) == {SECRET}
    assert not server.requests


def test_what_the_environment_holds_for_openai_goes_nowhere_else(server, monkeypatch):
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "planted-name")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: planted-header\nAuthorization: planted-token")
    ask(server, Keys())
    assert "planted" not in everything(server)
    ask(server, Keys().allow("OPENAI_API_KEY", server.url))
    assert server.requests[-1].headers["openai-organization"] == "planted-name"
