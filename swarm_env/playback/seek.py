"""A recorded world taken to any round: from the nearest moment that is kept, playing the moves of the record.

What is passed on the way is played as cheaply as it can be: texts, which the world itself does not depend on,
are delivered only where somebody looks, and only there is the world compared with the digest of the record.
It stands for all rounds before it, since the world of a round follows from the one before.
"""

import threading
from typing import Any

import numpy as np

from swarm_env.agent import Decision, Perception
from swarm_env.engine.layout import read_layout
from swarm_env.engine.messages import deliver_texts, digest_of
from swarm_env.engine.state import PRESENT
from swarm_env.engine.world import Snapshot, World
from swarm_env.envs.decision_codec import Channel, Message, from_log
from swarm_env.envs.make import make_scenario, read_seed
from swarm_env.envs.perception import brief_of, perceive
from swarm_env.errors import ConfigError, ReplayMismatch, RunError
from swarm_env.playback.round_index import Turns
from swarm_env.playback.timeline_events import Situation
from swarm_env.runs.recording import Recording, Turn

CLOSEST = 32  # rounds between kept moments, at first: to play as many takes about as long as to restore one
VECTORS = (-1, 1, (int, float))  # least, greatest and types of the parts of a vector
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
        self._everybody = bytes([PRESENT]) * config.num_agents
        self._nothing = (0,) * self.channel.shape[-1] if self.channel.kind in ("tokens", "vector") else None
        self._bounds = (0, self.channel.shape[0] - 1, (int,)) if self.channel.kind == "tokens" else VECTORS
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
        if not 0 <= number - self.number <= CLOSEST:
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
        if self._are_all_there and self._is_plain(turn):
            arrays.action[0] = np.array(turn.actions)
            arrays.said[0] = 0 if self._nothing is None else self._said_in(turn)
        else:
            living = arrays.active[0] == PRESENT
            in_play = [name for name, there in zip(self.names, living, strict=True) if there]
            decisions = self._read(turn, in_play, number)
            arrays.action[0, living] = [decision.move for decision in decisions.values()]
            self._say(decisions)
        self.world.step()
        self.number = number + 1
        self._keep()

    @property
    def _are_all_there(self) -> bool:
        there: bytes = self.world.arrays.active[0].tobytes()
        return there == self._everybody

    def _is_plain(self, turn: Turn) -> bool:
        """Whether a round has a legal move for everybody, and messages that need no closer look."""
        return (
            len(turn.actions) == len(self.names)
            and self.world.legal_moves.issuperset(turn.actions)
            and (turn.messages is None or len(turn.messages) == len(self.names))
            and (turn.messages is None or self._nothing is None or all(map(self._can_be_said, turn.messages)))
        )

    def _can_be_said(self, message: Message) -> bool:
        """Whether tokens or a vector are within bounds."""
        if message is None:
            return True
        least, most, kinds = self._bounds
        if not isinstance(message, tuple) or len(message) != self.channel.shape[-1]:
            return False
        return all(type(part) in kinds and least <= part <= most for part in message)

    def _said_in(self, turn: Turn) -> Any:
        """(N, L or D) what the world delivers after a round, or 0 where all are silent."""
        return 0 if turn.messages is None else [message or self._nothing for message in turn.messages]

    def _say(self, decisions: dict[str, Decision]) -> None:
        """Write tokens and vectors, which the world itself delivers."""
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
