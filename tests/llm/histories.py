"""What agents perceive and do in short games, as prompts are written from it."""

from swarm_env.agents.llm.prompt import Moment, Writer

import swarm_env
from swarm_env import Decision
from swarm_env.registry import load
from tests.agents import games

SCENARIOS = tuple(name for name in games.SCENARIOS if load("scenario", name).has_prompts)


def write(brief, history, style=None):
    """The prompt of one round."""
    return Writer(brief, style).write(history)


def first(past):
    """The history of the first agent that is there: agents may be away for some rounds."""
    return next(iter(past.values()))


def histories(scenario, rounds=7, seed=1, said="I am {name}, round {round}.", **settings):
    """The brief, and the history of each agent after some rounds of moves that take turns.

    Args:
        scenario: Its name.
        rounds: Rounds played.
        seed: Of the world.
        said: What every second agent says each round.
        settings: Of the world.
    """
    env = swarm_env.parallel_env(scenario, **settings)
    env.reset(seed=seed)
    brief = env.brief()
    past: dict[str, list[Moment]] = {name: [] for name in env.agents}
    for _ in range(rounds):
        decisions = {}
        for perception in env.perceptions():
            number = int(perception.name.removeprefix("agent_"))
            move = (number + perception.round // 2) % len(brief.actions)
            talks = brief.message == "text" and number % 2 == 0
            message = said.format(name=perception.name, round=perception.round) if talks else None
            decisions[perception.name] = Decision(move, message)
            past[perception.name].append(Moment(perception, decisions[perception.name]))
        env.step_decisions(decisions)
    return brief, {seen.name: [*past[seen.name], Moment(seen)] for seen in env.perceptions()}
