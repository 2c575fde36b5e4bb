"""The video wrappers of Gymnasium and PettingZoo work with our environments."""

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


def test_gymnasium_records_episodes(tmp_path):
    env = gymnasium.make("swarm_env/pursuit-v0", others="scripted", render_mode="rgb_array", **SMALL)
    recorder = gymnasium.wrappers.RecordVideo(env, str(tmp_path), episode_trigger=lambda number: True)
    recorder.reset(seed=1)
    over = False
    while not over:
        _, _, terminated, truncated, _ = recorder.step(recorder.action_space.sample())
        over = terminated or truncated
    recorder.close()
    (video,) = tmp_path.glob("*.mp4")
    assert video.stat().st_size > 1000


@pytest.mark.slow
def test_pettingzoo_records_episodes(tmp_path):
    from pettingzoo.utils.wrappers import RecordVideoParallel

    env = swarm_env.parallel_env("foraging", render_mode="rgb_array", **SMALL)
    recorder = RecordVideoParallel(env, str(tmp_path), episode_trigger=lambda number: True)
    recorder.reset(seed=1)
    while recorder.agents:
        recorder.step({agent: recorder.action_space(agent).sample() for agent in recorder.agents})
    recorder.close()
    (video,) = tmp_path.glob("*.mp4")
    assert video.stat().st_size > 1000
