"""Plays the runs of a bench on a cluster."""

import importlib
import itertools
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from swarm_env.bench.player import Episode
from swarm_env.chat.ledger.cache import AnswerCache
from swarm_env.cluster.connection import Cluster, library, lost_errors
from swarm_env.cluster.coordinator import UNWANTED, Answer, Coordinator, Event
from swarm_env.cluster.ray_calls import play_on_worker
from swarm_env.cluster.run_store import RunStore
from swarm_env.cluster.worker import AttemptResult, Job
from swarm_env.errors import RunError, SwarmEnvError
from swarm_env.playing.runner import Result

ATTEMPTS = 10  # lost attempts in a row without progress, after which a run fails; our choice
AHEAD = 2  # queued runs, so that no core waits for the driver; our choice
MAX_WAITING = 10_000  # concurrent reports and calls at the coordinator


class ClusterPlayer:
    """A `swarm_env.bench.player.Player` that uses the workers of a cluster.

    Each attempt to play a run has a number. Reports of a closed attempt are dropped, so a worker that was
    wrongly taken for dead has no effect.

    Attributes:
        share: Fraction of a core per run.
        ahead: See `Player.ahead`; 0 if there are fewer concurrent runs than cores.
        lost: Number of attempts lost with a process or a machine.
        ended: Results of the other attempts, in order of their ends.
    """

    def __init__(self, cluster: Cluster, parallel: int, cache: Path | str | None = None) -> None:
        """Start the coordinator.

        More `parallel` runs than cores get a fraction of a core each. `cache` is the file of answers that
        runs share, kept by this process; None: none.
        """
        self.share = round(min(1.0, cluster.cores / parallel), 4)
        self.ahead = AHEAD if parallel >= cluster.cores else 0
        self._answers = None if cache is None else AnswerCache(cache)
        self.lost = 0
        self.ended: list[AttemptResult] = []
        self._numbers = itertools.count()
        self._stores: dict[int, RunStore] = {}
        self._lost_errors = lost_errors()
        self._task = library().remote(play_on_worker)
        self._changed = threading.Condition()
        self._closing = False
        self._coordinator = _CoordinatorHandle()
        self._server = threading.Thread(target=self._serve, name="swarm-coordinator", daemon=True)

    def __enter__(self) -> Self:
        library().get(self._coordinator.actor.under_way.remote())  # wait until the coordinator is up
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._coordinator.kill()
        self._server.join()
        if self._answers is not None:
            self._answers.close()

    def play(self, episode: Episode) -> Result | None:
        """See `Player.play`; lost attempts are repeated."""
        store = RunStore(episode, self._answers)
        try:
            without_progress = 0
            while without_progress < ATTEMPTS:
                before, coordinator = store.news, self._coordinator
                ended = self._attempt(store, coordinator)
                if store.error is not None:
                    raise store.error
                if ended is not None:
                    self.ended.append(replace(ended, rounds=b"", record=None))
                    return store.finish(ended)
                self.lost += 1
                what = "the coordinator" if coordinator.is_dead else "its worker"
                episode.notify(f"{episode.run.title}: {what} died; it continues elsewhere.")
                without_progress = 0 if store.news > before else without_progress + 1
            raise RunError(
                f"{ATTEMPTS} times in a row the worker or the coordinator died in this run without progress. "
                f"It may need more memory than they have."
            )
        finally:
            store.close()

    def _attempt(self, store: RunStore, coordinator: "_CoordinatorHandle") -> AttemptResult | None:
        """Let a worker play; None if it was lost."""
        number = next(self._numbers)
        calls = replace(store.episode.calls, total=None)  # shared within a process only; the bench polls it
        job = Job(store.episode.run, calls, store.files(), others=store.episode.others)
        self._stores[number] = store
        try:
            task = self._task.options(num_cpus=self.share, max_retries=0)
            ended: AttemptResult = library().get(task.remote(coordinator.actor, number, job))
        except self._lost_errors:
            return None
        finally:
            self._close(number, coordinator)
        return None if ended.is_lost else ended

    def _close(self, number: int, coordinator: "_CoordinatorHandle") -> None:
        """Close an attempt, after all its reports are written."""
        try:
            reported: float = library().get(coordinator.actor.close.remote(number))
        except self._lost_errors:
            reported = math.inf  # reports taken before the coordinator died may still be being written
        with self._changed:
            self._changed.wait_for(
                lambda: coordinator.done >= reported or coordinator.is_dead or self._closing
            )
        self._stores.pop(number, None)

    def _serve(self) -> None:
        """Serve the coordinator until the end; on an error, end all waiting."""
        try:
            self._take_all()
        finally:
            self._closing = True
            self._coordinator.kill()
            with self._changed:
                self._changed.notify_all()

    def _take_all(self) -> None:
        """Take reports, write them, answer. A dead coordinator is replaced."""
        answers: list[tuple[int, Answer]] = []
        while True:
            coordinator = self._coordinator
            try:
                events: list[Event] = library().get(coordinator.actor.take.remote(answers))
            except self._lost_errors:
                answers = []
                coordinator.kill()  # it may be only unreachable: end its waiting calls
                with self._changed:
                    coordinator.is_dead = True
                    self._changed.notify_all()
                if self._closing:
                    return
                self._coordinator = _CoordinatorHandle()
                continue
            answers = [(event.number, self._answer(event)) for event in events]
            with self._changed:
                coordinator.done += len(events)
                self._changed.notify_all()

    def _answer(self, event: Event) -> Answer:
        """Call the method that a report names."""
        store = self._stores.get(event.attempt)
        if store is None or store.error is not None:
            return UNWANTED
        act: Callable[..., Any] = getattr(store, event.kind)
        try:
            return Answer(True, act(*event.content))
        except (SwarmEnvError, OSError) as error:  # for example, a full disk
            store.error = RunError(str(error))
            return UNWANTED


class _CoordinatorHandle:
    """A coordinator, and the number of its events that were handled."""

    def __init__(self) -> None:
        ray = library()
        strategies = importlib.import_module("ray.util.scheduling_strategies")
        on_this_node = strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=True
        )
        coordinator = ray.remote(Coordinator).options(
            num_cpus=0, max_concurrency=MAX_WAITING, scheduling_strategy=on_this_node, max_restarts=0
        )
        self.actor = coordinator.remote()
        self.done = 0
        self.is_dead = False

    def kill(self) -> None:
        """End the actor."""
        library().kill(self.actor)
