"""Games played without a runner: what every agent perceived, and what was decided."""

from typing import NamedTuple

import swarm_env
from benchmarks.experts import has_expert
from swarm_env.envs.decision_codec import Channel

SCENARIOS = tuple(swarm_env.list_scenarios())
EXPERTS = tuple(name for name in SCENARIOS if has_expert(name))  # those that `scripted` plays
CHANNELS = ("none", "tokens", "vector", "text")
SEED = 4


class Game(NamedTuple):
    """One game; `rounds` holds the perceptions and the decisions of each round."""

    brief: swarm_env.Brief
    names: list[str]
    rounds: list[tuple[list[swarm_env.Perception], list[swarm_env.Decision]]]
    score: float


def make(agent):
    """An agent by name, or of a class."""
    return swarm_env.make_agent(agent) if isinstance(agent, str) else agent()


def play(agent, scenario, seed=SEED, options=None, **settings):
    """Let one object of an agent play all agents; every decision is checked."""
    env = swarm_env.parallel_env(scenario, **settings)
    env.reset(seed=seed, options=options)
    brief, names, player, rounds = env.brief(), list(env.possible_agents), make(agent), []
    player.reset(brief, names, seed)
    channel = Channel.of(brief)
    while not env.done:
        perceptions = env.perceptions()
        decisions = [channel.check(decision) for decision in player.decide(perceptions)]
        rounds.append((perceptions, decisions))
        acts = zip(perceptions, decisions, strict=True)
        decided = {perception.name: decision for perception, decision in acts}
        env.step_decisions({name: swarm_env.Decision(0) for name in env.agents} | decided)  # some are away
    return Game(brief, names, rounds, env.score)


def decide_again(game, agent, shares, seed=SEED):
    """What objects of an agent decide on the perceptions of a game, each for its share of the agents."""
    players = []
    for share in shares:
        player = make(agent)
        player.reset(game.brief, share, seed)
        players.append((player, set(share)))
    channel = Channel.of(game.brief)
    rounds = []
    for perceptions, _ in game.rounds:
        decided = {}
        for player, share in players:
            own = [perception for perception in perceptions if perception.name in share]
            if own:
                given = zip(own, player.decide(own), strict=True)
                decided.update({perception.name: channel.check(decision) for perception, decision in given})
        rounds.append([decided[perception.name] for perception in perceptions])
    return rounds


def mean_score(agent, scenario, seeds, **settings):
    """Mean score over some seeds."""
    scores = [play(agent, scenario, seed, **settings).score for seed in seeds]
    return sum(scores) / len(scores)
