"""The interface of SMAC, which PyMARL and EPyMARL play: `get_obs`, `get_state`, `get_avail_actions`, `step`.

SMAC (Samvelyan et al. 2019, arXiv 1902.04043) defines it as `MultiAgentEnv`. The two libraries differ in what
`step` and `reset` return, so there are two classes. Neither imports its library: enter the class in the
library's registry of environments (docs/learning.md).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.envs.parallel import ParallelSwarmEnv, parallel_env
from swarm_env.errors import ConfigError, RunError

STAY = 0
SCALARISATIONS = ("sum", "mean")


class PymarlEnv:
    """One world as PyMARL's `MultiAgentEnv`.

    All agents are in all lists until the episode ends. An agent that has left the map has an observation of
    zeros, reward 0, and can only STAY (our choice: in SMAC dead units have an action of their own).

    With message="tokens" an action is a move and a message (`flat_actions` of `parallel_env`).

    Attributes:
        n_agents: Number of agents.
        episode_limit: Rounds of the longest episode.
    """

    def __init__(self, scenario: str, seed: int | None = None, **settings: Any) -> None:
        """Make the world.

        Args:
            scenario: Name in the registry, or path/file.py:Name.
            seed: Of the first episode; the next ones follow from it. None: drawn.
            **settings: As for `parallel_env`.

        Raises:
            ConfigError: If a setting is unknown or not allowed, or messages are texts or vectors.
        """
        self._env: ParallelSwarmEnv = parallel_env(scenario, death="ghost", flat_actions=True, **settings)
        self.n_agents, self.episode_limit = self._env.config.num_agents, self._env.config.max_rounds
        self._names = self._env.possible_agents
        if not isinstance(self._env.action_space(self._names[0]), spaces.Discrete):
            raise ConfigError(
                "message='vector': actions of SMAC are numbers. Use message='tokens' or 'none'."
            )
        self._seed = seed
        size, actions = self.get_obs_size(), self.get_total_actions()
        self._seen = np.zeros((self.n_agents, size), np.float32)
        self._allowed = np.zeros((self.n_agents, actions), np.int8)

    # Playing.

    def reset(self) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
        """Begin the next episode; returns the observations and the state."""
        self._begin(self._seed, None)
        return self.get_obs(), self.get_state()

    def step(self, actions: Any) -> tuple[Any, ...]:
        """Play one round.

        Args:
            actions: (n_agents,) whole numbers, an array, a list or a tensor. An action that is not available
                acts as STAY.

        Returns:
            The team's reward (the sum over the agents), whether the episode is over, and the infos:
            "episode_limit", whether only the limit of rounds ended it, and "score", that of the scenario.

        Raises:
            RunError: If the episode is over or has not begun.
            ConfigError: If an action lies outside its space; nothing has changed then.
        """
        rewards, over, cut = self._play(actions)
        return float(rewards.sum()), over or cut, {"episode_limit": cut, "score": self._env.score}

    def _begin(self, seed: int | None, options: Mapping[str, Any] | None) -> None:
        observations, infos = self._env.reset(seed, options)
        self._seed = None
        self._read(observations, infos)

    def _play(self, actions: Any) -> tuple[NDArray[np.float32], bool, bool]:
        """Play one round; returns the rewards (n_agents,) and whether it ended, or was cut, the episode."""
        if not self._env.agents:
            raise RunError("The episode is over or has not begun. Call reset() first.")
        given = np.asarray(actions).reshape(-1).tolist()
        if len(given) != self.n_agents:
            raise ConfigError(f"actions: {len(given)} numbers for {self.n_agents} agents; give one for each.")
        observations, rewards, over, cut, infos = self._env.step(dict(zip(self._names, given, strict=True)))
        self._read(observations, infos)
        first = self._names[0]  # a ghost ends with all others
        return np.array([*rewards.values()], np.float32), over[first], cut[first]

    def _read(self, observations: Mapping[str, Any], infos: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep the observations and the available actions."""
        np.stack([*observations.values()], out=self._seen)
        np.stack([info["action_mask"] for info in infos.values()], out=self._allowed)
        present = self._env.positions()
        for a, name in enumerate(self._names):
            if name not in present:
                self._allowed[a] = 0
                self._allowed[a, STAY] = 1

    # What the learner reads.

    def get_obs(self) -> list[NDArray[np.float32]]:
        """The observations of all agents, (get_obs_size(),) each: `obs="planes"`."""
        return [*self._seen.copy()]

    def get_obs_agent(self, agent_id: int) -> NDArray[np.float32]:
        """The observation of one agent, by number."""
        row: NDArray[np.float32] = self._seen[agent_id].copy()
        return row

    def get_obs_size(self) -> int:
        """Length of an observation."""
        return int(self._env.observation_space(self._names[0]).shape[0])

    def get_state(self) -> NDArray[np.float32]:
        """(get_state_size(),) the state of the whole world, for critics and mixing networks."""
        return self._env.state()

    def get_state_size(self) -> int:
        """Length of the state."""
        return int(self._env.state_space.shape[0])

    def get_avail_actions(self) -> list[list[int]]:
        """For every agent a list with 1 for each action it can choose now and 0 for the others."""
        return self._allowed.tolist()

    def get_avail_agent_actions(self, agent_id: int) -> list[int]:
        """The same of one agent, by number."""
        row: list[int] = self._allowed[agent_id].tolist()
        return row

    def get_total_actions(self) -> int:
        """Number of actions of an agent."""
        return int(self._env.action_space(self._names[0]).n)

    def get_env_info(self) -> dict[str, Any]:
        """The sizes from which a learner builds its networks and its memory."""
        return {
            "state_shape": self.get_state_size(),
            "obs_shape": self.get_obs_size(),
            "n_actions": self.get_total_actions(),
            "n_agents": self.n_agents,
            "episode_limit": self.episode_limit,
        }

    def get_stats(self) -> dict[str, float]:
        """Numbers to log besides those in the infos: none."""
        return {}

    # The rest of the interface.

    def seed(self, seed: int | None = None) -> None:
        """Set the seed of the next episode."""
        self._seed = seed

    def render(self) -> Any:
        """As `ParallelSwarmEnv.render`; give `render_mode` as a setting."""
        return self._env.render()

    def save_replay(self) -> None:
        """Nothing: record a game with `swarm run --out`."""

    def close(self) -> None:
        """Close the window, if there is one."""
        self._env.close()


