"""Native logs of SwarmBench: read exactly, and refused with a clear word when anything is wrong."""

import gzip
import json
import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm_env.errors import RunError
from swarm_env.runs import swarmbench_files
from swarm_env.runs.swarmbench_files import is_log_folder
from swarm_env.runs.swarmbench_logs import ACTIONS, find_games, read_game
from tests.reference import recordings
from tests.runs.logs import STAMP, Log


def read_only(folder):
    (files,) = find_games(folder)
    return read_game(files)


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("name", recordings.GAMES)
def test_recorded_games_are_read_as_another_reader_reads_them(name):
    expected = recordings.game(name)
    game = read_only(recordings.DATA / "swarmbench" / name)
    assert (game.scenario, game.num_agents, game.height, game.width) == (
        expected.task,
        expected.num_agents,
        expected.height,
        expected.width,
    )
    assert (game.view_size, game.max_rounds) == (expected.view_size, expected.max_rounds)
    assert len(game.grids) == len(expected.rounds) == game.rounds + 1
    assert game.positions.dtype == np.int32
    assert game.actions.dtype == np.int8
    for r, state in enumerate(expected.rounds):
        assert list(game.grids[r]) == state.grid
        assert [tuple(place) for place in game.positions[r].tolist()] == state.positions
        assert game.scores[r] == state.score
        if r < game.rounds:
            assert [ACTIONS[a] for a in game.actions[r]] == state.actions
            assert [[list(row) for row in view] for view in game.views[r]] == state.views


def test_what_was_said_is_in_both_logs():
    game = read_only(recordings.DATA / "swarmbench" / "foraging-clash-561211")
    for r in range(game.rounds):
        said = tuple((who, text) for who, text in enumerate(game.messages[r]) if text)
        assert said == game.reported[r + 1]
    assert any(len(text) == 123 for texts in game.messages for text in texts)


def test_preys_reappear_where_the_map_shows_them():
    game = read_only(recordings.DATA / "swarmbench" / "pursuit-expert-578047")
    assert game.respawns() == [(6, 5), (9, 5), (5, 5), (9, 6)]
    assert game.options()["respawns"] == game.respawns()


def test_other_scenarios_have_no_respawns():
    game = read_only(recordings.DATA / "swarmbench" / "foraging-expert-776634")
    assert game.respawns() == []
    assert set(game.options()) == {"layout", "agents"}
    assert game.options()["layout"] == list(game.grids[0])


@pytest.mark.parametrize("packed", [False, True])
def test_plain_and_gzipped_files_are_read_alike(tmp_path, packed):
    game = read_only(Log().write(tmp_path, packed))
    assert (game.rounds, game.num_agents) == (3, 8)


def test_a_round_that_was_never_finished_is_left_out(tmp_path):
    log = Log()
    log.game.pop()
    log.agent = log.agent[:-3]
    assert read_only(log.write(tmp_path)).rounds == 2


def test_a_game_that_ended_at_its_start_has_no_rounds(tmp_path):
    log = Log(rounds=0)
    game = read_only(log.write(tmp_path))
    assert (game.rounds, game.actions.shape, game.positions.shape) == (0, (0, 8), (1, 8, 2))


def test_the_order_of_agents_within_a_round_does_not_matter(tmp_path):
    log = Log()
    log.agent[8:16] = log.agent[15:7:-1]
    assert np.array_equal(
        read_only(log.write(tmp_path)).actions, read_only(Log().write(tmp_path / "b")).actions
    )


def test_early_releases_wrote_level_for_task(tmp_path):
    log = Log()
    for entry in log.game + log.agent:
        entry["level"] = entry.pop("task")
    assert read_only(log.write(tmp_path)).rounds == 3


