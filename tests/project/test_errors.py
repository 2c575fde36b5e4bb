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
    errors.BudgetReached("tokens", 1000, 1200, of_all=True),
    errors.ReplayMissing("agent_3", 7, 0),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_every_error_is_a_swarm_env_error_and_can_be_pickled(error):
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
def test_errors_can_be_caught_as_their_built_in_base(error, built_in):
    assert issubclass(error, built_in)


def test_an_unknown_name_error_suggests_and_lists_names():
    expected = (
        "No scenario named 'foragin'. Did you mean 'foraging'? Known: flocking, foraging, pursuit, transport."
    )
    assert str(ALL[1]) == expected


def test_a_missing_extra_error_contains_the_pip_command():
    assert str(ALL[2]) == "agent 'ppo' needs torch. In your clone of swarm-env: pip install '.[rl]'"


def test_the_module_docstring_lists_every_error_class():
    for thing in vars(errors).values():
        if isinstance(thing, type) and issubclass(thing, errors.SwarmEnvError):
            assert f" {thing.__name__}" in (errors.__doc__ or ""), thing


def test_there_is_no_hint_without_a_similar_name():
    assert errors.did_you_mean("zzz", ["pursuit"]) == ""
