"""Recorded games are simulated again; whatever was altered is found at its round."""

import json
import random
import shutil
from typing import Any

import pytest

from swarm_env.errors import ConfigError, RunError
from swarm_env.playing.runner import play, resume
from swarm_env.runs.files import read_run
from swarm_env.runs.import_swarmbench import import_game
from swarm_env.runs.recording import find_recordings, open_recording
from swarm_env.runs.swarmbench_logs import find_games, read_game
from swarm_env.runs.verify import END, verify, verify_one
from tests.reference import recordings
from tests.runs.agents import Counter, team
from tests.runs.logs import Log

GOLDEN = recordings.DATA / "swarmbench"


def check(log, folder):
    (verdict,) = verify(log.write(folder))
    return verdict


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("name", recordings.GAMES)
def test_recorded_games_agree(name):
    (verdict,) = verify(GOLDEN / name)
    assert verdict.agrees, str(verdict)
    assert verdict.rounds == len(recordings.game(name).rounds) - 1
    assert f"all {verdict.rounds} rounds agree" in str(verdict)


SHORT = 25  # rounds of a game in which something is altered


def other(rng, symbol):
    return rng.choice([s for s in ".WBPFNAa" if s != symbol])


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("name", recordings.GAMES)
def test_an_altered_cell_is_found_at_its_round(tmp_path, name):
    rng = random.Random(name)
    for number in range(3):
        log = Log(name, rounds=SHORT)
        round = rng.randrange(1, len(log.game))
        row = rng.choice(log.game[round]["grid"])
        col = rng.randrange(len(row))
        row[col] = other(rng, row[col])
        difference = check(log, tmp_path / str(number)).difference
        if difference is None:  # the new prey of Pursuit is where the map shows it: two of them are refused
            assert name.startswith("pursuit")
            continue
        assert difference.round == round
        assert difference.what.startswith("grid, row")
        assert difference.expected == repr(row[col])


@pytest.mark.parametrize("name", ["foraging-herd-147698", "transport-clash-498874", "pursuit-herd-244996"])
def test_an_altered_cell_of_the_start_is_found_at_the_start(tmp_path, name):
    rng = random.Random(name)
    for number in range(12):
        log = Log(name, rounds=4)
        row = rng.choice(log.game[0]["grid"])
        col = rng.randrange(len(row))
        row[col] = other(rng, row[col])
        verdict = check(log, tmp_path / str(number))
        assert not verdict.agrees
        assert (verdict.difference.round == 0) if verdict.difference else verdict.error.startswith("round 0")


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("name", recordings.GAMES)
def test_an_altered_view_is_found_at_its_round(tmp_path, name):
    rng = random.Random(name)
    log = Log(name, rounds=SHORT)
    entry = rng.choice(log.agent)
    row = rng.choice(entry["view"])
    col = rng.randrange(len(row))
    row[col] = rng.choice([s for s in (".", "W", "0", "$0", "*") if s != row[col]])
    difference = check(log, tmp_path).difference
    assert difference.round == entry["round"]
    assert difference.what.startswith(f"view of {entry['agent_id'].lower()}, row")
    assert difference.expected == repr(row[col])


@pytest.mark.parametrize("name", recordings.GAMES)
def test_an_altered_score_is_found_at_its_round(tmp_path, name):
    rng = random.Random(name)
    log = Log(name, rounds=SHORT)
    state = rng.choice([s for s in log.game if s["score"] == log.game[-1]["score"]])
    state["score"] += rng.choice([-1, 0.01, 1]) if not name.startswith("pursuit") else -0.5
    difference = check(log, tmp_path).difference
    assert (difference.round, difference.what) == (state["round"], "score")


@pytest.mark.parametrize("name", recordings.GAMES)
def test_an_altered_position_is_found_at_its_round(tmp_path, name):
    rng = random.Random(name)
    log = Log(name, rounds=SHORT)
    state = rng.choice(log.game[1:])
    agent = rng.choice(state["agents"])
    agent[rng.choice("xy")] += rng.choice([-1, 1])
    difference = check(log, tmp_path).difference
    assert difference.round == state["round"]
    assert difference.what == f"position of {agent['id'].lower()}"


STEPS = {"UP": (-1, 0), "DOWN": (1, 0), "LEFT": (0, -1), "RIGHT": (0, 1)}


