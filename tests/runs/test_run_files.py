"""Run folders: written whole, read with mistrust."""

import json
import os
import subprocess
import sys

import pytest

from swarm_env.errors import ConfigError, RunError
from swarm_env.runs.files import (
    RoundRecord,
    RunInfo,
    RunResult,
    default_folder,
    is_run_folder,
    read_rounds,
    read_run,
    versions,
)
from swarm_env.runs.writer import RunWriter

DIGEST = "0123456789abcdef" * 2


def info(**changes):
    return RunInfo(
        created="2026-01-01T00:00:00+00:00",
        config={"scenario": "pursuit"},
        seed=1,
        team="scripted*2",
        versions=versions(),
        digest=DIGEST,
        **changes,
    )


def record(number, messages=None):
    return RoundRecord(round=number, actions=(1, None), messages=messages, digest=DIGEST)


RESULT = RunResult(status="finished", scenario="pursuit", seed=1, rounds=3, score=1.5, counts={"masked": 0})


@pytest.fixture
def run(tmp_path):
    """A finished run of three rounds."""
    with RunWriter.create(tmp_path / "run", info()) as writer:
        for number in range(3):
            writer.append(record(number))
        writer.finish(RESULT)
    return tmp_path / "run"


def lines(folder):
    return (folder / "rounds.jsonl").read_bytes().splitlines(keepends=True)


def test_what_is_written_is_read(run):
    read = read_run(run)
    assert read.info == info()
    assert read.result == RESULT
    assert list(read.rounds()) == [record(n) for n in range(3)]
    assert sorted(os.listdir(run)) == ["result.json", "rounds.jsonl", "run.json"]
    assert set(versions()) == {"swarm_env", "numpy", "numba", "python"}


@pytest.mark.parametrize(
    "messages",
    [("héllo\n\u2028\x00", None), ((1, 0, 7), None), ((0.1, -1.0, 1e-40), None), ("", (1,))],
    ids=["text", "tokens", "vector", "mixed"],
)
def test_messages_come_back_as_they_were(tmp_path, messages):
    with RunWriter.create(tmp_path, info()) as writer:
        writer.append(record(0, messages))
    (read,) = read_run(tmp_path).rounds()
    assert read.messages == messages
    assert repr(read.messages) == repr(messages)  # 0 is not 0.0


def test_every_line_is_on_disk_as_soon_as_it_is_written(tmp_path):
    with RunWriter.create(tmp_path, info()) as writer:
        for number in range(3):
            writer.append(record(number))
            assert len(list(read_run(tmp_path).rounds())) == number + 1
        assert read_run(tmp_path).result is None


def test_a_torn_last_line_is_left_out_wherever_it_is_torn(run):
    path = run / "rounds.jsonl"
    whole = path.read_bytes()
    last = len(lines(run)[-1])
    for torn in range(1, last + 1):
        path.write_bytes(whole[: len(whole) - torn])
        read = list(read_rounds(path))
        assert [r.round for r, _ in read] == [0, 1]
        assert read[-1][1] == len(whole) - last


@pytest.mark.parametrize("tail", [b"{\n", b"\x00\x00\x00\n", b"\n", b'{"round": 3, "acti\n', b"\x00" * 5000])
def test_a_last_line_that_is_no_json_is_left_out(run, tail):
    with (run / "rounds.jsonl").open("ab") as file:
        file.write(tail)
    assert [r.round for r in read_run(run).rounds()] == [0, 1, 2]


def test_going_on_drops_the_torn_line_and_the_old_result(run):
    with (run / "rounds.jsonl").open("ab") as file:
        file.write(b'{"round": 3, "acti')
    with RunWriter.reopen(run) as writer:
        assert (run / "result.json").exists()
        *_, (_, end) = read_rounds(run / "rounds.jsonl")
        writer.keep(end)
        assert not (run / "result.json").exists()
        writer.append(record(3))
    assert [r.round for r in read_run(run).rounds()] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b"{\n", "Invalid JSON"),
        (b"\n", "Invalid JSON"),
        (b"null\n", "object"),
        (b"[]\n", "object"),
        (b"[" * 10_000 + b"\n", "Invalid JSON"),
        (b'{"round": 1}\n', "actions"),
        (b'{"round": "1", "actions": [1], "digest": "%s"}\n', "round"),
        (b'{"round": true, "actions": [1], "digest": "%s"}\n', "round"),
        (b'{"round": 2, "actions": [1], "digest": "%s"}\n', "expected 1, found 2"),
        (b'{"round": -1, "actions": [1], "digest": "%s"}\n', "round"),
        (b'{"round": 1, "actions": 5, "digest": "%s"}\n', "actions"),
        (b'{"round": 1, "actions": ["UP"], "digest": "%s"}\n', "actions"),
        (b'{"round": 1, "actions": [1.5], "digest": "%s"}\n', "actions"),
        (b'{"round": 1, "actions": [1%s0], "digest": "x"}\n', "Invalid JSON|actions"),
        (b'{"round": 1, "actions": [1], "digest": "xyz"}\n', "digest"),
        (b'{"round": 1, "actions": [1], "digest": 5}\n', "digest"),
        (b'{"round": 1, "actions": [1], "digest": "%s", "more": 1}\n', "more"),
        (b'{"round": 1, "actions": [1], "messages": [{}], "digest": "%s"}\n', "messages"),
        (b'{"round": 1, "actions": [1], "messages": "hi", "digest": "%s"}\n', "messages"),
    ],
)
def test_a_broken_line_in_the_middle_is_an_error_with_its_number(run, line, word):
    first, _, last = lines(run)
    line = line.replace(b"%s0", b"0" * 5000).replace(b"%s", DIGEST.encode())
    (run / "rounds.jsonl").write_bytes(first + line + last)
    with pytest.raises(RunError, match=rf"rounds\.jsonl: line 2: .*({word})"):
        list(read_run(run).rounds())


