"""Observations with masks in PettingZoo's form, and actions without parts."""

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from pettingzoo.utils.conversions import parallel_to_aec

import swarm_env
from swarm_env.errors import ConfigError
from tests.contract.worlds import GARDEN, SCENARIOS, SMALL, same, seed_actions

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

GAMES = [*SCENARIOS, pytest.param(GARDEN, id="garden")]
TALK: dict[str, Any] = {"vocabulary": 3, "message_length": 2, "message_dim": 2}
FORMS = [  # message, flat_actions, length of the mask beyond or times the number of moves
    ("none", False, lambda moves: moves),
    ("tokens", False, lambda moves: moves + 6),
    ("tokens", True, lambda moves: moves * 9),
    ("vector", False, lambda moves: moves),
    ("vector", True, lambda moves: moves),
    ("text", False, lambda moves: moves),
]
every_form = pytest.mark.parametrize(("message", "flat", "length"), FORMS)
QUIET = pytest.mark.filterwarnings("ignore:(Action space for each|Observation ):UserWarning")


def made(scenario, **settings):
    return swarm_env.parallel_env(scenario, **{**SMALL, **TALK, **settings})


@pytest.mark.parametrize("scenario", GAMES)
@pytest.mark.parametrize("obs", ["masked", "dict"])
@every_form
def test_observations_hold_the_mask(scenario, obs, message, flat, length):
    env = made(scenario, obs=obs, message=message, flat_actions=flat)
    plain = made(scenario, message=message)
    rng = np.random.default_rng(1)
    observations, infos = env.reset(seed=3)
    expected, _ = plain.reset(seed=3)
    moves = len(env.scenario.actions)
    seed_actions(env)
    seen = set()
    while env.agents:
        for agent, seen_now in observations.items():
            assert env.observation_space(agent).contains(seen_now)
            mask = seen_now["action_mask"]
            asked = {perception.name: perception for perception in env.perceptions()}  # not who is away
            if agent not in asked:
                continue
            legal = np.array(asked[agent].allowed)
            assert mask.shape == (length(moves),) and mask.dtype == np.int8
            free = np.ones(9 if flat else 6, bool)  # what may be said
            if message == "tokens" and not asked[agent].may_speak:
                free &= np.arange(len(free)) % (9 if flat else 3) == 0  # silence alone
            if flat and message == "tokens":
                assert np.array_equal(mask.reshape(moves, -1), np.outer(legal, free))
                assert np.array_equal(infos[agent]["action_mask"], mask)
            else:
                assert np.array_equal(mask[:moves], legal)
                assert np.array_equal(mask[moves:], free[: len(mask) - moves])
            seen.add(mask.tobytes())
            if obs == "masked":
                assert set(seen_now) == {"observation", "action_mask"}
                assert np.array_equal(seen_now["observation"], expected[agent])
        actions = {
            agent: env.action_space(agent).sample(observations[agent]["action_mask"]) for agent in env.agents
        }
        if rng.random() < 0.5:
            actions = {
                agent: env.action_space(agent).sample(infos[agent]["action_mask"]) for agent in env.agents
            }
        decisions = {agent: env.channel.check_action(agent, action) for agent, action in actions.items()}
        observations, _, _, _, infos = env.step(actions)
        expected, *_ = plain.step_decisions(decisions)
        assert env.digest() == plain.digest()
        assert env.masked_actions == 0, "actions drawn by the mask are legal"
        observations = {agent: observations[agent] for agent in env.agents}
    assert len(seen) > 1 or scenario != "audit"


@QUIET
@pytest.mark.parametrize("obs", ["planes", "codes", "dict", "masked"])
@pytest.mark.parametrize("scenario", ["audit"])
@every_form
def test_pettingzoo_accepts_every_form(scenario, obs, message, flat, length):
    def make():
        return made(scenario, obs=obs, message=message, flat_actions=flat)

    parallel_api_test(make(), num_cycles=40)
    parallel_seed_test(make, num_cycles=20)
    api_test(parallel_to_aec(make()), num_cycles=30)
    seed_test(lambda: parallel_to_aec(make()), num_cycles=20)


