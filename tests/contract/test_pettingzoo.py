"""PettingZoo's own tests for every registered scenario, kind of messages and value of `death`."""

import warnings
from types import SimpleNamespace

import pytest
from pettingzoo.utils.conversions import parallel_to_aec

from tests.contract.worlds import (
    CHANNELS,
    DEATHS,
    SCENARIOS,
    SMALL,
    every_channel,
    every_death,
    every_scenario,
    open_world,
    small,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its tests import a game of theirs the old way
    from pettingzoo.test import api_test, max_cycles_test, parallel_api_test, render_test, seed_test

# PettingZoo warns of dict actions and of zero observations (of departed agents).
TALKS = pytest.mark.filterwarnings("ignore:Action space for each agent probably should be:UserWarning")
SEES_NOTHING = pytest.mark.filterwarnings("ignore:Observation numpy array is all zeros:UserWarning")


@every_scenario
@every_channel
@every_death
def test_parallel_api(scenario, message, death):
    parallel_api_test(small(scenario, message=message, death=death), num_cycles=60)


@every_channel
@every_death
def test_parallel_api_with_agents_that_leave(message, death):
    parallel_api_test(open_world(message=message, death=death), num_cycles=60)


@pytest.mark.parametrize("obs", ["planes", "codes", "dict"])
@every_death
def test_parallel_api_with_each_kind_of_observation(obs, death):
    parallel_api_test(open_world(obs=obs, death=death), num_cycles=60)


@TALKS
@every_scenario
@every_channel
@every_death
def test_aec_api(scenario, message, death):
    api_test(parallel_to_aec(small(scenario, message=message, death=death)), num_cycles=60)


@TALKS
@SEES_NOTHING
@every_channel
@every_death
def test_aec_api_with_agents_that_leave(message, death):
    api_test(parallel_to_aec(open_world(message=message, death=death)), num_cycles=60)


@every_scenario
@every_channel
@every_death
def test_seed(scenario, message, death):
    seed_test(lambda: parallel_to_aec(small(scenario, message=message, death=death)), num_cycles=20)


@every_scenario
def test_max_cycles(scenario):
    def made(max_cycles):
        return small(scenario, max_rounds=max_cycles)

    max_cycles_test(
        SimpleNamespace(parallel_env=made, env=lambda max_cycles: parallel_to_aec(made(max_cycles)))
    )


@every_scenario
def test_render(scenario):
    render_test(lambda render_mode: parallel_to_aec(small(scenario, render_mode=render_mode)))


def test_the_contract_tests_cover_all_built_in_scenarios():
    assert {"transport", "flocking", "pursuit", "synchronization", "foraging"} <= set(SCENARIOS)
    assert CHANNELS == ("none", "tokens", "vector", "text") and DEATHS == ("remove", "ghost")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_registered_names_make_the_same_worlds(scenario):
    import gymnasium
    import pettingzoo

    made = pettingzoo.make("parallel", f"swarm_env/{scenario}-v0", **SMALL)
    direct = small(scenario)
    made.reset(seed=3)
    direct.reset(seed=3)
    assert made.unwrapped.grid() == direct.grid()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        single = gymnasium.make(f"swarm_env/{scenario}-v0", **SMALL)
    single.reset(seed=3)
    single.close()


def test_the_aec_api_plays_like_the_parallel_api():
    import pettingzoo

    import swarm_env

    aec, parallel = swarm_env.env("pursuit", **SMALL), small("pursuit")
    assert isinstance(aec, pettingzoo.AECEnv)
    aec.reset(seed=4)
    parallel.reset(seed=4)
    for number in range(5 * 6):
        aec.step(number % 5)
        if number % 6 == 5:
            first = number - 5
            parallel.step({agent: (first + a) % 5 for a, agent in enumerate(parallel.agents)})
            assert aec.unwrapped.grid() == parallel.grid()
