"""Simulated nodes and questions: all that is drawn before any attack.

Everything is drawn by (seed, purpose, question), for all nodes, attackers included. So the same seed asks the
same questions, and honest nodes answer and judge them alike, with and without an attack.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.fortytwo.settings import Swarm
from swarm_env.consensus.fortytwo.simulated.log_odds import answer_intercept, judge_sharpness, sigmoid

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

RIGHT, POPULAR, OTHER = 0, 1, 2  # classes of answers: the right one, the popular mistake; other mistakes
NODES, QUESTIONS, VOTES, ORDER, FAULTS, ATTACK, NOISE = range(7)  # purposes of draws


def generator(seed: int, purpose: int, question: int = 0) -> np.random.Generator:
    """The random numbers of one purpose in one question."""
    return np.random.default_rng([seed % 2**64, 42, purpose, question])


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes."""

    ability: Floats  # (n,) added to the log-odds of a right answer
    sharpness: Floats  # (n,) log-odds of preferring a right to a wrong answer, on average and before noise
    rank: Ints  # (n,) a random order: the first ones are the attackers
    laziness: Floats  # (n,) uniform; a node is lazy if this is below the share
    letter: Ints  # (n,) 0 or 1: the place that a lazy node always votes for


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions, and the nodes' honest answers."""

    difficulty: Floats  # (Q,) in logits, subtracted from all nodes' log-odds
    answer: Ints  # (Q, n) classes of the answers
    appeal: Floats  # (Q, classes) how convincing each answer looks to all judges [logits]
    style: Floats  # (Q, n) the same of each node's text
    attempt: Bools  # (Q, n) whether the text is an attempt
    gated: Bools  # (Q, n) whether the gate lets the text pass
    late: Bools  # (Q, n) whether the node reveals its votes too late
    distracted: Bools  # (Q, n) whether the node is distracted by irrelevant text
    seed: NDArray[np.int64]  # (Q,) for drawing among ties


def draw_nodes(swarm: Swarm, seed: int) -> Nodes:
    """The nodes of a swarm."""
    rng = generator(seed, NODES)
    n = swarm.nodes
    log_spread = float(np.hypot(swarm.judge_spread, swarm.hard_to_judge * swarm.difficulty))
    noise = float(np.sqrt(2.0) * np.hypot(swarm.appeal, swarm.style))
    sharpness = judge_sharpness(swarm.judge_accuracy, log_spread, noise)
    return Nodes(
        swarm.spread * rng.standard_normal(n),
        sharpness * np.exp(swarm.judge_spread * rng.standard_normal(n)),
        rng.permutation(n).astype(np.int32),
        rng.random(n),
        rng.integers(2, size=n, dtype=np.int32),
    )


def draw_questions(swarm: Swarm, nodes: Nodes, count: int, seed: int) -> Questions:
    """The questions, and honest answers to them."""
    rng = generator(seed, QUESTIONS)
    shape = (count, swarm.nodes)
    difficulty = swarm.difficulty * rng.standard_normal(count)
    intercept = answer_intercept(swarm.accuracy, float(np.hypot(swarm.spread, swarm.difficulty)))
    right = rng.random(shape) < sigmoid(intercept + nodes.ability - difficulty[:, None])
    popular = rng.random(shape) < swarm.herding
    other = rng.integers(1, swarm.wrong_answers + 1, size=shape, dtype=np.int32)
    mistake = np.where(popular, np.int32(POPULAR), other)
    lost = _distracted(swarm, count, seed)
    answer = np.where(right & ~lost, np.int32(RIGHT), mistake).astype(np.int32)
    appeal = swarm.appeal * rng.standard_normal((count, swarm.wrong_answers + 1))
    style = swarm.style * rng.standard_normal(shape)
    attempt = rng.random(shape) >= swarm.no_attempt
    gated = attempt ^ (rng.random(shape) < swarm.gate_error)
    late = rng.random(shape) < swarm.late
    seeds = rng.integers(2**62, size=count)
    return Questions(difficulty, answer, appeal, style, attempt, gated, late, lost, seeds)


def _distracted(swarm: Swarm, count: int, seed: int) -> Bools:
    """(Q, n) which node is distracted where; drawn apart, so that nothing else changes with it."""
    rng = generator(seed, NOISE)
    all_at_once = swarm.together * swarm.distracted
    alone = (swarm.distracted - all_at_once) / (1.0 - all_at_once) if all_at_once < 1.0 else 0.0
    all_lost = rng.random((count, 1)) < all_at_once
    return np.asarray(all_lost | (rng.random((count, swarm.nodes)) < alone), np.bool_)


def classes_of(answer: Ints, attempt: Bools, wrong_answers: int) -> Ints:
    """(n,) classes of the answers to one question; each text that is no attempt is a class of its own."""
    return np.where(attempt, answer, wrong_answers + 1 + np.arange(len(answer))).astype(np.int32)
