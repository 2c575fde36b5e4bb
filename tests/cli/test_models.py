"""`swarm run` with language models: flags, budgets, what it shows, what it never shows."""

import hashlib
import json
import shlex
import sqlite3

import pytest
from swarm_env.agents.mock_server import Faults, MockServer

from tests.cli.programs import swarm, swarm_process
from tests.cli.test_run import in_terminal, last_json

KEY = "sk-planted-0123456789abcdef"
SMALL = ("--rounds", "4", "--seed", "7", "--num-agents", "3", "--fps", "0")


def by_rote(messages, schema):
    dice = hashlib.blake2b(repr(messages).encode(), digest_size=8).digest()
    actions = schema["properties"]["action"]["enum"]
    return json.dumps({"action": actions[dice[0] % len(actions)], "message": dice.hex()})


@pytest.fixture(scope="module")
def server():
    with MockServer(by_rote) as started:
        yield started


def info(folder):
    return json.loads((folder / "run.json").read_text())


def llm(server, *more):
    return ("run", "pursuit", *SMALL, "--agents", "llm", "--model", "m", "--base-url", server.url, *more)


def test_a_model_plays_by_its_name_and_address(capsys, tmp_path, server):
    done = swarm(capsys, *llm(server, "--out", tmp_path, "--json"))
    assert done.status == 0, done.err
    reported = last_json(done.out)
    assert reported["usage"]["calls"] == reported["usage"]["decisions"] == 12
    assert (reported["usage"]["cost"], reported["usage"]["fallbacks"]) == (None, {})
    assert (reported["valid"], reported["stopped"]) == (True, None)
    assert "12 model calls" in done.err
    assert "cost unknown" in done.err
    assert info(tmp_path)["team"] == f"llm:m@{server.url}*3"
    assert info(tmp_path)["config"]["message"] == "text"
    assert json.loads((tmp_path / "result.json").read_text())["usage"] == reported["usage"]


def test_flags_complete_the_team(capsys, tmp_path, server):
    (tmp_path / "prompt.txt").write_text("")
    team = f"llm:own@{server.url}?persona=calm*1, llm*1, scripted"
    flags = ["--model", "m", "--base-url", server.url, "--persona", "overconfident", "--temperature", "0.5"]
    flags += ["--max-tokens", "99", "--key-env", "SOME_KEY", "--thinking", "reflect", "--message", "none"]
    out = tmp_path / "run"
    done = swarm(capsys, "run", "pursuit", *SMALL, "-a", team, *flags, "--out", out, "-q", "--json")
    assert done.status == 0, done.err
    common = "&temperature=0.5&thinking=reflect"
    assert info(out)["team"] == (
        f"llm:own@{server.url}?key_env=SOME_KEY&max_tokens=99&persona=calm{common}*1, "
        f"llm:m@{server.url}?key_env=SOME_KEY&max_tokens=99&persona=overconfident{common}*1, scripted*1"
    )
    assert info(out)["config"]["message"] == "none"
    usage = last_json(done.out)["usage"]
    assert (usage["calls"], usage["decisions"]) == (16, 8)


def test_a_team_in_toml(capsys, tmp_path, server):
    (tmp_path / "run.toml").write_text(
        f'scenario = "pursuit"\nseed = 7\nmax_rounds = 3\nnum_agents = 3\n'
        f'[[agents]]\nagent = "llm"\ncount = 2\nmodel = "m"\nbase_url = "{server.url}"\npersona = "calm"\n'
        f'[[agents]]\nagent = "random"\n'
    )
    done = swarm(capsys, "run", "-c", tmp_path / "run.toml", "-o", tmp_path / "run", "-q", "--json")
    assert done.status == 0, done.err
    assert info(tmp_path / "run")["team"] == f"llm:m@{server.url}?persona=calm*2, random*1"
    assert last_json(done.out)["usage"]["calls"] == 6


@pytest.mark.slow
def test_without_a_model_the_built_in_server_plays_with_a_notice(tmp_path):
    done = swarm_process(
        "run", "pursuit", "--agents", "llm", *SMALL, folder=tmp_path, OPENAI_API_KEY="", OPENAI_BASE_URL=""
    )
    assert done.status == 0, done.err
    assert "server inside this process" in done.err
    assert "pursuit over after 4 rounds" in done.out
    assert "12 model calls" in done.err


