"""Where the runs of a bench are played: what a `Bench` asks of a place, and this process, which is one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from swarm_env.bench.plan import PlannedRun
from swarm_env.frame import Frame
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import Result, play, resume


@dataclass(frozen=True, slots=True)
class Episode:
    """A run that is to be played, or to be gone on with.

    Attributes:
        run: Which.
        folder: Where it is kept, wherever it is played.
        begun: Whether some of it lies in the folder already.
        calls: How its agents may call models.
        started: Called when its turn has come; returns whether it is still to be played.
        observe: Called with the rounds played and the score so far, at the start and now and then; when it
            returns False, the run stops after the round it is in.
        notify: Called with lines that agents have for people.
    """

    run: PlannedRun
    folder: Path
    begun: bool
    calls: Calls
    started: Callable[[], bool]
    observe: Callable[[int, float], bool]
    notify: Callable[[str], object]


class Player(Protocol):
    """Plays runs; any number of threads call it at once.

    Attributes:
        ahead: How many more runs than are played at a time it likes to be handed, so that none of its places
            is ever without one.
    """

    @property
    def ahead(self) -> int:
        """As described above."""

    def play(self, episode: Episode) -> Result | None:
        """Play a run to its end, or until it is stopped.

        Returns:
            How it ended; None: it was stopped before its turn came.

        Raises:
            Exception: The run failed.
        """


class Here:
    """Plays in the thread that asks for it."""

    ahead = 0

    def play(self, episode: Episode) -> Result | None:
        """As `Player.play`."""
        if not episode.started():
            return None

        def observe(frame: Frame) -> bool:
            return episode.observe(frame.round, frame.score)

        run = episode.run
        if episode.begun:
            return resume(episode.folder, observer=observe, calls=episode.calls, notify=episode.notify)
        return play(
            run.config,
            run.team,
            seed=run.seed,
            out=episode.folder,
            force=True,  # what a process left that was killed before it had written run.json
            observer=observe,
            calls=episode.calls,
            notify=episode.notify,
        )
