"""A game as arrays: who stood where, did what and said what in every round.

A run of ours is played again for it; a native log of SwarmBench holds all of it already. Everything the
measures are computed from is in a `Game`, so both kinds are measured by the same code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Decision
from swarm_env.engine.messages import cut_text
from swarm_env.envs.decision_codec import Message
from swarm_env.errors import RunError
from swarm_env.runs.recording import Recording, replay
from swarm_env.runs.simulation import Simulation
from swarm_env.runs.swarmbench_logs import ACTIONS, RecordedGame

GONE = -1  # in `actions`: the agent had left
SILENT = -1  # in `said`: the agent said nothing


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """One game. R rounds, N agents, M different messages, K messages heard.

    Attributes:
        height: Rows of the map [cells].
        width: Columns of the map [cells].
        names: Names of the actions; the first five are STAY, UP, DOWN, LEFT, RIGHT.
        channel: "none", "tokens", "vector" or "text".
        hearing: Rows and columns a message carries [cells].
        positions: (R + 1, N, 2) int32 row, col [cells] at the start and after each round; who left keeps a
            place outside the map.
        actions: (R, N) int64 index into `names`, as decided (an illegal move too); GONE for who had left.
        said: (R, N) int64 index into `messages`, or SILENT. A text of nothing but blanks is silence.
        messages: M different messages in the order they were first said.
        scores: (R + 1,) float64 score at the start and after each round.
        heard: (K, 3) int64 round in which it was said, hearer, index into `messages`, in worlds that lose
            messages; else None: everybody in range hears it.
    """

    height: int
    width: int
    names: tuple[str, ...]
    channel: str
    hearing: int
    positions: NDArray[np.int32]
    actions: NDArray[np.int64]
    said: NDArray[np.int64]
    messages: tuple[Message, ...]
    scores: NDArray[np.float64]
    heard: NDArray[np.int64] | None = None

    @property
    def rounds(self) -> int:
        """R, the number of rounds played."""
        return len(self.actions)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(R + 1, N) whether an agent is on the map, and so in play, at the start and after each round."""
        corner = np.array([self.height, self.width])
        inside: NDArray[np.bool_] = np.all((self.positions >= 0) & (self.positions < corner), axis=2)
        return inside


class _Sayings:
    """Numbers for different messages, given in the order in which they are first said."""

    def __init__(self) -> None:
        self._numbers: dict[Message, int] = {}

    def number(self, message: Message) -> int:
        """The number of a message, SILENT for silence."""
        if message is None or (isinstance(message, str) and not message.strip()):
            return SILENT
        return self._numbers.setdefault(message, len(self._numbers))

    def all(self) -> tuple[Message, ...]:
        """The messages in the order of their numbers."""
        return tuple(self._numbers)


def game_of(recording: Recording) -> Game:
    """All that a recording holds, as arrays.

    Args:
        recording: A run of ours, which is played again, or a native log, which is not.

    Returns:
        The game.

    Raises:
        ReplayMismatch: A run goes differently than recorded.
        RunError: The recording is broken.
    """
    return _of_log(recording, recording.game) if recording.game else _of_run(recording)


def _of_log(recording: Recording, log: RecordedGame) -> Game:
    """A native log. What it says of agents that had left is left out, as when it is played again."""
    corner = np.array([log.height, log.width])
    inside = np.all((log.positions >= 0) & (log.positions < corner), axis=2)[: log.rounds]  # (R, N)
    names = ACTIONS if log.scenario == "synchronization" else ACTIONS[:5]
    strange = (log.actions >= len(names)) & inside
    if strange.any():
        turn, who = np.argwhere(strange)[0]
        raise RunError(
            f"{recording.source}: round {turn}: agent_{who}: {ACTIONS[log.actions[turn, who]]} is no move of "
            f"{log.scenario}."
        )
    sayings = _Sayings()
    said = [
        [sayings.number(cut_text(text)) if there else SILENT for text, there in zip(texts, row, strict=True)]
        for texts, row in zip(log.messages, inside.tolist(), strict=True)
    ]
    return Game(
        height=log.height,
        width=log.width,
        names=names,
        channel="text",
        hearing=recording.config.hearing,
        positions=log.positions,
        actions=np.where(inside, log.actions, GONE).astype(np.int64),
        said=np.array(said, np.int64).reshape(inside.shape),
        messages=sayings.all(),
        scores=log.scores,
    )


def _of_run(recording: Recording) -> Game:
    """A run, replayed."""
    config = recording.config
    simulations = replay(recording)
    simulation = next(simulations)
    brief, numbers = simulation.brief, {name: number for number, name in enumerate(simulation.names)}
    loses = config.message == "text" and config.message_loss > 0
    sayings, n = _Sayings(), config.num_agents
    positions, scores = [np.array(simulation.positions, np.int32)], [simulation.score]
    actions, said = [], []
    heard: list[tuple[int, int, int]] = []
    for turn, _ in enumerate(simulations):
        positions.append(np.array(simulation.positions, np.int32))
        scores.append(simulation.score)
        actions.append(_row(numbers, n, ((name, d.move) for name, d in simulation.decisions.items())))
        said.append(_row(numbers, n, _said(simulation.decisions.items(), sayings)))
        if loses:
            heard += _heard(turn, simulation, numbers, sayings)
    return Game(
        height=config.height,
        width=config.width,
        names=tuple(brief.actions),
        channel=config.message,
        hearing=config.hearing,
        positions=np.stack(positions),
        actions=np.array(actions, np.int64).reshape(len(actions), n),
        said=np.array(said, np.int64).reshape(len(said), n),
        messages=sayings.all(),
        scores=np.array(scores, np.float64),
        heard=np.array(heard, np.int64).reshape(-1, 3) if loses else None,
    )


def _said(decisions: Iterable[tuple[str, Decision]], sayings: _Sayings) -> Iterable[tuple[str, int]]:
    return ((name, sayings.number(d.message)) for name, d in decisions if d.message is not None)


def _row(numbers: dict[str, int], n: int, entries: Iterable[tuple[str, int]]) -> NDArray[np.int64]:
    """One number per agent, -1 where none is given."""
    row = np.full(n, -1, np.int64)
    for name, number in entries:
        row[numbers[name]] = number
    return row


def _heard(
    turn: int, simulation: Simulation, numbers: dict[str, int], sayings: _Sayings
) -> Sequence[tuple[int, int, int]]:
    """What arrived after a round in a world that loses messages."""
    found = [
        (turn, numbers[seen.name], sayings.number(text))
        for seen in simulation.perceptions()
        for text in seen.heard
        if isinstance(text, str)
    ]
    return [entry for entry in found if entry[2] != SILENT]
