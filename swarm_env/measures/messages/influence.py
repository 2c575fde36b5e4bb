"""What one message was worth: a run is played on without it, or with another one in its place.

Branches share all random numbers with the run (they are keyed by round and purpose) and start from copies of
its agents, so a difference in score is caused by the message alone. All three differences are needed: where
messages are redundant, leaving one out changes nothing although a wrong one does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from swarm_env.agent import Agent, Decision
from swarm_env.config import integer
from swarm_env.engine.saved_state import Snapshot
from swarm_env.envs.decision_codec import Message
from swarm_env.errors import ConfigError, RunError
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.team import as_team, check_trust
from swarm_env.runs.recording import Recording, open_recording
from swarm_env.runs.simulation import Simulation

MOST_ROUNDS = 20  # that a branch is played on
MOST_SWAPS = 16  # messages that are tried in place of one


@dataclass(frozen=True, slots=True)
class MessageInfluence:
    """What one message was worth. A gain is the score of the branch minus that of the run, in its last round.

    Attributes:
        round: Round in which it was said.
        speaker: Name of the agent.
        message: What was said.
        silenced: Gain if this message alone is not said.
        worst_swap: Least gain if another message is said in its place; NaN if there is no other.
        worst_message: The message with the least gain; None if there is no other.
        muted: Gain if the speaker says nothing in this round and the next ones.
        listening: Share of the other agents that move differently in the next round for one of the messages
            tried (positive listening, R. Lowe et al., AAMAS 2019).
        information: Bits that the message carries about the next move of another agent, mean over them, if
            all messages tried are equally likely (causal influence of communication, same source): agents
            that repeat their decisions make it the entropy of the move over the messages.
    """

    round: int
    speaker: str
    message: Message
    silenced: float
    worst_swap: float
    worst_message: Message
    muted: float
    listening: float
    information: float


@dataclass(frozen=True, slots=True)
class _Branch:
    """A branch: its gain, and the moves of all agents in its first round, by name."""

    gain: float
    moves: Mapping[str, int]


class _Player:
    """Plays a run again, and branches of it. A context manager: its end closes the agents."""

    def __init__(self, recording: Recording, horizon: int) -> None:
        self._horizon = horizon
        self.rounds = list(recording.rounds())
        self.world, self._branch = recording.start(), recording.start()
        team, names, seed = as_team(recording.team), self.world.names, recording.seed
        self.agents, self._copies = AgentPool(team, names, seed), AgentPool(team, names, seed)
        self.scores = self._scores(recording.start())

    def _scores(self, world: Simulation) -> list[float]:
        """The score at the start and after each round."""
        found = [world.score]
        for recorded in self.rounds:
            world.replay(recorded)
            found.append(world.score)
        return found

    def __enter__(self) -> "_Player":
        self.agents.reset(self.world.brief)
        return self

    def __exit__(self, *_: object) -> None:
        self.agents.close()
        self._copies.close()

    def branch(
        self,
        before: Snapshot,
        agents: Sequence[Agent],
        decisions: Mapping[str, Decision],
        mute: str,
        rounds: int,
    ) -> _Branch:
        """Play on from a round with these decisions; `mute` says nothing for `rounds` rounds."""
        world = self._branch
        moves: dict[str, int] = {}
        world.restore(before, None)
        world.step(decisions)
        self._copies.adopt(world.brief, agents)
        for later in range(1, self._horizon):
            if world.done or world.round >= len(self.rounds):
                break
            decided = self._copies.decide(world.perceptions())
            moves = moves or {name: decision.move for name, decision in decided.items()}
            if mute in decided and later < rounds:
                decided[mute] = replace(decided[mute], message=None)
            world.step(decided)
        return _Branch(world.score - self.scores[world.round], moves)


def message_influence(
    run: Path | str,
    *,
    horizon: int = MOST_ROUNDS,
    mute: int = 5,
    rounds: Sequence[int] | None = None,
    trust_code: bool = False,
) -> list[MessageInfluence]:
    """What each message of a run was worth, exactly: one branch for each thing that could be said instead.

    Args:
        run: Folder of a run whose agents repeat their decisions (scripted and learned ones). For language
            models see `sampled_influence`.
        horizon: Rounds that a branch lasts, the round of the message included, 1 to 20. It ends with the run.
        mute: Rounds for which the speaker is muted, 1 or more.
        rounds: Rounds whose messages are measured; None: all.
        trust_code: As for `replay`.

    Returns:
        A row for each message that was said, in the order of rounds and agents. Tried in its place are the
        other tokens (of one-token messages with at most 16 tokens), else other messages of the run.

    Raises:
        ConfigError: A number is not allowed, or an agent cannot be copied.
        RunError: It is no run, is broken, or (ReplayMismatch) an agent decides otherwise than recorded.
    """
    for name, value, most in (("horizon", horizon, MOST_ROUNDS), ("mute", mute, MOST_ROUNDS)):
        number = integer(value)
        if number is None or not 1 <= number <= most:
            raise ConfigError(f"{name}={value!r:.80}: must be a whole number of rounds from 1 to {most}.")
    recording = open_recording(run, trust_code)
    if recording.run is None:
        raise RunError(f"{run} is no run: its agents cannot be asked again.")
    check_trust(as_team(recording.team), recording.source, trust_code)
    wanted = None if rounds is None else set(rounds)
    with _Player(recording, horizon) as player:
        return list(_all_messages(player, mute, wanted))


def _all_messages(player: _Player, mute: int, wanted: set[int] | None) -> Iterator[MessageInfluence]:
    """Play the run again, and leave it at each message."""
    world, others = player.world, _known_messages(player)
    for number, recorded in enumerate(player.rounds):
        decisions = world.read_next(recorded)
        player.agents.replay(world.perceptions(), decisions, number)
        if wanted is None or number in wanted:
            before, agents = world.snapshot(), player.agents.agents()
            for name, decision in decisions.items():
                if not is_silence(decision.message):
                    yield _one_message(player, before, agents, decisions, name, number, mute, others)
        world.replay(recorded)


def _one_message(
    player: _Player,
    before: Snapshot,
    agents: Sequence[Agent],
    decisions: Mapping[str, Decision],
    name: str,
    number: int,
    mute: int,
    others: Sequence[Message],
) -> MessageInfluence:
    """All branches of one message."""

    def branch(message: Message, rounds: int = 0) -> _Branch:
        said = {**decisions, name: replace(decisions[name], message=message)}
        return player.branch(before, agents, said, name, rounds)

    message = decisions[name].message
    as_said, silent = branch(message), branch(None)
    swaps = {other: branch(other) for other in others if other != message}
    worst = min(swaps, key=lambda other: swaps[other].gain, default=None)
    tried = [as_said, silent, *swaps.values()]
    listening, information = _effects([one.moves for one in tried], name)
    return MessageInfluence(
        number, name, message, silent.gain, swaps[worst].gain if swaps else float("nan"), worst,
        branch(None, mute).gain, listening, information,
    )  # fmt: skip


def _effects(moves: Sequence[Mapping[str, int]], speaker: str) -> tuple[float, float]:
    """Share of the others whose moves differ between branches, and their mean entropy [bits]."""
    differs, bits = [], []
    for name in set(moves[0]) - {speaker}:
        _, counts = np.unique([one.get(name, -1) for one in moves], return_counts=True)
        shares = counts / counts.sum()
        differs.append(len(counts) > 1)
        bits.append(float(-(shares * np.log2(shares)).sum()))
    return (float(np.mean(differs)), float(np.mean(bits))) if bits else (0.0, 0.0)


def _known_messages(player: _Player) -> list[Message]:
    """The messages that are tried: all tokens if they are few, else the first that were said in the run."""
    channel = player.world.channel
    if channel.kind == "tokens" and channel.shape[1] == 1 and channel.shape[0] <= MOST_SWAPS:
        return [(token,) for token in range(1, channel.shape[0])]
    said: dict[Message, None] = {}
    for number, recorded in enumerate(player.rounds):
        for decision in player.world.read(recorded, number).values():
            if not is_silence(decision.message):
                said[decision.message] = None
    return list(said)[:MOST_SWAPS]


def is_silence(message: Message) -> bool:
    """Whether a message is heard by no one: None, a blank text, tokens or a vector of zeros."""
    return message is None or (isinstance(message, str) and not message.strip()) or not any(message)
