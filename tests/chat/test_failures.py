"""Failures of endpoint, transport and model: what is asked again, what stops, what is counted."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from swarm_env.chat import LEDGER_FILE, Budget, Chat, Ledger, Limits, read_ledger
from swarm_env.errors import BudgetReached, EndpointFailure
from tests.chat.asking import SCHEMA, ask, ask_many, memory_chat, question, read_move, rows
from tests.chat.server import Reply, Server, completion, error, ok

GOOD = ok('{"move": "UP"}')


@pytest.mark.slow
def test_an_attempt_may_take_the_whole_deadline(server):
    server.answer = lambda request: Reply(ok().body, delay=0.7)
    assert ask(memory_chat(limits=Limits(deadline=1.2)), server).value == "yes"
    assert len(server.requests) == 1
    slow = ask(memory_chat(limits=Limits(deadline=0.6, attempt=0.1)), server)
    assert slow.reason == "timeout" and slow.attempts > 1
    short = ask(memory_chat(limits=Limits(deadline=0.5)), server, request=question(attempt_time=0.1))
    assert short.attempts > 1


@pytest.mark.slow
def test_a_call_without_an_answer_has_an_unknown_cost(server, monkeypatch):
    monkeypatch.setattr("swarm_env.chat.transport.question.price", lambda model, url, usage: 0.5)
    chat = memory_chat(limits=Limits(deadline=1.0))
    ask(chat, server)
    assert chat.totals().cost == 0.5
    server.answer = lambda request: error(429)
    ask(chat, server, round=1)
    assert chat.totals().cost == 0.5  # rejected calls are free
    server.answer = lambda request: Reply(hang=True)
    ask(chat, server, round=2)
    assert chat.totals().cost is None


def test_calls_that_reached_no_server_are_free():
    with Server() as server:
        url = server.url
    chat = memory_chat(limits=Limits(deadline=0.2))
    ask(chat, url)
    assert chat.totals().cost == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("failure", [error(503), error(429), Reply(cut=20)])
def test_an_outage_beyond_the_deadline_stops_but_not_if_others_are_answered(server, failure):
    server.answer = lambda request: failure
    chat = memory_chat(limits=Limits(deadline=0.3), on_failure="stop")
    with pytest.raises(EndpointFailure):
        ask(chat, server)
    chat = memory_chat(limits=Limits(deadline=1.5), on_failure="stop")
    slow = Reply(ok().body, delay=0.02)
    server.answer = lambda request: failure if request.text == "0?" else slow
    outcomes = ask_many(chat, server, 5, round=1)
    assert [outcome.reason for outcome in outcomes] == ["http", None, None, None, None]


def test_nobody_listens():
    with Server() as server:
        url = server.url
    with pytest.raises(EndpointFailure, match="Cannot connect"):
        ask(memory_chat(limits=Limits(deadline=0.3), on_failure="stop"), url)


def test_rounds_without_any_answer_trip_the_breaker(server):
    server.answer = lambda request: Reply(hang=True)
    chat = memory_chat(limits=Limits(deadline=0.1), on_failure="stop", breaker=2)
    for number in range(2):
        assert {outcome.reason for outcome in ask_many(chat, server, 3, round=number)} == {"timeout"}
    with pytest.raises(EndpointFailure, match="last 2 rounds"):
        ask(chat, server, round=2)
    assert len(server.requests) == 6


def test_failures_of_the_model_never_trip_the_breaker(server):
    answers = {0: ok("no move"), 1: ok("I refuse"), 2: ok(""), 3: Reply(completion({"refusal": "no"}))}
    server.answer = lambda request: answers[request.number // 9 % 4]
    chat = memory_chat(on_failure="stop", breaker=1)
    for number in range(4):
        reasons = {outcome.reason for outcome in ask_many(chat, server, 3, read_move, round=number)}
        assert reasons <= {"unparsable", "refused"}
    server.answer = lambda request: GOOD
    assert ask(chat, server, read=read_move, round=4).value == "UP"


@pytest.mark.parametrize("status", [401, 402, 403])
def test_failures_of_the_account_need_no_breaker(server, status):
    server.answer = lambda request: error(status)
    with pytest.raises(EndpointFailure):
        ask(memory_chat(on_failure="stop", breaker=0), server)
    assert len(server.requests) == 1


def test_failures_are_forgotten_and_answers_are_not(server, tmp_path):
    server.answer = lambda request: error(503) if request.text == "0?" else ok()
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE), limits=Limits(deadline=0.2))
    ask_many(chat, server, 3)
    server.answer = lambda request: ok()
    before = len(server.requests)
    chat.forget_failures(0)
    assert [outcome.value for outcome in ask_many(chat, server, 3)] == ["yes"] * 3
    assert len(server.requests) == before + 1


@pytest.mark.parametrize("where", ["content", "key", "arguments", "reasoning_content"])
def test_a_lone_surrogate_ends_nothing(server, tmp_path, where):
    bodies: dict[str, dict[str, Any]] = {
        "content": {"content": "SURE"},
        "key": {"content": "yes", "refusal": "SURE"},
        "arguments": {"tool_calls": [{"function": {"arguments": "SURE"}}]},
        "reasoning_content": {"content": None, "reasoning_content": "SURE"},
    }
    body = bodies[where]
    server.answer = lambda request: Reply(completion(body).replace(b"SURE", b"hi \\ud83d there"))
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE))
    outcome = ask(chat, server)
    assert ask(chat, server) == outcome
    assert "hi \ufffd there" in (outcome.value or outcome.detail)


def test_a_lone_surrogate_in_an_error(server, tmp_path):
    server.answer = lambda request: Reply(b'{"error": {"message": "no \\ud83d"}}', 400)
    outcome = ask(Chat(Ledger.open(tmp_path / LEDGER_FILE)), server)
    assert (outcome.reason, outcome.detail) == ("http", "HTTP 400: no \ufffd")


@pytest.mark.parametrize("counted", [True, False])
def test_a_budget_of_tokens_holds_with_many_askers(server, counted):
    usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000} if counted else None
    server.answer = lambda request: Reply(completion({"content": "yes"}, usage=usage), delay=0.02)
    chat = memory_chat(budget=Budget(tokens=5000))
    long = "x" * 3600
    with pytest.raises(BudgetReached, match="tokens"):
        ask_many_long(chat, server, long)
    taken = sum(tokens for (tokens,) in rows(chat.ledger, "budget_tokens"))
    assert 5000 <= taken <= 5000 + 900 + 1024
    assert len(server.requests) == (5 if counted else 3)


def ask_many_long(chat, server, text):
    return ask_many(chat, server, 100, request=question(text))


@pytest.mark.parametrize("counted", [True, False])
def test_a_budget_of_dollars_holds_with_many_askers(server, monkeypatch, counted):
    def price(model, url, usage):
        return (usage.prompt + usage.completion) * 1e-5

    monkeypatch.setattr("swarm_env.chat.session.is_priced", lambda model, url: True)
    monkeypatch.setattr("swarm_env.chat.transport.question.price", price)
    usage = {"prompt_tokens": 10, "completion_tokens": 90} if counted else None
    server.answer = lambda request: Reply(completion({"content": "yes"}, usage=usage), delay=0.01)
    chat = memory_chat(budget=Budget(dollars=0.02))
    with pytest.raises(BudgetReached, match="dollars"):
        ask_many(chat, server, 100, request=question())
    taken = sum(dollars for (dollars,) in rows(chat.ledger, "budget_cost"))
    assert 0.02 <= taken <= 0.02 + 0.0105
    assert len(server.requests) == (20 if counted else 2)


def test_calls_without_an_answer_take_their_estimate(server):
    server.answer = lambda request: Reply(hang=True)
    chat = memory_chat(budget=Budget(tokens=2000), limits=Limits(deadline=0.1))
    with pytest.raises(BudgetReached):
        for number in range(5):
            ask(chat, server, round=number)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 50, "completion_tokens": None, "total_tokens": 70},
        {"input_tokens": 50, "output_tokens": 20},
        {"prompt_tokens": 50.0, "completion_tokens": 20.0},
    ],
)
def test_tokens_are_read_in_other_forms(server, usage):
    server.answer = lambda request: ok(usage=usage)
    chat = memory_chat()
    ask(chat, server)
    assert (chat.totals().prompt_tokens, chat.totals().completion_tokens) == (50, 20)


@pytest.mark.parametrize("stated", [{"cost": "0.5"}, {"cost": {"total_cost": 0.5}}, {"estimated_cost": 0.5}])
def test_a_stated_cost_is_read_in_other_forms(server, stated):
    server.answer = lambda request: ok(usage={"prompt_tokens": 1, "completion_tokens": 1} | stated)
    chat = memory_chat()
    ask(chat, server)
    assert chat.totals().stated_cost == 0.5


def test_thoughts_outside_of_the_completion_are_counted_and_caches_are_read(server):
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 9,
        "total_tokens": 1509,
        "prompt_cache_hit_tokens": 640,
    }
    server.answer = lambda request: ok(usage=usage)
    chat = memory_chat()
    ask(chat, server)
    totals = chat.totals()
    assert (totals.prompt_tokens, totals.completion_tokens, totals.cached_tokens) == (1000, 509, 640)


@pytest.mark.parametrize("where", ["usage", "header"])
def test_what_the_server_says_it_cost_is_kept_and_the_larger_counts(server, monkeypatch, where):
    monkeypatch.setattr("swarm_env.chat.session.is_priced", lambda model, url: True)
    monkeypatch.setattr("swarm_env.chat.transport.question.price", lambda model, url, usage: 0.2)
    usage = {"prompt_tokens": 10, "completion_tokens": 9} | ({"cost": 0.5} if where == "usage" else {})
    body = completion({"content": "yes"}, usage=usage)
    headers: dict[str, str | None] = {"x-litellm-response-cost": "0.5"} if where == "header" else {}
    server.answer = lambda request: Reply(body, headers=headers)
    chat = memory_chat(budget=Budget(dollars=1.0))
    with pytest.raises(BudgetReached):
        for number in range(5):
            ask(chat, server, round=number)
    totals = chat.totals()
    assert (totals.calls, totals.cost, totals.stated_cost) == (2, pytest.approx(0.4), pytest.approx(1.0))


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Unsupported value: 'temperature' does not support 0.5 with this model.", "temperature"),
        ("extra inputs are not permitted: top_k", "top_k"),
        ("unknown parameter", "seed"),
    ],
)
def test_a_field_that_a_model_does_not_take_is_dropped_once(server, message, field):
    def answer(request):
        if field not in request.body:
            return GOOD
        return Reply(f'{{"error": {{"message": "{message}", "param": "{field}"}}}}'.encode(), 400)

    server.answer = answer
    wanted = question(schema=SCHEMA, temperature=0.5, seed=3, extra={"top_k": 5})
    chat = memory_chat(on_failure="stop")
    outcomes = ask_many(chat, server, 10, read_move, wanted)
    assert [outcome.value for outcome in outcomes] == ["UP"] * 10
    assert len(server.requests) == 11
    ((form, options),) = set(rows(chat.ledger, "form, options")[-1:])
    assert (
        form == "json_schema"
        and field not in options
        and ("temperature" in options) == (field != "temperature")
    )


@pytest.mark.parametrize(
    "message",
    [
        "System role not supported",
        "Developer instruction is not enabled for this model",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
def test_a_refused_system_role_is_merged_once(server, message):
    def answer(request):
        if any(message["role"] == "system" for message in request.body["messages"]):
            return error(400, message)
        return ok(request.text)

    server.answer = answer
    chat = memory_chat()
    assert ask(chat, server).value == "You are an ant.\n\nwhich way?"
    assert ask(chat, server, round=1).attempts == 1


@pytest.mark.parametrize(
    "fault",
    [
        Reply(b'{"choices": [{"error": {"code": 502, "message": "provider"}, "message": {"content": ""}}]}'),
        Reply(b"<!DOCTYPE html><html>please log in</html>"),
    ],
)
def test_faults_of_the_transport_are_not_the_models(server, fault):
    server.answer = lambda request: fault if request.number < 4 else GOOD
    chat = memory_chat()
    assert ask(chat, server, read=read_move).value == "UP"
    assert [status for _, status, _ in rows(chat.ledger)] == ["http"] * 4 + ["ok"]


def test_an_answer_where_the_model_reasons_counts_and_is_marked(server):
    message = {"content": None, "reasoning_content": '{"move": "UP"}'}
    server.answer = lambda request: Reply(completion(message))
    chat = memory_chat()
    assert ask(chat, server, read=read_move, request=question(schema=SCHEMA)).value == "UP"
    assert rows(chat.ledger, "form, reasoning") == [("json_schema, reasoning", '{"move": "UP"}')]


def test_reasoning_is_kept(server):
    server.answer = lambda request: Reply(completion({"content": "yes", "reasoning": "hm"}))
    chat = memory_chat()
    ask(chat, server)
    assert rows(chat.ledger, "form, response, reasoning") == [("text", "yes", "hm")]


def test_a_cut_answer_is_asked_for_once_more_with_more_room(server):
    cut = Reply(completion({"content": '{"mo'}, finish="length"))
    server.answer = lambda request: cut if request.number == 0 else GOOD
    chat = memory_chat()
    assert ask(chat, server, read=read_move, request=question(max_tokens=50)).value == "UP"
    assert [request.body["max_tokens"] for request in server.requests] == [50, 200]
    server.answer = lambda request: cut
    outcome = ask(chat, server, round=1, read=read_move, request=question(max_tokens=50))
    assert (outcome.reason, outcome.attempts) == ("unparsable", 2)
    assert "raise --max-tokens" in outcome.detail


def test_calls_are_paced(server):
    chat = memory_chat(limits=Limits(deadline=0.3, requests_per_minute=600))
    outcomes = ask_many(chat, server, 8)
    assert all(outcome.value == "yes" for outcome in outcomes)  # waiting for the pace is not a failure
    times = sorted(request.at for request in server.requests)
    assert len(times) == 8 and min(b - a for a, b in zip(times, times[1:], strict=False)) > 0.05


def test_tokens_are_paced(server):
    chat = memory_chat(limits=Limits(tokens_per_minute=600_000))
    ask_many(chat, server, 4)
    times = sorted(request.at for request in server.requests)
    assert times[-1] - times[0] > 0.25


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "400ms"},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "0.4"},
        {"RateLimit": "limit=9, remaining=0, reset=1"},
    ],
)
def test_an_endpoint_that_has_nothing_left_is_given_time(server, headers):
    server.answer = lambda request: Reply(ok().body, headers=headers)
    chat = memory_chat(limits=Limits(deadline=0.2))
    assert [ask(chat, server, round=number).value for number in range(3)] == ["yes"] * 3
    first, second, third = (request.at for request in server.requests)
    assert second - first > 0.35 and third - second > 0.35


def test_a_short_key_is_not_cut_out_of_what_agents_say(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "anything")
    server.answer = lambda request: ok("I see anything")
    assert ask(memory_chat(), server).value == "I see anything"
    server.answer = lambda request: error(400, "wrong key anything")
    assert "anything" not in ask(memory_chat(), server, round=1).detail


def test_the_ledger_of_an_earlier_version_is_read_and_continued(server, tmp_path):
    old = Path(__file__).parents[1] / "data/recorded_runs/pursuit-llm" / LEDGER_FILE
    before = read_ledger(old).totals
    assert before.stated_cost is None
    path = tmp_path / LEDGER_FILE
    shutil.copy(old, path)
    chat = Chat(Ledger.open(path), budget=Budget(calls=10_000))
    ask(chat, server, asker="someone")
    chat.close()
    assert read_ledger(path).totals.calls == before.calls + 1