@pytest.mark.parametrize("obs", ["masked", "dict"])
@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("scenario", ["audit", "switch", "commons"])
def test_batches_equal_single_worlds(scenario, obs, message, flat):
    settings = {"obs": obs, "message": message, "flat_actions": flat, "max_rounds": 6}
    batch: Any = swarm_env.vector_env(scenario, num_worlds=3, copy=True, **{**SMALL, **TALK, **settings})
    singles = [made(scenario, **settings) for _ in range(3)]
    observations, infos = batch.reset(seed=5)
    firsts = [single.reset(seed=5 + w)[0] for w, single in enumerate(singles)]
    batch.action_space.seed(1)
    n = batch.num_agents
    for _ in range(14):
        assert batch.observation_space.contains(observations)
        for w, first in enumerate(firsts):
            for a, name in enumerate(singles[w].possible_agents):
                assert same({key: observations[key][w * n + a] for key in first[name]}, first[name])
        if flat and message == "tokens":
            assert infos["action_mask"].shape == (18, batch.single_action_space.n)
        actions = batch.action_space.sample()
        observations, rewards, _, _, infos = batch.step(actions)
        for w, single in enumerate(singles):
            mine = slice(w * n, (w + 1) * n)
            rows = (
                [{key: part[i] for key, part in actions.items()} for i in range(w * n, (w + 1) * n)]
                if isinstance(actions, dict)
                else list(actions[mine])
            )
            shown, gains, *_ = single.step(dict(zip(single.possible_agents, rows, strict=True)))
            assert rewards[mine].tolist() == list(gains.values())
            if single.done:
                for a, name in enumerate(single.possible_agents):
                    last = {key: infos["final_obs"][key][w * n + a] for key in shown[name]}
                    assert same(last, shown[name]), "also the last masks"
                shown, _ = single.reset()
            firsts[w] = shown
    assert batch.digests() == [single.digest() for single in singles]


@pytest.mark.parametrize("obs", ["masked", "dict"])
@every_form
def test_the_api_of_one_agent_has_them_too(obs, message, flat, length):
    env = gymnasium.make(
        "swarm_env/audit-v0",
        others="random",
        obs=obs,
        message=message,
        flat_actions=flat,
        **{**SMALL, **TALK},
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(image|Box observation space).*")
        check_env(env.unwrapped, skip_render_check=True)
    observation, _ = env.reset(seed=1)
    assert observation["action_mask"].shape == (length(10),)
    env.step(env.action_space.sample())
    env.close()


def test_the_forms_of_flat_actions():
    def space(**settings: Any) -> Any:
        return made("pursuit", flat_actions=True, **settings).action_space("agent_0")

    assert space() == spaces.Discrete(5)
    assert space(message="tokens") == spaces.Discrete(45)
    assert space(message="vector") == spaces.Box(-1.0, 1.0, (8,), np.float32)
    with pytest.raises(ConfigError, match="flat_actions.*text"):
        space(message="text")
    with pytest.raises(ConfigError, match="flat_actions.*vocabulary"):
        space(message="tokens", vocabulary=4096, message_length=64)
    with pytest.raises(ConfigError, match="flat_actions='no'"):
        made("pursuit", flat_actions="no")


def test_flat_actions_mean_what_the_page_says():
    env = made("pursuit", message="tokens", flat_actions=True)
    env.reset(seed=1)
    decision = env.channel.check_action("agent_0", 9 * 3 + 3 * 2 + 1)
    assert decision == swarm_env.Decision(3, (2, 1))
    assert env.channel.check_action("agent_0", np.int64(36)) == swarm_env.Decision(4, None)
    env = made("pursuit", message="vector", flat_actions=True)
    row = np.array([-1, 0.5, 0.5, -0.2, 0, 0, 0.25, -0.75], np.float32)
    assert env.channel.check_action("agent_0", row) == swarm_env.Decision(1, (0.25, -0.75))
    row[5] = -0.1
    assert env.channel.check_action("agent_0", row) == swarm_env.Decision(1, None)


@pytest.mark.parametrize(
    ("message", "action", "words"),
    [
        ("tokens", 45, ["agent_1", "45", "44"]),
        ("tokens", -1, ["agent_1", "-1"]),
        ("tokens", 1.0, ["agent_1", "1.0"]),
        ("tokens", [0, 0, 0], ["agent_1"]),
        ("vector", 3, ["agent_1", "preferences"]),
        ("vector", np.full(8, np.nan), ["agent_1", "finite"]),
        ("vector", np.full(8, 1.5), ["agent_1", "[-1, 1]"]),
        ("vector", [[0], [1, 2]], ["agent_1"]),
        ("vector", np.zeros(7), ["agent_1", "8"]),
    ],
    ids=str,
)
def test_bad_flat_actions_are_refused_and_change_nothing(message, action, words):
    env = made("pursuit", message=message, flat_actions=True)
    env.reset(seed=1)
    before = env.digest()
    fine = {agent: env.action_space(agent).sample() for agent in env.agents}
    with pytest.raises(ConfigError) as refused:
        env.step({**fine, "agent_1": action})
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert env.digest() == before
    batch = swarm_env.vector_env("pursuit", 2, message=message, flat_actions=True, **{**SMALL, **TALK})
    batch.reset(seed=1)
    before = batch.digests()
    given = batch.action_space.sample()
    if isinstance(action, list | float) or np.shape(action) != np.shape(given[0]):
        given = [action] * 12
    else:
        given[3] = action
    with pytest.raises(ConfigError):
        batch.step(given)
    assert batch.digests() == before
