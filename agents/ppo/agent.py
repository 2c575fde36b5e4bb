"""The agent `ppo`: decides with a trained network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.ppo.network_input import NetworkInput
from swarm_env.agents.ppo.policy import Policy, read_policy, shipped_for

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.envs.perception import Codes
from swarm_env.errors import ConfigError, ContractError
from swarm_env.training.memory_features import MemoryFeatures


class PpoAgent:
    """Plays a policy for the task: the one included in the package, or one in a file.

    It needs only numpy. Policies were trained for one map size, number of agents and number of rounds (see
    `docs/learning.md`). They also play with others, less well: of a larger view they use the middle, agents
    above the trained number take the first roles again, cells outside the trained map count as its last ones.

    Attributes:
        files: Options that name files.
    """

    files = ("weights",)

    def __init__(
        self, weights: str | None = None, temperature: float | None = None, signs: bool = False
    ) -> None:
        """Choose the policy.

        Args:
            weights: File of a policy; None: the included one of the scenario.
            temperature: Divisor of the logits before a move is drawn, 0: the likeliest move; None: from the
                file.
            signs: Whether vectors are cut to their signs before they are said.

        Raises:
            ConfigError: The file cannot be read.
        """
        self._given = read_policy(Path(weights)) if weights else None
        self._temperature, self._signs = temperature, signs
        self._policy: Policy | None = None

    @classmethod
    def from_argument(
        cls, argument: str, weights: str = "", temperature: str = "", signs: str = ""
    ) -> "PpoAgent":
        """Make the agent from its text in a team.

        Args:
            argument: Must be empty: `ppo?weights=FILE.npz` names a file.
            weights: File of a policy.
            temperature: A number, at least 0.
            signs: "true": of vectors that are said only the signs.

        Raises:
            ConfigError: A value is not allowed.
        """
        if argument:
            raise ConfigError(f"ppo:{argument}: write ppo?weights={argument} to play the policy of a file.")
        try:
            heat = float(temperature) if temperature else None
        except ValueError:
            heat = -1.0
        if heat is not None and not 0 <= heat < float("inf"):
            raise ConfigError(f"ppo: temperature={temperature!r}: must be a number from 0 on, such as 0.5.")
        if signs not in ("", "true", "false"):
            raise ConfigError(f"ppo: signs={signs!r}: must be true or false.")
        return cls(weights or None, heat, signs == "true")

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode; the seed is that of the drawn moves.

        Raises:
            ConfigError: No policy fits the task.
        """
        policy = self._given or shipped_for(brief.scenario)
        _check(policy, brief)
        about, layout = policy.about, policy.layout
        self._policy, self._seed, self._brief = policy, seed, brief
        self._heat = about.temperature if self._temperature is None else self._temperature
        self._input = NetworkInput(brief, layout, about.most)
        self._numbers = [int(name.rpartition("_")[2]) for name in agents]
        self._slots: Mapping[str, int] = {name: slot for slot, name in enumerate(agents)}
        self._memory = MemoryFeatures(layout, np.array(self._numbers, np.int64))

    def reseed(self, seed: int) -> None:
        """Draw other moves from now on."""
        self._seed = seed

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Choose one decision per perception.

        Raises:
            ContractError: No episode has begun.
        """
        if self._policy is None:
            raise ContractError("The ppo agent was asked to decide before reset().")
        if not perceptions:
            return []
        slots = [self._slots[perception.name] for perception in perceptions]
        seen = self._look(perceptions, slots)[slots]
        allowed = np.array([perception.allowed for perception in perceptions], bool)
        logits = self._policy.logits(seen, allowed)
        drawn = [
            self._draw([part[i] for part in logits], self._numbers[slot], perception.round)
            for i, (slot, perception) in enumerate(zip(slots, perceptions, strict=True))
        ]
        return [
            Decision(move, said if perception.may_speak else None)
            for (move, said), perception in zip(drawn, perceptions, strict=True)
        ]

    def decide_codes(self, codes: Codes) -> tuple[NDArray[np.int64], NDArray[Any] | None]:
        """Choose the same decisions, given and returned as arrays.

        Raises:
            ContractError: No episode has begun.
        """
        if self._policy is None:
            raise ContractError("The ppo agent was asked to decide before reset().")
        slots = [self._slots[f"agent_{number}"] for number in codes.agents.tolist()]
        seen = np.zeros((len(self._slots), self._memory.layout.observed), np.float32)
        seen[slots] = self._input.observations(codes)
        logits = self._policy.logits(self._remember(seen, codes.round)[slots], codes.allowed.astype(bool))
        drawn = [
            self._draw([part[i] for part in logits], self._numbers[slot], codes.round)
            for i, slot in enumerate(slots)
        ]
        moves = np.array([move for move, _ in drawn], np.int64)
        talks = self._policy.about.vocabulary or self._policy.about.vector
        return moves, np.array([said for _, said in drawn]) if talks else None

    def replay(self, perceptions: Sequence[Perception], decisions: Sequence[Decision]) -> None:
        """Remember the perceptions of a round; the decisions are not used."""
        self._look(perceptions, [self._slots[perception.name] for perception in perceptions])

    def _look(self, perceptions: Sequence[Perception], slots: Sequence[int]) -> NDArray[np.float32]:
        """Remember a round; return the input of the network, (agents, size)."""
        seen = np.zeros((len(self._slots), self._memory.layout.observed), np.float32)
        for slot, perception in zip(slots, perceptions, strict=True):
            seen[slot] = self._input.observation(perception)
        return self._remember(seen, perceptions[0].round if perceptions else None)

    def _remember(self, seen: NDArray[np.float32], now: int | None) -> NDArray[np.float32]:
        """The input of the network, (agents, size), of what is seen in a round (None: the next one)."""
        if now is not None:
            self._memory.at_round(now)
        return self._memory.step(seen, np.zeros(len(seen), bool))

    def _draw(
        self, logits: Sequence[NDArray[np.float32]], number: int, now: int
    ) -> tuple[int, tuple[int, ...] | tuple[float, ...] | None]:
        """A move, and a token or vector if the policy sends them; determined by seed, agent and round."""
        vector: tuple[float, ...] | None = None
        if self._policy and self._policy.about.vector:
            vector = tuple((np.sign(logits[1]) if self._signs else logits[1]).tolist())
            logits = logits[:1]
        noisy: list[NDArray[Any]] = list(logits)
        if self._heat > 0:  # the greatest of logits with Gumbel noise is a draw from their softmax
            stream = np.random.default_rng([self._seed, number, now])
            noisy = [part / self._heat + stream.gumbel(size=len(part)) for part in logits]
        choice = [int(part.argmax()) for part in noisy]
        return choice[0], tuple(choice[1:]) or vector


def _check(policy: Policy, brief: Brief) -> None:
    """Check that the policy fits the task.

    Raises:
        ConfigError: It does not; the message names the difference.
    """
    about, layout = policy.about, policy.layout
    if brief.scenario != about.scenario or brief.actions != about.actions:
        raise ConfigError(
            f"ppo: the policy was trained on {about.scenario} with the moves {', '.join(about.actions)}, and "
            f"this is {brief.scenario} with {', '.join(brief.actions)}. Choose another: "
            f"ppo?weights=FILE.npz."
        )
    if brief.view_size < layout.view_size:
        raise ConfigError(
            f"ppo: the policy needs a view of {layout.view_size} cells or more, not {brief.view_size}. Set "
            f"view_size={layout.view_size}, or train one: examples/ppo.py --world "
            f"'{{\"view_size\": {brief.view_size}}}'."
        )
    if about.vector and (brief.message, brief.message_shape) != ("vector", (about.vector,)):
        raise ConfigError(
            f"ppo: the policy sends vectors of {about.vector} numbers. Play with message=vector and "
            f"message_dim={about.vector}."
        )
    if about.vocabulary and (brief.message, brief.message_shape) != ("tokens", (about.vocabulary, 1)):
        raise ConfigError(
            f"ppo: the policy sends one of {about.vocabulary} tokens. Play with message=tokens and "
            f"vocabulary={about.vocabulary} (message_length=1)."
        )
    if about.vocabulary and (brief.observation_version, brief.heard) != (about.observation_version, "sum"):
        raise ConfigError(
            "ppo: the policy hears sums of tokens in observations of version "
            f"{about.observation_version}, and here heard={brief.heard!r} and "
            f"observation_version={brief.observation_version}."
        )
