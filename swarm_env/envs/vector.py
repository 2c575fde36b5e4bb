"""The vector API: many worlds at once, one slot per agent, arrays in and arrays out."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from swarm_env.config import WorldConfig, integer
from swarm_env.engine.saved_state import Snapshot
from swarm_env.engine.state import EPISODE, PRESENT
from swarm_env.engine.step import SAME_STEP
from swarm_env.engine.world import World, check_threads
from swarm_env.envs.decision_codec import Channel
from swarm_env.envs.make import check_choice, make_config, make_scenario, read_options, read_seed
from swarm_env.envs.observation import OBSERVATIONS, Observation
from swarm_env.envs.state_vector import StateVector
from swarm_env.errors import ConfigError

Arrays = NDArray[Any] | dict[str, NDArray[Any]]


class VectorSwarmEnv(VectorEnv[Any, Any, Any]):
    """`num_worlds` worlds as a `gymnasium.vector.VectorEnv`: slot w * num_agents + a is agent a of world w.

    All slots of a world reset together in the step that ends its episode (`AutoresetMode.SAME_STEP`); their
    last observations are then in `infos["final_obs"]`, for the slots where `infos["_final_obs"]` is true. The
    slot of an agent that leaves is `terminated`; until its world ends it has reward 0, a zero view,
    `infos["active"]` false, and its actions are ignored. In the step that ends its world it is `terminated`
    again, with all other slots.

    Observations, rewards and the arrays in `infos` are reused: the next step overwrites them. Use copy=True
    for fresh ones.

    `infos` always holds "active" and "action_mask" (num_envs, moves); with obs="codes" also "position"
    (num_envs, 2), "mark" and "heard" (num_envs, heard numbers); when a world ended "final_obs", "_final_obs",
    "final_score" and "_final_score", each with an entry per slot.
    """

    def __init__(
        self,
        config: WorldConfig,
        num_worlds: int = 1,
        num_threads: int = 1,
        obs: str = "planes",
        copy: bool = False,
    ) -> None:
        """Make the worlds, as `vector_env` does, from checked settings."""
        check_choice("obs", obs, tuple(OBSERVATIONS))
        if config.message == "text":
            raise ConfigError(
                "message='text': the vector API has arrays only. Use message='tokens' or 'vector', or "
                "parallel_env."
            )
        number = integer(num_worlds)
        if number is None or not 1 <= number <= 2**24:
            raise ConfigError(f"num_worlds={num_worlds!r}: must be a whole number from 1 to {2**24}.")
        self.config = config
        self.scenario = make_scenario(config)
        self.num_worlds, self.num_agents = number, config.num_agents
        self.num_envs = self.num_worlds * self.num_agents
        self.metadata = {
            "render_modes": [],
            "autoreset_mode": AutoresetMode.SAME_STEP,
            "name": f"{self.scenario.name}_v0",
        }
        self.render_mode = None
        self._kind, self._copy = OBSERVATIONS[obs], copy
        features, threads = self._kind.features, check_threads(num_threads)
        self._world = World(self.scenario, number, threads, not features, features, autoreset=SAME_STEP)
        self._observation = self._kind(self._world)
        self._states: StateVector | None = None
        self._channel = Channel.of_config(config, self.scenario.actions)
        self.single_observation_space = self._observation.space()
        self.single_action_space = self._channel.space()
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    # Playing.

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a new episode in all worlds.

        Args:
            seed: s gives world w the seed s + w; a list has a seed per world; None starts the next episodes
                (of drawn seeds at first).
            options: "layout", "agents", "marks", "respawns" as for `parallel_env`, for this episode of all
                worlds; or "layout": a list of `num_worlds` maps, one per world, None for a world that starts
                as its settings say. Names that are near one of these are refused, others ignored.

        Returns:
            Observations (num_envs, …) and infos.

        Raises:
            ConfigError: If a seed or an option is not allowed; nothing has changed then.
        """
        seeds = self._seeds(seed)
        layouts = read_options(options, self.scenario, self.num_worlds)
        if seeds is None and self._world.arrays.clock[0, EPISODE] < 0:
            seeds = self._seeds(secrets.randbits(63))
        self._world.reset(seeds, layouts)
        return self._read().batch(self._copy), self._infos()

    def _seeds(self, seed: Any) -> list[int] | None:
        if seed is None:
            return None
        if isinstance(seed, np.ndarray):
            seed = seed.tolist()
        if isinstance(seed, Sequence) and not isinstance(seed, str):
            if len(seed) != self.num_worlds:
                raise ConfigError(
                    f"seed: a list of {len(seed)} seeds for {self.num_worlds} worlds; give one number, or "
                    f"one seed per world."
                )
            return [read_seed(s) or 0 for s in seed]
        first = read_seed(seed) or 0
        if first + self.num_worlds > 2**64:
            raise ConfigError(
                f"seed={seed}: world w gets the seed {seed} + w, and seeds end at 2**64 - 1. Give a smaller "
                f"one."
            )
        return [first + w for w in range(self.num_worlds)]

    def step(self, actions: Any) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Play one round of every world.

        Args:
            actions: (num_envs,) moves; (num_envs, 1 + L) moves and tokens; or {"move": (num_envs,),
                "message": (num_envs, D)}.

        Returns:
            Observations, rewards (num_envs,) float32, terminations and truncations (num_envs,) bool, infos.

        Raises:
            ConfigError: If an action of an agent in play lies outside its space; nothing has changed then.
        """
        if self._world.arrays.clock[0, EPISODE] < 0:
            raise ConfigError("step() before reset(): call reset() first.")
        self._channel.write_batch(self._world.arrays, actions)
        self._world.step()
        arrays = self._world.arrays
        reward = arrays.reward.reshape(-1)
        terminated = arrays.terminated.view(bool).reshape(-1)
        truncated = arrays.truncated.view(bool).reshape(-1)
        infos = self._infos()
        if arrays.ended.any():
            infos |= self._final()
        if self._copy:
            reward, terminated, truncated = reward.copy(), terminated.copy(), truncated.copy()
        return self._read().batch(self._copy), reward, terminated, truncated, infos

    def _read(self) -> Observation:
        """The observations of the arrays that the worlds have now."""
        if self._observation.arrays is not self._world.arrays:
            self._observation = self._kind(self._world)
        return self._observation

    def _infos(self) -> dict[str, Any]:
        arrays, n = self._world.arrays, self.num_envs
        infos: dict[str, Any] = {
            "active": arrays.active.reshape(n) == PRESENT,
            "action_mask": arrays.allowed.view(np.int8).reshape(n, -1),
            **self._read().batch_infos(),
        }
        return {name: array.copy() for name, array in infos.items()} if self._copy else infos

    def _final(self) -> dict[str, Any]:
        """Last observations and scores of the worlds that ended in this round."""
        arrays = self._world.arrays
        slots = arrays.ended.astype(bool).repeat(self.num_agents)
        return {
            "final_obs": self._read().final(self._copy),
            "_final_obs": slots,
            "final_score": arrays.final_score.repeat(self.num_agents),
            "_final_score": slots.copy(),
        }

    # State of the worlds.

    @property
    def scores(self) -> NDArray[np.float64]:
        """(num_worlds,) the scenario's own score of each current episode."""
        return self._world.arrays.score.copy()

    def state(self) -> NDArray[np.float32]:
        """(num_worlds, D) all that the digests hold but for the seeds, an element of `state_space`.

        Row w is what `ParallelSwarmEnv.state` of a world with its seed is. A fresh array.
        """
        return self._state_vector().write()

    @property
    def single_state_space(self) -> spaces.Box:
        """Space of one world's state, as `ParallelSwarmEnv.state_space`."""
        return self._state_vector().space

    @property
    def state_space(self) -> spaces.Space[Any]:
        """Space of `state`."""
        return batch_space(self.single_state_space, self.num_worlds)

    @property
    def state_slices(self) -> dict[str, slice]:
        """Where each part of a state lies, by name (see docs/observations.md)."""
        return dict(self._state_vector().slices)

    def _state_vector(self) -> StateVector:
        if self._states is None or not self._states.fits():
            self._states = StateVector(self._world)
        return self._states

    def digests(self) -> list[str]:
        """A 128-bit digest of the complete state of each world, as 32 hexadecimal digits."""
        return [self._world.digest(w) for w in range(self.num_worlds)]

    def grid(self, world: int = 0) -> list[str]:
        """The map of one world, a string per row, in the scenario's symbols.

        Raises `ConfigError` if there is no world of that number.
        """
        number = integer(world)
        if number is None or not 0 <= number < self.num_worlds:
            raise ConfigError(f"world={world!r:.80}: must be a number from 0 to {self.num_worlds - 1}.")
        return self._world.grid(number)

    def snapshot(self) -> Snapshot:
        """The complete state of the worlds; picklable."""
        return self._world.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of as many worlds with the same settings.

        Raises:
            ConfigError: If it is no snapshot or has other settings; nothing has changed then.
        """
        self._world.restore(snapshot)

    def close_extras(self, **_: Any) -> None:
        """End the threads."""
        self._world.close()


def vector_env(
    scenario: str,
    num_worlds: int = 1,
    num_threads: int = 1,
    obs: str = "planes",
    copy: bool = False,
    **settings: Any,
) -> VectorSwarmEnv:
    """A Gymnasium vector environment with a slot per agent.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        num_worlds: Number of worlds; num_envs is num_worlds * num_agents.
        num_threads: Threads that share a round; results do not depend on it.
        obs: "planes", "codes" or "dict", as for `parallel_env`.
        copy: Whether every step returns fresh arrays.
        **settings: Fields of `WorldConfig` and of the scenario's own options.

    Returns:
        The environment; `reset` must follow.

    Raises:
        UnknownNameError: If there is no such scenario.
        ConfigError: If an argument or setting is unknown or not allowed, or `message` is "text" (arrays hold
            no texts).

    Example:
        >>> env = vector_env("foraging", num_worlds=2, num_agents=3)
        >>> observations, infos = env.reset(seed=1)
        >>> observations.shape[0]
        6
    """
    return VectorSwarmEnv(make_config(scenario, settings), num_worlds, num_threads, obs, copy)
