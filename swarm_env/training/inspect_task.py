"""A world as a task of Inspect (the package `inspect_ai`): its models play the agents.

    inspect eval task.py --model openai/gpt-4o-mini --model-role scout=openai/gpt-4o

where `task.py` holds

    from inspect_ai import task
    from swarm_env.training.inspect_task import swarm_task

    @task
    def foraging():
        return swarm_task("foraging", seeds=range(10), num_agents=3, max_rounds=30)

Prompts, parsing of answers and scores are those of `swarm run`. Needs the extra `inspect`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    get_model,
)
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import collect

from swarm_env.errors import ConfigError
from swarm_env.runs.files import MAX_SEED
from swarm_env.training.prompt_env import Prompt, PromptEnv, prompt_env

_MESSAGES = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}


def swarm_task(
    scenario: str,
    seeds: Sequence[int] = range(10),
    agent: str = "llm:student",
    roles: Mapping[str, str] | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    **settings: Any,
) -> Task:
    """A task: one sample per seed, whose score is that of the world.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        seeds: Of the worlds.
        agent: How prompts are written and answers are read, as for `prompt_env`.
        roles: Model role of each agent, by the name of the agent ("agent_0") or of its team. A role that the
            evaluation does not name is played by its model. None: every agent and team is its own role.
        temperature: Of the models; None: their own.
        max_tokens: Of an answer; None: the models' own.
        **settings: Of the world, as for `prompt_env`.

    Returns:
        The task. Its scores have, as metadata, the rounds, and the answers that could not be used by reason.

    Raises:
        ConfigError: A setting is not allowed, or there is no seed.
    """
    prompt_env(scenario, agent, **settings)  # raises before the evaluation begins
    if not seeds or not all(type(seed) is int and 0 <= seed < MAX_SEED for seed in seeds):
        raise ConfigError(f"seeds={seeds!r:.80}: must be whole numbers, 0 to {MAX_SEED - 1}, at least one.")
    samples = [
        Sample(input=f"{scenario}, seed {seed}", id=f"{scenario}-{seed}", metadata={"seed": seed})
        for seed in seeds
    ]
    config = GenerateConfig(temperature=temperature, max_tokens=max_tokens)
    return Task(
        dataset=MemoryDataset(samples, name=scenario),
        solver=_play(scenario, agent, dict(roles or {}), settings),
        scorer=_world_score(),
        config=config,
        name=f"swarm_{scenario}" if scenario.isidentifier() else "swarm",
    )


@solver
def _play(scenario: str, agent: str, roles: dict[str, str], settings: dict[str, Any]) -> Solver:
    """Play one episode; all agents of a round are asked at once."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        env = prompt_env(scenario, agent, **settings)
        prompts = env.reset(seed=state.metadata["seed"])
        unusable: dict[str, int] = {}
        rounds = 0
        while prompts:
            names = list(prompts)
            said = await collect(*(_ask(prompts[name], _role(env, name, roles)) for name in names))
            prompts, _, _, _, readings = env.step(dict(zip(names, said, strict=True)))
            rounds += 1
            for reading in readings.values():
                if not reading.usable:
                    unusable[reading.reason] = unusable.get(reading.reason, 0) + 1
        state.metadata |= {"score": float(env.world.score), "rounds": rounds, "unusable": unusable}
        state.output.completion = str(env.world.score)
        return state

    return solve


@scorer(name="world_score", metrics=[mean(), stderr()])
def _world_score() -> Scorer:
    """The score of the world."""

    async def score(state: TaskState, target: Target) -> Score:
        kept = {name: state.metadata[name] for name in ("rounds", "unusable")}
        return Score(value=state.metadata["score"], metadata=kept)

    return score


async def _ask(prompt: Prompt, role: str) -> str:
    messages: list[ChatMessage] = [_MESSAGES[one["role"]](content=one["content"]) for one in prompt]
    return str((await get_model(role=role).generate(messages)).completion)


def _role(env: PromptEnv, name: str, roles: Mapping[str, str]) -> str:
    """The model role of an agent."""
    team = env.world.brief().teams.get(name, name)
    return roles.get(name) or roles.get(team) or team
