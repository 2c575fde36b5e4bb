"""Returns and lengths of the episodes of agents, in a vector environment whose agents may leave early."""

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper

if TYPE_CHECKING:
    Wrapper = VectorWrapper[Any, Any, Any, Any, Any]
else:
    Wrapper = VectorWrapper  # generic only in later versions of Gymnasium


class EpisodeStatistics(Wrapper):
    """As Gymnasium's `vector.RecordEpisodeStatistics`, without empty episodes.

    An agent that left before its world ends leaves a slot behind, which is done again when the world ends;
    Gymnasium's wrapper would count an episode of return 0 there. Steps count here while `infos["active"]` of
    the step before was true. In a step in which episodes end, `infos["episode"]` has their returns "r",
    lengths "l" [steps] and times "t" [s], each (num_envs,), where `infos["_episode"]` is true.

    Attributes:
        episode_count: Episodes so far.
        return_queue: Returns of the last `buffer_length` episodes.
        length_queue: Their lengths.
        time_queue: Their times.

    Example:
        >>> import swarm_env
        >>> env = EpisodeStatistics(swarm_env.vector_env("transport", num_worlds=2, max_rounds=5))
        >>> observations, infos = env.reset(seed=1)
        >>> for _ in range(5):
        ...     *_, infos = env.step(env.action_space.sample())
        >>> infos["episode"]["l"][infos["_episode"]].tolist() == [5] * 20
        True
    """

    def __init__(
        self, env: VectorEnv[Any, Any, Any], buffer_length: int = 100, stats_key: str = "episode"
    ) -> None:
        """Wrap `swarm_env.vector_env(...)`; the other arguments are those of Gymnasium's wrapper."""
        super().__init__(env)
        self._key = stats_key
        self.episode_count = 0
        self.return_queue: deque[float] = deque(maxlen=buffer_length)
        self.length_queue: deque[int] = deque(maxlen=buffer_length)
        self.time_queue: deque[float] = deque(maxlen=buffer_length)
        self._returns, self._started = np.zeros((2, self.num_envs))
        self._lengths = np.zeros(self.num_envs, np.int64)
        self._acting = np.zeros(self.num_envs, bool)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """As the environment's, whose option "reset_mask" says which episodes begin."""
        begun = (options or {}).get("reset_mask")
        observations, infos = self.env.reset(seed=seed, options=options)
        self._begin(np.ones(self.num_envs, bool) if begun is None else np.asarray(begun))
        self._acting = infos["active"].copy()
        return observations, infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """As the environment's, with the statistics of the episodes that ended."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        acted, done = self._acting, terminated | truncated
        self._returns += np.where(acted, rewards, 0.0)
        self._lengths += acted
        ended = done & acted
        if ended.any():
            times = np.round(time.perf_counter() - self._started, 6)
            numbers = {"r": self._returns, "l": self._lengths, "t": times}
            infos[self._key] = {name: np.where(ended, each, 0) for name, each in numbers.items()}
            infos[f"_{self._key}"] = ended
            self.episode_count += int(ended.sum())
            self.return_queue.extend(self._returns[ended].tolist())
            self.length_queue.extend(self._lengths[ended].tolist())
            self.time_queue.extend(times[ended].tolist())
        self._begin(done)
        self._acting = infos["active"].copy()
        return observations, rewards, terminated, truncated, infos

    def _begin(self, slots: np.ndarray[Any, Any]) -> None:
        """Begin new episodes in some slots."""
        self._returns[slots], self._lengths[slots] = 0.0, 0
        self._started[slots] = time.perf_counter()
