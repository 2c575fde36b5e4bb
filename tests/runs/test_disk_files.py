"""Files are written whole or not at all, and only regular files are read."""

import os
import signal
import socket
import stat

import pytest

from swarm_env.runtime.disk_files import (
    is_draft,
    open_regular,
    read_regular,
    remove_drafts,
    replacing,
    write_bytes,
    write_text,
)
from tests.cli.programs import swarm

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files here")


@pytest.fixture
def no_waiting():
    """A test that waits for ever fails."""

    def late(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path):
    file = tmp_path / "a [b]*.txt"
    write_text(file, "ä old")
    with pytest.raises(ValueError, match="lost"), replacing(file) as draft:
        draft.write_text("new")
        raise ValueError("lost")
    assert file.read_bytes() == "ä old".encode() and names(tmp_path) == [file.name]


@posix
def test_drafts_of_dead_processes_go_and_those_of_living_ones_stay(tmp_path):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    for name in (f".x.{child}", f".x.{os.getppid()}", f".y.{child}", ".x.notes", f"x.{child}"):
        (tmp_path / name).touch()
    write_bytes(tmp_path / "x", b"1")
    assert names(tmp_path) == sorted(["x", f".x.{os.getppid()}", f".y.{child}", ".x.notes", f"x.{child}"])
    remove_drafts(tmp_path, ("x",))
    assert names(tmp_path) == sorted(["x", f".y.{child}", ".x.notes", f"x.{child}"])
    assert is_draft(tmp_path / f".y.{child}", ("x", "y")) and not is_draft(tmp_path / ".x.notes", ("x",))


@posix
def test_a_link_is_followed_and_modes_are_those_of_new_files(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "file")
    write_text(tmp_path / "link", "1")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "there" / "file").read_text() == "1"
    (tmp_path / "plain").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "there/file")}
    assert len(modes) == 1


def special(folder):
    """Paths of everything that is no regular file, with the word for it."""
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "endless").symlink_to("/dev/zero")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "socket"))
    server.close()
    return {"pipe": "a pipe", "folder": "a folder", "endless": "a device", "socket": "."}


@posix
def test_only_regular_files_are_opened(tmp_path, monkeypatch, no_waiting):
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    for name, word in special(tmp_path).items():
        with pytest.raises(OSError, match=word):
            open_regular(tmp_path / name)
        with pytest.raises(OSError):
            write_text(tmp_path / name, "x")
    (tmp_path / "long").write_bytes(b"x" * 2**20 + b"y")
    with pytest.raises(OSError, match="larger than 1 MiB"):
        read_regular(tmp_path / "long", 2**20)


GIVEN = {  # a command that is given FILE
    "bench": ("bench", "FILE"),
    "config": ("run", "pursuit", "--config", "FILE"),
    "layout": ("run", "pursuit", "--layout", "FILE"),
    "prompt": ("run", "pursuit", "-a", "llm?prompt=FILE"),
    "policy": ("run", "pursuit", "-a", "ppo:FILE"),
    "scenario": ("run", "FILE.py"),
    "votes": ("consensus", "rank", "FILE"),
    "questions": ("consensus", "fortytwo", "FILE", "--team", "llm*2"),
    "cache": ("run", "pursuit", "-a", "llm", "--cache", "FILE"),
}


@posix
@pytest.mark.parametrize("kind", ["pipe", "endless", "folder"])
@pytest.mark.parametrize("what", GIVEN)
def test_no_command_waits_for_a_file_that_is_none(capsys, tmp_path, monkeypatch, no_waiting, what, kind):
    monkeypatch.chdir(tmp_path)
    special(tmp_path)
    (tmp_path / f"{kind}.py").symlink_to(tmp_path / kind)
    done = swarm(capsys, *(word.replace("FILE", str(tmp_path / kind)) for word in GIVEN[what]))
    assert done.status == 2 and "Error: " in done.err and (kind in done.err or "zero" in done.err)


@posix
@pytest.mark.parametrize("kind", ["pipe", "endless", "folder"])
@pytest.mark.parametrize("name", ["run.json", "rounds.jsonl", "result.json", "calls.sqlite"])
def test_a_recorded_run_may_hold_anything(capsys, tmp_path, monkeypatch, no_waiting, name, kind):
    monkeypatch.chdir(tmp_path)
    special(tmp_path)
    world = ("--rounds", "1", "-n", "2", "--size", "8", "-q", "--out", "run")
    assert swarm(capsys, "run", "foraging", *world).status == 0
    (tmp_path / "run" / name).unlink(missing_ok=True)
    (tmp_path / "run" / name).symlink_to(tmp_path / kind)
    for command in (("verify", "run"), ("score", "run"), ("replay", "run"), ("run", "--resume", "run")):
        done = swarm(capsys, *command, *(("--render", "terminal") if command[0] in ("replay", "run") else ()))
        assert done.status in (0, 1, 2) and "Traceback" not in done.err
        if name != "calls.sqlite":
            assert done.status or command[0] == "score"
