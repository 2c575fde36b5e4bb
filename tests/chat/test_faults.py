import json
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from swarm_env.chat import Limits, Outcome
from swarm_env.errors import EndpointFailure
from tests.chat.asking import SCHEMA, ask, ask_many, memory_chat, question, read_move, rows
from tests.chat.server import Reply, Server, completion, error, ok

LIMITS = Limits(deadline=20.0, attempt=0.3, attempts=3)
GOOD = ok('{"move": "UP"}')
DEEP = b"[" * 100_000 + b"]" * 100_000

PASSING = {
    "latency": ok(),
    "429": error(429, **{"Retry-After": "0.05"}),
    "429 with a date of the past": error(429, **{"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    "429 with nonsense": error(429, **{"Retry-After": "soon"}),
    "500": error(500),
    "503 in HTML": Reply(b"<html>sorry</html>", 503),
    "error with status 200": Reply(b'{"error": {"code": 429, "message": "slow down"}}'),
    "hang": Reply(hang=True),
    "cut before anything": Reply(cut=0),
    "cut in the head": Reply(cut=20),
    "cut in the body": Reply(completion({"content": "yes"}), cut=200),
    "no HTTP": Reply(b"", headers={"bad header": "x"}),
    "compressed": Reply(completion({"content": "yes"}), headers={"content-encoding": "gzip"}),
}
CUT_OR_OTHER = {  # successful replies that are no chat completions, of proxies for example
    "malformed JSON": Reply(b'{"choices": [{"mess'),
    "deep JSON": Reply(DEEP),
    "not UTF-8": Reply(b'{"choices": "\xff\xfe"}'),
    "empty body": Reply(b""),
    "no content": Reply(b"", 204),
    "plain text": Reply(b"upstream connect error"),
    "a page after a byte order mark": Reply(b"\xef\xbb\xbf<html>log in</html>"),
    "a stream": Reply(b'data: {"choices": [{"delta": {"content": "UP"}}]}\n\ndata: [DONE]\n'),
    "an error of a gateway": Reply(b'{"message": "no healthy upstream"}'),
    "an error in its own form": Reply(b'{"choices": null, "base_resp": {"status_code": 1008}}'),
    "an error in a list": Reply(b'[{"error": {"code": 429, "message": "slow down"}}]'),
    "a list": Reply(b"[1, 2]"),
    "no choices": Reply(b'{"choices": []}'),
    "choices of the wrong type": Reply(b'{"choices": {"0": 1}}'),
    "message of the wrong type": Reply(b'{"choices": [{"message": "hello"}]}'),
    "content of the wrong type": Reply(completion({"content": 17})),
    "parts of the wrong type": Reply(completion({"content": ["a", 3]})),
    "tool calls of the wrong type": Reply(completion({"content": None, "tool_calls": "x"})),
    "another API": Reply(b'{"choices": [{"text": "UP", "finish_reason": "stop"}]}'),
    "a provider that failed": ok("", finish="error"),
}
SPOILT = {
    "empty content": ok(""),
    "10 MB": ok("x" * 10_000_000),
    "nonsense": ok("as an ant I would rather not say"),
    "wrong schema": ok('{"direction": "UP"}'),
}
REFUSED = {
    "refusal": Reply(completion({"content": None, "refusal": "I cannot help with ants."})),
}
FILTERED = {
    "content filter": ok("", finish="content_filter"),
    "content filter after some text": ok('{"mo', finish="content_filter"),
    "content filter of Gemini": Reply(b'{"choices": [{"finish_reason": "content_filter: X", "index": 0}]}'),
    "Gemini's own name": Reply(b'{"choices": [{"finish_reason": "SAFETY", "index": 0}]}'),
    "Zhipu": ok("", finish="sensitive"),
    "an error with status 200": Reply(b'{"error": {"code": "content_filter", "message": "no"}}'),
    "an error of MiniMax": Reply(
        b'{"choices": null, "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}'
    ),
}
ANSWERS = {
    "status 201": Reply(GOOD.body, 201),
    "byte order mark": Reply(b"\xef\xbb\xbf" + GOOD.body),
    "parsed content": Reply(completion({"content": {"move": "UP"}})),
    "function call": Reply(completion({"content": None, "function_call": {"arguments": '{"move": "UP"}'}})),
    "thoughts as a part": Reply(
        completion(
            {"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": '{"move": "UP"}'}]}
        )
    ),
}


