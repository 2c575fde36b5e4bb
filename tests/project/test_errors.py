import pickle

import pytest

from swarm_env import errors

ALL = [
    errors.ConfigError("no"),
    errors.UnknownNameError("scenario", "foragin", ["transport", "foraging", "flocking", "pursuit"]),
    errors.MissingExtraError("agent 'ppo'", "torch", "rl"),
    errors.ContractError("no"),
    errors.ReplayMismatch(7, "ab", "cd"),
    errors.BudgetReached("tokens", 1000, 1200),
    errors.ReplayMissing("agent_3", 7, 0),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_every_error_is_ours_and_survives_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(error, errors.SwarmEnvError)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("error", "built_in"),
    [
        (errors.ConfigError, ValueError),
        (errors.RegistryError, LookupError),
        (errors.MissingExtraError, ImportError),
        (errors.ContractError, TypeError),
        (errors.RunError, RuntimeError),
    ],
)
def test_errors_can_be_caught_as_the_built_in_that_they_are(error, built_in):
    assert issubclass(error, built_in)


def test_unknown_name_says_what_was_meant_and_what_there_is():
    expected = (
        "No scenario named 'foragin'. Did you mean 'foraging'? Known: flocking, foraging, pursuit, transport."
    )
    assert str(ALL[1]) == expected


def test_missing_extra_gives_the_line_to_type():
    assert str(ALL[2]) == "agent 'ppo' needs torch. Install it with: pip install 'swarm-env[rl]'"


def test_every_class_stands_in_the_tree_that_the_module_draws():
    for thing in vars(errors).values():
        if isinstance(thing, type) and issubclass(thing, errors.SwarmEnvError):
            assert f" {thing.__name__}" in (errors.__doc__ or ""), thing


def test_no_hint_when_nothing_is_near():
    assert errors.did_you_mean("zzz", ["pursuit"]) == ""