def test_a_budget_has_an_exit_status_of_its_own(capsys, tmp_path, server):
    done = swarm(capsys, *llm(server, "--out", tmp_path, "--max-calls", 7, "--json"))
    assert done.status == 3
    assert "The budget of 7 calls is spent" in done.err
    assert f"swarm run --resume {shlex.quote(str(tmp_path))}" in done.err
    reported = last_json(done.out)
    assert (reported["stopped"], reported["interrupted"], reported["rounds"]) == ("budget", True, 2)
    done = swarm(capsys, "run", "--resume", tmp_path)
    assert (done.status, len((tmp_path / "rounds.jsonl").read_bytes().splitlines())) == (3, 2)
    done = swarm(capsys, "run", "--resume", tmp_path, "--max-calls", 20, "-q", "--json")
    assert done.status == 0, done.err
    assert last_json(done.out)["usage"]["calls"] == 12
    assert swarm(capsys, "verify", tmp_path).status == 0


def test_a_run_of_a_model_that_refuses_is_done_and_valid(capsys, tmp_path):
    with MockServer(by_rote, Faults(rates={"refusal": 1.0})) as refusing:
        done = swarm(capsys, *llm(refusing, "--out", tmp_path, "--json"))
    assert done.status == 0
    assert last_json(done.out)["valid"] is True
    assert last_json(done.out)["usage"]["fallbacks"] == {"refused": 12}
    assert "12 of 12 decisions became STAY (refused 12)" in done.err
    assert "marked invalid" not in done.err


def test_a_run_without_an_endpoint_is_paused(capsys, tmp_path):
    with MockServer(by_rote, Faults(rates={"400": 1.0})) as failing:
        done = swarm(capsys, *llm(failing, "--out", tmp_path, "--json"))
    assert done.status == 1 and last_json(done.out)["status"] == "paused"
    assert "resume the run" in done.err


def test_a_run_that_plays_on_without_an_endpoint_is_invalid(capsys, tmp_path):
    with MockServer(by_rote, Faults(rates={"400": 1.0})) as failing:
        done = swarm(capsys, *llm(failing, "--out", tmp_path, "--json", "--on-failure", "stay"))
    assert done.status == 1 and last_json(done.out)["valid"] is False
    assert "marked invalid: the endpoint failed 100.0%" in done.err


def test_a_run_is_replayed_without_network(capsys, tmp_path):
    with MockServer(by_rote) as there:
        swarm(capsys, *llm(there, "--out", tmp_path / "run", "-q"))
    done = swarm(
        capsys, "run", "--from", tmp_path / "run", "--calls", "replay", "-o", tmp_path / "again", "-q"
    )
    assert done.status == 0, done.err
    one, two = ((tmp_path / name / "rounds.jsonl").read_bytes() for name in ("run", "again"))
    assert one == two
    done = swarm(
        capsys, "run", "--from", tmp_path / "run", "--calls", "replay", "--agents", "llm:other",
        "-o", tmp_path / "other",
    )  # fmt: skip
    assert done.status == 2
    assert "No recorded answer" in done.err


def test_a_stopped_run_is_replayed_up_to_its_end(capsys, tmp_path, server):
    swarm(capsys, *llm(server, "--out", tmp_path / "run", "--max-calls", 7))
    again = tmp_path / "again"
    done = swarm(capsys, "run", "--from", tmp_path / "run", "--calls", "replay", "-o", again, "--json")
    assert done.status == 0, done.err
    reported = last_json(done.out)
    assert (reported["rounds"], reported["interrupted"], reported["stopped"]) == (2, True, "record")
    assert "The recording ends here: the run was stopped in round 2" in done.err
    one, two = ((tmp_path / name / "rounds.jsonl").read_bytes() for name in ("run", "again"))
    assert one == two
    done = swarm(capsys, "run", "--resume", again, "-q", "--json")
    assert done.status == 0, done.err
    assert (last_json(done.out)["rounds"], last_json(done.out)["stopped"]) == (4, None)


