"""How the scripted agent finds the expert of a scenario."""

import re

import pytest

import swarm_env
from swarm_env.registry import unregister
from tests.agents.games import make, play

BRIEF = swarm_env.Brief("made_up", "words", ("STAY", "UP", "DOWN", "LEFT", "RIGHT"), {}, 5, 100)
SCENARIO = '''"""Stay."""
from swarm_env.scenarios.synchronization import Synchronization

from swarm_env.agent import Decision


class Sleeper:
    def reset(self, brief, agents, seed):
        self.agents = agents

    def decide(self, perceptions):
        return [Decision(5) for _ in perceptions]


class Mine(Synchronization):
    name = "mine"
    {line}


SCENARIO = Mine
'''


@pytest.fixture
def made_up():
    """A scenario of somebody else, without an expert."""
    from swarm_env.scenarios.synchronization import SCENARIO as Synchronization

    class MadeUp(Synchronization):
        pass

    swarm_env.register("scenario", "made_up", MadeUp)
    yield MadeUp
    unregister("scenario", "made_up")


def test_a_scenario_without_an_expert_is_refused(made_up):
    with pytest.raises(
        swarm_env.RegistryError, match=r"no scripted expert for the scenario 'made_up'.*random"
    ):
        make("scripted").reset(BRIEF, ["agent_0"], 0)


def test_a_scenario_names_an_agent(made_up):
    made_up.scripted = "random"
    expert = make("scripted")
    expert.reset(BRIEF, ["agent_0"], 0)
    assert type(expert._expert).__name__ == "RandomAgent"


def test_a_scenario_brings_its_expert(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(SCENARIO.format(line="scripted = Sleeper"))
    game = play("scripted", str(file), num_agents=2, max_rounds=5)
    assert {decision.move for _, decisions in game.rounds for decision in decisions} == {5}


def test_a_scenario_names_an_expert_of_a_file(tmp_path):
    expert, file = tmp_path / "expert.py", tmp_path / "other.py"
    expert.write_text(SCENARIO.format(line="pass"))
    file.write_text(SCENARIO.format(line=f"scripted = {str(expert) + ':Sleeper'!r}"))
    game = play("scripted", str(file), num_agents=2, max_rounds=5)
    assert {decision.move for _, decisions in game.rounds for decision in decisions} == {5}


@pytest.mark.parametrize("name", ["_minds", "_traffic", "nothing_of_the_kind", "../random", "os.path"])
def test_what_is_no_scenario_has_no_expert(name):
    brief = swarm_env.Brief(name, "", BRIEF.actions, {}, 5, 100)
    with pytest.raises(swarm_env.UnknownNameError, match=re.escape(repr(name))):
        make("scripted").reset(brief, ["agent_0"], 0)


def test_deciding_before_an_episode_is_refused():
    with pytest.raises(swarm_env.ContractError, match="before reset"):
        make("scripted").decide([])
