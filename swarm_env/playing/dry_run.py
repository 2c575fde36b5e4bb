"""What a team would ask language models, and what that would take, without asking any: a rehearsal.

The first rounds of the run are played with other decisions in the place of the models': a move drawn evenly
from those allowed, and a text of `SAID` characters. After `ROUNDS` rounds a prompt that remembers five views
is as long as it will get, so the rounds after are counted like the last one. What an answer takes is the
agents' own estimate; attempts that fail and are repeated are not foreseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from swarm_env.agent import Brief, Decision, Perception, Preview
from swarm_env.config import WorldConfig
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Notify, Services
from swarm_env.playing.team import Team
from swarm_env.runs.recording import start

ROUNDS = 6  # rounds that are played; our choice: one more than the views that prompts remember
SAID = 60  # characters that each body says per round; our choice: half of what is allowed


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would ask.

    Attributes:
        previews: The questions of the last round that was rehearsed.
        rounds: Rounds of the whole run at the longest, which the figures are for.
        calls: Questions.
        prompt_tokens: Of all questions, estimated.
        completion_tokens: Of all answers, estimated.
        cost: Of the run [US dollars]; None when the price of a model is unknown.
    """

    previews: tuple[Preview, ...]
    rounds: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


def rehearse(
    config: WorldConfig,
    team: Team,
    seed: int,
    options: Mapping[str, Any] | None = None,
    notify: Notify | None = None,
) -> DryRun:
    """Find out what a run would ask language models, without asking them.

    Args:
        config: The world.
        team: Who would play.
        seed: Of the run.
        options: Reset options.
        notify: As for `runner.play`.

    Returns:
        The questions of a round, and figures for the whole run.

    Raises:
        SwarmEnvError: The run could not be played.
    """
    env = start(config, seed, options or {})
    rounds: list[list[Preview]] = []
    services = Services(seed, notify=notify, rehearsal=True)
    draw = np.random.default_rng([seed % 2**32, seed // 2**32])
    with AgentPool(team, env.possible_agents, seed, services=services) as cast:
        cast.reset(env.brief())
        brief = env.brief()
        while not env.done and len(rounds) < ROUNDS:
            seen = env.perceptions()
            previews, decisions = cast.rehearse(seen, _stand_ins(brief, seen, draw))
            rounds.append(previews)
            env.step_decisions(decisions)
    left = 0 if env.done else config.max_rounds - len(rounds)
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


def _stand_ins(
    brief: Brief, perceptions: Sequence[Perception], draw: np.random.Generator
) -> dict[str, Decision]:
    """A decision for each body that takes no model."""
    said = ("I am looking around. " * SAID)[:SAID] if brief.message == "text" else None
    return {
        perception.name: Decision(int(draw.choice(np.flatnonzero(perception.allowed or [True]))), said)
        for perception in perceptions
    }


def _cost(asked: Sequence[Preview]) -> float | None:
    """The price of all questions and answers; None if any is unknown."""
    if not asked:
        return 0.0
    from swarm_env.chat import Usage, price

    tokens: dict[tuple[str, str | None], list[tuple[int, int]]] = {}
    for one in asked:
        tokens.setdefault((one.model, one.base_url), []).append((one.prompt_tokens, one.completion_tokens))
    total = 0.0
    for (model, base_url), pairs in tokens.items():
        unit: dict[tuple[int, int], float | None] = {}
        for pair in pairs:
            if pair not in unit:
                unit[pair] = price(model, base_url, Usage(*pair))
            single = unit[pair]
            if single is None:
                return None
            total += single
    return total
