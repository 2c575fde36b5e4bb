"""Many worlds of `prompt_env` at once, so that a language model answers large batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from swarm_env.errors import ConfigError
from swarm_env.training.prompt_env import Prompt, PromptEnv, Reading, prompt_env

Place = tuple[int, str]  # number of a world, name of an agent


class PromptEnvs:
    """Worlds that are played side by side; one that is over begins a new episode by itself.

    Prompts, answers and rewards are dicts by (number of the world, name of the agent), over all worlds. The
    worlds may have different sizes, numbers of agents and scenarios.

    Args:
        envs: The worlds, each its own.

    Attributes:
        envs: The worlds.
        prompts: The prompts of all agents in play.
        scores: Scores of the finished episodes since the last `reset`, as (number of the world, score).

    Raises:
        ConfigError: There is no world, or one twice.

    Example:
        >>> envs = prompt_envs("pursuit", 4, num_agents=3)
        >>> prompts = envs.reset(seed=1)
        >>> len(prompts)
        12
        >>> prompts, rewards, ended, readings = envs.step(dict.fromkeys(prompts, "ACTION: UP"))
        >>> readings[3, "agent_2"].action
        'UP'
    """

    def __init__(self, envs: Sequence[PromptEnv]) -> None:
        if not envs or len({id(env) for env in envs}) < len(envs):
            raise ConfigError("prompt_envs: give at least one world, and each only once.")
        self.envs = tuple(envs)
        self.scores: list[tuple[int, float]] = []
        self._next = 0

    @property
    def prompts(self) -> dict[Place, Prompt]:
        """The prompts of all agents in play."""
        return {(i, name): prompt for i, env in enumerate(self.envs) for name, prompt in env.prompts.items()}

    def reset(self, seed: int = 0) -> dict[Place, Prompt]:
        """Begin new episodes.

        Args:
            seed: Of the first world; the others, and later episodes, have the next numbers.

        Returns:
            The prompts of all agents.

        Raises:
            ConfigError: The seed is not allowed.
        """
        self.scores, self._next = [], seed
        for env in self.envs:
            self._begin(env)
        return self.prompts

    def step(
        self, answers: Mapping[Place, str]
    ) -> tuple[dict[Place, Prompt], dict[Place, float], dict[Place, bool], dict[Place, Reading]]:
        """Play one round in all worlds.

        Args:
            answers: The model's answer for each agent in play.

        Returns:
            Prompts of the next round, those of new episodes included; rewards, whether the episode is over
            for the agent, and readings, of the agents that acted.

        Raises:
            ConfigError: An answer is missing or no string; the worlds before it have been played then.
        """
        rewards: dict[Place, float] = {}
        ended: dict[Place, bool] = {}
        readings: dict[Place, Reading] = {}
        for i, (env, own) in enumerate(zip(self.envs, self._split(answers), strict=True)):
            _, paid, terminated, truncated, read = env.step(own)
            rewards |= {(i, name): reward for name, reward in paid.items()}
            ended |= {(i, name): terminated[name] or truncated[name] for name in paid}
            readings |= {(i, name): reading for name, reading in read.items()}
            if not env.agents:
                self.scores.append((i, env.world.score))
                self._begin(env)
        return self.prompts, rewards, ended, readings

    def judge(self, groups: Sequence[Mapping[Place, str]]) -> list[dict[Place, float]]:
        """The rewards of alternative sets of answers, as `PromptEnv.judge`; no world advances."""
        if not isinstance(groups, Sequence) or not all(isinstance(group, Mapping) for group in groups):
            raise ConfigError(f"groups={groups!r:.80}: must be a list of answers by world and agent.")
        split = [self._split(group) for group in groups]
        found: list[dict[Place, float]] = [{} for _ in groups]
        for i, env in enumerate(self.envs):
            for into, rewards in zip(found, env.judge([own[i] for own in split]), strict=True):
                into |= {(i, name): reward for name, reward in rewards.items()}
        return found

    def expert(self, team: str = "scripted") -> dict[Place, str]:
        """What other agents would answer, as `PromptEnv.expert`."""
        return {
            (i, name): answer for i, env in enumerate(self.envs) for name, answer in env.expert(team).items()
        }

    def _begin(self, env: PromptEnv) -> None:
        env.reset(seed=self._next)
        self._next += 1

    def _split(self, answers: Mapping[Place, str]) -> list[dict[str, str]]:
        """The answers of each world."""
        own: list[dict[str, str]] = [{} for _ in self.envs]
        for place, answer in answers.items():
            if not isinstance(place, tuple) or len(place) != 2 or place[0] not in range(len(own)):
                raise ConfigError(
                    f"answers: {place!r:.80} is no (number of a world, name of an agent); worlds are 0 to "
                    f"{len(own) - 1}."
                )
            own[place[0]][place[1]] = answer
        return own


def prompt_envs(
    scenario: str, worlds: int, agent: str = "llm:student", unusable: float = 0.0, **settings: Any
) -> PromptEnvs:
    """Several equal worlds of `prompt_env`.

    Args:
        scenario: As for `prompt_env`; also all that is not named here.
        worlds: How many, at least 1.
        agent: The agent that writes the prompts.
        unusable: Added to the reward of an answer that cannot be parsed.
        **settings: Of each world.

    Returns:
        The worlds; `reset` must follow.

    Raises:
        ConfigError: A setting is not allowed.
    """
    if type(worlds) is not int or worlds < 1:
        raise ConfigError(f"worlds={worlds!r}: must be a whole number of at least 1.")
    return PromptEnvs([prompt_env(scenario, agent, unusable, **settings) for _ in range(worlds)])
