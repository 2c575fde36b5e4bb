"""Adds agent id, time and last-seen features to observations, for memoryless policies.

A network without memory that reads `obs="planes"` knows neither its number nor the round, and forgets what
leaves its view. `MemoryFeatures` appends these to the observations of all slots of a vector environment. An
agent in a run can do the same with its perceptions, so trained networks play there too. All features follow
from what an agent perceives.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from swarm_env.envs.vector import VectorSwarmEnv

OWN = 3  # an agent's own numbers after the planes: row, column, mark
BITS = 7  # lowest bits of the round, so that agents can act in step
FADING = 8.0  # rounds in which freshness falls to 1 / e
FIRST_KIND = 2  # plane of the first remembered kind; planes 0 and 1 are the outside and walls
OF_KIND = 4  # numbers per remembered kind
OF_HEARD = 2  # numbers per number heard
REFERENCE = 16.0  # unit of the offsets of remembered places [cells]


@dataclass(frozen=True, slots=True)
class MemoryLayout:
    """Sizes of what `MemoryFeatures` reads and writes.

    Attributes:
        remembered: Number of kinds whose last place is remembered: planes 2, 3, …
        senses: Numbers that only the agent itself perceives.
        heard: Numbers that an agent hears.
        height: Rows of the map [cells]; larger rows count as the last one, likewise for the width.
        numbers: Agent ids; larger numbers wrap around.
        rounds: Rounds of an episode.
    """

    planes: int
    view_size: int
    remembered: int
    senses: int
    heard: int
    height: int
    width: int
    numbers: int
    rounds: int

    @property
    def own(self) -> int:
        """Index of an agent's own numbers in an observation."""
        return self.planes * self.view_size**2

    @property
    def observed(self) -> int:
        """Length of an observation."""
        return self.own + OWN + self.senses + self.heard

    @property
    def size(self) -> int:
        """Length of an observation with the appended features."""
        identity = self.height + self.width + self.numbers
        remembered = OF_KIND * self.remembered + self.senses + OF_HEARD * self.heard
        return self.observed + identity + 1 + BITS + remembered


