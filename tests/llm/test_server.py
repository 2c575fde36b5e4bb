import asyncio
import json
from typing import Any

import openai
import pytest
from swarm_env.agents.mock_server import MockServer, create_app
from swarm_env.agents.mock_server.response_writer import count_tokens as count

from tests.llm.servers import AS_OBJECT, AS_SCHEMA, SPEECH, TOOL, adds_up, asking, fetch, model_function


@pytest.fixture(scope="module")
def server():
    with MockServer(model_function) as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def ask(client):
    return lambda *args, **kwargs: client.chat.completions.create(**asking(*args, **kwargs))


def gather(stream):
    """One message out of the pieces of a stream, by choice; and the last usage."""
    said: dict[int, dict[str, Any]] = {}
    usage = None
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            got = said.setdefault(choice.index, {"text": "", "tool": None, "finish": None, "tokens": []})
            delta = choice.delta
            got["text"] += delta.content or delta.refusal or ""
            for call in delta.tool_calls or ():
                got["tool"] = got["tool"] or (call.id, call.function.name)
                got["text"] += call.function.arguments or ""
            if choice.logprobs:
                parts = choice.logprobs.content or choice.logprobs.refusal
                got["tokens"] += [part.token for part in parts]
            got["finish"] = choice.finish_reason or got["finish"]
    return said, usage


def test_the_models_are_listed(client):
    names = [model.id for model in client.models.list()]
    assert names[0] == "scripted"
    assert "scripted-text" in names
    assert client.models.retrieve("scripted-text").id == "scripted-text"


def test_an_answer_in_text(ask):
    answer = ask()
    assert answer.choices[0].message.content == SPEECH
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "scripted"


def test_the_mind_gets_the_text_of_parts(client):
    parts = [{"type": "text", "text": "echo a"}, {"type": "text", "text": "b"}]
    answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content == "ab"


@pytest.mark.parametrize("form", [AS_SCHEMA, AS_OBJECT])
def test_an_answer_in_json(ask, form):
    assert json.loads(ask(response_format=form).choices[0].message.content) == {"action": "UP"}


@pytest.mark.parametrize(
    ("choice", "finish"),
    [
        ("auto", "tool_calls"),
        ("required", "tool_calls"),
        ({"type": "function", "function": {"name": "act"}}, "stop"),
    ],
)
def test_an_answer_as_the_arguments_of_a_tool(ask, choice, finish):
    answer = ask(tools=[TOOL], tool_choice=choice).choices[0]
    assert answer.message.content is None
    (call,) = answer.message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("act", {"action": "UP"})
    assert answer.finish_reason == finish


def test_no_tool_is_called_where_none_may_be(ask):
    assert ask(tools=[TOOL], tool_choice="none").choices[0].message.content == SPEECH


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"response_format": AS_SCHEMA},
        {"tools": [TOOL]},
        {"n": 3, "max_tokens": 3},
        {"stop": ["MSG"], "logprobs": True, "top_logprobs": 2},
        {"model": "scripted+refusal"},
        {"model": "scripted-reasoning"},
    ],
    ids=lambda more: " ".join(more) or "plain",
)
def test_a_stream_says_the_same_as_a_whole_answer(ask, more):
    whole = ask(**more)
    said, usage = gather(ask(stream=True, stream_options={"include_usage": True}, **more))
    assert len(said) == len(whole.choices)
    for choice in whole.choices:
        got, message = said[choice.index], choice.message
        calls = message.tool_calls or ()
        assert got["text"] == (calls[0].function.arguments if calls else message.content or message.refusal)
        assert got["finish"] == choice.finish_reason
        assert bool(got["tool"]) == bool(calls)
        if choice.logprobs:
            assert got["tokens"] == [part.token for part in choice.logprobs.content]
    assert usage == whole.usage


def test_a_stream_without_usage_unless_asked_for(ask):
    assert gather(ask(stream=True))[1] is None


def test_tokens_add_up(ask, server):
    before = server.stats()["tokens"]
    usages = [ask(text, n=n).usage for text, n in (("a", 1), ("echo " + "b" * 41, 2), ("", 1))]
    after = server.stats()["tokens"]
    for usage in usages:
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usages[1].completion_tokens == 2 * count("b" * 41) == 22
    assert after["prompt"] - before["prompt"] == sum(usage.prompt_tokens for usage in usages)
    assert after["completion"] - before["completion"] == sum(usage.completion_tokens for usage in usages)


def test_the_beginning_of_a_prompt_that_came_before_is_cached(client):
    messages = [{"role": "system", "content": "r" * 400}, {"role": "user", "content": "first"}]
    create = client.chat.completions.create
    first = create(model="cached", messages=messages).usage
    messages[1]["content"] = "second"
    second = create(model="cached", messages=messages).usage
    assert first.prompt_tokens_details.cached_tokens == 0
    assert second.prompt_tokens_details.cached_tokens == 103
    assert second.prompt_tokens > 103


