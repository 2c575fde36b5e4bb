"""The examples run, and a third party's scenario keeps all contracts: their tests run over its file."""

import runpy
from typing import Any

import numpy as np
import pytest

import swarm_env
from tests.cli.programs import swarm
from tests.contract import test_episodes, test_pettingzoo
from tests.contract.worlds import CHANNELS, DEATHS
from tests.docs.pages import ROOT

GARDEN = str(ROOT / "examples" / "garden.py") + ":Garden"
ROWS = ["WWWWWW", "W.AsAW", "W....W", "W.As.W", "W....W", "WWWWWW"]
WATER = 5


def test_the_quickstart_plays_an_episode(capsys):
    runpy.run_path(str(ROOT / "examples" / "quickstart.py"))
    assert "round 100/100" in capsys.readouterr().out


def test_the_batch_of_random_moves_finishes_episodes(capsys):
    runpy.run_path(str(ROOT / "examples" / "vector_random.py"))
    assert "128 episodes" in capsys.readouterr().out


# The garden is a scenario like any other.


@pytest.mark.parametrize("message", CHANNELS)
@pytest.mark.parametrize("death", DEATHS)
def test_the_garden_passes_pettingzoos_tests(message, death):
    test_pettingzoo.test_parallel_api(GARDEN, message, death)
    test_pettingzoo.test_seed(GARDEN, message, death)


@pytest.mark.filterwarnings("ignore:Action space for each agent probably should be:UserWarning")
def test_the_garden_passes_pettingzoos_tests_in_turns():
    test_pettingzoo.test_aec_api(GARDEN, "tokens", "remove")
    test_pettingzoo.test_render(GARDEN)


@pytest.mark.parametrize("message", CHANNELS)
def test_one_seed_gives_one_course_in_the_garden(message):
    test_episodes.test_one_seed_gives_one_trajectory(GARDEN, message, "remove")
    test_episodes.test_masks_fit_the_action_space_and_allow_every_move(GARDEN, message)


@pytest.mark.parametrize(
    "contract",
    [
        test_episodes.test_two_seeds_give_two_worlds,
        test_episodes.test_a_reset_without_a_seed_starts_the_next_episode_of_the_seed,
        test_episodes.test_global_random_generators_are_neither_used_nor_changed,
        test_episodes.test_rewards_sum_to_the_score,
        test_episodes.test_shaped_rewards_are_score_gain_plus_a_potential_that_cancels_in_cycles,
        test_episodes.test_writing_into_returned_arrays_does_not_change_the_world,
    ],
)
def test_the_garden_keeps_the_contract(contract):
    contract(GARDEN)


def test_a_batch_of_gardens_goes_as_single_gardens():
    settings: dict[str, Any] = {"num_agents": 6, "height": 9, "width": 9, "max_rounds": 40, "seeds": 4}
    batch = swarm_env.vector_env(GARDEN, num_worlds=5, obs="codes", num_threads=2, **settings)
    singles = [swarm_env.parallel_env(GARDEN, obs="codes", **settings) for _ in range(5)]
    _, infos = batch.reset(seed=3)
    for w, env in enumerate(singles):
        env.reset(seed=3 + w)
    rng = np.random.default_rng(1)
    for _ in range(30):
        moves = rng.integers(6, size=batch.num_envs)
        observations, rewards, *_ = batch.step(moves)
        for w, env in enumerate(singles):
            if not env.agents:
                continue
            seen, paid, *_ = env.step({agent: moves[6 * w + a] for a, agent in enumerate(env.agents)})
            if env.done:
                continue  # the batch has begun the next episode
            assert batch.digests()[w] == env.digest()
            assert np.array_equal(observations[6 * w], seen["agent_0"])
            assert rewards[6 * w] == pytest.approx(paid["agent_0"])
    batch.close()


# What is special about it.


def garden(**settings):
    env = swarm_env.parallel_env(GARDEN, num_agents=3, height=6, width=6, **settings)
    _, infos = env.reset(seed=0, options={"layout": ROWS})
    return env, infos


def test_two_who_water_together_make_a_seed_bloom():
    env, infos = garden()
    assert [infos[agent]["action_mask"][WATER] for agent in env.agents] == [1, 1, 1]
    _, rewards, *_ = env.step({"agent_0": WATER, "agent_1": 0, "agent_2": WATER})
    assert env.score == 0
    _, rewards, _, _, infos = env.step({"agent_0": WATER, "agent_1": WATER, "agent_2": WATER})
    assert env.score == 1 and set(rewards.values()) == {1.0}
    assert env.grid()[1] == "W.AYAW" and env.grid()[3] == "W.As.W"
    assert [infos[agent]["action_mask"][WATER] for agent in env.agents] == [0, 0, 1]
    assert not env.done


