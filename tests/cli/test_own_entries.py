"""Rules and renderers of one's own, by file, by name and by entry point."""

import json
import shutil
from pathlib import Path

import pytest

import swarm_env
from swarm_env import registry, trusted_code
from swarm_env.frame import Renderer
from tests.cli import own_entries
from tests.cli.programs import swarm
from tests.docs.pages import ROOT

FILE = str(ROOT / "tests" / "cli" / "own_entries.py")
SMALL = ("--rounds", 6, "--seed", 1, "-n", 4, "--fps", 0)
VOTES = "winner,loser\na,b\na,c\nb,c\n"


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def named():
    """The entries by name, as if another distribution had brought them."""
    registry.register("rule", "first", own_entries.First)
    registry.register("rule", "lenient", own_entries.Lenient)
    registry.register("renderer", "plain", own_entries.Plain)
    yield
    for kind, name in (("rule", "first"), ("rule", "lenient"), ("renderer", "plain")):
        registry.unregister(kind, name)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["file", "name"])
@pytest.mark.parametrize(("scenario", "rule"), [("nest_site", "First"), ("secrets", "Lenient")])
def test_a_world_asks_a_rule_of_one_s_own(scenario, rule, how, capsys, named):
    given = f"{FILE}:{rule}" if how == "file" else rule.lower()
    done = swarm(capsys, "run", scenario, *SMALL, "--set", f"rule={given}", "-q", "--out", "run")
    assert done.status == 0, done.err
    assert json.loads(Path("run/run.json").read_text())["config"]["options"]["rule"] == given
    assert swarm(capsys, "verify", "run").status == 0
    assert swarm(capsys, "score", "run").status == 0
    env = swarm_env.parallel_env(scenario, rule=given, num_agents=3)
    env.reset(seed=1)
    assert env.scenario.words()


def test_a_relative_path_is_recorded_whole_and_with_options(tmp_path):
    shutil.copy(FILE, tmp_path / "own.py")
    env = swarm_env.parallel_env("nest_site", rule="own.py:First")
    assert env.scenario.config.options["rule"] == f"{(tmp_path / 'own.py').resolve()}:First"


def test_a_stranger_s_rule_is_not_run(capsys, tmp_path):
    swarm(capsys, "run", "nest_site", *SMALL, "-q", "--out", "run")
    info = json.loads((tmp_path / "run" / "run.json").read_text())
    mark = tmp_path / "mark"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\nclass RULE: pass\n")
    for name in ("evil.py", "evil.py:RULE", "evil.py?threshold=2"):
        info["config"]["options"]["rule"] = f"{tmp_path}/{name}"
        (tmp_path / "run" / "run.json").write_text(json.dumps(info))
        done = swarm(capsys, "verify", "run")
        assert done.status == 1 and "evil.py, which was not given" in done.out + done.err
        for command in (("replay", "run"), ("run", "--from", "run", "--round", 1), ("score", "run")):
            swarm(capsys, *command)
        assert not mark.exists()
    (tmp_path / "own.toml").write_text(f'scenario = "nest_site"\nrule = "{tmp_path}/evil.py"\n')
    assert swarm(capsys, "run", "--config", "own.toml").status == 2 and not mark.exists()


@pytest.mark.parametrize(
    ("scenario", "rule", "word"),
    [
        ("nest_site", f"{FILE}:Lenient", "has `ranking_kernel`"),
        ("secrets", f"{FILE}:First", "has `vote_kernel`"),
        ("secrets", f"{FILE}:Needs", "must be made without arguments"),
        ("secrets", f"{FILE}:NUMBER", "it must be a class"),
        ("secrets", f"{FILE}:Nothing", "does not define 'Nothing'"),
        ("secrets", "nofile.py", "No rule file named"),
        ("secrets", "codeff", "Did you mean 'codef'"),
        ("secrets", f"{FILE}:Texts", "kernel `text`"),
        ("secrets", "99", "must be one of codef"),
        ("secrets", "true", "must be one of codef"),
    ],
)
def test_rules_that_a_world_cannot_ask(scenario, rule, word, capsys):
    done = swarm(capsys, "run", scenario, *SMALL, "--set", f"rule={rule}", "-q")
    assert done.status == 2 and word in done.err and "Traceback" not in done.err


@pytest.mark.slow
def test_a_wrong_index_in_a_rule_is_named(capsys):
    asks = ("--agents", "scripted", "--rounds", 60, "--seed", 1, "-n", 6)
    done = swarm(capsys, "run", "secrets", *asks, "--set", f"rule={FILE}:Outside", "-q")
    assert done.status == 2 and "kernel `outside`" in done.err and "is out of bounds" in done.err


def test_ranking_by_a_rule_of_one_s_own(capsys, tmp_path, named):
    (tmp_path / "votes.csv").write_text(VOTES)
    for rule in ("first", FILE, f"{FILE}:First"):
        done = swarm(capsys, "consensus", "rank", "votes.csv", "--rule", rule, "--json")
        assert [item["item"] for item in json.loads(done.out)["items"]] == ["a", "b", "c"]
    for wrong in ("Words", "Short", "Missing"):
        done = swarm(capsys, "consensus", "rank", "votes.csv", "--rule", f"{FILE}:{wrong}")
        assert done.status == 2 and "returned" in done.err and "for 3 items" in done.err


@pytest.mark.parametrize("name", ["plain", FILE, f"{FILE}:Plain"])
def test_a_renderer_of_one_s_own_shows_runs_and_replays(name, capsys, named):
    done = swarm(capsys, "run", "synchronization", *SMALL, "--render", name, "--out", "run")
    assert done.status == 0 and all(f"round {number}/6" in done.out for number in range(7))
    done = swarm(capsys, "replay", "run", "--render", name, "--fps", 0)
    assert done.status == 0 and all(f"round {number}/6" in done.out for number in range(7))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("vr", "none of window, terminal, none"),
        ("page", "not one of: window, terminal, none"),
        (f"{FILE}:Silent", "has no method close"),
        (f"{FILE}:Needs", "made without arguments"),
        (f"{FILE}:NUMBER", "made without arguments"),
        (f"{FILE}:Nothing", "does not define 'Nothing'"),
        ("nofile.py", "No renderer file named"),
    ],
)
def test_renderers_that_cannot_be_used(name, word, capsys, tmp_path):
    done = swarm(capsys, "run", "synchronization", *SMALL, "--render", name)
    assert done.status == 2 and word in done.err and not (tmp_path / "runs").exists()


def test_every_registered_renderer_has_the_methods_of_one():
    for name in registry.names("renderer"):
        made = registry.load("renderer", name)
        assert all(callable(getattr(made, method, None)) for method in ("open", "show", "close")), name
    assert isinstance(own_entries.Plain(), Renderer)


def test_names_within_settings_are_found():
    names = [{"rule": f"{FILE}:First?x=1", "n": 3}, ["a", (FILE,)], None, 2.5]
    assert {path.name for path in trusted_code.python_files(names)} == {"own_entries.py"}