def test_several_games_lie_in_one_folder_and_a_broken_one_does_not_hide_the_others(tmp_path):
    Log().write(tmp_path)
    meta = Log().meta
    (tmp_path / "meta_log.json").write_text(json.dumps({STAMP: meta, "2": meta, "10": meta}))
    (tmp_path / "game_log_2.json").write_text("[{")
    (tmp_path / "agent_log_3.json.gz").write_bytes(b"x")
    games = find_games(tmp_path)
    assert [files.stamp for files in games] == ["1", "10", "2", "3"]
    assert read_game(games[0]).rounds == 3
    reasons = ["game_log_10.json", "agent_log_2.json", "has no entry for"]
    for files, reason in zip(games[1:], reasons, strict=True):
        with pytest.raises(RunError, match=reason):
            read_game(files)


def test_folders_without_logs_are_distinguished(tmp_path):
    assert not is_log_folder(tmp_path)
    assert not is_log_folder(tmp_path / "missing")
    with pytest.raises(RunError, match="holds no recorded game|no meta_log"):
        find_games(tmp_path)
    with pytest.raises(RunError, match="not a folder"):
        find_games(tmp_path / "missing")


def change(path, value):
    """A change of one log: `path` leads to what is replaced by `value` (or deleted)."""

    def apply(log):
        *way, last = path
        thing = getattr(log, way[0]) if way else log
        for step in way[1:]:
            thing = thing[step]
        if not way:
            setattr(log, last, value)
        elif value is DELETE:
            del thing[last]
        else:
            thing[last] = value

    return apply


DELETE = object()