def test_watering_far_from_any_seed_is_played_as_staying_and_counted():
    env, _ = garden()
    env.step(dict.fromkeys(env.agents, WATER))
    env.step(dict.fromkeys(env.agents, WATER))
    assert env.masked_actions == 2 and env.score == 1


def test_the_garden_is_over_when_all_bloom():
    env, _ = garden(needed=1)
    _, _, terminations, *_ = env.step(dict.fromkeys(env.agents, WATER))
    assert env.score == 2 and env.done and all(terminations.values())


def test_bad_gardens_are_refused():
    with pytest.raises(swarm_env.ConfigError, match="do not fit"):
        swarm_env.parallel_env(GARDEN, num_agents=3, height=4, width=4)
    with pytest.raises(swarm_env.ConfigError, match="needed=5"):
        swarm_env.parallel_env(GARDEN, needed=5)
    with pytest.raises(swarm_env.ConfigError, match="Did you mean 'seeds'"):
        swarm_env.parallel_env(GARDEN, seed=5)


def test_its_own_agent_makes_everything_bloom(tmp_path, capsys):
    scores = [swarm_env.play(GARDEN, seed=seed).score for seed in range(5)]  # "scripted" finds the agent
    assert min(scores) >= 4 and sum(scores) >= 25
    agent = str(ROOT / "examples" / "garden_agent.py")
    done = swarm(
        capsys,
        "run",
        GARDEN,
        "--agents",
        f"{agent}:Gardener*9, random",
        "--seed",
        1,
        "--out",
        tmp_path / "run",
    )
    assert done.status == 0, done.err
    assert swarm(capsys, "verify", tmp_path / "run").status == 0


@pytest.mark.parametrize(
    ("written", "instead", "error"),
    [
        (
            "update, potential = reset, begin, update, potential",
            "update = reset, begin, update",
            "`potential`",
        ),
        ('    name = "garden"', "", "must set `name`"),
        ("@kernel(RANGE)\ndef update", "@kernel()\ndef update", r"`update` of Garden"),
        ("@kernel(RANGE)\ndef update", "def update", r"under @kernel\(RANGE\)"),
        ('Kind("s"', 'Kind("W"', "'W'"),
        ("class Garden(Scenario)", "class Garden", "subclass"),
        ("extra_actions =", "extra_action =", r"attribute 'extra_action'.*Did you mean 'extra_actions'"),
        ("    masks =", "    mask =", "Did you mean 'masks'"),
        ("    State = State", "    state = State", "Did you mean 'State'"),
        ("def words(self)", "def word(self)", "Did you mean 'words'"),
        ("def check(self)", "def checks(self)", "Did you mean 'check'"),
        ('("WATER",)', '"WATER"', "`extra_actions` of Garden is 'WATER'; it must be a tuple of texts"),
        ("    masks = True", "    masks = True\n    agents = ()", "`agents` of Garden is empty"),
        ("    def check(self)", "    def memory_size(self): return -5\n    def check(self)", "returned -5"),
        (
            "    def check(self)",
            "    def num_objects(self): return 'x'\n    def check(self)",
            "whole number, 0",
        ),
        ("    def check(self)", "    def margin(self): return 0\n    def check(self)", "1 or more"),
        ("masks = True", "masks = 1", "must be True or False"),
        ('(Event("flower", "score"),)', '["score"]', "a tuple of swarm_env.scenario.Event"),
        ("class Options(NoOptions)", "class Options", "derived from swarm_env.scenario.NoOptions"),
        (
            "def update(world: WorldArrays, first: int, last: int)",
            "def update(world, first)",
            r"\(world, first, last\)",
        ),
    ],
)
def test_what_a_scenario_lacks_is_named(written, instead, error, tmp_path):
    text = (ROOT / "examples" / "garden.py").read_text()
    assert written in text
    (tmp_path / "garden.py").write_text(text.replace(written, instead))
    with pytest.raises(swarm_env.ContractError, match=error):
        swarm_env.parallel_env(str(tmp_path / "garden.py"))


def test_attributes_of_one_s_own_are_allowed(tmp_path):
    text = (ROOT / "examples" / "garden.py").read_text()
    own = "    masks = True\n    _mask = 1\n    petals = 5\n    def petals_of(self): return self.petals\n"
    (tmp_path / "garden.py").write_text(text.replace("    masks = True\n", own))
    scenario: Any = swarm_env.parallel_env(str(tmp_path / "garden.py")).scenario
    assert scenario.petals_of() == 5
