"""Bad settings are refused: the message names what was given and what is allowed, and nothing has changed."""

import math

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError, SwarmEnvError, UnknownNameError

# (what is wrong, scenario, settings, words that the message must hold)
SETTINGS = [
    ("unknown scenario", "foragin", {}, ["foragin", "Did you mean 'foraging'", "pursuit"]),
    ("scenario in capitals", "Pursuit", {}, ["Pursuit", "Did you mean 'pursuit'"]),
    ("scenario is empty", "", {}, ["''", "pursuit"]),
    ("scenario is None", None, {}, ["None", "pursuit"]),
    ("scenario is a number", 3, {}, ["3", "pursuit"]),
    ("scenario is a list", ["pursuit"], {}, ["['pursuit']"]),
    ("scenario file does not exist", "no/such/file.py:World", {}, ["no/such/file.py"]),
    ("misspelt setting", "pursuit", {"num_agent": 4}, ["num_agent", "Did you mean 'num_agents'"]),
    ("unknown setting", "pursuit", {"gravity": 4}, ["gravity"]),
    ("no agents", "pursuit", {"num_agents": 0}, ["num_agents", "0", "1"]),
    ("negative agents", "pursuit", {"num_agents": -5}, ["num_agents", "-5"]),
    ("agents as text", "pursuit", {"num_agents": "4"}, ["num_agents", "'4'", "whole number"]),
    ("agents as a fraction", "pursuit", {"num_agents": 4.0}, ["num_agents", "4.0", "whole number"]),
    ("agents as a bool", "pursuit", {"num_agents": True}, ["num_agents", "True", "whole number"]),
    ("agents as None", "pursuit", {"num_agents": None}, ["num_agents", "None"]),
    ("agents as NaN", "pursuit", {"num_agents": math.nan}, ["num_agents", "nan"]),
    ("agents as a list", "pursuit", {"num_agents": [4]}, ["num_agents", "[4]"]),
    ("astronomically many agents", "pursuit", {"num_agents": 10**30}, ["num_agents"]),
    ("height zero", "pursuit", {"height": 0}, ["height", "0"]),
    ("width negative", "pursuit", {"width": -12}, ["width", "-12"]),
    ("gigantic map", "pursuit", {"height": 10**9, "width": 10**9}, ["height", "1000000000"]),
    ("even view", "pursuit", {"view_size": 4}, ["view_size", "4", "odd", "5"]),
    ("no view", "pursuit", {"view_size": 0}, ["view_size", "0"]),
    ("negative view", "pursuit", {"view_size": -1}, ["view_size", "-1"]),
    ("gigantic view", "pursuit", {"view_size": 10001}, ["view_size", "10001"]),
    ("no rounds", "pursuit", {"max_rounds": 0}, ["max_rounds", "0"]),
    ("rounds as infinity", "pursuit", {"max_rounds": math.inf}, ["max_rounds", "inf"]),
    ("unknown channel", "pursuit", {"message": "shout"}, ["message", "'shout'", "tokens", "text"]),
    ("channel as None", "pursuit", {"message": None}, ["message", "None", "none"]),
    ("empty vocabulary", "pursuit", {"message": "tokens", "vocabulary": 0}, ["vocabulary", "0"]),
    ("message of no tokens", "pursuit", {"message": "tokens", "message_length": 0}, ["message_length", "0"]),
    ("vector of no numbers", "pursuit", {"message": "vector", "message_dim": 0}, ["message_dim", "0"]),
    ("negative range", "pursuit", {"message_range": -1}, ["message_range", "-1"]),
    ("range as a fraction", "pursuit", {"message_range": 1.5}, ["message_range", "1.5"]),
    ("loss above one", "pursuit", {"message_loss": 1.1}, ["message_loss", "1.1", "1"]),
    ("negative loss", "pursuit", {"message_loss": -0.1}, ["message_loss", "-0.1", "0"]),
    ("loss as NaN", "pursuit", {"message_loss": math.nan}, ["message_loss", "nan"]),
    ("loss as text", "pursuit", {"message_loss": "0.1"}, ["message_loss", "'0.1'"]),
    ("a delay as a number", "pursuit", {"message_delay": 3}, ["message_delay", "3", "(low, high)"]),
    ("a delay backwards", "pursuit", {"message_delay": (4, 2)}, ["message_delay", "(4, 2)", "low <= high"]),
    ("a delay into the past", "pursuit", {"message_delay": [-1, 2]}, ["message_delay", "-1", "0 <= low"]),
    ("half a round", "pursuit", {"message_delay": (0, 1.5)}, ["message_delay", "1.5", "whole"]),
    ("an endless delay", "pursuit", {"message_delay": (0, 10**6)}, ["message_delay", "1000000", "1000"]),
    ("a delay as text", "pursuit", {"message_delay": "0,4"}, ["message_delay", "'0,4'", "[0, 4]"]),
    ("noise above one", "pursuit", {"message_noise": 1.5}, ["message_noise", "1.5", "1"]),
    ("noise as NaN", "pursuit", {"message_noise": math.nan}, ["message_noise", "nan"]),
    ("unknown topology", "pursuit", {"message_topology": "torus"}, ["message_topology", "'torus'", "ring"]),
    ("unknown preset", "pursuit", {"preset": "swarmbnch"}, ["preset", "'swarmbnch'", "Did you mean"]),
    ("unknown reward", "pursuit", {"reward": "money"}, ["reward", "'money'", "score", "shaped"]),
    ("unknown observation", "pursuit", {"obs": "pixels"}, ["obs", "'pixels'", "planes", "codes", "dict"]),
    ("observation as None", "pursuit", {"obs": None}, ["obs", "None", "planes"]),
    ("observation as an array", "pursuit", {"obs": np.zeros(2)}, ["obs", "planes"]),
    ("unknown death", "pursuit", {"death": "respawn"}, ["death", "'respawn'", "remove", "ghost"]),
    ("unknown render mode", "pursuit", {"render_mode": "3d"}, ["render_mode", "'3d'", "rgb_array", "ansi"]),
    ("more agents than cells", "synchronization", {"num_agents": 101}, ["101", "100"]),
    ("more agents than free cells", "transport", {"num_agents": 92}, ["92", "91"]),
    ("more agents than start cells", "pursuit", {"num_agents": 40}, ["40", "36"]),
    ("more agents than the maze leaves", "foraging", {"num_agents": 100}, ["100", "num_agents"]),
    ("map too small for the box", "transport", {"height": 5}, ["5", "8 x 8"]),
    ("map too small for food and nest", "foraging", {"width": 4}, ["4", "6 x 6"]),
    ("map too small for the prey", "pursuit", {"height": 3, "width": 3}, ["3 x 3", "5 x 5"]),
    ("map without an inside", "synchronization", {"height": 2, "num_agents": 1}, ["2", "3 x 3"]),
    ("map too small for the outline", "flocking", {"num_agents": 60, "height": 10}, ["10", "18 x 18"]),
    (
        "too many agents to flock",
        "flocking",
        {"num_agents": 2000, "height": 99, "width": 99},
        ["2000", "256"],
    ),
]


