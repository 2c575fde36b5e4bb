"""Tianshou learns, with masked moves and messages."""

import numpy as np
import pytest

from tests.rl.learners import OPEN, improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_it_learns(capsys, monkeypatch):
    names, before, after = improvement("train_tianshou.py", capsys, monkeypatch=monkeypatch)
    assert after > before + 0.5
    played = names["buffer"].sample(4000)[0]
    masks, actions = np.asarray(played.obs.mask), np.asarray(played.act)
    assert masks[np.arange(len(actions)), actions].all()  # forbidden moves were never chosen
    assert not masks[:, 2 * OPEN].all() and len(set((actions % 2).tolist())) == 2


def test_the_wrapper_of_the_library_gets_masks():
    from tianshou.env import PettingZooEnv

    import swarm_env
    from tests.rl.learners import DOOR, SMALL

    world = swarm_env.env(
        DOOR, obs="masked", flat_actions=True, death="ghost", message="tokens", vocabulary=2, **SMALL
    )
    env = PettingZooEnv(world)
    seen, _ = env.reset(seed=1)
    masks = []
    for _ in range(40):
        masks.append(seen["mask"])
        seen, *_ = env.step(0)
    assert {len(mask) for mask in masks} == {12} and not np.all(masks)
