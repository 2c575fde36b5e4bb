"""BenchMARL: any scenario as a task, for MAPPO, QMIX and its other algorithms of discrete actions.

pip install '.[benchmarl]'
"""

from collections.abc import Callable
from typing import Any

from benchmarl.environments.common import TaskClass
from torchrl.data import Composite
from torchrl.envs import EnvBase

from swarm_env.envs.make import make_config, make_scenario
from swarm_env.errors import ConfigError
from swarm_env.training.torchrl import SwarmTorchEnv

GROUP = "agents"


class SwarmTask(TaskClass):
    """A scenario as a BenchMARL task: all agents are one group, critics read the state of the world.

    Algorithms get the masks of allowed actions. With message="tokens" an action is a move and a message; with
    message="vector" actions are continuous, and masks are not used.

    Example:
        task = SwarmTask("foraging", num_agents=4, reward="shaped")
        Experiment(task=task, algorithm_config=QmixConfig.get_from_yaml(), …).run()
    """

    def __init__(self, scenario: str, **settings: Any) -> None:
        """Choose the task.

        Args:
            scenario: Name in the registry, or path/file.py:Name.
            **settings: Fields of `WorldConfig` and of the scenario's own options.

        Raises:
            UnknownNameError: If there is no such scenario.
            ConfigError: If a setting is unknown or not allowed, or messages are texts.
        """
        self._world = make_config(scenario, settings)
        if self._world.message == "text":
            raise ConfigError("message='text': BenchMARL has arrays only. Use message='tokens' or 'vector'.")
        name = make_scenario(self._world).name
        super().__init__(name=name.upper(), config={"scenario": scenario, **settings})

    def get_env_fun(
        self, num_envs: int, continuous_actions: bool, seed: int | None, device: Any
    ) -> Callable[[], EnvBase]:
        """A function that makes `num_envs` worlds; `continuous_actions` follows from the messages."""
        return lambda: SwarmTorchEnv(
            **self.config, num_worlds=num_envs, group=GROUP, seed=seed, device=device
        )

    def supports_continuous_actions(self) -> bool:
        """Whether agents send vectors."""
        return self._world.message == "vector"

    def supports_discrete_actions(self) -> bool:
        """Whether they do not."""
        return self._world.message != "vector"

    def max_steps(self, env: EnvBase) -> int:
        """Rounds of the longest episode."""
        return self._world.max_rounds

    def has_render(self, env: EnvBase) -> bool:
        """False: BenchMARL shows no pictures of these worlds."""
        return False

    def group_map(self, env: EnvBase) -> dict[str, list[str]]:
        """One group of all agents."""
        return {GROUP: [f"agent_{a}" for a in range(self._world.num_agents)]}

    def observation_spec(self, env: EnvBase) -> Composite:
        """The observation of each agent."""
        return self._of_agents(env, "observation")

    def action_mask_spec(self, env: EnvBase) -> Composite | None:
        """The mask of each agent; None for continuous actions."""
        return None if self.supports_continuous_actions() else self._of_agents(env, "action_mask")

    def state_spec(self, env: EnvBase) -> Composite:
        """The state of the world."""
        return Composite({"state": env.full_observation_spec_unbatched["state"].clone()})

    def action_spec(self, env: EnvBase) -> Composite:
        """The actions."""
        return env.full_action_spec_unbatched

    def info_spec(self, env: EnvBase) -> Composite | None:
        """None."""
        return None

    @staticmethod
    def env_name() -> str:
        """The name under which BenchMARL logs."""
        return "swarm_env"

    @staticmethod
    def log_info(batch: Any) -> dict[str, float]:
        """The mean score of the episodes that ended in a batch, to be logged as "score"."""
        ended = batch["next", "done"].squeeze(-1)
        return {"score": batch["next", "score"][ended].mean().item()} if ended.any() else {}

    @staticmethod
    def _of_agents(env: EnvBase, name: str) -> Composite:
        agents = env.full_observation_spec_unbatched[GROUP]
        return Composite({GROUP: Composite({name: agents[name].clone()}, shape=agents.shape)})
