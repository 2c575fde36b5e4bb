"""The wrappers of Gymnasium and PettingZoo that film an environment take ours as it is."""

import warnings
from typing import Any

import gymnasium
import pytest

import swarm_env

pytest.importorskip("moviepy", reason="RecordVideo writes its files with moviepy")

SMALL: dict[str, Any] = {"num_agents": 3, "height": 6, "width": 6, "view_size": 3, "max_rounds": 4}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of moviepy, about its own code
        yield


def test_gymnasium_films_episodes(tmp_path):
    env = gymnasium.make("swarm_env/pursuit-v0", others="scripted", render_mode="rgb_array", **SMALL)
    filming = gymnasium.wrappers.RecordVideo(env, str(tmp_path), episode_trigger=lambda number: True)
    filming.reset(seed=1)
    over = False
    while not over:
        _, _, terminated, truncated, _ = filming.step(filming.action_space.sample())
        over = terminated or truncated
    filming.close()
    (film,) = tmp_path.glob("*.mp4")
    assert film.stat().st_size > 1000


@pytest.mark.slow
def test_pettingzoo_films_episodes(tmp_path):
    from pettingzoo.utils.wrappers import RecordVideoParallel

    env = swarm_env.parallel_env("foraging", render_mode="rgb_array", **SMALL)
    filming = RecordVideoParallel(env, str(tmp_path), episode_trigger=lambda number: True)
    filming.reset(seed=1)
    while filming.agents:
        filming.step({agent: filming.action_space(agent).sample() for agent in filming.agents})
    filming.close()
    (film,) = tmp_path.glob("*.mp4")
    assert film.stat().st_size > 1000
