"""The numbers behind the plots: score and group measures of what is shown, gathered as there is time."""

import threading
import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import SwarmEnvError
from swarm_env.measures import MEASURES, Measures, measure
from swarm_env.measures.live import LiveMeasures
from swarm_env.measures.table import LIVE
from swarm_env.playback.playback import AnyPlayback, Playback

BATCH = 16  # rounds that are measured together
BUDGET = 0.004  # of the time of a picture [s]
MOST_AGENTS = 20_000  # of larger swarms nothing is measured while the game is played: our choice


class Series(Protocol):
    """Measures by name."""

    @property
    def names(self) -> tuple[str, ...]:
        """What can be plotted."""

    @property
    def known(self) -> int:
        """The last round that is known; -1 if none is."""

    def work(self) -> None:
        """Gather a little more."""

    def values(self, name: str) -> NDArray[np.float64]:
        """(K, 2) rounds played and value, as far as they are known."""


class Measured:
    """Of a game that is being played: measured from its frames."""

    def __init__(self, film: AnyPlayback) -> None:
        self._film, self._measures = film, LiveMeasures()
        self._small = len(film.frame(film.last).places) <= MOST_AGENTS

    @property
    def names(self) -> tuple[str, ...]:
        """What can be plotted."""
        return LIVE if self._small else ()

    @property
    def known(self) -> int:
        """The last round that is known; -1 if none is."""
        return -1 if self._measures.last is None else self._measures.last

    def work(self) -> None:
        """Gather a little more."""
        end = time.perf_counter() + BUDGET
        while self._small and time.perf_counter() < end:
            done, first, last = self._measures.last, self._film.first, self._film.last
            start = first if done is None else max(done + 1, first)
            if start > last:
                return
            try:
                frames = [self._film.frame(number) for number in range(start, min(start + BATCH, last + 1))]
            except SwarmEnvError:  # it has gone meanwhile
                return
            self._measures.add(frames)

    def values(self, name: str) -> NDArray[np.float64]:
        """(K, 2) rounds played and value."""
        return self._measures.values(name)


class Recorded:
    """Of a recording: measured in a thread of its own."""

    def __init__(self, film: Playback) -> None:
        self._film = film
        self._found: Measures | None = None
        threading.Thread(target=self._measure, name="measures", daemon=True).start()

    @property
    def names(self) -> tuple[str, ...]:
        """What can be plotted."""
        return tuple(MEASURES)

    @property
    def known(self) -> int:
        """The last round that is known; -1 if none is."""
        return -1 if self._found is None else self._found.rounds

    def work(self) -> None:
        """Nothing: a thread does it."""

    def values(self, name: str) -> NDArray[np.float64]:
        """(K, 2) rounds played and value; empty until they are known."""
        found = self._found
        if found is None:
            return np.zeros((0, 2))
        return np.stack([np.arange(1.0, found.rounds + 1), found.values[name]], axis=1)

    def _measure(self) -> None:
        try:
            self._found = measure(self._film.recording)
        except SwarmEnvError:  # told by the film when the broken round is shown
            return


def series_of(film: AnyPlayback) -> Series:
    """What is plotted of a film."""
    return Recorded(film) if isinstance(film, Playback) else Measured(film)
