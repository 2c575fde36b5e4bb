"""Stable-Baselines3 and sb3-contrib: the slots of a vector environment as a `VecEnv`, with action masks.

pip install '.[sb3]'
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv

from swarm_env.envs.vector import VectorSwarmEnv
from swarm_env.errors import ConfigError
from swarm_env.training.episode_statistics import EpisodeStatistics

MASKS = "action_masks"  # the method that sb3-contrib's MaskablePPO asks for
STAY = 0


class SwarmVecEnv(VecEnv):
    """All agents of all worlds as the environments of Stable-Baselines3; one policy learns from all of them.

    Environment w * num_agents + a is agent a of world w. An agent that leaves the map is done; until its
    world ends its environment has zero observations, reward 0 and an episode that counts in no statistics
    (`infos[i]["episode"]` is missing), and its only allowed move is STAY. So `MaskablePPO` learns nothing
    from these steps but that their value is 0, and `PPO` sees some steps in which nothing happens.

    With message="tokens" an action is a move and tokens (MultiDiscrete); who may not speak says token 0.

    Attributes:
        env: The vector environment with `EpisodeStatistics`.

    Example:
        model = MaskablePPO("MlpPolicy", SwarmVecEnv(swarm_env.vector_env("foraging", num_worlds=32)))
    """

    def __init__(self, env: VectorSwarmEnv) -> None:
        """Wrap `swarm_env.vector_env(...)`, which restarts ended worlds in the same step (its default).

        Raises:
            ConfigError: If its messages are vectors, which go with moves into one action only as a Dict;
                Stable-Baselines3 has none for actions.
        """
        if isinstance(env.single_action_space, spaces.Dict):
            raise ConfigError(
                "message='vector': Stable-Baselines3 has no actions of a move and a vector. Use "
                "message='tokens' or 'none'."
            )
        self.env = EpisodeStatistics(env)
        self._actions: Any = None
        self._infos: dict[str, Any] = {}
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)

    # Playing.

    def reset(self) -> Any:
        """Begin new episodes in all worlds; `seed(s)` before it gives world w the seed s + w."""
        seed, options = self._seeds[0], self._options[0] or None
        observations, self._infos = self.env.reset(seed=seed, options=options)
        self._reset_seeds()
        self._reset_options()
        return _copy(observations)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Keep the actions, (num_envs,) or (num_envs, 1 + L), for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Play one round.

        Returns:
            Observations, rewards, whether each episode is done, and a dict per environment. Where an episode
            is done it has "terminal_observation" and "TimeLimit.truncated", and "episode" with return "r",
            length "l" and time "t"; in the step that ends a world "score", that of the scenario.
        """
        acted = self._infos["active"].copy()
        observations, rewards, terminated, truncated, infos = self.env.step(self._actions)
        self._infos = infos
        done = terminated | truncated
        rows: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        ended = infos.get("_final_obs", np.zeros(self.num_envs, bool))
        counted, episodes = infos.get("_episode", np.zeros(self.num_envs, bool)), infos.get("episode", {})
        for i in np.flatnonzero(done).tolist():
            rows[i]["terminal_observation"] = _row(infos["final_obs"] if ended[i] else observations, i)
            # The empty episode of an agent that has left has no value beyond its end.
            rows[i]["TimeLimit.truncated"] = bool(acted[i] and truncated[i] and not terminated[i])
            if counted[i]:
                rows[i]["episode"] = {name: numbers[i].item() for name, numbers in episodes.items()}
            if ended[i]:
                rows[i]["score"] = float(infos["final_score"][i])
        return _copy(observations), rewards.copy(), done.copy(), rows

    def action_masks(self) -> NDArray[np.bool_]:
        """(num_envs, choices) whether each choice is allowed now; with tokens, all of theirs come last."""
        space = self.action_space
        moves: NDArray[np.bool_] = self._infos["action_mask"].astype(bool)
        moves[~self._infos["active"]] = np.arange(moves.shape[1]) == STAY
        if not isinstance(space, spaces.MultiDiscrete):
            return moves
        vocabulary = int(space.nvec[1])
        tokens = np.ones((len(moves), len(space.nvec) - 1, vocabulary), bool)
        if "may_speak" in self._infos:
            tokens[..., 1:] = self._infos["may_speak"][:, None, None]
        return np.hstack([moves, tokens.reshape(len(moves), -1)])

    def close(self) -> None:
        """Close the worlds."""
        self.env.close()

    # What Stable-Baselines3 asks single environments for; one object stands for all of them.

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of this object or of the vector environment, once per environment."""
        owner = self if attr_name == MASKS else self.env.unwrapped
        return [getattr(owner, attr_name)] * len(self._chosen(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused: the environments share their settings."""
        raise AttributeError(
            f"{attr_name}: the agents of a world share its settings; make another vector_env."
        )

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """The rows of `action_masks`; there are no other methods of single environments."""
        if method_name != MASKS:
            raise AttributeError(f"An agent of a world has no method {method_name!r}, only {MASKS!r}.")
        masks = self.action_masks()
        return [masks[i] for i in self._chosen(indices)]

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """True for `Monitor`, whose statistics `step_wait` returns; else False."""
        return [issubclass(Monitor, wrapper_class)] * len(self._chosen(indices))

    def _chosen(self, indices: Any) -> list[int]:
        return [int(i) for i in np.atleast_1d(np.arange(self.num_envs) if indices is None else indices)]


def _copy(observations: Any) -> Any:
    """Fresh arrays: the next step overwrites those of the environment while a learner still keeps them."""
    if isinstance(observations, Mapping):
        return {name: array.copy() for name, array in observations.items()}
    return observations.copy()


def _row(observations: Any, i: int) -> Any:
    if isinstance(observations, Mapping):
        return {name: array[i].copy() for name, array in observations.items()}
    return observations[i].copy()