@pytest.mark.parametrize(
    ("scenario", "settings", "words"), [case[1:] for case in SETTINGS], ids=[case[0] for case in SETTINGS]
)
def test_settings_are_refused_by_name(scenario, settings, words):
    with pytest.raises(SwarmEnvError) as refused:
        swarm_env.parallel_env(scenario, **settings)
    message = str(refused.value)
    for word in words:
        assert word in message, f"{word!r} is not in: {message}"
    assert len(message) < 700 and "Traceback" not in message and "pydantic" not in message


def test_unknown_scenarios_are_lookup_errors_and_bad_values_are_value_errors():
    with pytest.raises(LookupError):
        swarm_env.parallel_env("foragin")
    with pytest.raises(ValueError):
        swarm_env.parallel_env("foraging", num_agents=0)
    assert issubclass(UnknownNameError, SwarmEnvError)


def test_the_smallest_worlds_work():
    sizes = {"transport": (8, 8, 4), "flocking": (5, 5, 8), "pursuit": (5, 5, 3), "foraging": (6, 6, 4)}
    for scenario, (height, width, n) in {**sizes, "synchronization": (3, 3, 1)}.items():
        env = swarm_env.parallel_env(scenario, height=height, width=width, num_agents=n, max_rounds=5)
        for seed in range(20):
            env.reset(seed=seed)
            assert len(set(env.positions().values())) == n
            env.step(dict.fromkeys(env.agents, 1))
    for scenario, most in {"synchronization": 100, "transport": 91, "pursuit": 36}.items():
        swarm_env.parallel_env(scenario, num_agents=most).reset(seed=1)


