import asyncio
import json
import time
from email.utils import parsedate_to_datetime

import openai
import pytest
from swarm_env.agents.mock_server import Faults, MockServer
from swarm_env.agents.mock_server.faults import KINDS

from swarm_env.errors import ConfigError
from tests.llm.servers import AS_SCHEMA, SPEECH, TOOL, adds_up, asking, model_function, send


def serve(*faults, **others):
    return MockServer(model_function, Faults.parse(faults, **others))


def meet(server, timeout=10.0, **more):
    """One request; what comes back or is raised. Of a stream its pieces."""
    with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0, timeout=timeout) as client:
        answer = client.chat.completions.create(**asking(**more))
        return list(answer) if more.get("stream") else answer


def settled(server, requests=1):
    """The counts, once every end is known: a client that leaves is noticed a little later."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        stats = server.stats()
        if stats["requests"] == requests and not stats["waiting"]:
            return stats
        time.sleep(0.002)
    raise AssertionError(stats)


IMPATIENT = openai.Timeout(10, read=0.1)


def test_too_many_requests_says_when_to_come_back():
    with serve("429", retry_after=0.25) as server:
        with pytest.raises(openai.RateLimitError) as caught:
            meet(server)
        assert caught.value.response.headers["retry-after"] == "0.25"
        assert caught.value.code == "rate_limit_exceeded"
        assert server.stats()["faults"] == {"429": 1}


def test_when_to_come_back_as_a_date():
    with serve("503", retry_after=2, retry_after_date=True) as server:
        _, headers, _ = send(server.url, body=json.dumps(asking()).encode())
        ahead = parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time()
        assert 1 < ahead < 4


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (500, openai.InternalServerError),
        (502, openai.InternalServerError),
    ],
)
def test_other_statuses(status, error):
    with serve(str(status)) as server:
        with pytest.raises(error) as caught:
            meet(server)
        assert set(caught.value.body) == {"message", "type", "param", "code"}
        assert server.stats()["faults"] == {str(status): 1}
        assert adds_up(server.stats())


def test_an_answer_that_never_comes():
    with serve("hang") as server:
        with pytest.raises(openai.APITimeoutError):
            meet(server, timeout=IMPATIENT)
        stats = settled(server)
        assert stats["faults"] == {"hang": 1}
        assert adds_up(stats)


@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_that_is_cut(stream):
    with serve("cut") as server:
        with pytest.raises(openai.APIConnectionError):
            meet(server, stream=stream)
        assert server.stats()["faults"] == {"cut": 1}


@pytest.mark.parametrize("stream", [False, True])
def test_a_body_that_is_no_json(stream):
    with serve("malformed") as server:
        with pytest.raises(json.JSONDecodeError):
            meet(server, stream=stream)
        assert server.stats()["faults"] == {"malformed": 1}


@pytest.mark.parametrize(
    "form", [{}, {"response_format": AS_SCHEMA}, {"tools": [TOOL]}], ids=["text", "json", "tool"]
)
@pytest.mark.parametrize("kind", ["wrong_schema", "truncated", "nonsense", "refusal"])
def test_answers_that_are_of_no_use(kind, form):
    with serve(kind) as server:
        choice = meet(server, **form).choices[0]
        calls = choice.message.tool_calls or ()
        text = calls[0].function.arguments if calls else choice.message.content
        if kind == "refusal":
            assert (text, calls) == (None, ())
            assert "help" in choice.message.refusal
        elif kind == "truncated":
            assert (SPEECH if not form else '{"action": "UP"}').startswith(text)
            assert choice.finish_reason == "length"
        elif kind == "wrong_schema":
            assert "action" not in json.loads(text)
        else:
            assert len(text.split()) > 9
            assert "UP" not in text
        assert server.stats()["faults"] == {kind: 1}
        assert server.stats()["answered"] == 0


def test_late_answers():
    with serve("latency=0.05") as server:
        begin = time.monotonic()
        assert meet(server).choices[0].message.content == SPEECH
        assert time.monotonic() - begin >= 0.05
        assert server.stats()["faults"] == {"latency": 1}
        assert server.stats()["answered"] == 1


def test_a_client_that_does_not_wait_for_a_late_answer():
    with serve("latency=60") as server:
        with pytest.raises(openai.APITimeoutError):
            meet(server, timeout=IMPATIENT)
        stats = settled(server)
        assert (stats["abandoned"], stats["answered"]) == (1, 0)


def test_faults_of_one_model_and_of_one_request():
    with serve("500") as server:
        with pytest.raises(openai.RateLimitError):
            meet(server, model="scripted+429")
        assert meet(server, model="scripted+500=0").choices
        assert meet(server, extra_headers={"X-Swarm-Fault": "429=0,refusal"}).choices[0].message.refusal
        assert meet(server, model="scripted-reasoning+nonsense+latency=0.01").usage.completion_tokens > 64
        with pytest.raises(openai.InternalServerError):
            meet(server, model="command-r+")  # a plus sign that is part of a name
        with pytest.raises(openai.BadRequestError, match="X-Swarm-Fault"):
            meet(server, extra_headers={"X-Swarm-Fault": "bananas"})


def test_more_requests_at_once_than_fit():
    with serve("hang", capacity=2) as server:
        got = asyncio.run(ask_all(server, range(6)))
        assert sorted(got) == ["RateLimitError"] * 4 + ["hung"] * 2
        assert server.stats()["faults"] == {"429": 4, "hang": 2}


MIXED = [f"{kind}=0.1" for kind in ("429", "500", *KINDS)]


async def ask_all(server, numbers):
    """What becomes of each request: a word. Those that hang are given up when all others are done."""
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:

        async def ask(number):
            try:
                answer = await client.chat.completions.create(**asking(f"echo number {number:03}"))
            except (openai.APIError, json.JSONDecodeError) as error:
                return type(error).__name__
            message = answer.choices[0].message
            return message.refusal or message.content

        tasks = [asyncio.create_task(ask(number)) for number in numbers]
        while left := [task for task in tasks if not task.done()]:
            stats = server.stats()
            if stats["requests"] == len(tasks) and len(left) == stats["faults"].get("hang", 0):
                break
            await asyncio.sleep(0.005)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return ["hung" if task.cancelled() else task.result() for task in tasks]


@pytest.mark.slow
def test_all_faults_mixed_are_counted_and_come_again_in_any_order():
    numbers = range(80)
    with serve(*MIXED, "latency=0.001:0.5") as server:
        first = asyncio.run(ask_all(server, numbers))
        stats = settled(server, 80)
    with serve(*MIXED, "latency=0.001:0.5") as server:
        again = asyncio.run(ask_all(server, reversed(numbers)))
        assert {**settled(server, 80), "seconds": 0} == {**stats, "seconds": 0}
    assert first == again[::-1]

    assert adds_up(stats)
    counts = stats["faults"]
    assert set(counts) == {"429", "500", "latency", *KINDS}
    assert 20 < counts["latency"] < 60
    assert first.count("RateLimitError") == counts["429"]
    assert first.count("InternalServerError") == counts["500"]
    assert first.count("hung") == counts["hang"]
    assert first.count("APIConnectionError") == counts["cut"]
    assert first.count("JSONDecodeError") == counts["malformed"]
    assert sum(text == f"number {i:03}" for i, text in enumerate(first)) == stats["answered"]


def test_the_same_request_draws_anew_and_rates_hold():
    faults = Faults({"429": 0.2, "hang": 0.1}, seed=7)
    drawn = [faults.draw(bytes(16), use).kind for use in range(4000)]
    assert abs(drawn.count("429") / 4000 - 0.2) < 0.03
    assert abs(drawn.count("hang") / 4000 - 0.1) < 0.03
    other = Faults({"429": 0.2, "hang": 0.1}, seed=8)
    assert [other.draw(bytes(16), use).kind for use in range(4000)] != drawn


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["refusel=0.1"], "Did you mean 'refusal'"),
        (["429=lots"], "KIND=RATE"),
        (["429=1.5"], "fraction of the requests"),
        (["500=nan"], "fraction of the requests"),
        (["429=0.7", "500=0.7"], "add up to 1.4"),
        (["latency=-1"], "seconds"),
        (["latency=inf"], "seconds"),
        (["latency=1:2"], "latency_rate"),
        (["600"], "from 400 to 599"),
        ([""], "No fault is named ''"),
    ],
)
def test_faults_that_make_no_sense(texts, message):
    with pytest.raises(ConfigError, match=message):
        Faults.parse(texts)
    with pytest.raises(ConfigError, match="capacity"):
        Faults(capacity=0)
