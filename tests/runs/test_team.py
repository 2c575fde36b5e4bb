"""The text of --agents."""

import tomllib
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm_env import registry
from swarm_env.errors import ConfigError, ContractError, UnknownNameError
from swarm_env.playing.team import Team, TeamEntry, as_team, channel_of, completed, make_agent
from swarm_env.playing.team_syntax import read_tables
from tests.runs.agents import Counter

NAMES = [f"agent_{k}" for k in range(10)]


def parsed(text):
    return [(entry.agent, entry.count) for entry in Team.parse(text).entries]


def test_an_entry_without_a_number_takes_all_that_is_left():
    assert parsed("scripted") == [("scripted", None)]
    assert [len(share) for share in Team.parse("scripted").split(NAMES)] == [10]
    assert [len(share) for share in Team.parse("human*1, scripted").split(NAMES)] == [1, 9]
    assert [len(share) for share in Team.parse("scripted, human*1").split(NAMES)] == [9, 1]


def test_agents_are_split_in_order():
    assert Team.parse("a*2,b * 3 ,c").split(NAMES) == [
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
    assert str(Team.parse("human*1,scripted").for_size(10)) == "human*1, scripted*9"
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
        Team.parse(text).for_size(10)


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
        "    def reset(self, brief, agents, seed): ...\n"
        "    def decide(self, perceptions): return []\n"
        "class Half:\n"
        "    def reset(self, brief, agents, seed): ...\n"
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


# Options.


class Optional(Counter):
    """Takes an argument and options."""

    takes = ("model", "base_url", "persona", "prompt")
    files = ("prompt",)
    message = "text"
    given: tuple[str, ...]

    @classmethod
    def from_argument(cls, argument="", *, persona="", model="", prompt="", temperature=""):
        made = cls()
        made.given = (argument, persona, model, prompt, temperature)
        return made


@pytest.fixture
def kinds(monkeypatch):
    known = {"optional": Optional, "counter": Counter}
    load = registry.load
    monkeypatch.setattr("swarm_env.registry.load", lambda kind, name: known.get(name) or load(kind, name))


def test_options_are_read_and_decoded():
    (entry,) = Team.parse("llm:m@http://h:1/v1?persona=very calm&note=a%2Cb%26c%3Dd%2A*3").entries
    assert (entry.agent, entry.count) == ("llm:m@http://h:1/v1", 3)
    assert entry.options == (("note", "a,b&c=d*"), ("persona", "very calm"))
    assert str(entry) == "llm:m@http://h:1/v1?note=a%2Cb%26c%3Dd%2A&persona=very%20calm*3"


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
agent_text = any_text.map(lambda text: "".join(text.split())).filter(bool)
option_key = st.from_regex(r"[a-z_][a-z0-9_]*", fullmatch=True)


@given(
    agent_text.filter(lambda text: ".py" not in text),
    st.dictionaries(option_key, any_text, max_size=3),
    st.none() | st.integers(1, 10**8),
)
def test_the_text_of_any_entry_reads_back_as_the_same_entry(agent, options, count):
    entry = TeamEntry(agent, count, options=tuple(sorted(options.items())))
    assert Team.parse(str(entry)).entries == (entry,)
    other = TeamEntry("scripted", 1)
    assert Team.parse(f"{entry}, {other}").entries == (entry, other)


@pytest.mark.parametrize(
    "text",
    [
        "llm?",
        "llm?x",
        "llm?=1",
        "llm?x=1&",
        "llm?x=1&x=2",
        "llm?1x=2",
        "llm?x=%",
        "llm?x=%zz",
        "llm?x=%ff",
        "?x=1",
    ],
)
def test_options_of_another_form_are_refused(text):
    with pytest.raises(ConfigError, match="of the team"):
        Team.parse(text)


def made(text):
    (entry,) = Team.parse(text).entries
    return make_agent(entry)


def test_options_go_to_the_agents_that_take_them(kinds):
    assert made("optional").__dict__ == {}
    assert made("optional:m").given == ("m", "", "", "", "")
    assert made("optional:m?persona=calm&temperature=0.5").given == ("m", "calm", "", "", "0.5")
    assert made("optional?model=m").given == ("", "", "m", "", "")
    with pytest.raises(ConfigError, match=r"takes no option 'persna'. Did you mean 'persona'\?"):
        made("optional?persna=calm")
    with pytest.raises(ConfigError, match="takes no options"):
        made("counter?persona=calm")


def test_defaults_fill_what_entries_leave_open(kinds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").touch()

    def filled(text, **defaults):
        return str(completed(Team.parse(text), defaults))

    assert filled("optional*2, counter", model="m", base_url="http://h/v1") == (
        "optional:m@http://h/v1*2, counter"
    )
    assert filled("optional:a*2, optional:@http://x", model="m", base_url="http://h") == (
        "optional:a@http://h*2, optional:m@http://x"
    )
    assert filled("optional:a@2024", model="m", base_url="http://h") == "optional:a@2024@http://h"
    assert filled("optional?model=a", model="m") == "optional?model=a"
    assert filled("optional?persona=odd*1, optional", persona="calm") == (
        "optional?persona=odd*1, optional?persona=calm"
    )
    assert filled("optional", prompt="mine.txt") == f"optional?prompt={quote(str(tmp_path))}/mine.txt"
    assert filled("optional?prompt=short") == "optional?prompt=short"
    for text, default in (("counter", "model"), ("optional", "seed")):
        with pytest.raises(ConfigError, match=f"takes {default}"):
            filled(text, **{default: "m"})


def test_a_file_takes_options_too(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        '"""Mine."""\n'
        "class Sized:\n"
        "    takes = ('model',)\n"
        "    def reset(self, brief, agents, seed): ...\n"
        "    def decide(self, perceptions): return []\n"
        "    @classmethod\n"
        "    def from_argument(cls, argument, size='1', model=''):\n"
        "        made = cls()\n"
        "        made.given = (argument, size, model)\n"
        "        return made\n"
    )
    team = completed(Team.parse(f"{file}:Sized?size=3*2"), {"model": "m"})
    assert str(team) == f"{file}:Sized?model=m&size=3*2"
    agent: Any = make_agent(team.entries[0])
    assert agent.given == ("", "3", "m")


def test_the_channel_is_the_one_that_an_agent_asks_for(kinds):
    assert channel_of(Team.parse("counter*2, optional")) == "text"
    assert channel_of(Team.parse("counter")) == "none"
    assert channel_of(Team((TeamEntry("mine", None, Optional),))) == "text"


def test_tables_are_the_same_team():
    tables = tomllib.loads(
        """
        [[agents]]
        agent = "llm"
        count = 5
        model = "m"
        base_url = "http://h:1/v1"
        temperature = 0.5
        persona = "calm, but bold"
        [[agents]]
        agent = "llm:other"
        base-url = "http://h:2"
        loud = true
        [[agents]]
        agent = "mine.py:Agent"
        count = 1
        model = "m"
        """
    )["agents"]
    text = read_tables(tables)
    assert text == (
        "llm:m@http://h:1/v1?persona=calm%2C%20but%20bold&temperature=0.5*5, "
        "llm:other@http://h:2?loud=true, mine.py:Agent?model=m*1"
    )
    assert Team.parse(text).size is None


@pytest.mark.parametrize(
    "tables",
    [
        3,
        [],
        [3],
        [{}],
        [{"agent": 3}],
        [{"agent": "a", "count": 0}],
        [{"agent": "a", "count": True}],
        [{"agent": "a", "x": [object()]}],
        [{"agent": "a", "a b": 1}],
        [{"agent": "a:m", "model": "n"}],
    ],
)
def test_tables_that_are_no_team(tables):
    with pytest.raises(ConfigError, match="agents"):
        read_tables(tables)


@pytest.mark.parametrize(
    ("method", "taken"),
    [
        ("reset", "self, brief, agents"),
        ("reset", "self"),
        ("reset", "self, brief, agents, seed, more"),
        ("decide", "self"),
        ("decide", "self, perceptions, more"),
        ("close", "self, more"),
        ("attach", "self"),
        ("replay", "self, perceptions"),
    ],
)
def test_methods_that_take_other_arguments_are_named(method, taken, tmp_path):
    right = {"reset": "self, brief, agents, seed", "decide": "self, *perceptions"}
    lines = [f"    def {name}({given}): ..." for name, given in (right | {method: taken}).items()]
    (tmp_path / "mine.py").write_text("class Mine:\n" + "\n".join(lines) + "\nAGENT = Mine\n")
    with pytest.raises(ContractError, match=rf"mine\.py' \(Mine\): {method} must take \("):
        make_agent(TeamEntry(str(tmp_path / "mine.py")))
