"""Estimate what a team would ask language models, and its cost, without asking any.

The first rounds are played with random decisions in place of the models': a move drawn evenly from those
allowed, and a text of `MESSAGE_LENGTH` characters. One round more than prompts remember is played: then they
have reached their full length, and later rounds are counted like the last one. The length of an answer is the
agents' own estimate; repeated attempts are not counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from swarm_env.agent import Decision, Perception, Preview
from swarm_env.config import WorldConfig
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Notify, Services
from swarm_env.playing.team import Team
from swarm_env.runs.simulation import Simulation

MESSAGE_LENGTH = 60  # characters that each agent says per round; our choice: half of what is allowed


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would ask language models.

    `previews` are the questions of the last round played. The estimates are for the largest number of rounds
    of the run; `cost` [US dollars] is None if the price of a model is unknown.
    """

    previews: tuple[Preview, ...]
    rounds: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


def dry_run(config: WorldConfig, team: Team, seed: int, notify: Notify | None = None) -> DryRun:
    """Estimate what a run would ask language models, without asking them.

    `notify` is called with each notice of an agent (None: notices are logged). Raises `SwarmEnvError` if the
    run could not be played.
    """
    simulation = Simulation(config, seed, {})
    rounds: list[list[Preview]] = []
    services = Services(seed, notify=notify, dry_run=True)
    draw = np.random.default_rng([seed % 2**32, seed // 2**32])
    message = (
        ("I am looking around. " * MESSAGE_LENGTH)[:MESSAGE_LENGTH] if config.message == "text" else None
    )
    with AgentPool(team, simulation.names, seed, services=services) as agents:
        agents.reset(simulation.brief)
        memory = 0
        while not simulation.done and len(rounds) <= memory:
            perceptions = simulation.perceptions()
            previews, decisions = agents.dry_run(perceptions, _random_decisions(perceptions, message, draw))
            rounds.append(previews)
            memory = max((preview.memory for preview in previews), default=0)
            simulation.step(decisions)
    left = 0 if simulation.done else config.max_rounds - len(rounds)
    last = rounds[-1] if rounds else []
    asked = [preview for previews in rounds for preview in previews] + left * last
    return DryRun(
        previews=tuple(last),
        rounds=len(rounds) + left,
        calls=len(asked),
        prompt_tokens=sum(preview.prompt_tokens for preview in asked),
        completion_tokens=sum(preview.completion_tokens for preview in asked),
        cost=_cost(asked),
    )


def _random_decisions(
    perceptions: Sequence[Perception], message: str | None, draw: np.random.Generator
) -> dict[str, Decision]:
    """An allowed move and the same message for each agent, by name."""
    return {
        perception.name: Decision(int(draw.choice(np.flatnonzero(perception.allowed or [True]))), message)
        for perception in perceptions
    }


def _cost(asked: Sequence[Preview]) -> float | None:
    """The price of all questions and answers [US dollars]; None if any is unknown."""
    if not asked:
        return 0.0
    from swarm_env.chat import Usage, price
    from swarm_env.chat.request import Price

    counted = Counter(
        (one.model, one.base_url, one.price, one.prompt_tokens, one.completion_tokens) for one in asked
    )
    total = 0.0
    for (model, base_url, own, *tokens), number in counted.items():
        usage = Usage(*tokens)
        single = Price(*own).of(usage) if own else price(model, base_url, usage)
        if single is None:
            return None
        total += number * single
    return total
