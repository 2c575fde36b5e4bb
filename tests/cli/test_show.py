"""`swarm show`: what a scenario has."""

import json

import pytest

import swarm_env
from swarm_env.config import WorldConfig
from swarm_env.envs.make import RESET_OPTIONS, scenario_class
from swarm_env.registry import names
from tests.cli.programs import swarm


@pytest.mark.parametrize("scenario", names("scenario"))
def test_everything_a_scenario_declares_is_shown(scenario, capsys):
    shown = swarm(capsys, "show", scenario, "--json")
    found = json.loads(shown.out)
    env, kind = swarm_env.parallel_env(scenario), scenario_class(scenario)
    assert found["scenario"] == scenario and found["task"] == env.scenario.words()
    assert found["actions"] == list(env.scenario.actions) and found["symbols"] == env.scenario.symbols
    assert [sense["name"] for sense in found["senses"]] == [sense.name for sense in env.scenario.senses]
    assert [one["name"] for one in found["settings"]] == list(kind.Options.model_fields)
    world = {one["name"]: one for one in found["world_settings"]}
    assert {*world, "scenario", "options"} == set(WorldConfig.model_fields)
    assert [world["view_size"][key] for key in ("least", "most", "default")] == [1, 255, 5]
    assert [one["name"] for one in found["reset_options"]] == list(RESET_OPTIONS)
    text = swarm(capsys, "show", scenario).out
    for word in (*found["actions"], *world, *RESET_OPTIONS, *kind.Options.model_fields):
        assert word in text


def test_an_unknown_scenario_has_a_hint(capsys):
    done = swarm(capsys, "show", "persuit")
    assert done.status == 2 and "Did you mean 'pursuit'" in done.err