def after(faults, then=GOOD):
    """An answer that fails in some ways first."""
    faults = list(faults)
    return lambda request: faults[request.number] if request.number < len(faults) else then


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again(server, name):
    fault = PASSING[name]
    server.answer = (
        after([fault, fault], GOOD) if name != "latency" else lambda r: Reply(GOOD.body, delay=0.1)
    )
    chat = memory_chat(limits=LIMITS)
    outcome = ask(chat, server, read=read_move)
    assert outcome == Outcome("UP", None, "", len(server.requests))
    assert chat.totals().calls == len(server.requests) == (1 if name == "latency" else 3)


@pytest.mark.parametrize("name", CUT_OR_OTHER)
def test_what_is_no_chat_completion_is_the_transports_fault(server, name):
    server.answer = after([CUT_OR_OTHER[name]])
    chat = memory_chat(limits=LIMITS)
    assert ask(chat, server, read=read_move).value == "UP"
    assert [status for _, status, _ in rows(chat.ledger)] == ["http", "ok"]


def test_nothing_but_what_is_no_chat_completion_is_an_outage(server):
    server.answer = lambda request: Reply(b"")
    with pytest.raises(EndpointFailure, match="no chat completion"):
        ask(memory_chat(limits=Limits(deadline=1.0), on_failure="stop"), server)


@pytest.mark.parametrize("name", ANSWERS)
def test_unusual_answers_are_read(server, name):
    server.answer = lambda request: ANSWERS[name]
    outcome = ask(memory_chat(limits=LIMITS), server, read=read_move)
    assert (outcome.value, outcome.attempts) == ("UP", 1)


@pytest.mark.parametrize("name", SPOILT)
def test_answers_of_no_use_are_asked_for_again_but_not_for_ever(server, name):
    chat = memory_chat(limits=LIMITS)
    server.answer = after([SPOILT[name]])
    assert ask(chat, server, read=read_move).value == "UP"
    server.answer = lambda request: SPOILT[name]
    outcome = ask(chat, server, round=1, read=read_move)
    assert (outcome.value, outcome.reason, outcome.attempts) == (None, "unparsable", 3)
    assert outcome.detail and len(outcome.detail) < 600
    assert [status for _, status, _ in rows(chat.ledger)] == ["unparsable", "ok"] + ["unparsable"] * 3


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_distinguished(server, name):
    server.answer = lambda request: REFUSED[name]
    outcome = ask(memory_chat(limits=LIMITS), server, read=read_move)
    assert (outcome.reason, outcome.attempts) == ("refused", 3)


@pytest.mark.parametrize("name", FILTERED)
def test_a_content_filter_is_paid_once(server, name):
    server.answer = lambda request: FILTERED[name]
    outcome = ask(memory_chat(limits=LIMITS, on_failure="stop"), server, read=read_move)
    assert (outcome.value, outcome.reason, outcome.attempts) == (None, "refused", 1)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, None), (403, None), (404, None), (402, None), (429, "insufficient_quota"), (302, None)],
)
def test_what_no_waiting_mends_is_not_tried_again(server, status, code):
    server.answer = lambda request: error(status, "The model `m` does not exist", code)
    outcome = ask(memory_chat(), server)
    assert (outcome.reason, outcome.attempts) == ("http", 1)
    assert outcome.detail == f"HTTP {status}: The model `m` does not exist"


def test_nobody_listens():
    with Server() as server:
        url = server.url
    outcome = ask(memory_chat(limits=Limits(deadline=1.5)), url)
    assert outcome.reason == "http"
    assert "Cannot connect" in outcome.detail