VECTOR = [
    ("no worlds", {"num_worlds": 0}, ["num_worlds", "0", "1"]),
    ("worlds as text", {"num_worlds": "4"}, ["num_worlds", "'4'"]),
    ("worlds as a fraction", {"num_worlds": 2.0}, ["num_worlds", "2.0"]),
    ("worlds as a bool", {"num_worlds": True}, ["num_worlds", "True"]),
    ("no threads", {"num_threads": 0}, ["num_threads", "0", "1"]),
    ("threads as text", {"num_threads": "two"}, ["num_threads", "'two'"]),
    ("threads as None", {"num_threads": None}, ["num_threads", "None"]),
    ("texts in arrays", {"message": "text"}, ["message", "text", "tokens"]),
    ("unknown observation", {"obs": "planed"}, ["obs", "'planed'", "planes"]),
    ("the other face's setting", {"death": "ghost"}, ["death"]),
]


@pytest.mark.parametrize(
    ("settings", "words"), [case[1:] for case in VECTOR], ids=[case[0] for case in VECTOR]
)
def test_bad_batch_settings_are_refused_by_name(settings, words):
    with pytest.raises(ConfigError) as refused:
        swarm_env.vector_env("pursuit", **settings)
    for word in words:
        assert word in str(refused.value)


SEEDS = [-1, 2**64, 1.5, "7", True, math.nan, [1], {"seed": 1}, np.array([1, 2]), np.float64(3)]


@pytest.mark.parametrize("seed", SEEDS, ids=repr)
def test_bad_seeds_are_refused_and_change_nothing(seed):
    env = swarm_env.parallel_env("pursuit")
    env.reset(seed=1)
    env.step(dict.fromkeys(env.agents, 0))
    before = env.digest()
    with pytest.raises(ConfigError, match="seed"):
        env.reset(seed=seed)
    assert env.digest() == before and env.round == 1


@pytest.mark.parametrize(
    "seed", [-1, 2**64, 1.5, "7", True, [1], [1, 2, 3], [1, -2], [1, "x"], [[1], [2]]], ids=repr
)
def test_bad_seeds_of_batches_are_refused_and_change_nothing(seed):
    batch = swarm_env.vector_env("pursuit", num_worlds=2)
    batch.reset(seed=1)
    before = batch.digests()
    with pytest.raises(ConfigError, match="seed"):
        batch.reset(seed=seed)
    assert batch.digests() == before


@pytest.mark.parametrize("seed", [0, 2**64 - 1, np.int64(5), np.uint64(2**63)])
def test_all_seeds_of_64_bits_are_different_worlds(seed):
    env = swarm_env.parallel_env("pursuit")
    env.reset(seed=seed)
    grid = env.grid()
    env.reset(seed=6)
    assert env.grid() != grid


def test_rendering_without_a_mode_is_refused_with_advice():
    env = swarm_env.parallel_env("pursuit")
    env.reset(seed=1)
    with pytest.raises(ConfigError, match="rgb_array"):
        env.render()


def test_unknown_reset_options_are_ignored_as_pettingzoo_requires():
    env = swarm_env.parallel_env("pursuit")
    env.reset(seed=1, options={"options": 1, "whatever": None})
    grid = env.grid()
    env.reset(seed=1, options=None)
    assert env.grid() == grid


def test_a_message_that_ends_with_a_question_gets_no_full_stop():
    with pytest.raises(ConfigError, match=r"must be one of swarmbench\. Did you mean 'swarmbench'\?$"):
        swarm_env.parallel_env("pursuit", preset="swarmbnch")