@pytest.mark.parametrize("name", recordings.GAMES)
def test_an_altered_action_is_found_after_its_round(tmp_path, name):
    """An agent that walked alone is said to have stayed."""
    rng = random.Random(name)
    log = Log(name, rounds=SHORT)
    rng.shuffle(log.agent)
    for entry in log.agent:
        (before,), (after,) = (
            [
                (a["y"], a["x"])
                for a in log.game[entry["round"] + late]["agents"]
                if a["id"] == entry["agent_id"]
            ]
            for late in (0, 1)
        )
        di, dj = STEPS.get(entry["action"], (0, 0))
        grid = log.game[entry["round"]]["grid"]
        behind = grid[before[0] - di][before[1] - dj] if 0 < before[0] < len(grid) - 1 else "."
        if (di or dj) and after == (before[0] + di, before[1] + dj) and behind in ".W":
            break
    entry["action"] = "STAY"
    log.agent.sort(key=lambda e: (e["round"], int(e["agent_id"][6:])))
    difference = check(log, tmp_path).difference
    assert difference is not None, entry
    assert difference.round == entry["round"] + 1
    assert f"after the moves of round {entry['round']}" in str(difference)


def test_an_altered_message_is_found_at_its_round(tmp_path):
    for number, change in enumerate(
        (lambda m: m.pop(), lambda m: m[0].update(message="no"), lambda m: m.append(m[0]))
    ):
        log = Log("foraging-clash-561211", rounds=9)
        change(log.game[6]["messages"])
        difference = check(log, tmp_path / str(number)).difference
        assert (difference.round, difference.what[:8]) == (6, "messages")


def test_a_move_that_a_scenario_does_not_know_is_reported(tmp_path):
    log = Log("foraging-clash-561211", rounds=9)
    log.agent[30]["action"] = "SWITCH"
    assert "round 3: agent_0: move 5" in str(check(log, tmp_path))


def test_a_log_that_stops_early_or_goes_on_too_long_is_reported(tmp_path):
    difference = check(Log("transport-expert-824072", rounds=40), tmp_path / "a").difference
    assert (difference.round, difference.what) == (40, END)
    log = Log("transport-expert-824072", rounds=None)
    log.game.append({**log.game[-1], "round": 44, "messages": []})
    log.agent += [{**entry, "round": 43} for entry in log.agent[-10:]]
    difference = check(log, tmp_path / "b").difference
    assert (difference.round, difference.what) == (43, END)


def test_a_world_that_cannot_be_built_is_reported(tmp_path):
    log = Log("foraging-clash-561211", rounds=3)
    for entry in log.game + log.agent:
        entry["task"] = log.meta["task"] = "Transport"
    verdict = check(log, tmp_path)
    assert verdict.error.startswith("round 0 (the start)")
    assert "no symbol of transport" in verdict.error


def test_broken_recordings_do_not_hide_the_others(tmp_path):
    shutil.copytree(GOLDEN / "flocking-expert-199448", tmp_path / "a" / "native")
    play("pursuit", team((Counter, None)), seed=1, out=tmp_path / "a" / "b" / "run", max_rounds=3)
    for name in ("broken", "link"):
        play("pursuit", team((Counter, None)), seed=1, out=tmp_path / name, max_rounds=3)
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "native").mkdir()
    (tmp_path / "native" / "meta_log.json").write_text("[")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden").symlink_to(tmp_path)
    verdicts = verify(tmp_path)
    assert [(v.kind, v.agrees) for v in verdicts] == [
        ("run", True),
        ("swarmbench", True),
        ("run", False),
        ("run", True),
        ("swarmbench", False),
    ]
    assert all(v.agrees or v.error for v in verdicts)


def test_folders_without_recordings(tmp_path):
    for place in (tmp_path, tmp_path / "missing", GOLDEN.parent / "README.md"):
        with pytest.raises(RunError, match="no run|not a folder"):
            find_recordings(place)
    with pytest.raises(RunError, match="neither"):
        open_recording(tmp_path)


# Our own runs.


@pytest.fixture
def run(tmp_path):
    play("synchronization", team((Counter, None)), seed=2, out=tmp_path / "run", max_rounds=20, num_agents=3)
    return tmp_path / "run"


def difference_of(folder):
    difference: Any = verify(folder)[0].difference
    return difference


def edit(folder, name, change):
    path = folder / name
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_an_altered_move_of_runs_is_found_at_its_round(run):
    lines = (run / "rounds.jsonl").read_text().splitlines()
    record = json.loads(lines[7])
    record["actions"][0] = 5 if record["actions"][0] != 5 else 0
    lines[7] = json.dumps(record)
    (run / "rounds.jsonl").write_text("\n".join(lines) + "\n")
    assert difference_of(run)[:2] == (8, "digest")
    assert verify(run)[0].rounds == 7


