"""Teams that name the sides they play."""

from typing import Any

import pytest

import swarm_env
from swarm_env.cli.options import TeamOptions, WorldOptions
from swarm_env.cli.run_settings import gather
from swarm_env.errors import ConfigError
from swarm_env.playing.named_models import with_models
from swarm_env.playing.runner import configure, fork, resume
from swarm_env.playing.team import Team, TeamEntry
from swarm_env.playing.team_counts import for_sides
from swarm_env.runs.files import read_run
from swarm_env.runs.verify import verify_one


def test_sides_are_ordered_and_filled():
    team = Team.parse(' blue = random ;red=llm:a%2Cb?stop=["x;y","z"]*2, scripted')
    assert {side: str(own) for side, own in team.sides.items()} == {
        "blue": "random", "red": "llm:a%2Cb?stop=%5B%22x%3By%22%2C%22z%22%5D*2, scripted",
    }  # fmt: skip
    assert team.size is None
    filled = for_sides(team, {"red": 3, "blue": 4})
    assert [(one.side, one.count) for one in filled.entries] == [("red", 2), ("red", 1), ("blue", 4)]
    assert Team.parse(str(filled)) == filled and filled.size == 7
    assert str(for_sides(Team.parse("blue=random*1"), {"red": 2, "blue": 1}, "scripted")) == (
        "red=scripted*2; blue=random*1"
    )
    assert Team.parse("human; x").entries[0].agent == "human; x"  # without a side the text is as it was


def test_names_with_semicolons():
    team = Team((TeamEntry("llm:a;b", 1, side="red"), TeamEntry("x", 2, side="blue")))
    assert str(team) == "red=llm:a%3Bb*1; blue=x*2" and Team.parse(str(team)) == team


def test_models_keep_their_sides():
    text = with_models("red=llm:fast*2; blue=scripted", {"fast": {"model": "m", "temperature": 0.5}})
    assert text == "red=llm:m?label=fast&temperature=0.5*2; blue=scripted"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("red=scripted; red=random", "twice"),
        ("red=scripted; random", "names a side"),
        ("red=; blue=scripted", "empty entry"),
        ("red=scripted, random; blue=scripted", "only one entry"),
        ("green=scripted; blue=random", "red, blue"),
        ("red=scripted", "does not say who plays blue"),
        ("red=scripted*3; blue=random", "red has 5"),
    ],
)
def test_sides_that_do_not_fit(text, match):
    with pytest.raises(ConfigError, match=match):
        swarm_env.play("battle", text, max_rounds=1)


def test_a_scenario_without_teams_has_no_sides():
    with pytest.raises(ConfigError, match="no teams"):
        swarm_env.play("pursuit", "red=scripted", max_rounds=1)


@pytest.mark.parametrize(
    ("text", "settings", "sides"),
    [
        ("red=random*5; blue=random*3", {}, (5, 3)),
        ("blue=random*3; red=random*5", {}, (5, 3)),
        ("red=random*2; blue=random", {"num_agents": 6}, (2, 4)),
        ("red=random*2; blue=random*1", {"sides": (2, 1), "num_agents": 3}, (2, 1)),
        ("red=random; blue=random", {"num_agents": 6}, None),
    ],
)
def test_numbers_of_agents_set_the_sides(text, settings, sides):
    config, team = configure("battle", text, settings)
    assert config.sides == sides and team.size == config.num_agents
    assert list(team.sides) == ["red", "blue"]


def test_sides_are_recorded_resumed_and_forked(tmp_path):
    settings: dict[str, Any] = {"max_rounds": 12, "num_agents": 6}
    full = swarm_env.play("battle", "blue=scripted; red=random", seed=3, out=tmp_path / "full", **settings)
    assert read_run(tmp_path / "full").info.team == "red=random*3; blue=scripted*3"
    stopped = swarm_env.play(
        "battle", "blue=scripted; red=random", seed=3, out=tmp_path / "cut", observer=lambda f: f.round < 4,
        **settings,
    )  # fmt: skip
    assert stopped.interrupted
    again = resume(tmp_path / "cut")
    assert again.payoffs == full.payoffs and verify_one(tmp_path / "cut").agrees
    other = fork(tmp_path / "full", 5, "red=scripted; blue=scripted", out=tmp_path / "fork")
    assert other.rounds > 5 and verify_one(tmp_path / "fork").agrees
    info = read_run(tmp_path / "fork").info
    assert info.team == "red=scripted*3; blue=scripted*3" and info.decided_from == (5, 0)


def test_tables_of_sides(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        """
        scenario = "battle"
        [[sides]]
        name = "red"
        agents = "random*2, scripted*1"
        [[sides]]
        name = "blue"
        [[sides.agents]]
        agent = "llm"
        model = "m"
        count = 2
        """
    )
    found = gather(None, TeamOptions(), WorldOptions(config=file))
    assert found.team == "red=random*2, scripted*1; blue=llm:m*2" and "sides" not in found.world
    file.write_text('scenario = "battle"\nagents = "scripted"\n[[sides]]\nname = "red"\nagents = "random"\n')
    with pytest.raises(ConfigError, match="not both"):
        gather(None, TeamOptions(), WorldOptions(config=file))
    file.write_text('scenario = "battle"\n[[sides]]\nname = "red"\n')
    with pytest.raises(ConfigError, match="name and agents"):
        gather(None, TeamOptions(), WorldOptions(config=file))
    file.write_text("num_agents = 5\nsides = [3, 2]\n")
    assert gather(None, TeamOptions(), WorldOptions(config=file)).world["sides"] == [3, 2]


def test_one_agent_learns_on_a_side():
    env = swarm_env.gym_env("battle", side="blue", others="red=random", num_agents=6, max_rounds=5)
    _, info = env.reset(seed=1)
    assert env.agent == "agent_3" and info["team"] == 1 and info["payoff"] == 0.0
    for _ in range(5):
        *_, truncated, info = env.step(env.action_space.sample())
    assert truncated and info["final_payoff"] == info["payoff"] != 0
    env.close()
    assert swarm_env.gym_env("battle", side="red", agent="agent_2", num_agents=6).agent == "agent_2"
    wrongs: list[dict[str, Any]] = [
        {"side": "green"},
        {"side": "red", "agent": "agent_3"},
        {"others": "green=scripted"},
    ]
    for wrong in wrongs:
        with pytest.raises(ConfigError, match="red|agent_0"):
            swarm_env.gym_env("battle", num_agents=6, **wrong)
    with pytest.raises(ConfigError, match="none"):
        swarm_env.gym_env("pursuit", side="red")
