"""Random access into a recording: restore the nearest kept snapshot, then replay the moves after it.

On the way texts are not delivered and digests not compared. Only the requested round is compared with the
recorded digest; since each state follows from the one before, it covers all earlier rounds.
"""

import threading

from swarm_env.agent import Decision
from swarm_env.engine.saved_state import Snapshot
from swarm_env.engine.state import PRESENT
from swarm_env.playback.round_index import RoundIndex
from swarm_env.playback.timeline_events import Situation
from swarm_env.runs.recording import Recording
from swarm_env.runs.simulation import check_digest

CLOSEST = 32  # rounds between snapshots at first: replaying as many takes about as long as restoring one
OVERHEAD = 8192  # bytes of a snapshot besides its arrays


class SnapshotStore:
    """Snapshots of a world at evenly spaced rounds, within a memory limit. Safe to share between threads."""

    def __init__(self, memory: int) -> None:
        """Make an empty store with a limit [bytes]; two snapshots are kept in any case."""
        self._memory, self._spacing = memory, CLOSEST
        self._kept: dict[int, Snapshot] = {}
        self._lock = threading.Lock()

    def wants(self, number: int) -> bool:
        """Whether the snapshot after `number` rounds should be kept."""
        return number % self._spacing == 0 and number not in self._kept

    def keep(self, number: int, snapshot: Snapshot) -> None:
        """Keep a snapshot. If memory is short, every other one is dropped and the spacing doubles."""
        size = OVERHEAD + sum(array.nbytes for array in snapshot.arrays.values())
        with self._lock:
            self._kept[number] = snapshot
            while len(self._kept) > max(2, self._memory // size):
                self._spacing *= 2
                self._kept = {at: one for at, one in self._kept.items() if at % self._spacing == 0}

    def nearest(self, number: int) -> tuple[int, Snapshot] | None:
        """The last snapshot at or before a round, with its round; None if there is none."""
        with self._lock:
            at = max((at for at in self._kept if at <= number), default=-1)
            return None if at < 0 else (at, self._kept[at])


class Seeker:
    """A simulation at `number` rounds that can go to any round of a recording. Not thread-safe."""

    def __init__(self, recording: Recording, rounds: RoundIndex, snapshots: SnapshotStore) -> None:
        """Make the simulation, at the start. Seekers of one recording may share snapshots.

        Raises `ConfigError` if the world or the reset options are impossible, `ReplayMismatch` if the digest
        of the start differs from the recorded one.
        """
        self._recording, self._rounds, self._snapshots = recording, rounds, snapshots
        self.simulation = recording.start()
        self.number = 0
        self._keep()

    def situation(self) -> Situation:
        """The state from which events are detected."""
        arrays = self.simulation.world.arrays
        return Situation(float(arrays.score[0]), arrays.active[0] == PRESENT, arrays.mark[0].copy())

    def go_to(self, number: int) -> None:
        """Go to a round (rounds played then), forwards or backwards.

        Raises `RunError` if the recording is broken before it, or continues after the game is over
        (ReplayMismatch).
        """
        if not 0 <= number - self.number <= CLOSEST:
            found = self._snapshots.nearest(number)
            if found is not None and not found[0] <= self.number <= number:
                self.number, snapshot = found
                self.simulation.restore(snapshot, self._rounds[self.number - 1] if self.number else None)
        while self.number < number:
            self.simulation.replay(self._rounds[self.number], check=False)
            self.number += 1
            self._keep()

    def decided(self, number: int) -> dict[str, Decision]:
        """Recorded decisions of any round, from 0, by agent name."""
        return self.simulation.read(self._rounds[number], number)

    def check(self) -> None:
        """Compare the digest with the recorded one.

        Raises `ReplayMismatch` if they differ, `RunError` if the line of the round is broken.
        """
        expected = self._rounds[self.number - 1].digest if self.number else self._recording.digest
        check_digest(max(self.number - 1, 0), expected, self.simulation.digest)

    def _keep(self) -> None:
        if self._snapshots.wants(self.number):
            self._snapshots.keep(self.number, self.simulation.snapshot())
