"""One world stepped by recorded rounds or by new decisions.

Live runs, verification, replay, seeking, import and measures all step their world here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from swarm_env.agent import Decision, Perception
from swarm_env.config import WorldConfig
from swarm_env.engine.saved_state import Snapshot
from swarm_env.engine.state import EPISODE, PRESENT, ROUND
from swarm_env.engine.world import World
from swarm_env.envs.channel.text_delivery import SILENCE, Texts, deliver_texts, digest_of
from swarm_env.envs.decision_codec import Channel, in_words
from swarm_env.envs.frames import frame_of_world, setting_of
from swarm_env.envs.make import make_scenario, read_options, read_seed
from swarm_env.envs.perception import brief_of, perceive
from swarm_env.errors import ConfigError, ReplayMismatch, RunError
from swarm_env.frame import Frame
from swarm_env.runs.decision_log import from_log
from swarm_env.runs.files import RecordedRound


class Simulation:
    """One world (a batch of one) and the decisions of its last round.

    Recorded rounds are stepped without decoding them where they are plain (every agent is present and every
    move legal). Texts, on which the world's state does not depend, are delivered only when they are read,
    unless they can be delayed.
    """

    def __init__(
        self,
        config: WorldConfig,
        seed: int,
        options: Mapping[str, Any],
        digest: str | None = None,
        source: str = "",
        reward: Any = None,
    ) -> None:
        """Make the world and reset it with the options that `ParallelSwarmEnv.reset` takes.

        The start is compared with `digest`, if known; `source` is where recorded rounds come from, for error
        messages. `reward` is a reward function of the user's, which is called in every round; None: none is.
        Raises `ConfigError` if the world or the options are impossible, `ReplayMismatch` if the start has
        another digest.
        """
        self._place = f"{source}: round" if source else "round"
        self._texts: Texts | None = SILENCE  # None: not delivered yet
        self._delays = config.message == "text" and config.message_delay[1] > 0
        area, view = config.height * config.width, config.view_size**2
        try:
            # Asked for at once and left untouched: Linux grants single arrays and kills who fills them all.
            np.empty(5 * area + config.num_agents * view, np.uint8)
            own = config if reward is None else config.model_copy(update={"reward": reward})
            self.world = World(make_scenario(own), codes=False, rewards=reward is not None)
            self._reset(seed, options)
        except MemoryError:
            raise ConfigError(
                f"A world of {config.height} x {config.width} cells with {config.num_agents} agents and "
                f"views of {config.view_size} x {config.view_size} needs more memory than there is."
            ) from None
        self.brief = brief_of(self.world)
        self.channel = Channel.of(self.brief)
        self.names = [f"agent_{a}" for a in range(config.num_agents)]
        self.setting = setting_of(self.world)
        self._numbers = {name: a for a, name in enumerate(self.names)}
        self._all_present = bytes([PRESENT]) * config.num_agents
        self._decisions: dict[str, Decision] | None = {}
        self._recorded: RecordedRound | None = None
        check_digest(0, digest, self.digest)

    @property
    def round(self) -> int:
        """Rounds played."""
        return int(self.world.arrays.clock[0, ROUND])

    @property
    def done(self) -> bool:
        """Whether the episode is over."""
        return bool(self.world.arrays.ended[0])

    @property
    def score(self) -> float:
        """The scenario's own score so far."""
        return float(self.world.arrays.score[0])

    @property
    def payoffs(self) -> dict[str, float]:
        """What each agent has got so far; empty unless the scenario pays each agent by itself."""
        return dict(zip(self.names, self.world.arrays.payoff[0].tolist(), strict=False))

    @property
    def roles(self) -> dict[str, str]:
        """The hidden role of each agent; empty if there are none, or the scenario pays all alike."""
        scenario = self.world.scenario
        if not scenario.private or self.world.arrays.clock[0, EPISODE] < 0:
            return {}
        return dict(zip(self.names, scenario.roles(scenario.State(self.world.arrays, 0)), strict=False))

    @property
    def positions(self) -> list[list[int]]:
        """(row, column) of every agent; a departed agent keeps its place outside the map."""
        return self.world.arrays.position[0].tolist()  # type: ignore[no-any-return]

    @property
    def decisions(self) -> dict[str, Decision]:
        """Decisions of the last round by agent name; empty at the start."""
        if self._decisions is None:
            assert self._recorded is not None
            self._decisions = self.read(self._recorded, self.round - 1)
        return self._decisions

    def step(self, decisions: Mapping[str, Decision]) -> None:
        """Play one round with a checked decision for every agent in play."""
        self.channel.write(self.world.arrays, self._numbers, decisions)
        self.world.step()
        self._end_round(dict(decisions), None)

    def replay(self, recorded: RecordedRound, check: bool = True) -> None:
        """Play the recorded round that follows, and compare digests afterwards if `check`.

        Raises `ReplayMismatch` if the game is over or the digest differs, `RunError` if the round does not
        fit the world.
        """
        number = self.round
        if self._write_plain(recorded):
            self.world.step()
            self._end_round(None, recorded)
        else:
            self.step(self.read_next(recorded))
        if check:
            check_digest(number, recorded.digest, self.digest)

    def read_next(self, recorded: RecordedRound) -> dict[str, Decision]:
        """Decode the recorded decisions of the next round, by name of the agents in play.

        Raises `ReplayMismatch` if the game is over, `RunError` if the recorded round does not fit the world.
        """
        if self.done:
            raise ReplayMismatch(self.round, "another round", "the game is over")
        present = (self.world.arrays.active[0] == PRESENT).tolist()
        in_play = [name for name, there in zip(self.names, present, strict=True) if there]
        return self.read(recorded, self.round, in_play)

    def read(
        self, recorded: RecordedRound, number: int, in_play: Sequence[str] | None = None
    ) -> dict[str, Decision]:
        """Decode the recorded decisions of round `number`; raises `RunError` if they do not fit the world.

        `in_play` names the agents in play in it; None: those that it has moves of.
        """
        if in_play is None:
            pairs = zip(self.names, recorded.actions, strict=False)
            in_play = [name for name, move in pairs if move is not None]
        try:
            return from_log(
                self.channel, recorded.actions, recorded.messages, self.names, in_play, recorded.drives
            )
        except RunError as error:
            raise RunError(f"{self._place} {number}: {error}.") from None

    def snapshot(self) -> Snapshot:
        """Copy everything that later rounds depend on."""
        return self.world.snapshot(([], self._texts if self._delays else None))

    def restore(self, snapshot: Snapshot, recorded: RecordedRound | None) -> None:
        """Go to a snapshot of this simulation, to which a recorded round led (None: it is the start)."""
        self.world.restore(snapshot)
        self._recorded, self._decisions = recorded, None if recorded else {}
        self._texts = snapshot.extra[1]

    def texts(self) -> Texts:
        """The texts that each agent hears, and those under way."""
        if self._texts is None:
            said = self._said()
            self._texts = deliver_texts(self.world, said) if said else SILENCE
        return self._texts

    def perceptions(self) -> list[Perception]:
        """What each agent in play perceives; empty when the game is over."""
        return [] if self.done else perceive(self.world, self.texts().heard)

    def digest(self) -> str:
        """128-bit digest of the world's state and of the texts under way, as 32 hex digits."""
        return digest_of(self.world.digest(), self.texts())

    def frame(self, caption: str = "") -> Frame:
        """The frame after the last round, with a line of the caller's own."""
        said = ((name, d.message) for name, d in self.decisions.items() if d.message is not None)
        words = tuple((name, in_words(message)) for name, message in said)
        return frame_of_world(self.world, self.setting, 0, words, self.texts().heard, caption)

    def _end_round(self, decisions: dict[str, Decision] | None, recorded: RecordedRound | None) -> None:
        """Remember what led here."""
        before = self._texts
        self._decisions, self._recorded, self._texts = decisions, recorded, None
        if self._delays and before is not None:
            self._texts = deliver_texts(self.world, self._said(), before.under_way)

    def _said(self) -> dict[int, str]:
        """The texts of the last round, by number of the speaker."""
        if self.channel.kind != "text":
            return {}
        spoken = ((self._numbers[name], decision.message) for name, decision in self.decisions.items())
        return {a: text for a, text in spoken if isinstance(text, str)}

    def _reset(self, seed: int, options: Mapping[str, Any]) -> None:
        snapshot = options.get("snapshot")
        if snapshot is None:
            self.world.reset([read_seed(seed) or 0], read_options(options, self.world.scenario))
            return
        self.world.restore(snapshot)
        self._texts = Texts(*snapshot.extra[1])

    def _write_plain(self, recorded: RecordedRound) -> bool:
        """Write a round without decoding it; False unless all agents are present and act legally."""
        arrays, messages, kind = self.world.arrays, recorded.messages, self.channel.messages
        if (
            arrays.ended[0]
            or self.channel.drives
            or arrays.active[0].tobytes() != self._all_present
            or len(recorded.actions) != len(self.names)
            or not self.world.legal_moves.issuperset(recorded.actions)
            or (messages is not None and len(messages) != len(self.names))
        ):
            return False
        if kind.silence:
            said = kind.rows(messages or [None] * len(self.names))
            if said is None:
                return False
            kind.put(arrays, 0, said)
        elif kind.name == "text":
            arrays.speaks[0] = [message is not None for message in messages or [None] * len(self.names)]
        arrays.action[0] = np.array(recorded.actions)
        return True


def check_digest(number: int, expected: str | None, digest: Callable[[], str]) -> None:
    """Raise `ReplayMismatch` for round `number` if a digest is recorded and differs."""
    if expected is not None and (got := digest()) != expected:
        raise ReplayMismatch(number, expected, got)