class EpymarlEnv(PymarlEnv):
    """One world as EPyMARL's `MultiAgentEnv`: `step` returns five values."""

    def __init__(
        self,
        key: str,
        time_limit: int | None = None,
        seed: int | None = None,
        common_reward: bool = True,
        reward_scalarisation: str = "sum",
        **settings: Any,
    ) -> None:
        """Make the world from EPyMARL's `env_args`.

        Args:
            key: The scenario.
            time_limit: Rounds of the longest episode; None: `max_rounds` of the settings.
            seed: As for `PymarlEnv`.
            common_reward: Whether `step` returns one reward for the team, else one per agent.
            reward_scalarisation: "sum" or "mean", how the team's reward is made from those of the agents.
            **settings: As for `parallel_env`.

        Raises:
            ConfigError: As for `PymarlEnv`, or if `reward_scalarisation` is neither.
        """
        if reward_scalarisation not in SCALARISATIONS:
            raise ConfigError(
                f"reward_scalarisation={reward_scalarisation!r}: must be one of {SCALARISATIONS}."
            )
        if time_limit is not None:
            settings["max_rounds"] = time_limit
        settings.pop("pretrained_wrapper", None)  # EPyMARL gives it to every environment
        super().__init__(key, seed, **settings)
        self._common, self._mean = common_reward, reward_scalarisation == "mean"

    def reset(  # type: ignore[override]
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Sequence[NDArray[np.float32]], dict[str, Any]]:
        """Begin the next episode; `seed` and `options` as for `ParallelSwarmEnv.reset`.

        Returns the observations and infos (none).
        """
        self._begin(self._seed if seed is None else seed, options)
        return self.get_obs(), {}

    def step(self, actions: Any) -> tuple[Any, ...]:
        """As `PymarlEnv.step`; returns observations, reward (or rewards), terminated, truncated, infos."""
        rewards, over, cut = self._play(actions)
        reward: Any = [*rewards.tolist()]
        if self._common:
            reward = float(rewards.mean() if self._mean else rewards.sum())
        return self.get_obs(), reward, over, cut, {"episode_limit": cut, "score": self._env.score}
