"""Contract of whole episodes: reproducibility, new observations, masks, rewards, departures."""

import copy
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import RunError, SwarmEnvError
from tests.contract.worlds import (
    GARDEN,
    SCENARIOS,
    episode,
    every_channel,
    every_death,
    every_scenario,
    open_world,
    same,
    sampled,
    seed_actions,
    small,
)

STILL = ("hats", "profile", "switch")  # scenarios that have senses and in which nobody walks


def leaves(value):
    """All arrays in a nested observation."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        return [array for part in value.values() for array in leaves(part)]
    return []


@every_scenario
@every_channel
@every_death
def test_one_seed_gives_one_trajectory(scenario, message, death):
    settings = {"message": message, "death": death, "message_loss": 0.3}
    first = episode(small(scenario, **settings), 5)
    assert len(first) > 1
    assert same(first, episode(small(scenario, **settings), 5))
    again = small(scenario, **settings)
    episode(again, 9)  # what was played before does not matter
    assert same(first, episode(again, 5))


@every_scenario
def test_two_seeds_give_two_worlds(scenario):
    env = small(scenario)
    starts, trajectories = set(), set()
    for seed in range(6):
        seen = episode(env, seed)
        starts.add(seen[0][2])
        trajectories.add(seen[-1][2])
    assert len(starts) == len(trajectories) == 6


@every_scenario
def test_a_reset_without_a_seed_starts_the_next_episode_of_the_seed(scenario):
    one, other = small(scenario), small(scenario)
    for env in (one, other):
        env.reset(seed=4)
    grids = [one.grid()]
    for _ in range(4):
        one.reset()
        other.reset()
        assert one.grid() == other.grid()
        grids.append(one.grid())
    assert len({tuple(grid) for grid in grids}) == 5 or scenario == "junction"  # no car at first


@every_scenario
def test_worlds_without_any_seed_differ(scenario):
    env, other = small(scenario), small(scenario)
    env.reset()
    other.reset()
    if scenario != "junction":
        assert (env.state() != other.state()).any()  # agents may stand in the same cells, at other places
        return
    traffic: list[list[list[str]]] = [[], []]  # no car is there at first
    for world, seen in zip((env, other), traffic, strict=True):
        while world.agents:
            world.step(dict.fromkeys(world.agents, world.scenario.actions.index("GAS")))
            seen.append(world.grid())
    assert traffic[0] != traffic[1]


@every_scenario
def test_global_random_generators_are_neither_used_nor_changed(scenario):
    import random

    before = (random.getstate(), copy.deepcopy(np.random.get_state()))
    episode(small(scenario), 1)
    assert random.getstate() == before[0]
    assert same(list(np.random.get_state()), list(before[1]))


@every_scenario
@every_channel
@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
def test_observations_are_in_their_space_and_new_every_round(scenario, message, obs):
    env = small(scenario, message=message, obs=obs)
    observations, infos = env.reset(seed=2)
    seed_actions(env)
    old, copies = observations, copy.deepcopy(observations)
    while env.agents:
        for agent, observation in observations.items():
            assert env.observation_space(agent).contains(observation), (agent, observation)
        observations, _, _, _, infos = env.step(sampled(env, infos))
        for agent in observations:
            for a, b in zip(leaves(old[agent]), leaves(observations[agent]), strict=True):
                assert not np.shares_memory(a, b) or not (a.flags.writeable or b.flags.writeable)
        assert same(old, copies), "what was handed out earlier stays as it was"
        old, copies = observations, copy.deepcopy(observations)


@every_scenario
def test_writing_into_returned_arrays_does_not_change_the_world(scenario):
    env, untouched = small(scenario, obs="dict"), small(scenario, obs="dict")
    for world in (env, untouched):
        seed_actions(world)
    observations, infos = env.reset(seed=2)
    untouched.reset(seed=2)
    while env.agents:
        actions = sampled(env)
        sampled(untouched)
        for agent in observations:
            for array in [*leaves(observations[agent]), *leaves(infos[agent])]:
                if array.flags.writeable:
                    array[...] = 7
        env.state()[...] = 9
        env.grid().clear()
        observations, _, _, _, infos = env.step(actions)
        untouched.step(actions)
        assert env.digest() == untouched.digest()


@every_scenario
@every_channel
def test_masks_fit_the_action_space_and_allow_every_move(scenario, message):
    env = small(scenario, message=message)
    _, infos = env.reset(seed=2)
    for agent in env.agents:
        mask = infos[agent]["action_mask"]
        env.action_space(agent).sample(mask)
        moves = mask[0] if isinstance(mask, tuple) else (mask["move"] if isinstance(mask, dict) else mask)
        assert moves.dtype == np.int8 and moves.shape == (len(env.scenario.actions),)
        if scenario in ("transport", "flocking", "pursuit", "synchronization", "foraging"):
            assert moves.all()


@every_scenario
@every_channel
def test_sampled_actions_are_accepted(scenario, message):
    env = small(scenario, message=message)
    env.reset(seed=2)
    for agent in env.agents:
        action = env.action_space(agent).sample()
        assert env.action_space(agent).contains(action)
    env.step(sampled(env))
    assert env.round == 1


@every_scenario
def test_rewards_sum_to_the_score(scenario):
    env = small(scenario, max_rounds=60)
    env.reset(seed=3)
    seed_actions(env)
    total = 0.0
    while env.agents:
        before, paid = env.score, env.payoffs
        _, rewards, _, _, _ = env.step(sampled(env))
        if env.scenario.private:  # each agent gets the change of its own payoff
            gains = {name: env.payoffs[name] - paid[name] for name in rewards}
            assert rewards == pytest.approx(gains, abs=1e-5)
            continue
        assert len(set(rewards.values())) == 1, "every agent gets the team's gain"
        assert all(type(reward) is float for reward in rewards.values())
        assert next(iter(rewards.values())) == pytest.approx(env.score - before, abs=1e-6)
        total += next(iter(rewards.values()))
    assert env.scenario.private or total == pytest.approx(env.score, abs=1e-4)


@every_scenario
def test_shaped_rewards_are_score_gain_plus_a_potential_that_cancels_in_cycles(scenario):
    env = small(scenario, reward="shaped", max_rounds=60)
    env.reset(seed=3)
    seed_actions(env)
    seen: set[float] = set()
    while env.agents:
        _, rewards, _, _, _ = env.step(sampled(env))
        assert all(np.isfinite(reward) for reward in rewards.values())
        seen |= set(rewards.values())
    # The potential of these two is 0: what brings the score nearer is what agents tell each other.
    assert len(seen) > (1 if scenario in ("hats", "profile") else 2), "dense"


def test_two_paths_to_the_same_state_have_the_same_shaped_reward():
    rows = [
        "WWWWWWWWWW",
        "WFF......W",
        "WFF..a...W",
        *["W........W"] * 4,
        "W......NNW",
        "W......NNW",
        "WWWWWWWWWW",
    ]
    totals = []
    for way in ((1, 2, 2, 0), (0, 4, 3, 2), (2, 0, 0, 0)):  # UP DOWN DOWN STAY, STAY RIGHT LEFT DOWN, …
        env = small("foraging", num_agents=1, height=10, width=10, reward="shaped")
        env.reset(seed=0, options={"layout": rows})
        totals.append(sum(env.step({"agent_0": move})[1]["agent_0"] for move in way))
        assert env.positions() == {"agent_0": (3, 5)}
    assert totals == pytest.approx([totals[0]] * 3, abs=1e-6)


def test_an_agent_that_leaves_is_terminated_once_and_removed():
    env = open_world()
    env.reset(seed=1)
    seed_actions(env)
    gone: set[str] = set()
    while env.agents:
        acting = list(env.agents)
        observations, rewards, terminations, truncations, infos = env.step(sampled(env))
        for given in (observations, rewards, terminations, truncations, infos):
            assert list(given) == acting, "keyed by the agents that acted"
        left = {agent for agent in acting if agent not in env.positions()}
        if not env.done:
            assert {agent for agent, over in terminations.items() if over} == left
            assert not any(truncations.values())
        gone |= left
        assert not gone & set(env.agents)
    assert gone


def test_ghosts_stay_to_the_end_with_a_zero_view_and_no_reward():
    env = open_world(death="ghost", obs="dict", message="vector")
    env.reset(seed=1)
    seed_actions(env)
    ghosts: set[str] = set()
    for _ in range(40):
        already = set(ghosts)
        observations, rewards, terminations, truncations, _ = env.step(sampled(env))
        assert list(observations) == env.possible_agents
        ghosts = set(env.possible_agents) - set(env.positions())
        for agent in ghosts:
            assert not observations[agent]["view"].any() and not observations[agent]["heard"].any()
        for agent in already:
            assert rewards[agent] == 0
        over = [terminations[agent] or truncations[agent] for agent in env.possible_agents]
        assert all(over) if env.done else not any(over)
        if env.done:
            break
    assert env.done and ghosts


def test_departed_agents_sense_nothing():
    settings: dict[str, Any] = {"num_agents": 8, "height": 9, "width": 10, "obs": "dict"}
    for scenario in (name for name in SCENARIOS if small(name).scenario.senses):
        kinds = small(scenario).scenario
        upper, lower = kinds.agents[0].symbol, kinds.agents[-kinds.looks].symbol  # of two teams, or the same
        rows = [f"{symbol}..{symbol}..{symbol}..{symbol}" for symbol in (upper, lower)]
        settings["layout"] = [rows[0], "..........", rows[1], *[".........."] * 6]
        one = small(scenario, death="ghost", **settings)
        batch = swarm_env.vector_env(scenario, num_worlds=2, max_rounds=25, **settings)
        one.reset(seed=1)
        batch.reset(seed=1)
        moves = np.array([1, 1, 1, 0, 0, 0, 0, 0])  # most of the upper row leave the map, no whole team
        for _ in range(3):
            seen = one.step(dict(zip(one.possible_agents, moves, strict=True)))[0]
            felt = batch.step(np.tile(moves, 2))[0]["sense"].reshape(2, 8, -1)
            if one.done:  # as levels, without food on this map
                break
            present = {perception.name for perception in one.perceptions()}
            stays = scenario in STILL or kinds.is_continuous  # nobody leaves a torus
            assert len(present) == 8 if stays else len(present) < 8, scenario
            left = [a for a, agent in enumerate(one.possible_agents) if agent not in present]
            senses = [np.array([seen[agent]["sense"] for agent in one.possible_agents]), *felt]
            assert not any(sense[left].any() for sense in senses), scenario
            assert all(sense.any() for sense in senses), scenario


def test_the_world_stays_playable_after_its_end():
    env = small("synchronization", max_rounds=3)
    with pytest.raises(RunError, match="reset"):
        env.step({})
    env.reset(seed=1)
    for _ in range(3):
        env.step(sampled(env))
    assert env.done and env.agents == []
    with pytest.raises(SwarmEnvError, match="reset"):
        env.step({})
    assert len(env.grid()) == 10 and env.native_views()
    env.reset(seed=2)
    assert not env.done and env.round == 0 and env.score == 0


def test_a_masked_move_is_played_as_stay_and_counted():
    rows = ["WWWWWWWW", "WA.....W", "W......W", "W....AsW", *["W......W"] * 3, "WWWWWWWW"]
    env = small(GARDEN, num_agents=2, height=8, width=8, needed=1)
    _, infos = env.reset(seed=1, options={"layout": rows})
    far, near = (infos[agent]["action_mask"] for agent in ("agent_0", "agent_1"))
    assert far.tolist() == [1, 1, 1, 1, 1, 0] and near.tolist() == [1] * 6
    env.step({"agent_0": 5, "agent_1": 0})
    assert env.masked_actions == 1 and env.score == 0 and env.grid() == rows
    env.step({"agent_0": 0, "agent_1": 5})
    assert env.masked_actions == 1 and env.score == 1
    env.reset(seed=1)
    assert env.masked_actions == 0