@pytest.mark.parametrize(
    ("file", "change", "round", "what"),
    [
        ("run.json", lambda c: c.update(seed=3), 0, "digest of the start"),
        ("run.json", lambda c: c.update(digest="0" * 32), 0, "digest of the start"),
        ("run.json", lambda c: c["config"].update(max_rounds=30), 20, END),
        ("run.json", lambda c: c["config"].update(max_rounds=10), 10, END),
        ("result.json", lambda c: c.update(score=99), 20, "score"),
        ("result.json", lambda c: c.update(rounds=19), 20, "number of rounds"),
        ("result.json", lambda c: c.update(seed=3), 20, "scenario and seed"),
        ("result.json", lambda c: c.update(scenario="pursuit"), 20, "scenario and seed"),
    ],
)
def test_altered_files_of_runs_are_found(run, file, change, round, what):
    edit(run, file, change)
    difference = difference_of(run)
    assert difference.round == round
    assert difference.what.startswith(what)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["config"].update(num_agents=10**12),
        lambda c: c["config"].update(height="12"),
        lambda c: c["config"].update(colour="red"),
        lambda c: c["config"].update(scenario="nothing"),
        lambda c: c["config"].update(scenario=None),
        lambda c: c["config"].pop("scenario"),
        lambda c: c["config"].update(options={"x": 1}),
        lambda c: c["config"].update(options=[]),
        lambda c: c["config"].update(num_agents=9_000_000, height=65_000, width=65_000, view_size=255),
        lambda c: c.update(options={"layout": "WWW"}),
        lambda c: c.update(options={"layout": [["W"] * 3] * 3, "agents": "x"}),
    ],
)
def test_a_run_of_an_impossible_world_is_reported(run, change):
    edit(run, "run.json", change)
    (verdict,) = verify(run)
    assert verdict.error, verdict
    assert verdict.rounds == 0


def test_one_more_or_one_less_round_of_runs_is_found(run):
    lines = (run / "rounds.jsonl").read_bytes().splitlines(keepends=True)
    (run / "rounds.jsonl").write_bytes(b"".join(lines[:-1]))
    assert difference_of(run).what.startswith("number of rounds")
    (run / "rounds.jsonl").write_bytes(b"".join(lines) + lines[-1].replace(b'"round":19', b'"round":20'))
    assert difference_of(run)[:2] == (20, END)


# Importing.


@pytest.mark.parametrize("name", [n for n in recordings.GAMES if "expert" in n])
def test_an_imported_game_is_a_run_like_any_other(tmp_path, name):
    (files,) = find_games(GOLDEN / name)
    folder = import_game(files, tmp_path / "run")
    game, run = read_game(files), read_run(folder)
    result: Any = run.result
    assert verify(folder)[0].agrees
    assert (result.status, result.rounds) == ("finished", game.rounds)
    assert result.score == pytest.approx(game.scores[-1])
    assert run.info.team == f"swarmbench:expert*{game.num_agents}"
    for texts, record in zip(game.messages, run.rounds(), strict=True):
        there = [text if move is not None else "" for text, move in zip(texts, record.actions, strict=True)]
        assert [text or "" for text in record.messages or [""] * len(there)] == there
    with pytest.raises(ConfigError, match="not empty"):
        import_game(files, folder)


def test_a_game_that_differs_is_not_imported(tmp_path):
    log = Log("foraging-clash-561211", rounds=None)
    log.game[50]["score"] = 3
    with pytest.raises(RunError, match="Not imported: .*round 50 .*score"):
        import_game(find_games(log.write(tmp_path / "log"))[0], tmp_path / "run")
    assert not (tmp_path / "run").exists()


class Silent(Counter):
    """Plays on where others stopped."""

    replayable = False


def test_a_game_whose_log_stops_early_is_imported_as_interrupted(tmp_path):
    log = Log("foraging-clash-561211", rounds=20)
    folder = import_game(find_games(log.write(tmp_path / "log"))[0], tmp_path / "run")
    result: Any = read_run(folder).result
    assert result.status == "interrupted"
    assert verify_one(folder).agrees
    assert resume(folder, team((Silent, None))).rounds == 100
    assert verify_one(folder).agrees
