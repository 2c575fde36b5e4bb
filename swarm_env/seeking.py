"""A recorded world taken to any round: from the nearest moment that is kept, playing the moves of the record.

What is passed on the way is played as cheaply as it can be: texts, which the world itself does not depend on,
are delivered only where somebody looks, and only there is the world compared with the digest of the record.
It stands for all rounds before it, since the world of a round follows from the one before.
"""

import threading

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Decision, Perception
from swarm_env.decisions import Channel, from_log
from swarm_env.errors import ConfigError, ReplayMismatch, RunError
from swarm_env.events import Situation
from swarm_env.grid import PRESENT
from swarm_env.layout import read_layout
from swarm_env.messages import deliver_texts, digest_of
from swarm_env.perception import brief_of, perceive
from swarm_env.replay import Recording, Turn
from swarm_env.setup import make_scenario
from swarm_env.spaces import read_seed
from swarm_env.turns import Turns
from swarm_env.world import Snapshot, World

CLOSEST = 32  # rounds between kept moments, at first: to play as many takes about as long as to restore one
OVERHEAD = 8192  # bytes that a kept moment takes besides its arrays


class Shelf:
    """Moments of a world kept within a bounded memory, evenly spread. Threads may share it."""

    def __init__(self, memory: int) -> None:
        """Keep nothing yet.

        Args:
            memory: Most that may be kept [bytes]; two moments are kept in any case.
        """
        self._memory, self._spacing = memory, CLOSEST
        self._kept: dict[int, Snapshot] = {}
        self._lock = threading.Lock()

    def wants(self, number: int) -> bool:
        """Whether the moment after `number` rounds should be kept."""
        return number % self._spacing == 0 and number not in self._kept

    def keep(self, number: int, snapshot: Snapshot) -> None:
        """Keep a moment. When there is no room, every other one goes and the spacing doubles."""
        size = OVERHEAD + sum(array.nbytes for array in snapshot.arrays.values())
        with self._lock:
            self._kept[number] = snapshot
            while len(self._kept) > max(2, self._memory // size):
                self._spacing *= 2
                self._kept = {at: one for at, one in self._kept.items() if at % self._spacing == 0}

    def nearest(self, number: int) -> tuple[int, Snapshot] | None:
        """The last moment kept at or before a round, if any."""
        with self._lock:
            at = max((at for at in self._kept if at <= number), default=-1)
            return None if at < 0 else (at, self._kept[at])


class Seeker:
    """One world that can be taken to any round of a recording. One thread at a time.

    Attributes:
        world: The world, at `number`; a batch of one.
        number: Rounds played.
        channel: What its agents can do and say.
    """

    def __init__(self, recording: Recording, turns: Turns, shelf: Shelf) -> None:
        """Make the world and take it to the start.

        Args:
            recording: What is played.
            turns: Its rounds.
            shelf: Where moments are kept, and found again.

        Raises:
            ConfigError: The world or the reset options are impossible.
            ReplayMismatch: The start has another digest than recorded.
        """
        self._recording, self._turns, self._shelf = recording, turns, shelf
        config = recording.config
        try:
            self.world = World(make_scenario(config), codes=False)
            self.world.reset(
                [read_seed(recording.seed) or 0], read_layout(dict(recording.options), self.world.scenario)
            )
        except MemoryError:
            raise ConfigError(
                f"A world of {config.height} x {config.width} cells with {config.num_agents} agents needs "
                f"more memory than there is."
            ) from None
        self.brief = brief_of(self.world)
        self.channel = Channel.of(self.brief)
        self.names = [f"agent_{a}" for a in range(config.num_agents)]
        self.number = 0
        self._keep()
        self.check()

    def situation(self) -> Situation:
        """What events are recognised by, now."""
        arrays = self.world.arrays
        return Situation(float(arrays.score[0]), arrays.active[0] == PRESENT, arrays.mark[0].copy())

    def go_to(self, number: int) -> None:
        """Take the world to a round, backwards too.

        Args:
            number: Rounds played then; at most as many as are recorded.

        Raises:
            RunError: The record is broken before it, or goes on after the game is over (ReplayMismatch).
        """
        found = self._shelf.nearest(number)
        if found is not None and not found[0] <= self.number <= number:
            self.number, snapshot = found
            self.world.restore(snapshot)
        while self.number < number:
            self._pass(self.number)

    def decisions(self) -> dict[str, Decision]:
        """What was decided in the round that led here, by name of the body; empty at the start."""
        return self.decided(self.number - 1) if self.number else {}

    def decided(self, number: int) -> dict[str, Decision]:
        """What was decided in a round of the record, wherever the world is, by name of the body.

        Args:
            number: The round, from 0.
        """
        turn = self._turns[number]
        acted = [name for name, move in zip(self.names, turn.actions, strict=True) if move is not None]
        return self._read(turn, acted, number)

    def check(self) -> dict[int, tuple[str, ...]]:
        """Compare the world with the record.

        Returns:
            The texts that have reached each agent now, by number of the hearer.

        Raises:
            ReplayMismatch: Its digest is not the recorded one.
            RunError: The line of the round is broken.
        """
        turn = self._turns[self.number - 1] if self.number else None
        texts = self.texts()
        expected = turn.digest if turn else self._recording.digest
        if expected is not None:
            digest = digest_of(self.world.digest(), texts)
            if digest != expected:
                raise ReplayMismatch(max(self.number - 1, 0), expected, digest)
        return texts

    def texts(self) -> dict[int, tuple[str, ...]]:
        """The texts that have reached each agent now, by number of the hearer."""
        if self.channel.kind != "text":
            return {}
        said = ((int(name.removeprefix("agent_")), d.message) for name, d in self.decisions().items())
        arrays, handle = self.world.arrays, self.world.handle
        return deliver_texts(arrays, handle, 0, {a: text for a, text in said if isinstance(text, str)})

    def perceptions(self) -> list[Perception]:
        """What each agent in play perceives now."""
        return [] if self.world.arrays.ended[0] else perceive(self.world, self.texts())

    def _pass(self, number: int) -> None:
        """Play one round."""
        arrays, turn = self.world.arrays, self._turns[number]
        if arrays.ended[0]:
            raise ReplayMismatch(number, "another round", "the game is over")
        living = arrays.active[0] == PRESENT
        moves = _moves(turn, living, len(self.channel.actions))
        if moves is None or self.channel.kind in ("tokens", "vector"):
            in_play = [name for name, there in zip(self.names, living, strict=True) if there]
            decisions = self._read(turn, in_play, number)
            self._say(decisions)
            moves = np.array([decisions[name].move if name in decisions else 0 for name in self.names])
        arrays.action[0, living] = moves[living]
        self.world.step()
        self.number = number + 1
        self._keep()

    def _say(self, decisions: dict[str, Decision]) -> None:
        """Write tokens and vectors for the world to deliver."""
        said = self.world.arrays.said
        for a, name in enumerate(self.names):
            if name in decisions and said.shape[2]:
                said[0, a] = decisions[name].message or 0

    def _read(self, turn: Turn, in_play: list[str], number: int) -> dict[str, Decision]:
        try:
            return from_log(self.channel, turn.actions, turn.messages, self.names, in_play)
        except RunError as error:
            raise RunError(f"{self._recording.source}: round {number}: {error}.") from None

    def _keep(self) -> None:
        if self._shelf.wants(self.number):
            self._shelf.keep(self.number, self.world.snapshot())


def _moves(turn: Turn, living: NDArray[np.bool_], num_actions: int) -> NDArray[np.int64] | None:
    """(N,) the moves of a round, or None if they are not as they should be."""
    try:
        moves = np.array([-1 if move is None else move for move in turn.actions], np.int64)
    except OverflowError:
        return None
    fits = moves.shape == living.shape and ((moves >= 0) == living).all() and (moves < num_actions).all()
    if not fits or (turn.messages is not None and len(turn.messages) != len(living)):
        return None
    return moves
