from pathlib import Path

import pytest

from swarm_env.cli import run_settings
from swarm_env.cli.options import TeamOptions, WorldOptions
from swarm_env.engine.settings import map_text
from swarm_env.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", {"height": 12, "width": 12}),
        ("12x14", {"height": 12, "width": 14}),
        (" 7X3 ", {"height": 7, "width": 3}),
        (None, {}),
    ],
)
def test_size(text, expected):
    assert run_settings.read_size(text) == expected


@pytest.mark.parametrize("text", ["", "x", "12x", "x12", "12x14x16", "-3", "1.5", "twelve", "1e3", "9999999"])
def test_wrong_sizes_are_refused(text):
    with pytest.raises(ConfigError, match="rows x columns"):
        run_settings.read_size(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("num_agents=20", ("num_agents", 20)),
        ("message_loss=0.5", ("message_loss", 0.5)),
        ("message=text", ("message", "text")),
        ('message="text"', ("message", "text")),
        ("flag=true", ("flag", True)),
        ("range=null", ("range", None)),
        ("name=a=b", ("name", "a=b")),
        ("empty=", ("empty", "")),
    ],
)
def test_assignment(text, expected):
    assert run_settings.assignment(text) == expected


@pytest.mark.parametrize("text", ["", "=", "=1", "num_agents", "num agents=1", "a.b=1", "1a=2"])
def test_wrong_assignments_are_refused(text):
    with pytest.raises(ConfigError, match="key=value"):
        run_settings.assignment(text)


def test_later_sources_override_earlier_ones(tmp_path):
    layout, file = tmp_path / "map.txt", tmp_path / "run.toml"
    layout.write_text("WWWW\nWA.W\nW.aW\nWWWW\n")
    file.write_text(
        'scenario = "pursuit"\nagents = "random"\nseed = 3\nnum_agents = 5\n[options]\nspeed = 2\n'
    )
    found = run_settings.gather(None, TeamOptions(), WorldOptions(config=file, layout=layout))
    assert found.world == {"layout": layout, "num_agents": 5, "speed": 2}
    assert (found.scenario, found.team, found.seed) == ("pursuit", "random", 3)
    flags = WorldOptions(num_agents=6, view_size=7, assignments=["num_agents=7"], config=file, layout=layout)
    found = run_settings.gather("foraging", TeamOptions(seed=4), flags)
    assert (found.world["num_agents"], found.world["view_size"]) == (7, 7)
    assert (found.scenario, found.team, found.seed) == ("foraging", "random", 4)


@pytest.mark.parametrize(
    "content",
    [
        b"num_agents = ",
        b"\xff\xfe",
        b"seed = -1",
        b"seed = 1.5",
        b"seed = true",
        b"agents = 3",
        b"scenario = ['pursuit']",
        b"options = 3",
        b"x = " + b"[" * 10_000,
    ],
)
def test_unusable_files_are_refused(tmp_path, content):
    file = tmp_path / "run.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        run_settings.gather(None, TeamOptions(), WorldOptions(config=file))


def test_missing_files_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="--config .*missing.toml: cannot be read"):
        run_settings.gather(None, TeamOptions(), WorldOptions(config=tmp_path / "missing.toml"))


def test_a_layout_may_be_a_function_of_a_file():
    found = run_settings.gather(None, TeamOptions(), WorldOptions(layout=Path("maps.py:mazes")))
    assert found.world == {"layout": "maps.py:mazes"}


def test_a_too_large_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(map_text, "MAX_FILE", 10)
    (tmp_path / "run.toml").write_text("# " + "W" * 11)
    with pytest.raises(ConfigError, match="larger than"):
        run_settings.read_toml(tmp_path / "run.toml")
