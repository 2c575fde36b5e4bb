"""Checks of a scenario before others play it: `swarm check`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from swarm_env.engine.compiled.bounds import checked
from swarm_env.envs.parallel import ParallelSwarmEnv, parallel_env
from swarm_env.envs.vector import vector_env
from swarm_env.errors import ContractError

WORLDS, BATCH_ROUNDS = 3, 20


@dataclass(frozen=True, slots=True)
class Report:
    """What `check_scenario` has played.

    Attributes:
        rounds: Rounds of each episode.
        scores: Score of each episode.
        rewards: Least and greatest shaped reward of an agent in a round.
    """

    rounds: list[int]
    scores: list[float]
    rewards: tuple[float, float]


def check_scenario(scenario: str, settings: Mapping[str, Any], episodes: int = 1, seed: int = 0) -> Report:
    """Play random episodes with bounds checks and shaped rewards, then compare a batch with single worlds.

    Args:
        scenario: Name of the scenario, or path/file.py:Name.
        settings: Settings of the world, but for the reward.
        episodes: Number of episodes, at least 1.
        seed: Seed of the first episode and of the moves; the next episode has the next one.

    Raises:
        ConfigError: The scenario or a setting cannot be used.
        ContractError: A kernel cannot be compiled, uses an index outside an array or gives a reward that
            is no number; or a world of a batch goes differently than alone.
    """
    shaped = {**settings, "reward": "shaped"}
    with checked():
        env = parallel_env(scenario, **shaped)
        played = [_play(env, seed + number) for number in range(episodes)]
        _compare(scenario, {**shaped, "message": "none"}, seed)
    rewards = np.concatenate([reward for _, _, reward in played])
    return Report(
        [rounds for rounds, _, _ in played],
        [score for _, score, _ in played],
        (float(rewards.min(initial=0.0)), float(rewards.max(initial=0.0))),
    )


def _play(env: ParallelSwarmEnv, seed: int) -> tuple[int, float, Any]:
    """Play an episode with random moves; returns its rounds, score and rewards."""
    env.reset(seed=seed)
    rng, rounds, rewards = np.random.default_rng(seed), 0, [np.zeros(0)]
    for agent in env.possible_agents:
        env.action_space(agent).seed(int(rng.integers(2**31)))
    while env.agents:
        _, reward, *_ = env.step({a: env.action_space(a).sample() for a in env.agents})
        rewards.append(np.array(list(reward.values()), np.float64))
        if not np.isfinite(rewards[-1]).all():
            raise ContractError(f"Round {rounds} of the episode with seed {seed}: a reward is no number.")
        rounds += 1
    return rounds, env.score, np.concatenate(rewards)


def _compare(scenario: str, settings: Mapping[str, Any], seed: int) -> None:
    """Raise ContractError if worlds of a batch go differently than alone."""
    batch: Any = vector_env(scenario, num_worlds=WORLDS, **settings)
    singles = [parallel_env(scenario, **settings) for _ in range(WORLDS)]
    batch.reset(seed=seed)
    for w, single in enumerate(singles):
        single.reset(seed=seed + w)
    moves = np.random.default_rng(seed)
    for number in range(BATCH_ROUNDS + 1):
        digests = batch.digests()
        for w, single in enumerate(singles):
            if single.agents and single.digest() != digests[w]:
                raise ContractError(
                    f"World {w} of a batch differs from the same world alone (seed {seed + w}) before "
                    f"round {number}. Kernels must treat every world from `first` to `last` - 1, take random "
                    "numbers from its own stream only, and keep nothing elsewhere."
                )
        if not all(single.agents for single in singles):
            break
        chosen = moves.integers(0, len(batch.scenario.actions), (WORLDS, batch.num_agents))
        batch.step(chosen.ravel())
        for w, single in enumerate(singles):
            single.step({agent: int(chosen[w, int(agent.partition("_")[2])]) for agent in single.agents})
    batch.close()
