"""The text of --agents."""

from typing import Any

import pytest

from swarm_env.errors import ConfigError, ContractError, UnknownNameError
from swarm_env.team import Team, TeamEntry, as_team, make_agent
from tests.runs.agents import Counter

NAMES = [f"agent_{k}" for k in range(10)]


def parsed(text):
    return [(entry.agent, entry.count) for entry in Team.parse(text).entries]


def test_an_entry_without_a_number_takes_all_that_is_left():
    assert parsed("scripted") == [("scripted", None)]
    assert [len(share) for share in Team.parse("scripted").bodies(NAMES)] == [10]
    assert [len(share) for share in Team.parse("human*1, scripted").bodies(NAMES)] == [1, 9]
    assert [len(share) for share in Team.parse("scripted, human*1").bodies(NAMES)] == [9, 1]


def test_bodies_are_shared_out_in_order():
    assert Team.parse("a*2,b * 3 ,c").bodies(NAMES) == [
        ("agent_0", "agent_1"),
        ("agent_2", "agent_3", "agent_4"),
        ("agent_5", "agent_6", "agent_7", "agent_8", "agent_9"),
    ]


def test_an_argument_may_hold_anything_but_commas():
    text = "llm:some/model@http://127.0.0.1:8000/v1*3, llm:m*n*2"
    assert parsed(text) == [("llm:some/model@http://127.0.0.1:8000/v1", 3), ("llm:m*n", 2)]


def test_files_are_named_by_their_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parsed("mine.py:Wanderer*2, sub/other.py") == [
        (f"{tmp_path}/mine.py:Wanderer", 2),
        (f"{tmp_path}/sub/other.py", None),
    ]


def test_the_text_of_a_team_reads_back_as_the_same_team():
    for text in ("scripted", "scripted*5, random*5", "human*1, llm:a@b:c*2, scripted"):
        assert Team.parse(str(Team.parse(text))) == Team.parse(text)
    assert str(Team.parse("human*1,scripted").seated(10)) == "human*1, scripted*9"
    assert Team.parse("a*2, b*3").size == 5
    assert Team.parse("a*2, b").size is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        ",",
        "scripted,",
        "scripted*5,,random*5",
        "*5",
        " *5",
        "scripted*",
        "scripted*0",
        "scripted*-1",
        "scripted*five",
        "scripted*1.5",
        "scripted*²",
        "scripted*" + "9" * 30,
        "scripted, random",
        "a\nb",
        "x" * 20_000,
    ],
)
def test_a_text_that_is_no_team_is_refused(text):
    with pytest.raises(ConfigError, match=r"team|Team"):
        Team.parse(text)


@pytest.mark.parametrize("text", ["a*5, b*4", "a*5, b*6", "a*10, b", "a*11, b", "a*9"])
def test_a_team_of_another_size_is_refused(text):
    with pytest.raises(ConfigError, match="the world has 10"):
        Team.parse(text).seated(10)


def test_other_forms_of_a_team():
    entry = TeamEntry("mine", 3, Counter)
    assert as_team([entry]).entries == (entry,)
    assert as_team(Team((entry,))).size == 3
    wrong: Any
    for wrong in (None, 5, [], ["scripted"], {"scripted": 5}, b"scripted"):
        with pytest.raises(ConfigError):
            as_team(wrong)


def test_agents_are_made_from_files(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        '"""Mine."""\n'
        "class Still:\n"
        "    def reset(self, brief, bodies, seed): ...\n"
        "    def decide(self, perceptions): return []\n"
        "class Half:\n"
        "    def reset(self, brief, bodies, seed): ...\n"
        "AGENT = Still\n"
        "NUMBER = 3\n"
    )
    first, second = (make_agent(TeamEntry(str(file))) for _ in range(2))
    assert type(first).__name__ == "Still"
    assert first is not second
    with pytest.raises(ContractError, match="has no decide method"):
        make_agent(TeamEntry(f"{file}:Half"))
    with pytest.raises(ContractError, match="not a class"):
        make_agent(TeamEntry(f"{file}:NUMBER"))
    with pytest.raises(ContractError, match="does not define"):
        make_agent(TeamEntry(f"{file}:Missing"))


def test_names_that_mean_no_agent():
    with pytest.raises(UnknownNameError, match="Known"):
        make_agent(TeamEntry("nobody"))
    with pytest.raises(UnknownNameError):
        make_agent(TeamEntry("/nowhere/mine.py"))


def test_what_follows_the_colon_goes_to_agents_that_take_it(monkeypatch):
    class Parrot(Counter):
        argument = ""

        @classmethod
        def from_argument(cls, argument):
            cls.argument = argument
            return cls()

    kinds = {"parrot": Parrot, "counter": Counter}
    monkeypatch.setattr("swarm_env.registry.load", lambda _, name: kinds[name])
    assert isinstance(make_agent(TeamEntry("parrot:m@http://h:1/x")), Parrot)
    assert Parrot.argument == "m@http://h:1/x"
    with pytest.raises(ConfigError, match="takes no argument"):
        make_agent(TeamEntry("counter:7"))
