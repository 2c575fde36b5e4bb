"""What a network needs besides a glance: who and where its agent is, what time it is, what it saw last.

A network without a memory of its own, fed with `obs="planes"`, knows neither its number nor the round, and
forgets what leaves its view. `MemoryFeatures` appends these to the observations of all slots of a vector face at
once; an agent in a run can do the same with its perceptions, so that what is trained on one plays in the
other. All of it an agent may know: it has a name, it can count rounds, and it sees what it sees.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from swarm_env.envs.vector import VectorSwarmEnv

OWN = 3  # numbers about oneself that follow the planes: row, column, mark
BITS = 7  # of the round, from the lowest on: agents that act in step read them
FADING = 8.0  # rounds after which what was seen counts as e times less fresh
FIRST_KIND = 2  # plane of the first kind that is remembered; before it are the outside and walls
OF_KIND = 4  # numbers about each remembered kind
REFERENCE = 16.0  # cells that count as far: offsets of what is remembered are told as shares of it


@dataclass(frozen=True, slots=True)
class MemoryLayout:
    """Sizes of what `MemoryFeatures` reads and writes; enough to make one where there is no world.

    Attributes:
        planes: Planes of an observation.
        view_size: Side of the view [cells].
        remembered: Kinds whose last place is remembered: planes 2, 3, …
        senses: Numbers that an agent senses.
        heard: Numbers that an agent hears.
        height: Rows of the map; an agent farther down counts as in the last one.
        width: The same for columns.
        numbers: Agents that are told apart; number `numbers` counts as number 0 again.
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
        """Where an agent's own numbers begin in an observation."""
        return self.planes * self.view_size**2

    @property
    def observed(self) -> int:
        """Length of an observation."""
        return self.own + OWN + self.senses + self.heard

    @property
    def size(self) -> int:
        """Length of an observation with what is appended to it."""
        identity = self.height + self.width + self.numbers
        return self.observed + identity + 1 + BITS + OF_KIND * self.remembered + self.senses


class MemoryFeatures:
    """Observations of many slots with what each agent remembers, written into one array that is reused.

    What is appended to an observation: own row, then own column, as a one among zeros; own number likewise;
    the share of the episode that is over and the lowest BITS bits of the round; for each remembered kind
    whether it was ever seen, how far down and across its last place lies (over REFERENCE) and how fresh that
    is (1 now, e times less every FADING rounds); for each sense its last value that was not 0. (All of it our
    choice.)

    Attributes:
        layout: Sizes.
        array: (slots, layout.size) what the last call gave.

    Example:
        >>> import swarm_env
        >>> env = swarm_env.vector_env("foraging", num_worlds=2)
        >>> observations, infos = env.reset(seed=1)
        >>> recall = MemoryFeatures.of(env)
        >>> recall.begin(observations).shape == (20, recall.layout.size)
        True
    """

    def __init__(self, layout: MemoryLayout, numbers: NDArray[np.int64]) -> None:
        """Know nothing yet.

        Args:
            layout: Sizes.
            numbers: (slots,) number of the agent in each slot.
        """
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

    @classmethod
    def of(cls, env: "VectorSwarmEnv") -> "MemoryFeatures":
        """One for all slots of a vector face.

        Args:
            env: What `swarm_env.vector_env(..., obs="planes")` gives.

        Returns:
            One that knows nothing yet.
        """
        config, scenario = env.config, env.scenario
        layout = MemoryLayout(
            planes=len(scenario.kinds) - 1,
            view_size=config.view_size,
            remembered=len(scenario.statics) + len(scenario.movables),
            senses=len(scenario.senses),
            heard=0,
            height=config.height,
            width=config.width,
            numbers=config.num_agents,
            rounds=config.max_rounds,
        )
        heard = env.single_observation_space.shape[0] - layout.observed  # type: ignore[index]
        return cls(replace(layout, heard=heard), np.tile(np.arange(env.num_agents), env.num_worlds))

    def begin(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """`step` with all slots at the beginning of an episode."""
        return self.step(observations, np.ones(len(self._slots), bool))

    def step(self, observations: NDArray[np.float32], began: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Take note of the observations of a round.

        Args:
            observations: (slots, observed) of `obs="planes"`.
            began: (slots,) whether an episode begins with them: what was before is forgotten.

        Returns:
            (slots, size) the observations with what is remembered; overwritten by the next call.
        """
        self._round += 1
        self._round[began] = 0
        self._when[:, began] = -1
        self._sensed[began] = 0.0
        here = self._look(observations)
        self._write(observations, here)
        return self.array

    def last(self, observations: NDArray[np.float32], ended: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The last observations of episodes that ended, with what is remembered; call it before `step`.

        Args:
            observations: (slots, observed), `infos["final_obs"]`.
            ended: (slots,) `infos["_final_obs"]`.

        Returns:
            (ended slots, size), fresh.
        """
        chosen = np.flatnonzero(ended)
        part = MemoryFeatures(self.layout, self._numbers[chosen])
        part._round[:], part._sensed[:] = self._round[chosen], self._sensed[chosen]
        part._place[:], part._when[:] = self._place[:, chosen], self._when[:, chosen]
        return part.step(observations[chosen], np.zeros(len(chosen), bool))

    def at_round(self, number: int) -> None:
        """Say which round the next `step` is about, where it is not the one after the last.

        Args:
            number: Rounds played so far.
        """
        self._round[:] = number - 1

    def _look(self, observations: NDArray[np.float32]) -> NDArray[np.int64]:
        """Remember what is in view; the own places, (slots, 2)."""
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
        return here

    def _write(self, observations: NDArray[np.float32], here: NDArray[np.int64]) -> None:
        """Fill the array."""
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
        out[:, at:] = self._sensed
