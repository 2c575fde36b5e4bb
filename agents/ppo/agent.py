"""Asks a trained network for every body."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.ppo.network_input import Eyes
from swarm_env.agents.ppo.policy import Policy, read_policy, shipped_for

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.errors import ConfigError, ContractError
from swarm_env.training.memory_features import MemoryFeatures


class PpoAgent:
    """Plays a policy for the task: the one that ships with the package, or that of a file.

    Nothing but numpy is needed. Policies were trained on one size of map, number of agents and number of
    rounds (see `docs/learning.md`). They play on others too, as well as they can: of a larger view they see
    the middle, agents past the last number take the roles of the first again, cells past the trained map
    count as its last ones.

    Attributes:
        files: Its options that name files.
    """

    files = ("weights",)

    def __init__(self, weights: str | None = None, temperature: float | None = None) -> None:
        """Choose the policy.

        Args:
            weights: File of a policy; None: the one that ships for the scenario.
            temperature: What logits are divided by before a move is drawn, 0 = the likeliest is taken; None:
                as the file says.

        Raises:
            ConfigError: The file cannot be read.
        """
        self._given = read_policy(Path(weights)) if weights else None
        self._temperature = temperature
        self._policy: Policy | None = None

    @classmethod
    def from_argument(cls, argument: str, weights: str = "", temperature: str = "") -> "PpoAgent":
        """Make the agent that the text of a team describes.

        Args:
            argument: Must be empty: `ppo?weights=FILE.npz` names a file.
            weights: File of a policy.
            temperature: A number from 0 on.

        Returns:
            The agent.

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
        return cls(weights or None, heat)

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode.

        Args:
            brief: The task.
            agents: Names of the agents to drive.
            seed: Of the draws.

        Raises:
            ConfigError: No policy fits the task.
        """
        policy = self._given or shipped_for(brief.scenario)
        _check(policy, brief)
        about, layout = policy.about, policy.layout
        self._policy, self._seed, self._brief = policy, seed, brief
        self._heat = about.temperature if self._temperature is None else self._temperature
        self._eyes = Eyes(brief, layout, about.most)
        self._numbers = [int(name.rpartition("_")[2]) for name in agents]
        self._slots: Mapping[str, int] = {name: slot for slot, name in enumerate(agents)}
        self._memory = MemoryFeatures(layout, np.array(self._numbers, np.int64))

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Choose for every living body.

        Args:
            perceptions: One per body.

        Returns:
            One decision per perception.

        Raises:
            ContractError: If no episode has begun.
        """
        if self._policy is None:
            raise ContractError("The ppo agent was asked to decide before reset().")
        if not perceptions:
            return []
        slots = [self._slots[perception.name] for perception in perceptions]
        seen = self._look(perceptions, slots)[slots]
        allowed = np.array([perception.allowed for perception in perceptions], bool)
        logits = self._policy.logits(seen, allowed)
        return [
            self._draw([part[i] for part in logits], self._numbers[slot], perception.round)
            for i, (slot, perception) in enumerate(zip(slots, perceptions, strict=True))
        ]

    def replay(self, perceptions: Sequence[Perception], decisions: Sequence[Decision]) -> None:
        """See a round that others decided.

        Args:
            perceptions: One per living body.
            decisions: What the bodies did; not used.
        """
        self._look(perceptions, [self._slots[perception.name] for perception in perceptions])

    def _look(self, perceptions: Sequence[Perception], slots: Sequence[int]) -> NDArray[np.float32]:
        """Take note of a round; (bodies, size) what the network reads."""
        seen = np.zeros((len(self._slots), self._memory.layout.observed), np.float32)
        for slot, perception in zip(slots, perceptions, strict=True):
            seen[slot] = self._eyes.see(perception)
        if perceptions:
            self._memory.at_round(perceptions[0].round)
        return self._memory.step(seen, np.zeros(len(seen), bool))

    def _draw(self, logits: Sequence[NDArray[np.float32]], number: int, time: int) -> Decision:
        """A move, and a token if the policy talks; the same for the same seed, body and round."""
        noisy: list[NDArray[Any]] = list(logits)
        if self._heat > 0:  # the greatest of logits with Gumbel noise is a draw from their softmax
            stream = np.random.default_rng([self._seed, number, time])
            noisy = [part / self._heat + stream.gumbel(size=len(part)) for part in logits]
        choice = [int(part.argmax()) for part in noisy]
        return Decision(choice[0], tuple(choice[1:]) or None)


def _check(policy: Policy, brief: Brief) -> None:
    """Refuse a task that the policy was not made for.

    Raises:
        ConfigError: Saying what differs.
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
            f"view_size={layout.view_size}, or train one with examples/ppo.py --view {brief.view_size}."
        )
    if about.vocabulary and (brief.message, brief.message_shape) != ("tokens", (about.vocabulary, 1)):
        raise ConfigError(
            f"ppo: the policy talks in one of {about.vocabulary} tokens. Play with message=tokens and "
            f"vocabulary={about.vocabulary} (message_length=1)."
        )
