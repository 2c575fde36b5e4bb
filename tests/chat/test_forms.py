import json

import pytest

from swarm_env.chat import Limits
from swarm_env.chat.transport.payload import FORMS
from tests.chat.asking import SCHEMA, ask, ask_many, memory_chat, question, read_move, rows
from tests.chat.server import Reply, completion, error, ok

WANTED = question(schema=SCHEMA, schema_name="step")
GOOD = ok('{"move": "UP"}')


def form_of(body):
    if "tools" in body:
        return "tool"
    return body.get("response_format", {}).get("type", "text")


def takes(*forms, message="{form} is not supported by this model", status=400):
    """A server that knows some forms and turns the others away."""

    def answer(request):
        form = form_of(request.body)
        if form in forms:
            return GOOD
        return error(status, message.format(form="tools" if form == "tool" else "response_format"))

    return answer


@pytest.mark.parametrize("best", range(len(FORMS)))
@pytest.mark.parametrize("message", ["{form} is not supported", "Bad request"])
@pytest.mark.parametrize("status", [400, 422])
def test_the_chain_is_walked_once_and_remembered(server, best, message, status):
    server.answer = takes(*FORMS[best:], message=message, status=status)
    chat = memory_chat()
    first = ask(chat, server, read=read_move, request=WANTED)
    assert (first.value, first.attempts) == ("UP", best + 1)
    assert [form_of(request.body) for request in server.requests] == list(FORMS[: best + 1])
    assert ask(chat, server, round=1, read=read_move, request=WANTED).attempts == 1
    assert ask(memory_chat(), server, read=read_move, request=WANTED).attempts == 1
    assert form_of(server.requests[-1].body) == FORMS[best]


def test_404_may_speak_of_tools_or_of_the_model(server):
    message = "No endpoints found that support {form} or tool use"
    server.answer = takes("json_object", "text", message=message, status=404)
    assert ask(memory_chat(), server, read=read_move, request=WANTED).value == "UP"
    server.answer = lambda request: error(404, "The model `n` does not exist")
    assert ask(memory_chat(), server, request=WANTED, model="n").attempts == 1


def test_two_models_of_a_server_are_distinguished(server):
    server.answer = lambda request: takes(*(("text",) if request.body["model"] == "old" else FORMS))(request)
    chat = memory_chat()
    assert ask(chat, server, asker="a", request=WANTED, model="old").attempts == 4
    assert ask(chat, server, asker="b", request=WANTED, model="new").attempts == 1


def test_fifty_first_questions_learn_it_once(server):
    server.answer = takes("json_object", "text")
    chat = memory_chat()
    outcomes = ask_many(chat, server, 50, read_move, WANTED)
    assert [outcome.value for outcome in outcomes] == ["UP"] * 50
    assert len(server.requests) == 52
    assert sum(status == 400 for _, _, status in rows(chat.ledger)) == 2


def test_if_the_first_question_fails_another_one_goes_first(server):
    healthy = takes("tool", "json_object", "text")
    server.answer = lambda request: error(500) if request.number < 3 else healthy(request)
    outcomes = ask_many(memory_chat(), server, 20, read_move, WANTED)
    assert [outcome.value for outcome in outcomes] == ["UP"] * 20
    assert sum(form_of(request.body) == "json_schema" for request in server.requests) <= 4


def test_a_slow_first_question_does_not_hold_up_the_others_for_long(server, monkeypatch):
    monkeypatch.setattr("swarm_env.chat.transport.payload.HEAD_START", 0.1)
    server.answer = lambda request: Reply(GOOD.body, delay=0.5 if request.number == 0 else 0.0)
    outcomes = ask_many(memory_chat(limits=Limits(deadline=5)), server, 10, read_move, WANTED)
    assert [outcome.value for outcome in outcomes] == ["UP"] * 10
    assert server.served[-1][0].at - server.served[0][0].at < 0.45


def test_a_request_that_is_wrong_in_itself_ends(server):
    server.answer = lambda request: error(400, "maximum context length is 8192 tokens")
    outcome = ask(memory_chat(), server, request=question())
    assert (outcome.reason, outcome.attempts) == ("http", 1)
    assert outcome.detail == "HTTP 400: maximum context length is 8192 tokens"


def test_what_is_sent(server):
    wanted = question(
        schema=SCHEMA, schema_name="step", temperature=0.5, max_tokens=64, seed=7, extra={"top_p": 0.9}
    )
    server.answer = takes("text")
    assert ask(memory_chat(), server, request=wanted).reason is None
    schema, tool, anything, text = (request.body for request in server.requests)
    for body in (schema, tool, anything, text):
        assert body["model"] == "m"
        assert (body["temperature"], body["max_tokens"], body["seed"], body["top_p"]) == (0.5, 64, 7, 0.9)
        assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert schema["response_format"]["json_schema"] == {"name": "step", "schema": SCHEMA, "strict": True}
    assert tool["tools"][0]["function"]["parameters"] == SCHEMA
    assert tool["tool_choice"] == {"type": "function", "function": {"name": "step"}}
    assert json.dumps(SCHEMA) in anything["messages"][-1]["content"]
    assert text["messages"][-1]["content"] == "which way?"


def test_an_answer_of_no_use_is_asked_for_with_another_seed(server):
    server.answer = lambda request: ok("no") if request.number == 0 else GOOD
    ask(memory_chat(), server, read=read_move, request=question(seed=7))
    assert [request.body["seed"] for request in server.requests] == [7, 8]


def test_the_new_name_of_a_field_is_learned(server):
    def answer(request):
        if "max_tokens" in request.body:
            return error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        return Reply(completion({"content": '{"move": "UP"}'}))

    server.answer = answer
    wanted = question(max_tokens=50)
    assert [ask(memory_chat(), server, request=wanted).attempts for _ in range(2)] == [2, 1]
    assert server.requests[-1].body["max_completion_tokens"] == 50
