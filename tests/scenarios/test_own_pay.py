"""The option `own_pay`: liars, cheats and strangers are paid by their own aim, and nothing else changes."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.team import as_team

WORLDS: dict[str, dict[str, Any]] = {
    "nest_site": {"liars": 0.4, "interval": 6},
    "audit": {"cheats": 0.4, "lazy": 0.3, "sampling": 0.8},
    "secrets": {"strangers": 3, "malicious": 0.5, "interval": 9},
}


def played(scenario, **more):
    """The state before, and rewards and gain in score of each round with experts; then the world."""
    env = swarm_env.parallel_env(scenario, num_agents=9, max_rounds=60, **WORLDS[scenario], **more)
    env.reset(seed=3)
    world, rows = env._world, []
    with AgentPool(as_team("scripted"), env.possible_agents, 5) as pool:
        pool.reset(env.brief())
        while env.agents:
            state = env.scenario.State(world.arrays, 0)
            before = {name: np.array(getattr(state, name)) for name in KEPT[scenario]}
            score = float(world.arrays.score[0])
            _, rewards, *_ = env.step_decisions(pool.decide(env.perceptions()))
            rows.append((before, np.array(list(rewards.values())), float(world.arrays.score[0]) - score))
    return env, rows


KEPT = {"nest_site": ("quality", "lies"), "audit": ("role", "purse"), "secrets": ("aim",)}


@pytest.mark.parametrize("scenario", WORLDS)
def test_only_pay_changes(scenario):
    plain, plain_rows = played(scenario)
    own, own_rows = played(scenario, own_pay=1)
    assert "own_pay" not in plain.config.options and own.config.options["own_pay"] == 1
    assert [gain for *_, gain in plain_rows] == [gain for *_, gain in own_rows]
    assert not plain.scenario.private and own.scenario.private
    for _, rewards, gain in plain_rows:
        assert np.allclose(rewards, gain)
    assert sum(gain for *_, gain in own_rows) != 0


def test_liars_are_paid_for_the_worst_site():
    env, rows = played("nest_site", own_pay=1)
    paid = 0
    for before, rewards, gain in rows:
        lies = before["lies"].astype(bool)
        assert np.allclose(rewards[~lies], gain)
        there = before["quality"][before["quality"] > 0]
        chosen = env.scenario.State(env._world.arrays, 0)
        assert set(rewards[lies]) <= {0.0, 1.0} and chosen is not None
        if rewards[lies].any():  # the worst of the sites scores what its quality says
            assert gain == pytest.approx(0.5 * there.min() / there.max())
            paid += 1
        elif gain:
            assert gain == 1.0 or gain > 0.5 * there.min() / there.max()
    assert paid > 0 and env.scenario.roles(env.scenario.State(env._world.arrays, 0)).count("liar") == 4


def test_cheats_are_paid_what_they_own():
    env, rows = played("audit", own_pay=1)
    after = [before["purse"] for before, *_ in rows[1:]] + [env.scenario.State(env._world.arrays, 0).purse]
    for (before, rewards, gain), purse in zip(rows, after, strict=True):
        role = before["role"] > 0
        assert np.allclose(rewards[~role], gain, atol=1e-5)
        assert np.allclose(rewards[role], (purse - before["purse"])[role], atol=1e-5)
    roles = env.scenario.roles(env.scenario.State(env._world.arrays, 0))
    assert {"cheat", "honest"} <= set(roles)


def test_strangers_are_paid_for_what_they_know():
    env, rows = played("secrets", own_pay=1)
    spied = 0
    for before, rewards, gain in rows:
        aim = before["aim"][:3]
        assert np.allclose(rewards[3:], gain)
        spies = rewards[:3][aim == 2]
        kept = float(len(spies) > 0 and not spies.any()) if gain or rewards[:3].any() else 0.0
        assert gain == rewards[:3][aim == 1].sum() + kept
        assert len(set(spies.tolist())) <= 1  # they share what they know
        spied += len(spies) > 0
    assert spied and env.scenario.roles(None) == ("stranger",) * 3 + ("keeper",) * 6


def test_roles_and_pay_are_in_the_result(tmp_path):
    result = swarm_env.play("audit", "random", seed=1, max_rounds=30, own_pay=1, out=tmp_path / "run")
    assert result.roles.keys() == result.payoffs.keys() and set(result.roles.values()) == {"honest", "cheat"}
    plain = swarm_env.play("audit", "random", seed=1, max_rounds=30, out=tmp_path / "plain")
    assert not plain.roles and not plain.payoffs and plain.score == result.score
    assert "roles" not in (tmp_path / "plain" / "result.json").read_text()
    assert "own_pay" not in (tmp_path / "plain" / "run.json").read_text()


@pytest.mark.parametrize("scenario", WORLDS)
def test_the_words_say_who_is_paid_for_what(scenario):
    own = swarm_env.parallel_env(scenario, own_pay=1).scenario.words()
    plain = swarm_env.parallel_env(scenario).scenario.words()
    assert "paid as the team scores" in own and "paid as the team scores" not in plain
