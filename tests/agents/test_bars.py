"""The experts as baselines: bars with slack on few seeds; `python -m benchmarks.scripted` has the figures."""

import time

import pytest

import swarm_env
from tests.agents.games import make, mean_score, play
from tests.reference.tasks import TASKS

SEEDS = range(6)


@pytest.mark.slow
def test_synchronization_scores_every_round():
    assert mean_score("scripted", "synchronization", SEEDS) == 100


def test_foraging_delivers_in_time():
    assert mean_score("scripted", "foraging", SEEDS) >= 18


@pytest.mark.slow
def test_flocking_completes_the_outline():
    for seed in SEEDS:
        env = swarm_env.parallel_env("flocking")
        env.reset(seed=seed)
        first = TASKS["flocking"](env.grid(), env.native_positions(), 5, 100).first_distance
        game = play("scripted", "flocking", seed)
        assert game.score == first
        assert len(game.rounds) <= 40


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("scenario", "least"), [("pursuit", 5), ("transport", 3)])
def test_the_hard_ones_reach_their_targets(scenario, least):
    assert mean_score("scripted", scenario, SEEDS) >= least


@pytest.mark.parametrize("scenario", ["synchronization", "foraging", "flocking", "pursuit", "transport"])
def test_chance_does_much_worse(scenario):
    assert mean_score("random", scenario, range(3)) < 0.7 * mean_score("scripted", scenario, range(3))


@pytest.mark.parametrize("scenario", ["synchronization", "foraging", "flocking", "pursuit", "transport"])
def test_ten_agents_decide_within_milliseconds(scenario):
    game = play("scripted", scenario)
    best = 1.0
    for _ in range(3):
        player = make("scripted")
        player.reset(game.brief, game.names, 0)
        start = time.process_time()  # whatever else the machine does
        for perceptions, _ in game.rounds:
            player.decide(perceptions)
        best = min(best, (time.process_time() - start) / len(game.rounds))
    assert best < 0.01  # 0.001 on a quiet machine
