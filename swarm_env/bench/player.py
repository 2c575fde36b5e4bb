"""Plays the runs of a bench: the protocol, and the player of this process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from swarm_env.bench.plan import PlannedRun
from swarm_env.envs.channel.controls import OtherMessages
from swarm_env.frame import Frame
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import Result, play, resume


@dataclass(frozen=True, slots=True)
class Episode:
    """A run to be played in a folder on this machine, or (`begun`) resumed.

    Attributes:
        calls: How its agents call models.
        started: Called when its turn has come; returns False if it must not be played any more.
        observe: Called with the rounds played and the score, at the start and now and then; if it returns
            False, the run stops at the end of its round.
        notify: Called with notices of agents.
        others: What was sent in the run whose messages are sent in this one; None: there is none.
    """

    run: PlannedRun
    folder: Path
    begun: bool
    calls: Calls
    started: Callable[[], bool]
    observe: Callable[[int, float], bool]
    notify: Callable[[str], object]
    others: OtherMessages | None = None


class Player(Protocol):
    """Plays runs; called by several threads at once."""

    @property
    def ahead(self) -> int:
        """Number of runs that it queues, so that no core waits for the next run."""

    def play(self, episode: Episode) -> Result | None:
        """Play a run to its end, or until it is stopped; None if it was stopped before its turn.

        Raises an error if the run failed.
        """


class LocalPlayer:
    """Plays in the calling thread."""

    ahead = 0

    def play(self, episode: Episode) -> Result | None:
        """See `Player.play`."""
        if not episode.started():
            return None

        def observe(frame: Frame) -> bool:
            return episode.observe(frame.round, frame.score)

        run, folder = episode.run, episode.folder
        shared: Any = {"observer": observe, "calls": episode.calls, "notify": episode.notify}
        shared["messages_from"] = episode.others
        if episode.begun:
            return resume(folder, **shared)
        # Files of a process that was killed before it wrote run.json are replaced.
        return play(run.config, run.team, seed=run.seed, out=folder, force=True, **shared)
