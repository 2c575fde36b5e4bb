"""The runs of a bench, played on a cluster."""

import importlib
import itertools
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from swarm_env.bench.player import Episode
from swarm_env.chat.ledger.cache import AnswerCache
from swarm_env.cluster.connection import Cluster, library, lost_errors
from swarm_env.cluster.coordinator import UNWANTED, Answer, Desk, Event
from swarm_env.cluster.ray_calls import play_on_worker
from swarm_env.cluster.run_store import Store
from swarm_env.cluster.worker import Ended, Job
from swarm_env.errors import RunError, SwarmEnvError
from swarm_env.playing.runner import Result

ATTEMPTS = 10  # in a row that brought nothing new, after which a run is given up; our choice
AHEAD = 2  # runs that wait at the cluster so that no core waits for the driver; our choice
MOST_WAITING = 10_000  # workers' messages and calls that the desk holds at once


class ClusterPlayer:
    """A `swarm_env.bench.player.Player` whose runs are played by the workers of a cluster.

    Each attempt to play a run has a number. What comes from an attempt that was given up is dropped, so a
    worker that was thought dead and is not changes nothing.

    Attributes:
        share: Of a core that each run takes.
        lost: How many attempts were lost with a process or a machine.
        ended: How the attempts went that were not lost, in the order in which they ended.
    """

    def __init__(self, cluster: Cluster, parallel: int, cache: Path | str | None = None) -> None:
        """Set up the desk.

        Args:
            cluster: Whose workers play.
            parallel: Runs at a time. With more than the cluster has cores, each takes a part of one.
            cache: File of answers that runs share, kept by this process; None: they share none.
        """
        self.share = round(min(1.0, cluster.cores / parallel), 4)
        self._ahead = AHEAD if parallel >= cluster.cores else 0
        self._answers = None if cache is None else AnswerCache(cache)
        self.lost = 0
        self.ended: list[Ended] = []
        self._numbers = itertools.count()
        self._stores: dict[int, Store] = {}
        self._lost_errors = lost_errors()
        self._task = library().remote(play_on_worker)
        self._changed = threading.Condition()
        self._closing = False
        self._desk = _DeskLine()
        self._server = threading.Thread(target=self._serve, name="swarm-desk", daemon=True)

    def __enter__(self) -> Self:
        library().get(self._desk.actor.under_way.remote())  # nothing goes on before the desk is there
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._desk.kill()
        self._server.join()
        if self._answers is not None:
            self._answers.close()

    @property
    def ahead(self) -> int:
        """As `Player.ahead`: none where fewer runs are wanted at a time than there are cores."""
        return self._ahead

    def play(self, episode: Episode) -> Result | None:
        """As `Player.play`; attempts that are lost are made again."""
        store = Store(episode, self._answers)
        try:
            in_vain = 0
            while in_vain < ATTEMPTS:
                before = store.news
                ended = self._attempt(store)
                if store.error is not None:
                    raise store.error
                if ended is not None:
                    self.ended.append(replace(ended, rounds=b"", record=None))
                    return store.finish(ended)
                self.lost += 1
                episode.notify(f"{episode.run.title}: the worker that played it died; it goes on elsewhere.")
                in_vain = 0 if store.news > before else in_vain + 1
            raise RunError(
                f"{ATTEMPTS} workers in a row died over this run, and none got any further. It may need more "
                f"memory than they have."
            )
        finally:
            store.close()

    def _attempt(self, store: Store) -> Ended | None:
        """Let a worker play; None: it was lost."""
        number, desk = next(self._numbers), self._desk
        job = Job(store.episode.run, store.episode.calls, store.past())
        self._stores[number] = store
        try:
            task = self._task.options(num_cpus=self.share, max_retries=0)
            ended: Ended = library().get(task.remote(desk.actor, number, job))
        except self._lost_errors:
            return None
        finally:
            self._give_up(number, desk)
        return None if ended.is_lost else ended

    def _give_up(self, number: int, desk: "_DeskLine") -> None:
        """Take nothing more from an attempt, once all that it told is written."""
        try:
            told: float = library().get(desk.actor.close.remote(number))
        except self._lost_errors:
            told = math.inf  # what was taken from the desk before it died may be being written right now
        with self._changed:
            self._changed.wait_for(lambda: desk.done >= told or desk.is_dead or self._closing)
        self._stores.pop(number, None)

    def _serve(self) -> None:
        """Serve the desk until the end; if that fails, nobody is left to wait for its answers."""
        try:
            self._take_all()
        finally:
            self._closing = True
            self._desk.kill()
            with self._changed:
                self._changed.notify_all()

    def _take_all(self) -> None:
        """Take what workers tell, write it, answer. A desk that died is replaced."""
        answers: list[tuple[int, Answer]] = []
        while True:
            desk = self._desk
            try:
                events: list[Event] = library().get(desk.actor.take.remote(answers))
            except self._lost_errors:
                answers = []
                desk.kill()  # if it is only out of reach, whoever waits there is to hear of it
                with self._changed:
                    desk.is_dead = True
                    self._changed.notify_all()
                if self._closing:
                    return
                self._desk = _DeskLine()
                continue
            answers = [(event.number, self._answer(event)) for event in events]
            with self._changed:
                desk.done += len(events)
                self._changed.notify_all()

    def _answer(self, event: Event) -> Answer:
        """Do what a worker's message asks for."""
        store = self._stores.get(event.attempt)
        if store is None or store.error is not None:
            return UNWANTED
        act: Callable[..., Any] = getattr(store, event.kind)
        try:
            return Answer(True, act(*event.content))
        except (SwarmEnvError, OSError) as error:  # the disk is full, say
            store.error = RunError(str(error))
            return UNWANTED


class _DeskLine:
    """A desk, and how far its events are dealt with."""

    def __init__(self) -> None:
        ray = library()
        strategies = importlib.import_module("ray.util.scheduling_strategies")
        beside_us = strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=True
        )
        desk = ray.remote(Desk).options(
            num_cpus=0, max_concurrency=MOST_WAITING, scheduling_strategy=beside_us, max_restarts=0
        )
        self.actor = desk.remote()
        self.done = 0
        self.is_dead = False

    def kill(self) -> None:
        """End the actor."""
        library().kill(self.actor)
