"""The API for training language models: prompts of all agents out, answers in, rewards back.

Prompts and the parsing of answers are those of the agent `llm`, so training and evaluation agree. The caller
samples the answers from its model; nothing here calls one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from swarm_env.agent import Decision, Perception
from swarm_env.engine.saved_state import Snapshot
from swarm_env.envs.make import make_config
from swarm_env.envs.parallel import ParallelSwarmEnv
from swarm_env.errors import ConfigError, ContractError
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Services
from swarm_env.playing.team import Team, TeamEntry, make_agent, with_preset

STAY = 0
Prompt = list[dict[str, str]]  # messages with "role" and "content", as chat templates take them


@dataclass(frozen=True, slots=True)
class Reading:
    """The parsed answer of a model.

    Attributes:
        usable: Whether it contains an action; if not, the agent stays and is silent.
        reason: Why not: "unparsable" or "refused"; "" if it is usable.
        action: Name of the action that was played.
        message: The text that was sent, or None.
    """

    usable: bool
    reason: str
    action: str
    message: str | None


class PromptEnv:
    """A world whose agents are prompted as language models.

    Attributes:
        world: The world, a `pettingzoo.ParallelEnv`; its `score` is what evaluations report.
        agents: Names of the agents in play.
        prompts: The prompt of each agent in play, for this round.

    Example:
        >>> env = PromptEnv("pursuit", num_agents=3)
        >>> prompts = env.reset(seed=1)
        >>> prompts["agent_0"][0]["role"]
        'system'
        >>> answers = dict.fromkeys(prompts, "ACTION: UP")
        >>> prompts, rewards, terminations, truncations, readings = env.step(answers)
        >>> readings["agent_2"].action
        'UP'
    """

    def __init__(
        self, scenario: str, agent: str = "llm:student", unusable: float = 0.0, **settings: Any
    ) -> None:
        """Make the world, as `prompt_env` does."""
        config = make_config(scenario, {"message": "text"} | settings)
        team = with_preset(Team.parse(agent), config.preset)
        self._writer = _writer(team.for_size(config.num_agents).entries[0], agent)
        self._writer.attach(Services(0, dry_run=True))
        self._unusable = unusable
        self.world = ParallelSwarmEnv(config)
        self.prompts: dict[str, Prompt] = {}
        self._past: list[list[Perception]] = []  # of the rounds that the expert has not seen yet
        self._expert: tuple[str, AgentPool] | None = None
        self._advice: dict[str, Decision] = {}  # of this round

    @property
    def agents(self) -> list[str]:
        """Names of the agents in play."""
        return list(self.world.agents)

    def reset(self, seed: int | None = None, options: Mapping[str, Any] | None = None) -> dict[str, Prompt]:
        """Begin a new episode.

        Args:
            seed: As for `parallel_env`.
            options: As for `parallel_env`.

        Returns:
            The prompt of each agent.

        Raises:
            ConfigError: If the seed or an option is not allowed.
        """
        self._begin(seed, options)
        self._write_prompts()
        return self.prompts

    def step(
        self, answers: Mapping[str, str]
    ) -> tuple[dict[str, Prompt], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Reading]]:
        """Play one round.

        Args:
            answers: The model's answer for each agent in play.

        Returns:
            The prompts of the agents still in play; rewards, terminations, truncations and readings of the
            agents that acted.

        Raises:
            ConfigError: If an answer is missing or not a string; nothing has changed then.
        """
        read = self._read(answers)
        perceptions = self.world.perceptions()
        decisions = {name: decision for name, (decision, _) in read.items()}
        _, rewards, terminations, truncations, _ = self.world.step_decisions(decisions, checked=True)
        self._writer.replay(perceptions, [decisions[seen.name] for seen in perceptions])
        if self.agents:
            self._past.append(self.world.perceptions())
        self._write_prompts()
        readings = {name: reading for name, (_, reading) in read.items()}
        return self.prompts, self._with_penalty(rewards, readings), terminations, truncations, readings

    def judge(self, groups: Sequence[Mapping[str, str]]) -> list[dict[str, float]]:
        """The rewards of several alternative sets of answers in this round; the episode does not advance.

        Methods such as GRPO compare answers to the same prompt: every set is played from the same state, with
        the same random numbers.

        Args:
            groups: Sets of answers; an agent without an answer stays and is silent.

        Returns:
            The rewards of each set.

        Raises:
            ConfigError: If it is no list of sets, an answer is not a string, or its agent is not in play.
        """
        if not isinstance(groups, Sequence) or not all(isinstance(group, Mapping) for group in groups):
            raise ConfigError(f"groups={groups!r:.80}: must be a list of answers by name of agent.")
        here = self.world.snapshot()
        read = [self._read({**dict.fromkeys(self.agents, ""), **group}) for group in groups]
        judged = []
        for group, one in zip(groups, read, strict=True):
            decisions = {name: decision for name, (decision, _) in one.items()}
            _, rewards, *_ = self.world.step_decisions(decisions, checked=True)
            self.world.restore(here)
            readings = {name: reading for name, (_, reading) in one.items() if name in group}
            judged.append(self._with_penalty(rewards, readings))
        return judged

    def expert(self, team: str = "scripted") -> dict[str, str]:
        """What other agents would answer in this round, in the form that the prompts ask for.

        They see all rounds of the episode, whatever was played in them, so any state that a learner gets
        into can be labelled (DAgger: S. Ross, G. Gordon, D. Bagnell, AISTATS 2011).

        Args:
            team: Agents that make no model calls, as in `--agents`.

        Returns:
            The answer of each agent in play.

        Raises:
            ConfigError: The team does not fit the world.
            RegistryError: The scenario has no scripted agents.
        """
        if self._expert is None or self._expert[0] != team:
            if self._expert is not None:
                raise ConfigError(f"expert: this episode was begun with {self._expert[0]!r}, not {team!r}.")
            pool = AgentPool(Team.parse(team), self.world.possible_agents, self._seed)
            pool.reset(self.world.brief())
            self._expert = team, pool
        for perceptions in self._past:
            self._advice = self._expert[1].decide(perceptions)
        self._past = []
        return {name: self._writer.express(self._advice[name]) for name in self.agents}

    def at(self, snapshot: Snapshot) -> "PromptEnv":
        """Set the world to a saved state, to `judge` from; there are no prompts then.

        Args:
            snapshot: From `world.snapshot()` of a world with the same settings; picklable.

        Returns:
            This environment.

        Raises:
            ConfigError: If it has other settings.
        """
        if snapshot is None:
            raise ConfigError("snapshot=None: must come from env.world.snapshot().")
        self._begin(None, {"snapshot": snapshot})
        self.prompts = {}
        return self

    def _begin(self, seed: int | None, options: Mapping[str, Any] | None) -> None:
        self.world.reset(seed=seed, options=options)
        brief = self.world.brief()
        self._writer.reset(brief, self.agents, 0)
        if self._expert is not None:
            self._expert[1].close()
        self._expert, self._advice, self._seed = None, {}, seed or 0
        self._past = [self.world.perceptions()]

    def _write_prompts(self) -> None:
        previews = self._writer.preview(self.world.perceptions() if self.agents else [])
        if len(previews) > len(self.agents):
            raise ConfigError("The agent makes several model calls per round; train with thinking=plain.")
        self.prompts = {
            preview.name: [{"role": role, "content": text} for role, text in preview.messages]
            for preview in previews
        }

    def _read(self, answers: Mapping[str, str]) -> dict[str, tuple[Decision, Reading]]:
        agents = self.agents
        if not isinstance(answers, Mapping):
            raise ConfigError(f"answers={answers!r:.80}: must hold a text by name for {', '.join(agents)}.")
        if set(answers) != set(agents) or not all(isinstance(text, str) for text in answers.values()):
            raise ConfigError(
                f"answers: {str(dict(answers))[:80]}: must hold one text for each agent in play: "
                f"{', '.join(agents)}."
            )
        return {name: self._reading(answers[name]) for name in agents}

    def _reading(self, text: str) -> tuple[Decision, Reading]:
        from swarm_env.chat import Unusable

        try:
            decision = self.world.channel.check(self._writer.understand(text))
        except Unusable as error:
            played = replace(self.world.channel.check(error.rest or Decision(STAY)), is_unread=True)
            said = played.message if isinstance(played.message, str) else None
            return played, Reading(False, error.reason, self.world.channel.actions[played.move], said)
        said = decision.message if isinstance(decision.message, str) else None
        return decision, Reading(True, "", self.world.channel.actions[decision.move], said)

    def _with_penalty(
        self, rewards: Mapping[str, float], readings: Mapping[str, Reading]
    ) -> dict[str, float]:
        """Rewards, with `unusable` added for answers that cannot be parsed."""
        failed = {name for name, reading in readings.items() if not reading.usable}
        return {name: reward + self._unusable * (name in failed) for name, reward in rewards.items()}


def _writer(entry: TeamEntry, agent: str) -> Any:
    """The agent that writes the prompts and parses the answers."""
    writer = make_agent(entry)
    for name in ("attach", "preview", "understand", "express", "replay"):
        if not callable(getattr(writer, name, None)):
            raise ContractError(
                f"agent={agent!r} has no method {name!r}: it makes no model calls. Choose 'llm:student'."
            )
    return writer


def prompt_env(
    scenario: str, agent: str = "llm:student", unusable: float = 0.0, **settings: Any
) -> PromptEnv:
    """An environment for training language models: prompts out, answers in, rewards back.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        agent: The agent that writes the prompts and parses the answers, as an entry of `--agents` with its
            options: "llm:student?persona=calm&answer=text". The name of the model is not used.
        unusable: Added to the reward of an agent whose answer cannot be parsed, such as -0.1.
        **settings: Fields of `WorldConfig` and of the scenario's own options; `message` is "text" unless
            given.

    Returns:
        The environment; `reset` must follow.

    Raises:
        UnknownNameError: If there is no such scenario or agent.
        ConfigError: If a setting is not allowed, or the agent makes several model calls per round.
        ContractError: If the agent makes no model calls.
    """
    return PromptEnv(scenario, agent, unusable, **settings)
