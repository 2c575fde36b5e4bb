"""Options of a model: what arrives at the server, what is recorded, and what is refused."""

import json
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.agents.llm.agent import LlmAgent

import swarm_env
from swarm_env.chat.nested_options import flatten, nested
from swarm_env.errors import ConfigError
from swarm_env.playing.named_models import with_models
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import fork, resume
from swarm_env.playing.team import Team
from swarm_env.playing.team_syntax import read_tables
from swarm_env.runs.files import CALLS_FILE, read_run
from tests.chat.server import Server, ok
from tests.docs.pages import ROOT, blocks

STAY = '{"action": "STAY", "message": ""}'
SECRET = "planted-secret-0123456789"
WORLD: dict[str, Any] = {"num_agents": 2, "height": 8, "width": 8}


@pytest.fixture(autouse=True)
def planted(monkeypatch, tmp_path):
    monkeypatch.setenv("PLANTED", SECRET)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def server():
    with Server(lambda request: ok(STAY)) as started:
        yield started


def play(team, rounds=1, **more):
    return swarm_env.play("pursuit", team, seed=1, max_rounds=rounds, **WORLD, **more)


def options_in(folder):
    with closing(sqlite3.connect(folder / CALLS_FILE)) as ledger:
        return [json.loads(text) for (text,) in ledger.execute("SELECT options FROM calls ORDER BY round")]


ALL = (
    "top_p=0.9&seed=7&reasoning_effort=high&temperature=0.5&max_tokens=300&stop=[\"END\",\"a, b\"]"
    "&extra_body.provider.order=[\"x\",\"y\"]&extra_body.top_k=20&extra_body.note=on&headers.X-Title=swarm"
    "&query.api-version=2024-10-21&header_env.api-key=PLANTED&attempt_time=30&price.input=2&price.output=10"
    "&requests_per_minute=100000&tokens_per_minute=1e9&memory=2&label=big"
)  # fmt: skip
SENT = {
    "top_p": 0.9,
    "seed": 7,
    "reasoning_effort": "high",
    "temperature": 0.5,
    "max_tokens": 300,
    "stop": ["END", "a, b"],
    "provider": {"order": ["x", "y"]},
    "top_k": 20,
    "note": "on",
}


def test_every_option_arrives_is_recorded_and_survives_a_resume(server, tmp_path):
    team = f"llm:m@{server.url}?{ALL}"
    play(team, 4, out=tmp_path / "run", observer=lambda frame: frame.round < 2)
    with pytest.raises(ConfigError, match="--allow-key PLANTED="):
        resume(tmp_path / "run")
    half = len(server.requests)
    whole = resume(tmp_path / "run", team)
    assert whole.rounds == 4 and len(server.requests) == 8 > half
    for request in server.requests:
        kept = {name: request.body[name] for name in request.body if name in SENT}
        assert kept == SENT
        assert request.path == "/v1/chat/completions?api-version=2024-10-21"
        assert (request.headers["x-title"], request.headers["api-key"]) == ("swarm", SECRET)
        assert "authorization" not in request.headers
    more = {
        "query": {"api-version": "2024-10-21"},
        "headers": {"X-Title": "swarm"},
        "header_env": {"api-key": "PLANTED"},
    }
    assert options_in(tmp_path / "run") == [SENT | more] * 8
    recorded = dict(Team.parse(read_run(tmp_path / "run").info.team).entries[0].options)
    assert nested("extra_body", recorded) == {"provider": {"order": ["x", "y"]}, "top_k": 20, "note": "on"}
    assert whole.usage is not None
    assert whole.usage.cost == pytest.approx(8 * (100 * 2 + 20 * 10) / 1e6)  # 100 tokens and 20 each
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET.encode() not in written
    views = [request.text.count("at row") for request in server.requests]
    assert views[0] < views[2] == views[-1]  # two rounds are remembered


def test_a_table_says_the_same_as_a_text(server):
    table = {
        "agent": "llm",
        "model": "m",
        "base_url": server.url,
        "top_p": 0.9,
        "stop": ["END", "a, b"],
        "extra_body": {
            "provider": {"order": ["x", "y"]},
            "note": "7",
            "deep": {},
            "odd key": {"a b": [None]},
        },
        "headers": {"X-Title": "7"},
        "price": {"input": 1, "output": 2, "cached": 0.5},
    }
    play(read_tables([table]))
    body, headers = server.requests[0].body, server.requests[0].headers
    wanted = {"note": "7", "provider": {"order": ["x", "y"]}, "deep": {}, "odd key": {"a b": [None]}}
    assert {name: body[name] for name in wanted} == wanted
    assert (body["top_p"], body["stop"], headers["x-title"]) == (0.9, ["END", "a, b"], "7")


