"""The coordinator of a cluster in one event loop: one answer per report, limits for all workers together."""

import asyncio

import pytest

from swarm_env.cluster.coordinator import UNWANTED, Answer, Coordinator

URL = "http://h/v1"


def in_loop(coroutine):
    return asyncio.run(coroutine())


async def settle():
    """Let everything happen that can happen now."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_each_message_is_taken_once_and_in_order_and_answered():
    async def go():
        coordinator = Coordinator()
        reported = [asyncio.ensure_future(coordinator.report(1, "rounds", number)) for number in range(5)]
        await settle()
        first = await coordinator.take([])
        assert [event.content for event in first] == [(0,), (1,), (2,), (3,), (4,)]
        assert not any(one.done() for one in reported)
        waiting = asyncio.ensure_future(coordinator.take([(e.number, Answer(True, e.number)) for e in first]))
        await settle()
        assert [one.result().value for one in reported] == [0, 1, 2, 3, 4] and not waiting.done()
        last = asyncio.ensure_future(coordinator.report(2, "notice", "x"))
        await settle()
        assert [event.attempt for event in waiting.result()] == [2] and not last.done()
        last.cancel()

    in_loop(go)


def test_nothing_is_taken_from_an_attempt_that_was_given_up():
    async def go():
        coordinator = Coordinator()
        before = asyncio.ensure_future(coordinator.report(1, "rounds"))
        await settle()
        assert await coordinator.close(1) == 1  # earlier reports are still handled
        assert await coordinator.report(1, "rounds") == UNWANTED
        assert not await coordinator.enter(1, 0, URL, 10)
        assert len(await coordinator.take([])) == 1 and not before.done()
        before.cancel()

    in_loop(go)


def test_one_gate_holds_for_all_and_the_calls_of_the_dead_are_let_go():
    async def go():
        coordinator = Coordinator()
        assert all([await coordinator.enter(1, ticket, URL, 3) for ticket in range(3)])
        waiting = [asyncio.ensure_future(coordinator.enter(attempt, 0, URL, 3)) for attempt in (2, 3, 4)]
        await settle()
        assert await coordinator.under_way() == {URL: 3} and not any(one.done() for one in waiting)
        await coordinator.leave(1, 0, False)
        await settle()
        assert [one.done() for one in waiting] == [True, False, False]
        await coordinator.close(1)  # it had two calls in flight
        await settle()
        assert all(one.result() for one in waiting) and await coordinator.under_way() == {URL: 3}
        for attempt in (2, 3, 4):
            await coordinator.leave(attempt, 0, None)
            await coordinator.leave(attempt, 0, None)  # twice is once
        assert await coordinator.under_way() == {URL: 0}

    in_loop(go)


@pytest.mark.parametrize("how", ["leave", "close"])
def test_who_leaves_before_its_turn_takes_no_place(how):
    async def go():
        coordinator = Coordinator()
        assert await coordinator.enter(1, 0, URL, 1)
        waiting = asyncio.ensure_future(coordinator.enter(2, 5, URL, 1))
        await settle()
        await (coordinator.leave(2, 5, None) if how == "leave" else coordinator.close(2))
        assert not await waiting
        await coordinator.leave(1, 0, False)
        assert await coordinator.enter(3, 0, URL, 1) and await coordinator.under_way() == {URL: 1}

    in_loop(go)


def test_a_pause_reported_by_one_worker_holds_for_all():
    async def go():
        coordinator = Coordinator()
        await coordinator.pause(1, URL, 600.0)
        waiting = asyncio.ensure_future(coordinator.enter(2, 0, URL, 100))
        await settle()
        assert not waiting.done()
        await coordinator.close(2)
        assert not await waiting

    in_loop(go)
