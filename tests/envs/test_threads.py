"""Threads share a round; late, missing or failing threads do not change results."""

import gc
import os
import threading
from queue import SimpleQueue

import numpy as np
import pytest

from swarm_env.engine import thread_pool
from tests.envs.batches import SCENARIOS, drawn_actions, vector


def play(batch, rounds=12, seed=3):
    """Digests after some rounds of random actions."""
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        batch.step(drawn_actions(batch, rng))
    return batch.digests()


def started(num_worlds=40, num_threads=2, scenario="pursuit"):
    batch = vector(scenario, num_worlds, num_threads=num_threads)
    batch.reset(seed=9)
    return batch


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("num_worlds", [1, 2, 5, 33, 131])
def test_results_do_not_depend_on_the_number_of_threads(scenario, num_worlds):
    alone = play(started(num_worlds, 1, scenario))
    for num_threads in (2, 3, 7):
        batch = started(num_worlds, num_threads, scenario)
        assert play(batch) == alone
        batch.close()


def test_a_late_thread_finds_no_work():
    batch = started()
    crew = batch._world._threads
    punctual, crew._queues = crew._queues, [SimpleQueue()]  # nobody listens yet
    digests = play(batch)
    assert digests == play(started(num_threads=1))
    late = threading.Thread(target=thread_pool._work, args=(crew._queues[0],))
    late.start()
    after = play(batch, seed=4)  # while it works off the tasks of old rounds
    thread_pool._stop(crew._queues)
    late.join(30)
    assert not late.is_alive()
    single = started(num_threads=1)
    play(single)
    assert after == batch.digests() == play(single, seed=4)
    thread_pool._stop(punctual)


@pytest.mark.parametrize("whose", ["own", "other"])
def test_an_error_in_any_thread_reaches_the_caller_and_later_rounds_work(monkeypatch, whose):
    batch, take_part, failed = started(num_threads=3), thread_pool.take_part, threading.Event()

    def fail(*given):
        if (given[5] == 0) == (whose == "own"):
            given[-1][thread_pool.AT_WORK + given[5]] = 1
            failed.set()
            raise MemoryError("no more")
        assert whose == "own" or failed.wait(30)
        take_part(*given)

    with monkeypatch.context() as patch:
        patch.setattr(thread_pool, "take_part", fail)
        with pytest.raises(MemoryError, match="no more"):
            batch.step(np.zeros(240, int))
    batch.reset(seed=9)
    single = started(num_threads=1)
    single.reset(seed=9)
    assert play(batch) == play(single)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    batch, twin = started(), started()
    assert play(batch) == play(twin)
    child = os.fork()
    if child == 0:  # no assert here: the child must never get back into pytest
        good = False
        try:
            good = play(batch, seed=5) == play(started_twin(twin), seed=5)
        finally:
            os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def started_twin(batch):
    """The same batch on one thread."""
    other = vector("pursuit", 40)
    other.reset(seed=1)
    other.restore(batch.snapshot())
    return other


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("how", ["closed", "dropped"])
def test_the_threads_end_with_their_batch(how):
    before = set(threading.enumerate())
    batch = started(num_threads=3)
    play(batch, rounds=2)
    mine = set(threading.enumerate()) - before
    assert len(mine) == 2
    if how == "closed":
        batch.close()
        digests = play(batch, rounds=2)  # the next round starts new ones
        batch.close()
        assert len(digests) == 40
    del batch
    gc.collect()
    for thread in mine:
        thread.join(30)
        assert not thread.is_alive()