PAGE = ROOT / "docs" / "llm-agents.md"
HOSTS = ("https://NAME.openai.azure.com", "https://openrouter.ai", "http://localhost:8000")
ROUTED = {"provider": {"order": ["azure", "openai"], "allow_fallbacks": False}}
SHOWN: dict[str, Any] = {  # path, query, headers and part of the body that each shown model must send
    "azure": (
        "/openai/deployments/gpt-4o/chat/completions",
        {"api-version": ["2024-10-21"]},
        {"api-key": "azure-planted-0123", "authorization": None},
        {"model": "gpt-4o"},
    ),
    "router": (
        "/api/v1/chat/completions",
        {},
        {"authorization": "Bearer router-planted-0123"},
        {"model": "openai/gpt-4o"},
    ),
    "qwen": (
        "/v1/chat/completions",
        {},
        {"authorization": "Bearer none"},
        {"model": "Qwen/Qwen3-8B", "chat_template_kwargs": {"enable_thinking": False}},
    ),
}


def at(server, text):
    """A shown text with the local server in place of the hosts."""
    for host in HOSTS:
        text = text.replace(host, server.url.removesuffix("/v1"))
    return text


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("form", ["file", "line"])
def test_the_shown_models_send_what_their_servers_want(server, monkeypatch, name, form):
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "azure-planted-0123")
    monkeypatch.setenv("ROUTER_KEY", "router-planted-0123")
    if form == "file":
        (file,) = (block.text for block in blocks(PAGE) if block.save == "models.toml")
        team = with_models(f"llm:{name}", tomllib.loads(at(server, file))["models"])
    else:
        lines = [line for block in blocks(PAGE) for line in block.text.splitlines() if "?" in line]
        team = at(server, next(line for line in lines if name in line.lower() and line.startswith("llm:")))
    play(team)
    path, query, headers, body = SHOWN[name]
    assert len(server.requests) == 2
    for request in server.requests:
        assert (urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)) == (path, query)
        assert {key: request.headers.get(key) for key in headers} == headers
        assert {key: request.body.get(key) for key in body} == body
    if name == "router":
        assert server.requests[0].body["provider"]["order"] == ["azure", "openai"]
        if form == "file":
            assert server.requests[0].body["provider"] == ROUTED["provider"]
            assert server.requests[0].headers["http-referer"] == "https://example.org"


def test_the_query_may_stand_in_the_address(server):
    play(f"llm:m@{server.url}%3Fapi-version=7")
    play("llm?model=m&base_url=" + server.url.replace(":", "%3A") + "%3Fapi-version=7")
    play(read_tables([{"agent": "llm", "model": "m", "base_url": f"{server.url}?api-version=7"}]))
    assert {request.path for request in server.requests} == {"/v1/chat/completions?api-version=7"}
    assert len(server.requests) == 6


