import asyncio

import pytest

from swarm_env.chat import LEDGER_FILE, AnswerCache, Budget, CallKey, Chat, Endpoint, Ledger, Usage, price
from swarm_env.chat.ledger.budget import Spending
from swarm_env.errors import BudgetReached, ConfigError
from swarm_env.runtime.event_loop import shared
from tests.chat.asking import ask, ask_many, memory_chat, question, rows
from tests.chat.server import Reply, completion, error, ok


@pytest.mark.parametrize(
    ("budget", "calls"),
    [(Budget(calls=4), 4), (Budget(tokens=240), 2), (Budget(tokens=241), 3), (Budget(calls=0), 0)],
)
def test_a_budget_stops_a_run_that_can_be_resumed(server, tmp_path, budget, calls):
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE), budget=budget)
    answered = 0
    with pytest.raises(BudgetReached) as caught:
        for number in range(10):
            ask(chat, server, round=number)
            answered += 1
    assert answered == calls == len(server.requests)
    assert "Raise the limit" in str(caught.value)
    chat.close()
    more = Chat(Ledger.open(tmp_path / LEDGER_FILE), budget=Budget(calls=calls + 2))
    with pytest.raises(BudgetReached) as caught:
        for number in range(10):
            ask(more, server, round=number)
    assert (caught.value.what, caught.value.limit, caught.value.spent) == ("calls", calls + 2, calls + 2)
    assert len(server.requests) == calls + 2
    more.close()


def test_with_stay_further_questions_fail_and_stay_so(server, tmp_path):
    chat = Chat(Ledger.open(tmp_path / LEDGER_FILE), budget=Budget(calls=3, on_reached="stay"))
    outcomes = ask_many(chat, server, 10)
    assert sum(outcome.value == "yes" for outcome in outcomes) == 3
    assert {outcome.reason for outcome in outcomes} == {None, "budget"}
    assert chat.totals().failed == {"budget": 7}
    chat.close()
    rich = Chat(Ledger.open(tmp_path / LEDGER_FILE), budget=Budget(calls=100))
    assert ask_many(rich, server, 10) == outcomes  # the past does not change with the budget
    rich.close()


def test_what_is_under_way_when_a_run_stops_is_not_lost(server):
    server.answer = lambda request: Reply(ok().body, delay=0.1)
    chat = memory_chat(budget=Budget(calls=20))
    with pytest.raises(BudgetReached):
        ask_many(chat, server, 50)
    assert len(server.requests) == 20
    assert rows(chat.ledger, "status") == [("ok",)] * 20


def test_failed_calls_count(server):
    server.answer = lambda request: error(500) if request.number < 2 else ok()
    chat = memory_chat(budget=Budget(calls=2))
    with pytest.raises(BudgetReached):
        ask(chat, server)
    assert len(server.requests) == 2


def test_tokens_are_guessed_where_nobody_counts(server):
    server.answer = lambda request: Reply(completion({"content": "x" * 4000}, usage=None))
    chat = memory_chat(budget=Budget(tokens=1500))
    with pytest.raises(BudgetReached, match="tokens"):
        for number in range(10):
            ask(chat, server, round=number)
    assert len(server.requests) == 2


def test_dollars(server, monkeypatch):
    chat = memory_chat(budget=Budget(dollars=1.0))
    with pytest.raises(ConfigError, match="price"):
        ask(chat, server)
    assert not server.requests
    monkeypatch.setattr("swarm_env.chat.session.is_priced", lambda model, url: True)
    monkeypatch.setattr("swarm_env.chat.transport.question.price", lambda model, url, usage: 0.3)
    with pytest.raises(BudgetReached, match="dollars"):
        for number in range(10):
            ask(chat, server, round=number)
    assert chat.totals().cost == pytest.approx(1.2)


