"""The face for language models that are trained: prompts of all agents out, answers in, rewards back.

Prompts are those of the agent `llm` and answers are read as it reads them: what is trained is what is
evaluated. Nothing is asked here: whoever holds the model does that, with whatever sampler it has. Everything
is synchronous.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarm_env.agent import Decision
from swarm_env.engine.world import Snapshot
from swarm_env.envs.decision_codec import Channel
from swarm_env.envs.make import make_config
from swarm_env.envs.parallel import parallel_env
from swarm_env.errors import ConfigError, ContractError
from swarm_env.playing.run_services import Services
from swarm_env.playing.team import Team, TeamEntry, make_agent

STAY = 0
Prompt = list[dict[str, str]]  # messages with "role" and "content", as chat templates take them


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer came to.

    Attributes:
        usable: Whether an action could be read from it; if not, the agent stays and says nothing.
        reason: Why not: "unparsable" or "refused"; "" if it is usable.
        action: Name of the action that was played.
        message: What was said; None: nothing.
    """

    usable: bool
    reason: str
    action: str
    message: str | None


class PromptEnv:
    """A world whose agents are asked in words.

    Attributes:
        world: The world, a `pettingzoo.ParallelEnv`; its `score` is what evaluations report.
        agents: Names of those in play.
        prompts: The prompt of each of them, of this round.

    Example:
        >>> env = PromptEnv("pursuit", num_agents=3)
        >>> prompts = env.reset(seed=1)
        >>> prompts["agent_0"][0]["role"]
        'system'
        >>> prompts, rewards, terminations, truncations, readings = env.step(dict.fromkeys(prompts, "ACTION:
        UP"))
        >>> readings["agent_2"].action
        'UP'
    """

    def __init__(
        self, scenario: str, agent: str = "llm:student", unusable: float = 0.0, **settings: Any
    ) -> None:
        """Make the world; `reset` must follow.

        Args:
            scenario: Name in the registry, or path/file.py:Name.
            agent: Who writes the prompts and reads the answers, as an entry of `--agents`, with its options:
                "llm:student?persona=calm&answer=text". The name of the model means nothing here.
            unusable: Added to the reward of an agent whose answer cannot be read, such as -0.1.
            **settings: Fields of `WorldConfig` and of the scenario's own options; `message` is "text" unless
                given.

        Raises:
            UnknownNameError: There is no such scenario or agent.
            ConfigError: A setting is not allowed, or the agent needs more than one question per round.
            ContractError: The agent does not ask in words.
        """
        team = Team.parse(agent)
        config = make_config(scenario, {"message": "text"} | settings)
        self._writer = _writer(team.for_size(config.num_agents).entries[0], agent)
        self._writer.attach(Services(0, dry_run=True))
        self._unusable = unusable
        own = config.model_dump(exclude={"scenario", "options"}) | dict(config.options)
        self.world = parallel_env(scenario, **own)
        self.prompts: dict[str, Prompt] = {}

    @property
    def agents(self) -> list[str]:
        """Names of those in play."""
        return list(self.world.agents)

    def reset(self, seed: int | None = None, options: Mapping[str, Any] | None = None) -> dict[str, Prompt]:
        """Begin a new episode.

        Args:
            seed: As for `parallel_env`.
            options: As for `parallel_env`.

        Returns:
            The prompt of each agent.

        Raises:
            ConfigError: The seed or an option is not allowed.
        """
        self._begin(seed, options)
        self._ask()
        return self.prompts

    def step(
        self, answers: Mapping[str, str]
    ) -> tuple[dict[str, Prompt], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Reading]]:
        """Play one round.

        Args:
            answers: What the model said to each agent in play.

        Returns:
            The prompts of those still in play; rewards, terminations, truncations and readings of those that
            acted.

        Raises:
            ConfigError: An answer is missing or is no text; nothing has changed then.
        """
        read = self._read(answers)
        perceptions = self.world.perceptions()
        decisions = {name: decision for name, (decision, _) in read.items()}
        _, rewards, terminations, truncations, _ = self.world.step(self._actions(decisions))
        self._writer.replay(perceptions, [decisions[seen.name] for seen in perceptions])
        self._ask()
        readings = {name: reading for name, (_, reading) in read.items()}
        return self.prompts, self._paid(rewards, readings), terminations, truncations, readings

    def judge(self, groups: Sequence[Mapping[str, str]]) -> list[dict[str, float]]:
        """What each of several sets of answers would earn in this round; the episode stays where it is.

        Methods that compare answers to the same prompt (GRPO and its kin) need this: every set is played from
        the same state, with the same random numbers.

        Args:
            groups: Sets of answers; agents that one leaves out stay and say nothing.

        Returns:
            The rewards of each set.

        Raises:
            ConfigError: An answer is of nobody in play, or is no text.
        """
        here = self.world.snapshot()
        read = [self._read({**dict.fromkeys(self.agents, ""), **group}) for group in groups]
        judged = []
        for group, one in zip(groups, read, strict=True):
            _, rewards, *_ = self.world.step(
                self._actions({name: decision for name, (decision, _) in one.items()})
            )
            self.world.restore(here)
            readings = {name: reading for name, (_, reading) in one.items() if name in group}
            judged.append(self._paid(rewards, readings))
        return judged

    def at(self, snapshot: Snapshot) -> "PromptEnv":
        """This environment with its world at a saved state, to `judge` from; it has no prompts then.

        Args:
            snapshot: Of `world.snapshot()`, from a world with the same settings; it can be pickled.

        Returns:
            Itself.

        Raises:
            ConfigError: It does not fit.
        """
        self._begin(None, {"snapshot": snapshot})
        self.prompts = {}
        return self

    def _begin(self, seed: int | None, options: Mapping[str, Any] | None) -> None:
        self.world.reset(seed=seed, options=options)
        brief = self.world.brief()
        self._channel = Channel.of(brief)
        self._writer.reset(brief, self.agents, 0)

    def _ask(self) -> None:
        previews = self._writer.preview(self.world.perceptions() if self.agents else [])
        if len(previews) > len(self.agents):
            raise ConfigError("This way of thinking asks twice per round; train with thinking=plain.")
        self.prompts = {
            preview.name: [{"role": role, "content": text} for role, text in preview.messages]
            for preview in previews
        }

    def _read(self, answers: Mapping[str, str]) -> dict[str, tuple[Decision, Reading]]:
        agents = self.agents
        if set(answers) != set(agents) or not all(isinstance(text, str) for text in answers.values()):
            raise ConfigError(
                f"answers: {str(dict(answers))[:80]}: must hold one text for each agent in play: "
                f"{', '.join(agents)}."
            )
        return {name: self._reading(answers[name]) for name in agents}

    def _reading(self, text: str) -> tuple[Decision, Reading]:
        from swarm_env.chat import Unusable

        try:
            decision = self._channel.check(self._writer.understand(text))
        except Unusable as error:
            return Decision(STAY), Reading(False, error.reason, self._channel.actions[STAY], None)
        said = decision.message if isinstance(decision.message, str) else None
        return decision, Reading(True, "", self._channel.actions[decision.move], said)

    def _actions(self, decisions: Mapping[str, Decision]) -> dict[str, Any]:
        return {name: self._channel.action(decision) for name, decision in decisions.items()}

    def _paid(self, rewards: Mapping[str, float], readings: Mapping[str, Reading]) -> dict[str, float]:
        """Rewards with what answers that cannot be read cost."""
        spoilt = {name for name, reading in readings.items() if not reading.usable}
        return {name: reward + self._unusable * (name in spoilt) for name, reward in rewards.items()}


def _writer(entry: TeamEntry, agent: str) -> Any:
    """The agent that writes prompts and reads answers."""
    writer = make_agent(entry)
    for name in ("attach", "preview", "understand", "replay"):
        if not callable(getattr(writer, name, None)):
            raise ContractError(
                f"agent={agent!r} has no method {name!r}: it does not ask a model. Choose 'llm:student'."
            )
    return writer


def prompt_env(
    scenario: str, agent: str = "llm:student", unusable: float = 0.0, **settings: Any
) -> PromptEnv:
    """A world for language models that are trained: prompts out, answers in, rewards back.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        agent: Who writes the prompts and reads the answers; see `PromptEnv`.
        unusable: Added to the reward of an agent whose answer cannot be read.
        **settings: Fields of `WorldConfig` and of the scenario's own options.

    Returns:
        The environment; `reset` must follow.

    Raises:
        UnknownNameError: There is no such scenario or agent.
        ConfigError: A setting is not allowed.
    """
    return PromptEnv(scenario, agent, unusable, **settings)