def test_a_whole_last_line_that_is_wrong_is_an_error(run):
    first, second, _ = lines(run)
    (run / "rounds.jsonl").write_bytes(first + second + second)
    with pytest.raises(RunError, match="line 3: round: expected 2, found 1"):
        list(read_run(run).rounds())


def test_a_line_without_end_is_not_read_into_memory(run, monkeypatch):
    monkeypatch.setattr("swarm_env.runs.files.MAX_LINE", 1000)
    (run / "rounds.jsonl").write_bytes(b" " * 2000)
    with pytest.raises(RunError, match="line 1 is longer"):
        list(read_run(run).rounds())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"[]", "object"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON|object"),
        ({"seed": "1"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"seed": 1e400}, "seed"),
        ({"config": None}, "config"),
        ({"options": []}, "options"),
        ({"team": 3}, "team"),
        ({"digest": "no"}, "digest"),
        ({"digest": None}, "digest"),
        ({"decided_from": [-1]}, "decided_from"),
        ({"decided_from": [0, 0]}, "decided_from: .*one number for each of the team's 1 entries, not 2"),
        ({"team": "a*1, b*1", "decided_from": [0]}, "decided_from: .*2 entries, not 1"),
        ({"decided_from": [101], "config": {"max_rounds": 100}}, "decided_from: .*at most 100 rounds"),
        ({"origin": {"run": "x"}}, "origin"),
        ({"unknown": 1}, "unknown"),
        ({"format": 0}, "format"),
        ({"format": "1"}, "format"),
        ({"format": 2}, "newer swarm-env"),
    ],
)
def test_a_broken_run_file_is_refused(run, change, word):
    path = run / "run.json"
    if isinstance(change, dict):
        change = json.dumps({**json.loads(path.read_bytes()), **change}).encode()
    path.write_bytes(change)
    with pytest.raises(RunError, match=rf"run\.json: .*({word})"):
        read_run(run)


@pytest.mark.parametrize(
    "change", [{"status": "won"}, {"score": None}, {"rounds": -1}, {"counts": {"x": -1}}]
)
def test_a_broken_result_is_refused(run, change):
    path = run / "result.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    with pytest.raises(RunError, match=r"result\.json"):
        read_run(run)


def test_a_huge_run_file_is_refused(run, monkeypatch):
    monkeypatch.setattr("swarm_env.runs.files.MAX_JSON", 1000)
    (run / "run.json").write_bytes(b" " * 2000)
    with pytest.raises(RunError, match="larger than"):
        read_run(run)


def test_missing_files(run, tmp_path):
    (run / "rounds.jsonl").unlink()
    with pytest.raises(RunError, match="cannot be read"):
        list(read_run(run).rounds())
    assert not is_run_folder(tmp_path)
    for call in (read_run, RunWriter.reopen):
        with pytest.raises(RunError, match="not the folder of a run"):
            call(tmp_path)
        with pytest.raises(RunError, match="not the folder of a run"):
            call(tmp_path / "missing")


def test_a_folder_that_is_not_empty_is_left_alone_unless_forced(run):
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(ConfigError, match="not empty"):
        RunWriter.create(run, info())
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    (run / "notes.txt").write_text("mine")
    with RunWriter.create(run, info(), force=True):
        pass
    assert (run / "notes.txt").read_text() == "mine"
    assert read_run(run).result is None
    assert list(read_run(run).rounds()) == []


def test_places_where_no_run_can_be_written(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(ConfigError, match="is a file"):
        RunWriter.create(file, info())
    with pytest.raises(RunError, match="cannot be written"):
        RunWriter.create(file / "below", info())
    assert file.read_text() == "x"


def test_only_one_writer_at_a_time(tmp_path):
    with RunWriter.create(tmp_path, info()):
        for again in (RunWriter.reopen, lambda folder: RunWriter.create(folder, info(), force=True)):
            with pytest.raises(RunError, match="another process"):
                again(tmp_path)
        script = f"from swarm_env.runs.writer import RunWriter; RunWriter.reopen({str(tmp_path)!r})"
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert "another process" in other.stderr
    RunWriter.reopen(tmp_path).__exit__()


def test_a_file_is_replaced_whole_or_not_at_all(run, monkeypatch):
    before = (run / "run.json").read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("swarm_env.runs.writer.os.replace", fail)
    with RunWriter.reopen(run) as writer, pytest.raises(RunError, match="No space left"):
        writer.finish(RESULT)
    assert (run / "run.json").read_bytes() == before
    assert not [name for name in os.listdir(run) if name.startswith(".")]


def test_the_folder_of_a_run_that_names_none(tmp_path):
    first = default_folder("pursuit", 7, tmp_path)
    assert first.parent == tmp_path
    assert first.name.startswith("pursuit-")
    assert first.name.endswith("-7")
    first.mkdir()
    assert default_folder("../my files/odd name!.py", 7, tmp_path).name.startswith("odd_name-")
