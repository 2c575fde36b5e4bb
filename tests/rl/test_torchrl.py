"""TorchRL learns, with messages, and handles masks, departures and partial resets."""

from typing import Any

import numpy as np
import pytest
from pettingzoo.utils import BaseParallelWrapper

import swarm_env
from tests.rl.learners import DOOR, OPEN, SMALL, improvement

pytestmark = [pytest.mark.rl, pytest.mark.filterwarnings("ignore")]  # of the libraries among themselves


def test_it_learns(capsys, monkeypatch):
    names, before, after = improvement("train_torchrl.py", capsys, monkeypatch=monkeypatch)
    assert after > before + 1.0
    batch, rows = names["batch"], names["rows"]
    there = batch["team", "mask"]
    assert len(rows) == int(there.sum()) < there.numel()  # some had left
    assert bool(rows["action_mask"].gather(-1, rows["action"][:, None]).all())
    gone = batch["team"][~there]
    assert not gone["observation"].any() and not batch["next", "team", "reward"][~there].any()
    assert bool((~batch["team", "action_mask"][..., 2 * OPEN]).any())
    assert len(set((rows["action"] % 2).tolist())) == 2  # both tokens were sent


@pytest.mark.parametrize("talk", [{}, {"message": "tokens", "vocabulary": 3}, {"message": "vector"}])
def test_the_worlds_are_those_of_single_environments(talk):
    """Also after partial resets: each world goes through its own episodes."""
    import torch
    from torchrl.envs.utils import check_env_specs, step_mdp

    from swarm_env.training.torchrl import SwarmTorchEnv

    settings: dict[str, Any] = SMALL | {"max_rounds": 15, "reward": "shaped"} | talk
    env = SwarmTorchEnv(DOOR, num_worlds=3, seed=5, **settings)
    check_env_specs(env)
    env.set_seed(5)
    singles = [swarm_env.parallel_env(DOOR, flat_actions=True, **settings) for _ in range(3)]
    seen = [single.reset(seed=5 + w) for w, single in enumerate(singles)]
    now, rng, ends = env.reset(), np.random.default_rng(3), 0
    for _ in range(70):
        for w, single in enumerate(singles):
            np.testing.assert_array_equal(now["state"][w].numpy(), single.state())
            for a, name in enumerate(single.possible_agents):
                there = name in single.agents
                assert bool(now["agents", "mask"][w, a]) == there
                observed = now["agents", "observation"][w, a].numpy()
                np.testing.assert_array_equal(observed, seen[w][0][name] if there else 0 * observed)
                mask = now["agents", "action_mask"][w, a].numpy()
                expected = seen[w][1][name]["action_mask"] if there else np.arange(len(mask)) == 0
                np.testing.assert_array_equal(mask, expected)
        now["agents", "action"] = actions = leaving(env, rng)
        now = env.step(now)
        after = now["next"]
        for w, single in enumerate(singles):
            given = {name: actions[w, int(name[6:])].numpy() for name in single.agents}
            if not talk or talk["message"] == "tokens":
                given = {name: int(action) for name, action in given.items()}
            observations, rewards, _, cut, infos = single.step(given)
            seen[w] = observations, infos
            for name, reward in rewards.items():
                assert after["agents", "reward"][w, int(name[6:]), 0].item() == pytest.approx(
                    reward, abs=1e-6
                )
            assert after["score"][w].item() == pytest.approx(single.score)
            assert bool(after["done"][w]) == single.done
            assert bool(after["truncated"][w]) == (single.done and any(cut.values()))
            np.testing.assert_array_equal(after["state"][w].numpy(), single.state())
            if single.done:
                seen[w], ends = single.reset(), ends + 1
        now = step_mdp(now)
        if now["done"].any():
            now = env.reset(now.set("_reset", now["done"].clone()))
    assert ends > 8 and isinstance(now["state"], torch.Tensor)


def leaving(env, rng):
    """Actions that open the door and walk through it rather often."""
    import torch

    actions = env.action_spec.rand()["agents", "action"]
    choices, slots = env.observation_spec["agents", "action_mask"].shape[-1], actions.shape[:2]
    if actions.ndim == 3:  # preferences for the moves, then the vector
        actions[..., 4:6] += torch.from_numpy(rng.random((*slots, 2))).float()
        return actions.clamp(-1, 1)
    moves = torch.from_numpy(rng.choice([0, 1, 2, 3, 4, 5], p=[0.1, 0.1, 0.1, 0.1, 0.3, 0.3], size=slots))
    return moves * (choices // 6) + actions % (choices // 6)


@pytest.mark.parametrize("talk", [{}, {"message": "tokens", "vocabulary": 3}])  # it has no masks beside a Box
def test_a_single_world_in_the_wrapper_of_the_library(talk):
    from torchrl.envs import PettingZooWrapper

    world = swarm_env.parallel_env(DOOR, obs="masked", flat_actions=True, **SMALL | talk)
    env = PettingZooWrapper(
        world,
        use_mask=True,
        done_on_any=False,
        group_map={"team": world.possible_agents},
        categorical_actions=True,
        seed=1,
    )
    batch = env.rollout(60, break_when_any_done=False)
    assert batch["team", "action_mask"].any() and batch["next", "done"].any()


class SameInfos(BaseParallelWrapper):  # type: ignore[misc]
    """Infos with the same keys in all rounds, as TorchRL's wrapper needs: without `final_payoff`."""

    def step(self, actions):
        *others, infos = super().step(actions)
        return *others, {
            agent: {key: info[key] for key in info if key != "final_payoff"} for agent, info in infos.items()
        }


def test_one_policy_for_each_team():
    """TorchRL's own wrapper groups agents by team; each group has a network of its own, and both learn."""
    import torch
    from tensordict.nn import TensorDictModule, TensorDictSequential
    from torch import nn
    from torch.distributions import Categorical
    from torchrl.envs.libs.pettingzoo import PettingZooWrapper
    from torchrl.modules import ProbabilisticActor

    game = swarm_env.parallel_env("battle", num_agents=4, height=8, width=8, max_rounds=20)
    teams = {name: [agent for agent, team in game.teams.items() if team == name] for name in ("red", "blue")}
    env = PettingZooWrapper(
        SameInfos(game), group_map=teams, use_mask=True, categorical_actions=True, device="cpu"
    )
    actors = {}
    for team in teams:
        size, moves = env.observation_spec[team, "observation"].shape[-1], game.action_space("agent_0").n
        network = TensorDictModule(
            nn.Linear(size, int(moves)), in_keys=[(team, "observation")], out_keys=[(team, "logits")]
        )
        actors[team] = ProbabilisticActor(
            network, in_keys=[(team, "logits")], out_keys=[(team, "action")], distribution_class=Categorical,
            return_log_prob=True, log_prob_key=(team, "log_prob"),
        )  # fmt: skip
    played = env.rollout(15, TensorDictSequential(*actors.values()))
    for team, actor in actors.items():
        before = [weights.clone() for weights in actor.parameters()]
        rewards = played["next", team, "reward"].squeeze(-1)
        chances = actor.get_dist(played).log_prob(played[team, "action"])
        optimizer = torch.optim.SGD(actor.parameters(), 0.1)
        (-rewards * chances).mean().backward()
        optimizer.step()
        assert rewards.shape[-1] == 2 and rewards.any()
        assert any(not one.equal(two) for one, two in zip(before, actor.parameters(), strict=True))