class MemoryFeatures:
    """Observations of many slots with the features of each agent, in one array that is reused.

    Appended to an observation: own row, own column and own number, each one-hot; the fraction of the episode
    that is over and the lowest BITS bits of the round; for each remembered kind whether it was ever seen, the
    row and column offset of its last place (over REFERENCE) and its freshness exp(-rounds / FADING); for each
    sense its last nonzero value; for each number heard its last nonzero value, then for each its freshness.
    All of this is our choice.

    Attributes:
        layout: Sizes.
        array: (slots, layout.size) result of the last call.

    Example:
        >>> import swarm_env
        >>> env = swarm_env.vector_env("foraging", num_worlds=2)
        >>> observations, infos = env.reset(seed=1)
        >>> memory = MemoryFeatures.of(env)
        >>> memory.begin(observations).shape == (20, memory.layout.size)
        True
    """

    def __init__(self, layout: MemoryLayout, numbers: NDArray[np.int64]) -> None:
        """Begin without memory; `numbers` (slots,) are the numbers of the agents."""
        self.layout = layout
        self.array = np.zeros((len(numbers), layout.size), np.float32)
        self._slots = np.arange(len(numbers))
        self._numbers = numbers % layout.numbers
        self._round = np.full(len(numbers), -1)
        self._place = np.zeros(
            (layout.remembered, len(numbers), 2), np.int64
        )  # where each kind was seen last
        self._when = np.full((layout.remembered, len(numbers)), -1)  # round of that; -1 = never
        self._sensed = np.zeros((len(numbers), layout.senses), np.float32)
        self._heard = np.zeros((len(numbers), layout.heard), np.float32)
        self._heard_when = np.full(self._heard.shape, -1)  # round of each; -1 = never

    @classmethod
    def of(cls, env: "VectorSwarmEnv") -> "MemoryFeatures":
        """The features of all slots of `swarm_env.vector_env(..., obs="planes")`."""
        config, scenario = env.config, env.scenario
        layout = MemoryLayout(
            planes=env.worlds.parts[0],
            view_size=config.view_size,
            remembered=0 if scenario.is_continuous else len(scenario.statics) + len(scenario.movables),
            senses=env.worlds.parts[1] - OWN,
            heard=0,
            height=config.height,
            width=config.width,
            numbers=config.num_agents,
            rounds=config.max_rounds,
        )
        heard = env.single_observation_space.shape[0] - layout.observed  # type: ignore[index]
        return cls(replace(layout, heard=heard), np.tile(np.arange(env.num_agents), env.num_worlds))

    def begin(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """`step` at the beginning of an episode in all slots."""
        return self.step(observations, np.ones(len(self._slots), bool))

    def step(self, observations: NDArray[np.float32], began: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Add a round of (slots, observed) observations of `obs="planes"`; returns them with features.

        `began` (slots,) says where an episode begins; its slot forgets what was before. The (slots, size)
        result is overwritten by the next call.
        """
        self._round += 1
        self._round[began] = 0
        self._when[:, began] = -1
        self._sensed[began] = 0.0
        self._heard[began], self._heard_when[began] = 0.0, -1
        here = self._remember(observations)
        self._write(observations, here)
        return self.array

    def last(self, observations: NDArray[np.float32], ended: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The last observations of episodes that ended, with features; call it before `step`.

        Takes (slots, observed) `infos["final_obs"]` and (slots,) `infos["_final_obs"]`; returns (ended slots,
        size), fresh.
        """
        chosen = np.flatnonzero(ended)
        part = MemoryFeatures(self.layout, self._numbers[chosen])
        part._round[:], part._sensed[:] = self._round[chosen], self._sensed[chosen]
        part._place[:], part._when[:] = self._place[:, chosen], self._when[:, chosen]
        part._heard[:], part._heard_when[:] = self._heard[chosen], self._heard_when[chosen]
        return part.step(observations[chosen], np.zeros(len(chosen), bool))

    def at_round(self, number: int) -> None:
        """Set the round of the next `step` (rounds played so far), if it does not follow the last one."""
        self._round[:] = number - 1

    def _remember(self, observations: NDArray[np.float32]) -> NDArray[np.int64]:
        """Remember what is in view; returns the own places (slots, 2)."""
        layout, k, own = self.layout, self.layout.view_size, self.layout.own
        scale = [max(layout.height - 1, 1), max(layout.width - 1, 1)]
        here: NDArray[np.int64] = np.rint(observations[:, own : own + 2] * scale).astype(np.int64)
        for i in range(layout.remembered):
            plane = observations[:, (FIRST_KIND + i) * k * k : (FIRST_KIND + i + 1) * k * k]
            at = plane.argmax(axis=1)
            seen = np.flatnonzero(plane[self._slots, at])
            self._place[i, seen] = here[seen] + np.stack(np.divmod(at[seen], k), axis=1) - k // 2
            self._when[i, seen] = self._round[seen]
        senses = observations[:, own + OWN : own + OWN + layout.senses]
        np.copyto(self._sensed, senses, where=senses > 0)
        heard = observations[:, layout.observed - layout.heard : layout.observed]
        np.copyto(self._heard, heard, where=heard != 0)
        np.copyto(self._heard_when, self._round[:, None], where=heard != 0)
        return here

    def _write(self, observations: NDArray[np.float32], here: NDArray[np.int64]) -> None:
        """Write the observations and the features into `array`."""
        layout, out, at = self.layout, self.array, self.layout.observed
        out[:, :at] = observations
        out[:, at:] = 0.0
        for index, count in (
            (here[:, 0], layout.height),
            (here[:, 1], layout.width),
            (self._numbers, layout.numbers),
        ):
            out[self._slots, at + np.clip(index, 0, count - 1)] = 1.0
            at += count
        out[:, at] = self._round / layout.rounds
        for bit in range(BITS):
            out[:, at + 1 + bit] = self._round >> bit & 1
        at += 1 + BITS
        for place, when in zip(self._place, self._when, strict=True):
            known = when >= 0
            out[:, at] = known
            out[:, at + 1 : at + 3] = known[:, None] * (place - here) / REFERENCE
            out[:, at + 3] = known * np.exp((when - self._round) / FADING)
            at += OF_KIND
        out[:, at : at + layout.senses] = self._sensed
        at += layout.senses
        out[:, at : at + layout.heard] = self._heard
        age = self._round[:, None] - self._heard_when
        out[:, at + layout.heard :] = (self._heard_when >= 0) * np.exp(-age / FADING)
