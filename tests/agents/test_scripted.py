"""How the scripted agent finds the expert of a scenario, and its weaker levels."""

import math
import re
import statistics

import pytest
from swarm_env.agents.scripted import ScriptedAgent
from swarm_env.agents.scripted.baselines import LEVELS

import swarm_env
from swarm_env.registry import unregister
from tests.agents.games import decide_again, make, play

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


TASKS = ("synchronization", "pursuit", "transport", "flocking", "foraging")


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("task", TASKS)
def test_levels_are_ordered_by_their_scores(task):
    """Each level beats the one below by more than chance: 2 standard errors of the paired differences."""
    scores = {
        level: [play(lambda level=level: ScriptedAgent(level), task, seed).score for seed in range(10)]
        for level in LEVELS
    }
    for low, high in (("low", "middle"), ("middle", "best")):
        gains = [better - worse for worse, better in zip(scores[low], scores[high], strict=True)]
        assert statistics.fmean(gains) > 2 * statistics.stdev(gains) / math.sqrt(len(gains)), (low, scores)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("level", ["low", "middle"])
def test_agents_of_a_level_share_nothing(task, level):
    def team():
        return ScriptedAgent(level)

    game = play(team, task, max_rounds=25, num_agents=4, height=9, width=10)
    assert play(team, task, max_rounds=25, num_agents=4, height=9, width=10) == game
    apart = decide_again(game, team, [[name] for name in game.names])
    assert apart == [decisions for _, decisions in game.rounds]


def test_a_level_is_an_option_of_a_team(tmp_path):
    result = swarm_env.play(
        "synchronization", "scripted?level=low*2, scripted?level=best*2", num_agents=4, max_rounds=3
    )
    assert result.rounds == 3
    with pytest.raises(swarm_env.ConfigError, match="level='lo'.*low, middle, best.*Did you mean 'low'"):
        swarm_env.play("pursuit", "scripted?level=lo", max_rounds=1)
    with pytest.raises(swarm_env.ConfigError, match="no argument 'low'"):
        swarm_env.play("pursuit", "scripted:low", max_rounds=1)
    with pytest.raises(swarm_env.RegistryError, match=r"'secrets' has no scripted level 'low'.*flocking"):
        swarm_env.play("secrets", "scripted?level=low", max_rounds=1)