WRONG = [
    ("topp=0.5", r"no option 'topp'. Did you mean 'top_p'\? Options: .*reasoning_effort"),
    ("top_p.x=0.5", "no option 'top_p.x'"),
    ("top_p=1.5", r"top_p='1.5': must be a number from 0.0 to 1.0"),
    ("seed=1.5", "seed='1.5': must be a whole number"),
    ("seed=99999999999999999999", "whole number"),
    ("reasoning_effort=hihg", r"one of none, minimal, low, medium, high.*Did you mean 'high'\?"),
    ("stop=", "stop=''"),
    ("stop=[]", "a list of at most 16"),
    ("stop=[1]", "a list of at most 16"),
    ("extra_body=3", "extra_body='3': must be a table"),
    ("extra_body.api_key=abcdef", "extra_body.api_key would be recorded"),
    ('extra_body.route.headers.x=["Bearer abc"]', "extra_body.route.headers.x would be recorded"),
    ("extra_body.model=other", "extra_body.model cannot be set"),
    ("extra_body.stream=true", "extra_body.stream cannot be set"),
    ("extra_body.top_p=1&top_p=1", "top_p and extra_body.top_p are the same field"),
    ("extra_body.a=1&extra_body.a.b=2", "extra_body.a is given twice"),
    ("price.input=1", "price needs input and output"),
    ("price.input=1&price.outptu=1", r"price has no 'outptu'. Did you mean 'output'\?"),
    ("price.input=-1&price.output=1", "price.input='-1': must be a number"),
    ("memory=0", "memory='0': must be a whole number from 1"),
    ("requests_per_minute=0", "requests_per_minute='0'"),
    ("headers.X=a%0D%0AY: b", "printable"),
    ("headers.Host=h", "the client sets it"),
    ("headers.content-length=1", "the client sets it"),
    ("headers.X.Y=h", "headers.X"),
    ("headers.X=[1]", "headers.X"),
    ("headers.Authorization=Bearer hunter2", "header_env.Authorization=VARIABLE"),
    ("headers.api-key=hunter2", "header_env.api-key=VARIABLE"),
    ("headers.X-Custom=Bearer hunter2", "header_env.X-Custom=VARIABLE"),
    ("header_env.api-key=not a name", "not the name of an environment variable"),
    ("query.key=hunter2", "'key' would be recorded"),
    ("query.sig=hunter2", "'sig' would be recorded"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_what_an_option_may_not_be(options, message):
    with pytest.raises(ConfigError, match=message) as caught:
        play(f"llm:m@http://127.0.0.1:9/v1?{options}")
    assert "hunter2" not in str(caught.value)


def test_a_secret_in_the_query_of_an_address_is_refused():
    with pytest.raises(ConfigError, match="'api_key' would be recorded") as caught:
        play("llm:m@http://127.0.0.1:9/v1%3Fapi_key=hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_header_from_the_environment_goes_where_its_variable_may_go(server, tmp_path, monkeypatch):
    team = f"llm:m@{server.url}?header_env.X-Access=PLANTED"
    play(team, 2, out=tmp_path / "run", observer=lambda frame: False)
    server.requests.clear()
    for call in (resume, lambda run: fork(run, 0)):
        with pytest.raises(ConfigError, match=r"--allow-key PLANTED=127\.0\.0\.1"):
            call(tmp_path / "run")
    assert not server.requests
    fork(tmp_path / "run", 0, calls=Calls(keys=swarm_env.chat.Keys().allow("PLANTED", "127.0.0.1")))
    assert {request.headers["x-access"] for request in server.requests} == {SECRET}
    monkeypatch.delenv("PLANTED")
    with pytest.raises(ConfigError, match="set the environment variable PLANTED"):
        play(team)


def test_a_key_that_a_server_repeats_is_recorded_nowhere(server, tmp_path):
    server.answer = lambda request: ok(f"no: {request.headers['api-key']}")
    play(f"llm:m@{server.url}?header_env.api-key=PLANTED", out=tmp_path / "run")
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]


def test_another_header_is_another_request(server, tmp_path):
    for mode in ("a", "a", "b"):
        team = f"llm:m@{server.url}?headers.X-Mode={mode}"
        play(team, calls=Calls(cache=tmp_path / "cache.sqlite"))
    assert [request.headers["x-mode"] for request in server.requests] == ["a", "a", "b", "b"]


def test_a_model_has_a_pace_of_its_own(server):
    play(f"llm:slow@{server.url}?requests_per_minute=300*1, llm:quick@{server.url}*1", 3)
    times = {name: [r.at for r in server.requests if r.body["model"] == name] for name in ("slow", "quick")}
    gaps = [b - a for a, b in zip(times["slow"], times["slow"][1:], strict=False)]
    assert len(gaps) == 2 and min(gaps) > 0.15


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_any_table_is_read_back_from_the_text_of_a_team(value):
    try:
        text = json.dumps(value, ensure_ascii=False).encode().decode()
    except UnicodeEncodeError:
        return
    table = json.loads(text)
    team = Team.parse(read_tables([{"agent": "llm", "extra_body": table, "count": 2}]))
    (entry,) = Team.parse(str(team)).entries
    assert entry.count == 2 and nested("extra_body", dict(entry.options)) == table
    assert flatten("extra_body", nested("extra_body", dict(entry.options))) == dict(entry.options)


def test_options_without_effect_on_requests_leave_them_as_they_were():
    plain = LlmAgent.from_argument("m@http://h/v1")._options
    paced = LlmAgent.from_argument("m@http://h/v1", label="x", requests_per_minute="5")._options
    digests = {one.request.digest("m", one.endpoint.answer_options()) for one in (plain, paced)}
    assert len(digests) == 1 and asdict(plain.request)["extra"] == {}
