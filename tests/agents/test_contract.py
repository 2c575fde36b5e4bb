"""What holds for every registered agent that decides by itself.

A person is tested in test_human.py; language models in tests/llm/test_contract.py, in shorter games.
"""

import ast
import importlib
import importlib.util
import pickle
from pathlib import Path

import pytest
from swarm_env.agents.ppo.policy import shipped

import swarm_env
from swarm_env import registry
from swarm_env.envs.decision_codec import Channel
from swarm_env.playing.agent_pool import agent_seed
from swarm_env.runs.decision_log import from_log
from swarm_env.runs.recording import open_recording
from tests.agents.games import CHANNELS, EXPERTS, SCENARIOS, SEED, decide_again, make, play

AGENTS = [name for name in swarm_env.list_agents() if name not in ("human", "llm")]
# What decides may be built on the protocol and on general tools, never on what knows the world.
ALLOWED = {
    "agent",
    "agents",
    "chat",
    "config",
    "engine.compiler",  # how to compile a function of arrays
    "envs.decision_codec",
    "envs.channel.text_delivery",
    "envs.perception",  # `Codes`, what many agents perceive as arrays
    "errors",
    "frame",
    "moved",
    "playing.agent_contract",
    "playing.human_input",
    "playing.team_syntax",
    "registry",
    "runtime.disk_files",
    "runtime.given",
    "runtime.loopback",
    "training.memory_features",
}
DECIDERS = [
    path
    for path in sorted((registry.HOME / "agents").rglob("*.py"))
    if path.parent.name not in ("mock_server", "local_models")
    and (path.parent.name != "model" or path.name in ("scripted_model.py", "wall_following.py"))
]

agents = pytest.mark.parametrize("agent", AGENTS)


@pytest.fixture(autouse=True)
def has_a_player(request):
    """What is learned plays the scenarios that it was trained for, an expert that of which it is one."""
    asked = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    if asked.get("agent") == "ppo" and asked.get("scenario", "pursuit") not in shipped():
        pytest.skip("no policy ships for it")
    if asked.get("agent") == "scripted" and asked.get("scenario", "pursuit") not in EXPERTS:
        pytest.skip("it has no expert")


scenarios = pytest.mark.parametrize("scenario", SCENARIOS)


@agents
@scenarios
@pytest.mark.parametrize("message", CHANNELS)
def test_every_body_gets_a_decision_of_the_right_kind(agent, scenario, message):
    game = play(agent, scenario, max_rounds=12, message=message)
    assert all(len(perceptions) == len(decisions) for perceptions, decisions in game.rounds)


@agents
@scenarios
def test_the_same_seed_decides_the_same(agent, scenario):
    one, other = (play(agent, scenario, max_rounds=60, message="tokens") for _ in range(2))
    assert one == other


@agents
def test_a_second_episode_remembers_nothing_of_the_first(agent):
    game = play(agent, "pursuit", max_rounds=40)
    player = make(agent)
    for _ in range(2):
        player.reset(game.brief, game.names, SEED)
        assert [list(player.decide(perceptions)) for perceptions, _ in game.rounds] == [
            d for _, d in game.rounds
        ]


@agents
@scenarios
def test_bodies_share_nothing_but_messages(agent, scenario):
    game = play(agent, scenario, max_rounds=60, message="text")
    decided = [decisions for _, decisions in game.rounds]
    assert decide_again(game, agent, [[name] for name in game.names]) == decided
    assert decide_again(game, agent, [game.names[:3], game.names[3:]]) == decided


@agents
@scenarios
def test_perceptions_are_all_that_is_needed(agent, scenario):
    """They survive a pickle (nothing live hangs on them), and decide the same where no world exists."""
    game = play(agent, scenario, max_rounds=40)
    copied = pickle.loads(pickle.dumps(game))
    assert decide_again(copied, agent, [copied.names]) == [decisions for _, decisions in game.rounds]


@agents
@scenarios
def test_perceptions_rebuilt_from_a_recorded_game_decide_the_same(agent, scenario, tmp_path):
    swarm_env.play(scenario, agent, seed=SEED, out=tmp_path / "run", max_rounds=50, message="tokens")
    recording = open_recording(tmp_path / "run")
    env = swarm_env.parallel_env(scenario, max_rounds=50, message="tokens")
    env.reset(seed=recording.seed, options=dict(recording.options))
    channel, player = Channel.of(env.brief()), make(agent)
    player.reset(env.brief(), env.possible_agents, agent_seed(recording.seed, 0))
    for turn in recording.rounds():
        perceptions = env.perceptions()
        there = [perception.name for perception in perceptions]
        past = from_log(channel, turn.actions, turn.messages, env.possible_agents, there)
        assert [channel.check(d) for d in player.decide(perceptions)] == [past[p.name] for p in perceptions]
        env.step_decisions(past)
    assert env.done


def test_a_fork_at_a_later_round_takes_over_from_others(tmp_path):
    """An expert that has seen what others did plays on; resumed at once, it decides the same."""
    from swarm_env.playing.runner import fork

    swarm_env.play("foraging", "random", seed=SEED, out=tmp_path / "run", max_rounds=60)
    forked = [fork(tmp_path / "run", 20, "scripted", out=tmp_path / f"fork{i}").score for i in range(2)]
    assert forked[0] == forked[1] > 0


@pytest.mark.parametrize("file", DECIDERS, ids=lambda path: path.name)
def test_agents_know_nothing_of_the_world(file):
    """Only the protocol and general tools are imported, and no way round them is used."""
    tree = ast.parse(Path(file).read_text())
    modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    modules |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    ours = {module.removeprefix("swarm_env.") for module in modules if module.startswith("swarm_env.")}
    assert not [name for name in ours if name.split(".")[0] not in ALLOWED and name not in ALLOWED]
    assert not modules & {"swarm_env", "gc", "inspect", "ctypes"}
    assert not any(isinstance(n, ast.Attribute) and n.attr == "_getframe" for n in ast.walk(tree))


@pytest.mark.parametrize("agent", swarm_env.list_agents())
def test_every_agent_says_what_it_is(agent):
    assert len(swarm_env.list_agents()[agent]) > 20
    if importlib.util.find_spec(f"swarm_env.agents.{agent}"):
        assert importlib.import_module(f"swarm_env.agents.{agent}").AGENT is registry.load("agent", agent)
