"""`[models]` in TOML: models of which teams know only the name, in requests, in tables, and after a pause."""

import json

import pytest

from swarm_env.bench.bench_file import read_config
from swarm_env.leaderboard.team_names import MAX_LABEL, short_names, team_label
from swarm_env.playing.named_models import with_models
from swarm_env.playing.team import Team
from tests.chat.server import Server, ok
from tests.cli.programs import swarm

STAY = '{"action": "STAY", "message": ""}'
FILE = """
scenarios = ["synchronization"]
teams = ["llm:wide", "llm:narrow", {agent = "llm", model = "wide", top_p = 0.5}, MIXED]
seeds = 1
[settings.default]
num_agents = 3
height = 8
width = 8
max_rounds = 2
[models.wide]
model = "m"
base_url = "URL"
top_p = 0.9
extra_body = {provider = {order = ["x", "y"]}}
price = {input = 1.0, output = 2.0}
[models.narrow]
model = "m"
base_url = "URL"
top_p = 0.1
reasoning_effort = "low"
[models."unused:8b"]
top_p = 0.3
""".replace("MIXED", '"llm:m@URL?top_p=0.9*2, scripted"')


@pytest.fixture
def server():
    with Server(lambda request: ok(STAY)) as started:
        yield started


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_teams_that_differ_in_an_option_are_rows_of_their_own(server, tmp_path, capsys):
    (tmp_path / "bench.toml").write_text(FILE.replace("URL", server.url))
    done = swarm(capsys, "bench", "bench.toml", "--json", "-q")
    assert done.status == 0, done.err
    rows = json.loads(done.out)["leaderboard"]["tables"][0]["rows"]
    assert {row["label"] for row in rows} == {
        "wide",
        "wide?top_p=0.5",
        "narrow",
        f"llm:m@{server.url}?top_p=0.9*2, scripted*1",
    }
    assert len({row["team"] for row in rows}) == 4 and {tuple(row["models"]) for row in rows} == {("m",)}
    costs = {row["label"]: row["per_run"]["cost"] for row in rows}
    assert costs["narrow"] is None and costs["wide"] == pytest.approx(6 * 140 / 1e6)
    sent = {
        (r.body["top_p"], r.body.get("reasoning_effort"), str(r.body.get("provider")))
        for r in server.requests
    }
    order = "{'order': ['x', 'y']}"
    assert sent == {(0.9, None, order), (0.5, None, order), (0.1, "low", "None"), (0.9, None, "None")}
    table = swarm(capsys, "score", "runs/bench", "--reference", "narrow").out
    assert "against narrow" in table and "wide?top_p=0.5 (m)" in table
    (tmp_path / "bench.toml").write_text(
        FILE.replace("URL", server.url).replace("top_p = 0.1", "top_p = 0.2")
    )
    changed = swarm(capsys, "bench", "bench.toml", "-q")
    assert changed.status == 2 and "top_p" in changed.err


def test_a_run_takes_its_models_from_a_file(server, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ROUTER_KEY", "planted-0123456789")
    text = f'agents = "llm:fast"\n[models.fast]\nmodel = "m"\nbase_url = "{server.url}"\nseed = 4\n'
    (tmp_path / "world.toml").write_text(text)
    small = ("--set=num_agents=2", "--set=max_rounds=1", "-q", "--force", "--out", "run")
    for more in ((), ("--agents", "llm:fast?seed=5*1, scripted")):
        assert swarm(capsys, "run", "pursuit", "--config", "world.toml", *small, *more).status == 0
    assert [request.body["seed"] for request in server.requests] == [4, 4, 5]
    (tmp_path / "world.toml").write_text(f'{text}key_env = "ROUTER_KEY"\n')
    done = swarm(capsys, "run", "pursuit", "--config", "world.toml", *small, "--agents", "llm:fast")
    assert done.status == 2 and "--allow-key ROUTER_KEY=" in done.err and len(server.requests) == 3


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ("[models.wide]\ntop_k = 3", ["no option 'top_k'", "Did you mean 'top_p'?"]),
        ("[models.wide]\ncount = 3", ["models.wide: count belongs to the team"]),
        ("[models.wide]\nstop = 1979-05-27", ["models.wide", "stop"]),
        ("[models.wide]\nheaders = {api-key = 'hunter2'}", ["header_env.api-key=VARIABLE"]),
        ("models = 3", ["tables [models.NAME]"]),
        ('[models."a,b"]\ntop_p = 1', ["a,b"]),
    ],
)
def test_what_a_model_may_not_be(tmp_path, capsys, models, words):
    head = 'scenarios = ["pursuit"]\nteams = ["llm:wide"]\nseeds = 1\n'
    (tmp_path / "bench.toml").write_text(head + models)
    done = swarm(capsys, "bench", "bench.toml", "--dry-run")
    assert done.status == 2 and "hunter2" not in done.err
    assert all(word in done.err for word in words), done.err


def test_names_that_are_no_models_stay_as_they_are():
    models = {"m": {"model": "org/m", "base_url": "http://h/v1"}}
    for text in ("scripted", "llm:other*2, scripted", "llm:m@http://h/v1", "x.py:m, llm:m2"):
        assert with_models(text, models) == text
    (entry,) = Team.parse(with_models("llm:m?base_url=http://other/v1", models)).entries
    assert entry.agent == "llm:org/m@http://other/v1"


def test_every_team_has_a_name_of_its_own(tmp_path):
    long = "llm:m?extra_body.x=" + "a" * 400
    teams = [team_label(f"{long}{end}*3") for end in "bc"]
    assert len(set(teams)) == 2 and max(map(len, teams)) <= MAX_LABEL
    other = [
        "llm:m?price.input=1&price.output=2",
        "llm:m?price.input=1&price.output=3",
        "llm:m?label=m",
        "llm:n",
    ]
    names = short_names([*teams, *other])
    assert len(set(names.values())) == 6 and names["llm:n"] == "llm:n"
    assert short_names(["llm:m?price.input=1&price.output=2"]).popitem()[1] == "llm:m"
    name = short_names(["llm:q?extra_body.chat_template_kwargs.enable_thinking=false&top_p=0.5"]).popitem()[1]
    assert name == "llm:q?enable_thinking=false&top_p=0.5"


def test_the_file_names_every_model(tmp_path):
    (tmp_path / "bench.toml").write_text(FILE)
    assert list(read_config(tmp_path / "bench.toml")[0].models) == ["wide", "narrow", "unused:8b"]