def test_runs_share_a_total_that_pauses_them_whatever_their_own_budget_says(server):
    total = Spending(Budget(tokens=600), tokens=1, of_all=True)
    chats = [memory_chat(budget=own, total=total) for own in (None, Budget(calls=2, on_reached="stay"))]
    assert [one.reason for one in ask_many(chats[1], server, 3)].count("budget") == 1
    for _ in range(2):
        with pytest.raises(BudgetReached, match="600 tokens of all runs together") as caught:
            ask_many(chats[0], server, 10)
        assert caught.value.of_all and total.tokens == 601
    with pytest.raises(BudgetReached, match="all runs together"):
        ask(memory_chat(budget=Budget(calls=9, on_reached="stay"), total=total), server)
    assert len(server.requests) == 5
    assert {one.reason for one in ask_many(chats[1], server, 3)} == {
        None,
        "budget",
    }  # recorded answers are free


def test_a_run_that_is_stopped_gives_back_what_it_has_reserved_of_the_total(server):
    server.answer = lambda request: Reply(hang=True)
    total = Spending(Budget(tokens=1500), of_all=True)
    waiting = memory_chat(total=total)

    async def stopped():
        endpoint = Endpoint("m", server.url)
        for asker in range(4):  # two are sent, two wait for the total
            asking = waiting.ask(endpoint, question(f"{asker}?"), CallKey(f"agent_{asker}", 0), str)
            tasks.append(asyncio.ensure_future(asking))
        while len(server.requests) < 2:
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    tasks: list[asyncio.Task[object]] = []
    shared().run(stopped())
    server.answer = lambda request: ok()
    assert {one.value for one in ask_many(memory_chat(total=total), server, 4)} == {"yes"}


def test_prices_are_those_of_the_server_and_unknown_is_none():
    usage = Usage(1_000_000, 100_000, cached=400_000)
    asked = price("gpt-4.1-mini", "https://api.openai.com/v1", usage)
    assert asked == pytest.approx(0.6 * 0.40 + 0.4 * 0.10 + 0.1 * 1.60)  # as published, per million tokens
    assert price("openai/gpt-4.1-mini", "https://openrouter.ai/api/v1/", usage) == pytest.approx(asked)
    assert price("gpt-4.1-mini", "http://localhost:8000/v1", usage) is None
    assert price("gpt-4.1-mini", "https://models.example/v1", usage) is None
    assert price("somebody's own", "https://api.openai.com/v1", usage) is None


@pytest.mark.parametrize("wrong", [{"calls": -1}, {"dollars": float("nan")}, {"on_reached": "cry"}])
def test_impossible_budgets(wrong):
    with pytest.raises(ConfigError):
        Budget(**wrong)


def test_a_cache_shares_answers_between_agents_and_runs_for_free(server, tmp_path):
    server.answer = lambda request: ok(f"answer {request.number}")
    values = []
    for run in range(2):
        chat = memory_chat(cache=AnswerCache(tmp_path / "answers"), budget=Budget(calls=1))
        values += [ask(chat, server, f"agent_{i}").value for i in range(3)]
        totals = chat.totals()
        assert totals.answered == 3
        assert totals.calls == (1 if run == 0 else 0)
        assert [origin for (origin,) in rows(chat.ledger, "origin")] == (
            ["endpoint", "cache", "cache"] if run == 0 else ["cache"] * 3
        )
        chat.close()
    assert values == ["answer 0"] * 6
    assert len(server.requests) == 1


def test_a_cache_keeps_servers_models_and_useless_answers_apart(server, tmp_path):
    server.answer = lambda request: error(404) if request.number == 0 else ok()
    chat = memory_chat(cache=AnswerCache(tmp_path / "answers"))
    ask(chat, server, "agent_0")
    ask(chat, server, "agent_1")
    ask(chat, server, "agent_2", model="other")
    assert len(server.requests) == 3
    chat.close()


def test_off_by_default(server):
    chat = memory_chat()
    ask(chat, server, "agent_0")
    ask(chat, server, "agent_1")
    assert len(server.requests) == 2
    assert Endpoint("m").key_env == "OPENAI_API_KEY"


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_maximum_among_the_extra_fields_is_reserved_too(server, name):
    usage = {"prompt_tokens": 10, "completion_tokens": 5000}
    server.answer = lambda request: ok(usage=usage)
    chat = memory_chat(budget=Budget(tokens=12_000))
    request = question(extra={name: 5000})
    with pytest.raises(BudgetReached):
        ask_many(chat, server, 20, request=request)
    assert len(server.requests) == 3
    assert set(server.requests[0].body) == {"model", "messages", name}
