import pytest

from swarm_env.cli import run_settings
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
    assert run_settings.size(text) == expected


@pytest.mark.parametrize("text", ["", "x", "12x", "x12", "12x14x16", "-3", "1.5", "twelve", "1e3", "9999999"])
def test_sizes_that_are_none(text):
    with pytest.raises(ConfigError, match="rows x columns"):
        run_settings.size(text)


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
def test_assignments_that_are_none(text):
    with pytest.raises(ConfigError, match="key=value"):
        run_settings.assignment(text)


def test_later_places_win_over_earlier_ones(tmp_path):
    picture, file = tmp_path / "map.txt", tmp_path / "run.toml"
    picture.write_text("WWWW\nWA.W\nW.aW\nWWWW\n")
    file.write_text(
        'scenario = "pursuit"\nagents = "random"\nseed = 3\nnum_agents = 5\n[options]\nspeed = 2\n'
    )
    found = run_settings.gather({}, {"view_size": None}, [], file, picture)
    assert found.world == {"height": 4, "width": 4, "num_agents": 5, "speed": 2}
    assert (found.scenario, found.team, found.seed) == ("pursuit", "random", 3)
    assert found.layout == ["WWWW", "WA.W", "W.aW", "WWWW"]
    named = {"scenario": "foraging", "agents": None, "seed": 4}
    found = run_settings.gather(named, {"num_agents": 6, "view_size": 7}, ["num_agents=7"], file, picture)
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
def test_files_that_cannot_be_used(tmp_path, content):
    file = tmp_path / "run.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        run_settings.gather({}, {}, [], file)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(ConfigError, match="--config .*missing.toml: cannot be read"):
        run_settings.gather({}, {}, [], tmp_path / "missing.toml")
    with pytest.raises(ConfigError, match="--layout .*: cannot be read"):
        run_settings.gather({}, {}, [], None, tmp_path)


def test_an_empty_picture(tmp_path):
    (tmp_path / "map.txt").write_text("\n\n")
    with pytest.raises(ConfigError, match="no picture"):
        run_settings.read_layout(tmp_path / "map.txt")


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(run_settings, "MAX_FILE", 10)
    (tmp_path / "map.txt").write_text("W" * 11)
    with pytest.raises(ConfigError, match="larger than"):
        run_settings.read_layout(tmp_path / "map.txt")
