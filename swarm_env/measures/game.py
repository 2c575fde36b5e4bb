"""A game as arrays: positions, actions and messages of every round.

The measures are computed from a `Game` only, so the same code measures runs, which are replayed, and
SwarmBench logs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Decision
from swarm_env.envs.channel.text_delivery import cut_text
from swarm_env.envs.decision_codec import Message
from swarm_env.errors import RunError
from swarm_env.runs.recording import Recording, replay
from swarm_env.runs.simulation import Simulation
from swarm_env.runs.swarmbench_logs import ACTIONS, RecordedGame

GONE = -1  # in `actions`: the agent has departed
SILENT = -1  # in `said`: the agent said nothing


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """One game. R rounds, N agents, M different messages, K messages heard.

    Attributes:
        height: Rows of the map [cells].
        width: Columns of the map [cells].
        names: Names of the actions; the first five are STAY, UP, DOWN, LEFT, RIGHT.
        channel: "none", "tokens", "vector" or "text".
        hearing: Range of a message in rows and columns [cells].
        sight: Rows and columns that an agent sees to each side [cells].
        positions: (R + 1, N, 2) int32 row, col [cells] at the start and after each round; outside the map for
            departed agents.
        actions: (R, N) int64 index into `names`, as decided (also illegal moves); GONE for departed agents.
        said: (R, N) int64 index into `messages`, or SILENT. A text of whitespace is silence.
        messages: M different messages in the order of their first use.
        scores: (R + 1,) float64 score at the start and after each round.
        heard: (K, 3) int64 round, receiver, index into `messages` of what was heard; None: all agents in
            range receive a message at once.
        measured: (R,) what the scenario itself measures after each round, by name (`Scenario.measures`).
    """

    height: int
    width: int
    names: tuple[str, ...]
    channel: str
    hearing: int
    sight: int
    positions: NDArray[np.int32]
    actions: NDArray[np.int64]
    said: NDArray[np.int64]
    messages: tuple[Message, ...]
    scores: NDArray[np.float64]
    heard: NDArray[np.int64] | None = None
    measured: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

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


class _MessageNumbers:
    """Numbers of different messages, in the order of their first use."""

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
    """A recording as arrays: a run, which is replayed, or a SwarmBench log.

    Raises `ReplayMismatch` if the replay of a run differs from the recording, `RunError` if it is broken.
    """
    return _of_log(recording, recording.game) if recording.game else _of_run(recording)


def _of_log(recording: Recording, log: RecordedGame) -> Game:
    """A SwarmBench log. Its entries for departed agents are ignored, as in a replay."""
    corner = np.array([log.height, log.width])
    inside = np.all((log.positions >= 0) & (log.positions < corner), axis=2)[: log.rounds]  # (R, N)
    names = ACTIONS if log.scenario == "synchronization" else ACTIONS[:5]
    strange = (log.actions >= len(names)) & inside
    if strange.any():
        turn, who = np.argwhere(strange)[0]
        raise RunError(
            f"{recording.source}: round {turn}: agent_{who}: {ACTIONS[log.actions[turn, who]]} is not a move "
            f"of {log.scenario}."
        )
    numbered = _MessageNumbers()
    said = [
        [numbered.number(cut_text(text)) if there else SILENT for text, there in zip(texts, row, strict=True)]
        for texts, row in zip(log.messages, inside.tolist(), strict=True)
    ]
    return Game(
        height=log.height,
        width=log.width,
        names=names,
        channel="text",
        hearing=recording.config.hearing,
        sight=recording.config.view_size // 2,
        positions=log.positions,
        actions=np.where(inside, log.actions, GONE).astype(np.int64),
        said=np.array(said, np.int64).reshape(inside.shape),
        messages=numbered.all(),
        scores=log.scores,
    )


def _of_run(recording: Recording) -> Game:
    config = recording.config
    simulations = replay(recording)
    simulation = next(simulations)
    brief, numbers = simulation.brief, {name: number for number, name in enumerate(simulation.names)}
    loses = config.message == "text" and not config.reaches_all_in_range
    numbered, n = _MessageNumbers(), config.num_agents
    positions, scores = [np.array(simulation.positions, np.int32)], [simulation.score]
    actions, said = [], []
    measured: list[dict[str, float]] = []
    heard: list[tuple[int, int, int]] = []
    for turn, _ in enumerate(simulations):
        positions.append(np.array(simulation.positions, np.int32))
        scores.append(simulation.score)
        actions.append(_row(numbers, n, ((name, d.move) for name, d in simulation.decisions.items())))
        said.append(_row(numbers, n, _said(simulation.decisions.items(), numbered)))
        world = simulation.world
        measured.append({name: one[0] for name, one in world.scenario.measures(world.arrays).items()})
        if loses:
            heard += _heard(turn, simulation, numbers, numbered)
    return Game(
        height=config.height,
        width=config.width,
        names=tuple(brief.actions),
        channel=config.message,
        hearing=config.hearing,
        sight=config.view_size // 2,
        positions=np.stack(positions),
        actions=np.array(actions, np.int64).reshape(len(actions), n),
        said=np.array(said, np.int64).reshape(len(said), n),
        messages=numbered.all(),
        scores=np.array(scores, np.float64),
        heard=np.array(heard, np.int64).reshape(-1, 3) if loses else None,
        measured={name: np.array([row[name] for row in measured]) for name in (measured or [{}])[0]},
    )


def _said(decisions: Iterable[tuple[str, Decision]], numbered: _MessageNumbers) -> Iterable[tuple[str, int]]:
    return ((name, numbered.number(d.message)) for name, d in decisions if d.message is not None)


def _row(numbers: dict[str, int], n: int, entries: Iterable[tuple[str, int]]) -> NDArray[np.int64]:
    """One number per agent; -1 if missing."""
    row = np.full(n, -1, np.int64)
    for name, number in entries:
        row[numbers[name]] = number
    return row


def _heard(
    turn: int, simulation: Simulation, numbers: dict[str, int], numbered: _MessageNumbers
) -> Sequence[tuple[int, int, int]]:
    """Messages received after a round in a world where not all in range hear each message at once."""
    found = [
        (turn, numbers[seen.name], numbered.number(text))
        for seen in simulation.perceptions()
        for text in seen.heard
        if isinstance(text, str)
    ]
    return [entry for entry in found if entry[2] != SILENT]
