"""The scenarios in the registries of Gymnasium and PettingZoo, in any order of imports."""

import pytest

import swarm_env
from tests.project.processes import python

GYM = "gymnasium.make('swarm_env/pursuit-v0')"
PARALLEL = "pettingzoo.make('parallel', 'swarm_env/pursuit-v0')"
AEC = "pettingzoo.make('aec', 'swarm_env/pursuit-v0')"


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    "code",
    [
        f"import gymnasium, swarm_env; {GYM}",
        f"import swarm_env, gymnasium; {GYM}",
        "import gymnasium; gymnasium.make('swarm_env:swarm_env/pursuit-v0')",
        f"import gymnasium, swarm_env; gymnasium.register_envs(swarm_env); {GYM}",
        f"import pettingzoo, swarm_env; {PARALLEL}",
        f"import swarm_env, pettingzoo; {PARALLEL}",
        f"import swarm_env, gymnasium, pettingzoo; {GYM}; {AEC}",
        f"import swarm_env, importlib; importlib.reload(swarm_env); import gymnasium; {GYM}",
        f"import gymnasium, swarm_env, importlib; importlib.reload(swarm_env); {GYM}",
    ],
)
def test_the_import_order_does_not_matter(tmp_path, code):
    done = python(f"{code}.reset(seed=1)", tmp_path, PYTHONWARNINGS="error::UserWarning")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_only_the_hook_that_explains_old_names_stays(tmp_path):
    code = (
        "import sys; before = list(sys.meta_path)\n"
        "import swarm_env, gymnasium, pettingzoo, inspect, gymnasium.envs.registration as r\n"
        "assert sys.meta_path[:-1] == before, sys.meta_path\n"
        "assert 'def register' in inspect.getsource(r)\n"
    )
    done = python(code, tmp_path)
    assert done.returncode == 0, done.stderr


def test_every_scenario_is_registered_everywhere():
    import gymnasium
    import pettingzoo

    for name in swarm_env.list_scenarios():
        assert f"swarm_env/{name}-v0" in gymnasium.registry
        assert f"swarm_env/{name}-v0" in pettingzoo.parallel_registry
        assert f"swarm_env/{name}-v0" in pettingzoo.aec_registry


def test_options_reach_the_world():
    import gymnasium
    import pettingzoo

    env = pettingzoo.make("parallel", "swarm_env/foraging-v0", num_agents=3, max_cycles=7)
    assert len(env.possible_agents) == 3
    assert env.config.max_rounds == 7
    learner = gymnasium.make("swarm_env/foraging-v0", num_agents=3)
    assert learner.spec and learner.spec.id == "swarm_env/foraging-v0"
    learner.close()


@pytest.mark.parametrize(("num_envs", "worlds"), [(1, 1), (10, 1), (30, 3)])
def test_gymnasium_makes_batches(num_envs, worlds):
    import gymnasium

    vec = gymnasium.make_vec(
        "swarm_env/pursuit-v0", num_envs=num_envs, vectorization_mode="vector_entry_point"
    )
    assert vec.num_envs == worlds * 10
    vec.close()


def test_num_envs_must_be_a_multiple_of_num_agents():
    import gymnasium

    with pytest.raises(swarm_env.ConfigError, match="num_envs=15 must be a multiple of num_agents=10"):
        gymnasium.make_vec("swarm_env/pursuit-v0", num_envs=15, vectorization_mode="vector_entry_point")