HOSTILE = {
    "meta is a list": change(["meta"], []),
    "meta is a number": change(["meta"], 3),
    "no task": change(["meta", "task"], DELETE),
    "unknown task": change(["meta", "task"], "Chess"),
    "task is a number": change(["meta", "task"], 3),
    "no agents": change(["meta", "num_agents"], 0),
    "negative agents": change(["meta", "num_agents"], -1),
    "too many agents": change(["meta", "num_agents"], 10**9),
    "huge number": change(["meta", "num_agents"], 10**400),
    "agents as text": change(["meta", "num_agents"], "8"),
    "agents as truth": change(["meta", "num_agents"], True),
    "agents as fraction": change(["meta", "num_agents"], 8.5),
    "fewer agents than logged": change(["meta", "num_agents"], 7),
    "more agents than logged": change(["meta", "num_agents"], 9),
    "huge map": change(["meta", "width"], 10**9),
    "other width": change(["meta", "width"], 11),
    "other height": change(["meta", "height"], 13),
    "no height": change(["meta", "height"], DELETE),
    "other view": change(["meta", "view_size"], 5),
    "huge view": change(["meta", "view_size"], 10**6),
    "round after the last": change(["meta", "max_round"], 2),
    "seed is null": change(["meta", "seed"], None),
    "seed is huge": change(["meta", "seed"], 2**70),
    "game is an object": change(["game"], {}),
    "game is empty": change(["game"], []),
    "game is null": change(["game"], None),
    "state is null": change(["game", 1], None),
    "state is a list": change(["game", 1], []),
    "no grid": change(["game", 1, "grid"], DELETE),
    "grid is text": change(["game", 1, "grid"], "WWW"),
    "ragged grid": change(["game", 1, "grid", 3], ["W"]),
    "too few rows": change(["game", 1, "grid"], [["W"] * 10]),
    "cell of two characters": change(["game", 1, "grid", 3, 4], "WW"),
    "cell of no character": change(["game", 1, "grid", 3, 4], ""),
    "cell is a number": change(["game", 1, "grid", 3, 4], 7),
    "cell is null": change(["game", 1, "grid", 3, 4], None),
    "round twice": change(["game", 2, "round"], 1),
    "round missing": change(["game", 2, "round"], 3),
    "round is text": change(["game", 2, "round"], "2"),
    "state missing": change(["game", 1], DELETE),
    "other task in a state": change(["game", 2, "task"], "Pursuit"),
    "score is text": change(["game", 2, "score"], "0"),
    "score is null": change(["game", 2, "score"], None),
    "score is not a number": change(["game", 2, "score"], float("nan")),
    "score is infinite": change(["game", 2, "score"], float("inf")),
    "score is absurd": change(["game", 2, "score"], 1e300),
    "agents is null": change(["game", 2, "agents"], None),
    "agent missing": change(["game", 2, "agents", 3], DELETE),
    "agent twice": change(["game", 2, "agents", 3, "id"], "Agent_4"),
    "agent unknown": change(["game", 2, "agents", 3, "id"], "Agent_8"),
    "agent with a sign": change(["game", 2, "agents", 3, "id"], "Agent_-1"),
    "agent with zeros": change(["game", 2, "agents", 3, "id"], "Agent_03"),
    "agent with other digits": change(["game", 2, "agents", 3, "id"], "Agent_³"),
    "agent of another name": change(["game", 2, "agents", 3, "id"], "Bob"),
    "place missing": change(["game", 2, "agents", 3, "x"], DELETE),
    "place is a fraction": change(["game", 2, "agents", 3, "x"], 1.5),
    "place is far": change(["game", 2, "agents", 3, "y"], 10**12),
    "message of another round": change(["game", 3, "messages", 0, "round"], 1),
    "message of nobody": change(["game", 3, "messages", 0, "agent_name"], "Agent_99"),
    "message is a number": change(["game", 3, "messages", 0, "message"], 7),
    "messages is an object": change(["game", 3, "messages"], {}),
    "agent log is text": change(["agent"], "log"),
    "agent log is empty": change(["agent"], []),
    "turn missing": change(["agent", 9], DELETE),
    "last turn missing": change(["agent", -1], DELETE),
    "turn twice": change(["agent", 9, "agent_id"], "Agent_0"),
    "turn of another round": change(["agent", 9, "round"], 0),
    "turn of a later round": change(["agent", 9, "round"], 2),
    "turn beyond the end": change(["agent", -1, "round"], 4),
    "turn before the start": change(["agent", 0, "round"], -1),
    "turn of nobody": change(["agent", 9, "agent_id"], "Agent_8"),
    "other task in a turn": change(["agent", 9, "task"], "Foraging"),
    "unknown action": change(["agent", 9, "action"], "JUMP"),
    "action in small letters": change(["agent", 9, "action"], "up"),
    "action is null": change(["agent", 9, "action"], None),
    "action is a number": change(["agent", 9, "action"], 1),
    "no view": change(["agent", 9, "view"], DELETE),
    "view is null": change(["agent", 9, "view"], None),
    "ragged view": change(["agent", 9, "view", 0], ["*"]),
    "view too small": change(["agent", 9, "view"], [["*"]]),
    "cell of a view too long": change(["agent", 9, "view", 0, 0], "*" * 1000),
    "cell of a view empty": change(["agent", 9, "view", 0, 0], ""),
    "said a number": change(["agent", 9, "message"], 5),
    "said too much": change(["agent", 9, "message"], "x" * 200_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_log_is_refused_with_its_file_and_place(tmp_path, name):
    log = Log()
    HOSTILE[name](log)
    with pytest.raises(RunError) as caught:
        read_only(log.write(tmp_path))
    message = str(caught.value)
    assert message.startswith(str(tmp_path))
    assert "log" in message.removeprefix(str(tmp_path))
    assert len(message) < len(str(tmp_path)) + 300
    assert "\n" not in message


@pytest.mark.parametrize("stem", ["meta_log", f"game_log_{STAMP}", f"agent_log_{STAMP}"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[",
        b"null",
        b"3",
        b"\x00\x01",
        b'{"a": 1',
        b"[" * 100_000,
        b"[1" + b"0" * 5000 + b"]",
        b'["\xff"]',
    ],
    ids=["empty", "brace", "bracket", "null", "number", "bytes", "torn", "deep", "long number", "no utf-8"],
)
def test_a_file_that_is_no_log_is_refused(tmp_path, stem, content):
    Log().write(tmp_path)
    (tmp_path / f"{stem}.json").write_bytes(content)
    with pytest.raises(RunError, match=stem):
        read_only(tmp_path)


@pytest.mark.parametrize("stem", ["meta_log", f"game_log_{STAMP}", f"agent_log_{STAMP}"])
def test_every_truncation_is_refused(tmp_path, stem):
    Log().write(tmp_path)
    path = tmp_path / f"{stem}.json"
    whole = path.read_bytes()
    for length in {1, len(whole) // 3, len(whole) // 2, len(whole) - 2, len(whole) - 1}:
        path.write_bytes(whole[:length])
        with pytest.raises(RunError, match=stem):
            read_only(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_gzip_file_is_refused(tmp_path, share):
    Log().write(tmp_path, packed=True)
    path = tmp_path / f"game_log_{STAMP}.json.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(RunError, match="truncated|EOF|not a gzip"):
        read_only(tmp_path)


def test_a_damaged_gzip_file_is_refused(tmp_path):
    Log().write(tmp_path, packed=True)
    path = tmp_path / f"game_log_{STAMP}.json.gz"
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 255
    path.write_bytes(whole)
    with pytest.raises(RunError, match="damaged"):
        read_only(tmp_path)


def test_plain_bytes_under_the_name_of_a_gzip_file_are_refused(tmp_path):
    Log().write(tmp_path)
    (tmp_path / f"game_log_{STAMP}.json").rename(tmp_path / f"game_log_{STAMP}.json.gz")
    with pytest.raises(RunError, match="not a gzip file"):
        read_only(tmp_path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(swarmbench_files, "MAX_BYTES", 2**20)
    Log().write(tmp_path, packed=True)
    (tmp_path / f"game_log_{STAMP}.json.gz").write_bytes(gzip.compress(b" " * 2**24))
    with pytest.raises(RunError, match="larger than 1 MiB"):
        read_only(tmp_path)


@pytest.mark.parametrize("bomb", [b"[]", b"0"], ids=["lists", "numbers"])
def test_a_file_that_would_fill_the_memory_is_refused_before_it_is_parsed(tmp_path, monkeypatch, bomb):
    monkeypatch.setattr(swarmbench_files, "MAX_LISTS", 10_000)
    monkeypatch.setattr(swarmbench_files, "MAX_COMMAS", 100_000)
    Log().write(tmp_path)
    count = 10_001 if bomb == b"[]" else 100_002
    (tmp_path / f"agent_log_{STAMP}.json").write_bytes(b"[" + b",".join([bomb] * count) + b"]")
    with pytest.raises(RunError, match="not the log of a game"):
        read_only(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    for stem in ("agent_log_1", "game_log_1"):
        (Log().write(tmp_path) / f"{stem}.json").unlink()
        with pytest.raises(RunError, match=f"no {stem}.json or {stem}.json.gz"):
            read_only(tmp_path)
    (Log().write(tmp_path) / "meta_log.json").unlink()
    with pytest.raises(RunError, match="no meta_log.json"):
        read_only(tmp_path)


def test_something_else_than_a_file_is_not_opened(tmp_path):
    path = Log().write(tmp_path) / f"game_log_{STAMP}.json"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(RunError, match="not a plain file"):
        read_only(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match="not a plain file"):
        read_only(tmp_path)


@pytest.mark.parametrize("preys", [0, 2])
def test_a_catch_without_exactly_one_prey_is_refused(tmp_path, preys):
    log = Log("pursuit-expert-578047", rounds=None)
    caught = next(state for state in log.game if state["score"] == 1)
    for row in caught["grid"]:
        for col, symbol in enumerate(row):
            row[col] = "." if symbol == "P" else symbol
    caught["grid"][1][1:3] = ["P"] * preys + ["."] * (2 - preys)
    with pytest.raises(RunError, match=f"shows {preys} preys"):
        read_only(log.write(tmp_path)).options()


@pytest.mark.slow
@given(st.data())
def test_whatever_stands_in_a_log_only_clear_errors_come_out(tmp_path_factory, data):
    log = Log(rounds=1)
    kind = data.draw(st.sampled_from(["meta", "game", "agent"]))
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
    thing: Any = log
    way: Any = kind
    while True:
        inner = getattr(thing, way) if isinstance(way, str) and thing is log else thing[way]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        thing, way = (
            inner,
            data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner)))),
        )
    if thing is log:
        setattr(log, way, data.draw(junk))
    else:
        thing[way] = data.draw(junk)
    folder = log.write(tmp_path_factory.mktemp("log"))
    try:
        read_only(folder).options()
    except RunError:
        pass
