import asyncio
import threading

import pytest

from swarm_env.chat import Limits
from swarm_env.chat.transport.limiter import START, Limiter, pause_of, retry_after
from tests.chat.asking import ask_many, memory_chat
from tests.chat.server import Reply, error, ok


def holds(capacity, delay=0.03, **headers):
    """A server that answers so many at once and turns the others away."""

    def answer(request):
        if request.under_way > capacity:
            return error(429, **headers)
        return Reply(ok().body, delay=delay)

    return answer


@pytest.mark.slow
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0.1"}], ids=["silent", "says when"])
def test_a_storm_calms_down(server, headers):
    server.answer = holds(20, **headers)
    chat = memory_chat()
    assert [outcome.value for outcome in ask_many(chat, server, 200)] == ["yes"] * 200
    rejected = sum(reply.status == 429 for _, reply in server.served)
    assert rejected <= (START - 20) + 60  # the first burst cannot know; from then on few
    first = len(server.requests)
    assert [outcome.value for outcome in ask_many(chat, server, 200, round=1)] == ["yes"] * 200
    later = sum(reply.status == 429 for _, reply in server.served[first:])
    assert later <= 40
    assert chat.totals().calls == len(server.requests)


@pytest.mark.slow
def test_two_runs_in_two_threads_share_the_limit(server):
    server.answer = holds(20)
    chats = [memory_chat(), memory_chat()]
    answers = []
    threads = [
        threading.Thread(target=lambda chat=chat: answers.extend(ask_many(chat, server, 100)))
        for chat in chats
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.value for outcome in answers] == ["yes"] * 200
    rejected = sum(reply.status == 429 for _, reply in server.served)
    assert rejected <= (START - 20) + 60


def test_no_more_at_once_than_the_user_allows(server):
    server.answer = lambda request: Reply(ok().body, delay=0.02)
    ask_many(memory_chat(limits=Limits(concurrency=7)), server, 40)
    assert server.peak == 7


def test_a_hundred_go_at_once(server):
    server.answer = lambda request: Reply(ok().body, delay=0.5)
    ask_many(memory_chat(), server, 100)
    assert server.peak == 100


def test_a_breakdown_is_followed_by_a_quick_recovery():
    async def story():
        limiter = Limiter()
        tickets = [await limiter.enter(512) for _ in range(100)]
        for ticket in tickets:
            limiter.leave(ticket, True)
        assert limiter.limit == 1
        rounds = 0
        while limiter.limit < 50:
            tickets = [await limiter.enter(512) for _ in range(int(limiter.limit))]
            for ticket in tickets:
                limiter.leave(ticket, False)
            rounds += 1
        assert limiter.under_way == 0
        return rounds

    assert asyncio.run(story()) < 20


def test_a_drop_goes_to_what_the_server_held_and_late_witnesses_do_not_count_twice():
    async def story():
        limiter = Limiter()
        tickets = [await limiter.enter(512) for _ in range(60)]
        for ticket in tickets[:40]:
            limiter.leave(ticket, True)
        assert limiter.limit == 20
        for ticket in tickets[40:]:
            limiter.leave(ticket, None)
        assert limiter.under_way == 0

    asyncio.run(story())


def test_whoever_gives_up_waiting_takes_no_place():
    async def story():
        limiter = Limiter()
        held = [await limiter.enter(2) for _ in range(2)]
        waiting = [asyncio.create_task(limiter.enter(2)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()  # while it waits
        limiter.leave(held[0], False)
        waiting[1].cancel()  # when it is its turn, but it does not know yet
        ticket = await waiting[2]
        limiter.leave(held[1], False)
        limiter.leave(ticket, False)
        assert limiter.under_way == 0
        assert [task.cancelled() for task in waiting] == [True, True, False]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("3", 3),
        ("0.25", 0.25),
        ("-4", 0),
        ("nan", 0),
        ("inf", 0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20),
        ("Thu, 01 Jan 1970 00:01:00 GMT", 0),
        ("Thu, 99 Foo", 0),
        ("later", 0),
    ],
)
def test_what_servers_say_about_waiting(text, seconds):
    assert retry_after(text, now=100.0) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "2"}, 2.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0.5s"}, 360.5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000005000"}, 5.0),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2001-09-09T01:46:50Z",
            },
            10.0,
        ),
        ({"retry-after": "1m30s"}, 90.0),
        ({"retry-after": "2001-09-09T01:46:50Z"}, 10.0),
        ({"x-ratelimit-remaining-tokens": "-3", "x-ratelimit-reset-tokens": "9s"}, 9.0),
        ({"x-ratelimit-remaining-tokens": "7", "x-ratelimit-reset-tokens": "9s"}, 0.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "soon"}, 0.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 30.0),
        ({"RateLimit-Remaining": "0", "ratelimit-reset": "30"}, 30.0),
        ({"ratelimit": "limit=100, remaining=0, reset=30"}, 30.0),
        ({"ratelimit": "reset=30;limit=100;remaining=0"}, 30.0),
        ({"ratelimit": "limit=100, remaining=9, reset=30"}, 0.0),
        ({"ratelimit": '"minute";r=0;t=12, "day";r=70;t=9000'}, 12.0),
        ({"ratelimit": '"minute";r=5;t=12, "day";r=0;t=60'}, 60.0),
        ({"ratelimit": '"minute";r=0'}, 0.0),
        ({"ratelimit": "soon"}, 0.0),
    ],
)
def test_the_usual_headers(headers, seconds):
    assert pause_of(headers, 1e9, True) == pytest.approx(seconds)
