"""Run it with: pytest test_my_entry.py."""

from pathlib import Path

import pytest

import swarm_env

FILE = str(Path(__file__).with_name("my_entry.py"))


def test_agents_beside_the_flag_score() -> None:
    env = swarm_env.parallel_env(FILE, num_agents=2, height=4, width=5)
    env.reset(seed=1, options={"layout": ["WWWWW", "WAF.W", "W..AW", "WWWWW"]})
    env.step(dict.fromkeys(env.agents, 0))
    assert env.score == 1
    _, rewards, *_ = env.step({"agent_0": 0, "agent_1": 1})
    assert env.score == 3 and rewards["agent_0"] == 2


def test_a_crowded_map_is_refused() -> None:
    with pytest.raises(swarm_env.errors.ConfigError, match="num_agents=3 at most"):
        swarm_env.parallel_env(FILE, num_agents=4, height=4, width=4)


def test_the_same_seed_gives_the_same_game() -> None:
    scores = [swarm_env.play(FILE, "random", seed=3, max_rounds=30).score for _ in range(2)]
    assert scores[0] == scores[1] > 0


def test_batches_play_as_single_worlds() -> None:
    batch = swarm_env.vector_env(FILE, num_worlds=3)
    batch.reset(seed=5)
    for w in range(3):
        single = swarm_env.parallel_env(FILE)
        single.reset(seed=5 + w)
        assert single.digest() == batch.digests()[w]