def test_every_attempt_is_bounded_and_all_together(server):
    server.answer = lambda request: Reply(hang=True)
    chat = memory_chat(limits=Limits(deadline=0.6, attempt=0.2))
    started = time.monotonic()
    outcome = ask(chat, server)
    assert 0.55 < time.monotonic() - started < 10
    assert outcome.reason == "timeout"
    assert 2 <= outcome.attempts == len(server.requests) <= 3
    assert {status for _, status, _ in rows(chat.ledger)} == {"timeout"}


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_whole_endpoint_waits_as_long_as_the_header_says(server, form):
    until = datetime.now(UTC) + timedelta(seconds=2)
    wait = "0.7" if form == "seconds" else format_datetime(until, usegmt=True)
    server.answer = after([error(429, **{"Retry-After": wait})], ok())
    chat = memory_chat()
    ask(chat, server, asker="agent_0")
    ask(chat, server, asker="agent_1")
    first, *others = (request.at for request in server.requests)
    assert len(others) == 2
    assert min(others) - first > (0.65 if form == "seconds" else 0.9)


def test_a_pause_beyond_the_deadline_fails_at_the_deadline(server):
    server.answer = lambda request: error(429, **{"Retry-After": "3600"})
    outcome = ask(memory_chat(limits=Limits(deadline=0.3)), server)
    assert (outcome.reason, outcome.attempts) == ("http", 1)


@pytest.mark.slow
def test_all_faults_mixed(server):
    faults = [
        *PASSING.values(),
        *CUT_OR_OTHER.values(),
        *SPOILT.values(),
        *REFUSED.values(),
        *FILTERED.values(),
    ]
    luck = random.Random(5)
    server.answer = lambda request: luck.choice(faults) if luck.random() < 0.2 else GOOD
    chat = memory_chat(limits=Limits(deadline=30.0, attempt=0.4, attempts=3))
    outcomes = [
        outcome
        for number in range(4)
        for outcome in ask_many(chat, server, 50, read_move, round=number, request=question(schema=SCHEMA))
    ]
    assert {outcome.value for outcome in outcomes} <= {"UP", None}
    totals = chat.totals()
    assert totals.calls == len(server.requests) == sum(outcome.attempts for outcome in outcomes)
    assert totals.answered == sum(outcome.value == "UP" for outcome in outcomes) >= 190
    assert totals.failed == Counter(outcome.reason for outcome in outcomes if outcome.reason)
    good = sum(reply is GOOD for _, reply in server.served)
    latent = sum(reply is PASSING["latency"] for _, reply in server.served)
    assert [status for _, status, _ in rows(chat.ledger)].count("ok") == good
    assert latent > 0


def test_an_error_of_the_reader_comes_through_and_the_answer_stays(server):
    chat = memory_chat()
    with pytest.raises(ZeroDivisionError):
        ask(chat, server, read=lambda text: 1 / 0)
    assert ask(chat, server) == Outcome("yes", None, "", 1)
    assert len(server.requests) == 1


def test_parts_of_text_and_arguments_of_tools_are_text(server):
    call = {"type": "function", "function": {"name": "answer", "arguments": '{"move": "DOWN"}'}}
    server.answer = after(
        [
            Reply(
                completion(
                    {"content": [{"type": "text", "text": '{"move": '}, {"type": "text", "text": '"UP"}'}]}
                )
            ),
            Reply(completion({"content": None, "tool_calls": [call]})),
            Reply(completion({"content": "", "tool_calls": [{"function": {"arguments": {"move": "LEFT"}}}]})),
        ]
    )
    chat = memory_chat()
    assert [ask(chat, server, round=i, read=read_move).value for i in range(3)] == ["UP", "DOWN", "LEFT"]


def test_chunked_answers_and_closed_connections_are_fine(server):
    body = completion({"content": "yes"})
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:50], body[50:])) + b"0\r\n\r\n"

    def answer(request):
        if request.number % 2:
            return Reply(body, headers={"connection": "close"})
        return Reply(chunks, headers={"transfer-encoding": "chunked", "content-length": None})

    server.answer = answer
    chat = memory_chat()
    assert [ask(chat, server, round=i).value for i in range(6)] == ["yes"] * 6
    assert json.loads(body)["model"] == "served"
