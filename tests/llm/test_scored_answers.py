"""`answer=logprobs`: every action is scored by the first token, and nothing has to be parsed."""

import json
import math
import sqlite3
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.agents.llm.answer_form import labels_of

import swarm_env
from swarm_env.agent import Brief
from swarm_env.chat import Unusable
from swarm_env.chat.transport.scored_choice import first_token, scored_text, scores
from swarm_env.registry import load
from swarm_env.runs.files import CALLS_FILE
from tests.chat.server import Reply as Sent
from tests.chat.server import Server, completion, error
from tests.cli.programs import swarm

MOVES = ("STAY", "UP", "DOWN", "LEFT", "RIGHT")
LABELS = {name: name for name in MOVES}
RUN = ("run", "pursuit", "-n", 2, "--size", 8, "--rounds", 3, "-q", "--seed", 1, "--out", "folder")


def listed(**tokens):
    """A choice of a completion with these likeliest tokens."""
    top = [{"token": token, "logprob": math.log(chance)} for token, chance in tokens.items()]
    return {"logprobs": {"content": [{**top[0], "top_logprobs": top}]}}


def test_tokens_count_for_the_label_that_they_begin():
    tokens = first_token(
        listed(**{"UP": 0.25, " up": 0.25, "L": 0.125, "Leave": 0.1, '"RI': 0.125, "ST": 0.01})
    )
    found = scores(tokens, MOVES)
    assert {name: round(math.exp(value), 6) for name, value in found.items()} == {
        "UP": 0.5, "LEFT": 0.125, "RIGHT": 0.125, "STAY": 0.01,
    }  # fmt: skip


@given(
    st.dictionaries(st.sampled_from([*MOVES, "ST", "U", "D", " LEFT", "x", "", "?"]), st.floats(0.001, 0.1))
)
def test_the_likeliest_action_is_taken_and_all_are_named(chances):
    tokens = first_token(listed(**chances)) if chances else ()
    slow: Counter[str] = Counter()
    for token, chance in chances.items():
        for name in MOVES:
            if token.strip() and name.startswith(token.strip()):
                slow[name] += chance
    if not slow:
        with pytest.raises(Unusable):
            scored_text(tokens, "?", LABELS, 0.0, "")
        return
    answer = json.loads(scored_text(tokens, "", LABELS, 0.0, ""))
    assert slow[answer["action"]] == pytest.approx(max(slow.values()))
    assert answer["logprobs"] == pytest.approx({name: math.log(slow[name]) for name in slow}, abs=1e-3)


def test_draws_follow_the_probabilities_and_their_key():
    tokens = first_token(listed(UP=0.2, DOWN=0.6))
    drawn = Counter(json.loads(scored_text(tokens, "", LABELS, 1.0, str(i)))["action"] for i in range(4000))
    assert set(drawn) == {"UP", "DOWN"} and abs(drawn["DOWN"] / 4000 - 0.75) < 0.03
    assert scored_text(tokens, "", LABELS, 1.0, "7") == scored_text(tokens, "", LABELS, 1.0, "7")


def test_labels_differ_in_their_first_letter():
    for name in ("foraging", "synchronization", "nest_site", "audit", "battle", "secrets"):
        brief = swarm_env.parallel_env(name).brief()
        labels = labels_of(brief)
        assert len({label[0] for label in labels}) == len(labels) and tuple(labels.values()) == brief.actions
        assert load("scenario", name)
    brief = Brief("some", "", MOVES, {}, 5, 9)
    assert labels_of(brief, (True, False, True, False, True)) == {n: n for n in ("STAY", "DOWN", "RIGHT")}


def test_a_run_plays_what_scores_best_and_keeps_the_distribution(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = []

    def answer(request):
        asked.append(request.body)
        choice = listed(**{"The": 0.5, "LE": 0.25, "UP": 0.125})
        reply = json.loads(completion({"content": "The"}, "length"))
        reply["choices"][0] |= choice
        return Sent(json.dumps(reply).encode())

    with Server(answer) as server:
        team = f"llm:m@{server.url}?answer=logprobs&prompt=compact"
        assert swarm(capsys, *RUN, "--agents", team).status == 0
    assert {(one["max_tokens"], one["logprobs"], one["top_logprobs"]) for one in asked} == {(1, True, 20)}
    assert all(
        "response_format" not in one and "Messages:" not in one["messages"][0]["content"] for one in asked
    )
    result = json.loads((tmp_path / "folder" / "result.json").read_text())
    assert result["usage"]["fallbacks"] == {} and result["usage"]["decisions"] == 6
    with sqlite3.connect(tmp_path / "folder" / CALLS_FILE) as ledger:
        texts = {text for (text,) in ledger.execute("SELECT response FROM calls")}
    assert [json.loads(text) for text in texts] == [
        {"action": "LEFT", "logprobs": {"LEFT": round(math.log(0.25), 4), "UP": round(math.log(0.125), 4)}}
    ]
    assert swarm(capsys, "verify", "folder").status == 0
    again = swarm(capsys, "run", "--from", "folder", "--calls", "replay", "--out", "again", "-q")
    assert again.status == 0, again.err


def test_an_endpoint_without_logprobs_is_asked_for_text(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def answer(request):
        if "logprobs" in request.body:
            return error(400, "Unsupported parameter: 'logprobs'")
        return Sent(completion({"content": "RIGHT"}))

    with Server(answer) as server:
        run = [part for part in RUN if part != "-q"]
        done = swarm(capsys, *run, "--agents", f"llm:m@{server.url}?answer=logprobs")
    assert done.status == 0 and "does not take logprobs" in " ".join(done.err.split())
    result = json.loads((tmp_path / "folder" / "result.json").read_text())
    assert result["usage"]["fallbacks"] == {}