def test_a_model_that_thinks_counts_its_thoughts(ask):
    usage = ask(model="scripted-reasoning").usage
    assert usage.completion_tokens_details.reasoning_tokens == 64
    assert usage.completion_tokens == 64 + count(SPEECH)
    cut = ask(model="scripted-reasoning", max_completion_tokens=10)
    assert cut.choices[0].message.content == ""
    assert cut.choices[0].finish_reason == "length"
    assert cut.usage.completion_tokens == cut.usage.completion_tokens_details.reasoning_tokens == 10


def test_a_model_that_tells_no_usage(ask):
    assert ask(model="scripted-no-usage").usage is None


def test_an_answer_ends_at_its_limit_and_at_stop_texts(ask):
    cut = ask(max_tokens=2)
    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == (SPEECH[:8], "length")
    assert cut.usage.completion_tokens == 2
    exact = ask("echo 12345678", max_tokens=2).choices[0]
    assert (exact.message.content, exact.finish_reason) == ("12345678", "stop")
    stopped = ask(stop=["never", "\nMSG"]).choices[0]
    assert (stopped.message.content, stopped.finish_reason) == ("ACTION: UP", "stop")


def test_log_probabilities_of_the_tokens(ask):
    tokens = ask(logprobs=True, top_logprobs=3).choices[0].logprobs.content
    assert "".join(part.token for part in tokens) == SPEECH
    assert all(len(part.top_logprobs) == 3 and part.logprob < 0 for part in tokens)
    assert b"".join(bytes(part.bytes) for part in tokens) == SPEECH.encode()
    assert ask().choices[0].logprobs is None


FORMS: dict[str, dict[str, Any]] = {
    "json_schema": {"response_format": AS_SCHEMA},
    "json_object": {"response_format": AS_OBJECT},
    "tool": {"tools": [TOOL]},
}


@pytest.mark.parametrize(
    ("model", "has"),
    [
        ("scripted", {"json_schema", "json_object", "tool"}),
        ("scripted-tools", {"tool"}),
        ("scripted-json", {"json_object"}),
        ("scripted-text", set()),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_models_that_lack_a_form_say_so(ask, model, has, form):
    if form in has:
        assert ask(model=model, **FORMS[form]).choices
        return
    with pytest.raises(openai.BadRequestError, match=form) as caught:
        ask(model=model, **FORMS[form])
    assert caught.value.param == ("tools" if form == "tool" else "response_format")
    assert caught.value.code == "unsupported_parameter"


def test_a_model_that_heeds_no_form(ask):
    assert ask(model="scripted-heedless", response_format=AS_SCHEMA).choices[0].message.content == SPEECH
    assert ask(model="scripted-heedless", tools=[TOOL]).choices[0].message.content == SPEECH


def test_a_model_that_does_not_exist(ask, client):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(model="scripted-missing")
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("scripted-missing")


def test_any_text_goes_through(ask):
    for text in ("\N{SNOWMAN} \N{FACE WITH TEARS OF JOY}" * 9, '"}\\', "\r\n\t\x00", "data: [DONE]\n\n"):
        assert ask("echo " + text).choices[0].message.content == text
        assert gather(ask("echo " + text, stream=True))[0][0]["text"] == text


def test_many_clients_at_once(server):
    async def all_at_once():
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            asked = [client.chat.completions.create(**asking(f"echo {i}")) for i in range(40)]
            return await asyncio.gather(*asked)

    before = server.stats()["answered"]
    answers = asyncio.run(all_at_once())
    assert [answer.choices[0].message.content for answer in answers] == [str(i) for i in range(40)]
    assert len({answer.id for answer in answers}) == 40
    assert server.stats()["answered"] == before + 40


def test_requests_are_counted():
    with (
        MockServer(model_function) as server,
        openai.OpenAI(base_url=server.url, api_key="k", max_retries=0) as client,
    ):
        for text in ("a", "b", "a"):
            client.chat.completions.create(**asking(text, model="gpt-x"))
        list(client.chat.completions.create(**asking(stream=True)))
        stats = fetch(server.url, "/stats?bodies")
        assert stats["requests"] == stats["answered"] == 4
        assert (stats["bodies"], stats["repeats"], stats["answered_again"], stats["streamed"]) == (3, 1, 1, 1)
        assert stats["models"] == {"gpt-x": 3, "scripted": 1}
        assert sorted(body["came"] for body in stats["by_body"].values()) == [1, 1, 2]
        assert adds_up(stats)
        assert fetch(server.url, "/health") == {"status": "ok"}
        assert fetch(server.url, "/stats", "DELETE")["requests"] == 0


def test_the_scripted_model_answers_by_default():
    with MockServer() as server, openai.OpenAI(base_url=server.url, api_key="k", max_retries=0) as client:
        assert client.chat.completions.create(**asking("Who are you?")).choices[0].message.content


def test_an_app_for_other_servers():
    assert create_app(model_function).state.stats.requests == 0