def test_a_dry_run_shows_prompts_tokens_and_cost(capsys, tmp_path, monkeypatch, server):
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    before = server.stats()["requests"]
    done = swarm(capsys, *llm(server, "--dry-run"))
    assert done.status == 0, done.err
    assert "agent_2 asks m@http://127.0.0.1" in done.out
    assert "Round 3" in done.out
    assert "4 rounds at most: 12 calls" in done.out
    assert "cost unknown" in done.out
    done = swarm(capsys, "run", "pursuit", *SMALL, "-a", "llm:gpt-4.1-mini", "--dry-run", "--json")
    reported = json.loads(done.out)
    assert (reported["calls"], reported["rounds"], len(reported["prompts"])) == (12, 4, 3)
    assert reported["cost"] == pytest.approx(
        (reported["prompt_tokens"] * 0.4 + reported["completion_tokens"] * 1.6) / 1e6
    )
    assert [message["role"] for message in reported["prompts"][0]["messages"]] == ["system", "user"]
    done = swarm(capsys, "run", "pursuit", *SMALL, "-a", "llm*1, human*1, scripted*1", "--dry-run")
    assert done.status == 0, done.err
    assert "4 calls" in done.out
    assert server.stats()["requests"] == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_live_view_shows_what_it_costs(tmp_path, server):
    team = f"llm:m@{server.url}*1, scripted"
    text, status = in_terminal(
        tmp_path, "run", "pursuit", "--rounds", "5", "--fps", "0", "-a", team, "-n", "3"
    )
    assert status == 0
    assert "tokens, cost unknown, 0 fallbacks" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pursuit", "--model", "m"], "No agent of the team 'scripted' takes model"),
        (["pursuit", "-a", "random", "--persona", "calm"], "takes persona"),
        (["pursuit", "-a", "llm?persna=calm"], "persna"),
        (["pursuit", "-a", "random?x=1"], "takes no options"),
        (["pursuit", "-a", "llm", "--persona", "wild"], "wild"),
        (["pursuit", "-a", "llm", "--base-url", "nowhere"], "base_url must begin with http://"),
        (["pursuit", "-a", "llm", "-m", "m", "--base-url", "u:hunter2@h/v1"], "base_url must begin with"),
        (["pursuit", "-a", "llm", "--base-url", "http://u:hunter2@h/v1"], "key belongs"),
        (["pursuit", "-a", "llm", "-m", "m", "--base-url", "http://u:hunter2@h/v1"], "key belongs"),
        (["pursuit", "-a", "llm", "--prompt", "missing.txt"], "missing.txt: there is no such file"),
        (["pursuit", "-a", "llm", "--calls", "dead"], "--calls 'dead' must be live or replay"),
        (["pursuit", "-a", "llm", "--calls", "replay"], "--from"),
        (["pursuit", "--on-budget", "stay"], "--max-calls"),
        (["pursuit", "--max-calls", "1", "--on-budget", "go"], "stop or stay"),
        (["pursuit", "--deadline", "0"], "--deadline"),
        (["pursuit", "--deadline", "nan"], "--deadline"),
        (["--resume", "x", "--model", "m"], "leave out model"),
        (["--resume", "x", "--dry-run"], "--dry-run is for a new run"),
        (["pursuit", "-a", "llm:m@http://127.0.0.1:1/v1", "--max-dollars", "1"], "price"),
    ],
)
def test_wrong_input_is_one_line(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = swarm(capsys, "run", *arguments, "-q")
    assert done.status == 2
    assert done.err.splitlines()[-1].startswith("Error: ")
    assert message in done.err
    assert "hunter2" not in done.err


CRASHING = """
'''Calls a model, then fails with the key in its error message.'''
import os
from swarm_env.agents.llm.agent import LlmAgent

class Crashing(LlmAgent):
    async def decide(self, perceptions):
        decisions = await super().decide(perceptions)
        if perceptions[0].round == 2:
            raise ZeroDivisionError("my key is " + os.environ["OPENAI_API_KEY"])
        return decisions
"""


def everything_in(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_key_is_neither_recorded_nor_printed(tmp_path, server):
    """Also after errors."""
    (tmp_path / "crashing.py").write_text(CRASHING)
    shown = []
    environment = {"OPENAI_API_KEY": KEY, "OTHER_KEY": KEY + "-other"}

    def run(*arguments, **more):
        done = swarm_process("run", "pursuit", *SMALL, *arguments, folder=tmp_path, **environment, **more)
        shown.append(done.out + done.err)
        return done.status

    assert run("-a", f"llm:m@{server.url}", "--json", "-o", "fine", "--cache", "cache.sqlite") == 0
    assert run("-a", f"llm:m@{server.url}?key_env=OTHER_KEY", "-o", "other") == 0
    assert run("-a", f"llm:m@{server.url}", "--dry-run") == 0
    with MockServer(by_rote, Faults(rates={"401": 1.0})) as closed:
        assert run("-a", f"llm:m@{closed.url}", "-o", "refused") == 1
    assert run("-a", f"crashing.py:Crashing?model=m&base_url={server.url}", "-o", "crashed") == 2
    assert "ZeroDivisionError: my key is [key]" in shown[-1]
    assert (tmp_path / "crashed" / "result.json").exists()
    assert KEY not in "".join(shown)
    found = everything_in(tmp_path)
    assert b"api.openai.com" not in found
    assert KEY.encode() not in found
    ledger = sqlite3.connect(tmp_path / "fine" / "calls.sqlite")
    assert ledger.execute("SELECT COUNT(*) FROM calls").fetchone() == (12,)
    ledger.close()
