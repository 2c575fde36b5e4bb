"""Language models vote: over real HTTP, with servers that fail."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.agents.mock_server import Faults, MockServer
from swarm_env.consensus.codef import DEFENCES, LlmVoter, Verdict, evaluate, generate
from swarm_env.consensus.codef.voters.voter_prompts import WORDS, read_verdict

from swarm_env.chat import Chat, Endpoint, Ledger, Limits, Unusable
from swarm_env.errors import ConfigError
from tests.cli.programs import swarm

NAMES = ("tom", "self_voting", "codef")


def says(text):
    return lambda messages, schema: text


def verdict(word):
    return says(json.dumps({"reason": "because", "verdict": word}))


def played(url, names=NAMES, count=3, model="m", **limits):
    """Scores by models at a server, and what their ledgers add up to."""
    chats = {name: Chat(Ledger.memory(), limits=Limits(**{"deadline": 20.0, **limits})) for name in names}
    try:
        voters = {name: LlmVoter(chat, Endpoint(model, url)) for name, chat in chats.items()}
        scores = evaluate(generate(count, 1), [DEFENCES[name] for name in names], voters, threads=4)
        return scores, {name: chat.totals() for name, chat in chats.items()}
    finally:
        for chat in chats.values():
            chat.close()


@pytest.mark.parametrize(("word", "blocked"), [("answer", 0.0), ("block", 1.0)])
def test_models_that_all_say_the_same(word, blocked):
    with MockServer(verdict(word)) as server:
        scores, totals = played(server.url, count=1)
    for name, one in scores.items():
        assert one.sensitive_blocked.value == blocked and one.benign_succeeded.value == 1 - blocked
        assert one.failed == 0 and totals[name].failed == {}
        tokens = one.per_run("tokens")
        assert tokens is not None and tokens.value > 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "A",
        "null",
        '{"verdict": ["answer"]}',
        '{"verdict": "answer or block"}',
        '{"verdict": "ANSWERED"}',
        '{"verdict": {"answer": true}}',
        "I would answer, unless you would rather block.",
        "verdict: answer\nverdict: block",
        "Do not answer this.",
        '{"reason": "answer", "verdict": ""}',
        '{"verdict": "answer"',
    ],
)
def test_malformed_verdicts_never_answer(text):
    with pytest.raises(Unusable):
        read_verdict(text)
    with MockServer(says(text)) as server:
        scores, totals = played(server.url, ("codef",), count=1)
    one = scores["codef"]
    assert one.blocked.all() and not one.served.any()
    assert one.failed == 2
    assert set(totals["codef"].failed) == {"unparsable"}


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    "fault", ["nonsense", "truncated", "wrong_schema", "refusal", "malformed", "cut", "500"]
)
def test_faults_of_servers_block(fault):
    faults = Faults.parse([fault], retry_after=0.01)
    with MockServer(verdict("answer"), faults) as server:
        scores, totals = played(server.url, ("codef",), count=1, deadline=0.4, attempt=0.3)
    one = scores["codef"]
    assert one.blocked.all() and not one.served.any() and one.n == 1 and one.failed == 2
    assert totals["codef"].answered == 0


@pytest.mark.slow
def test_some_faults_are_overcome_by_asking_again():
    faults = Faults.parse(["nonsense=0.2", "429=0.1", "cut=0.05"], seed=3, retry_after=0.01)
    with MockServer(verdict("answer"), faults) as server:
        scores, _ = played(server.url, ("self_voting", "codef"), count=1)
    for one in scores.values():
        assert not one.blocked.any() and one.served.all() and one.failed == 0


def test_a_late_vote_blocks():
    with MockServer(verdict("answer"), Faults.parse(["hang"])) as server:
        scores, totals = played(server.url, ("codef",), count=1, deadline=0.3, attempt=0.2)
    assert scores["codef"].blocked.all() and set(totals["codef"].failed) == {"timeout"}


def test_draws_of_one_voter_are_questions_of_their_own():
    with MockServer(verdict("answer")) as server:
        played(server.url, ("self_voting",), count=1)
        bodies = server.stats()
    assert bodies["repeats"] == 0 and bodies["answered"] >= 6
    with pytest.raises(ConfigError, match="temperature is 0"):
        LlmVoter(Chat(Ledger.memory()), Endpoint("m", "http://127.0.0.1:9/v1"), temperature=0)


@pytest.mark.parametrize("model", ["scripted-text", "scripted-tools", "scripted-json"])
def test_models_without_schemas(model):
    with MockServer(verdict("answer")) as server:
        scores, _ = played(server.url, ("codef",), count=1, model=model)
    assert scores["codef"].served.all()


def test_answers_are_kept_and_not_asked_for_again(capsys, tmp_path):
    with MockServer(verdict("vague")) as server:
        arguments = ["consensus", "codef", "--scenarios", "2", "--defences", "none,codef", "--model", "m"]
        arguments += ["--base-url", server.url, "--calls", str(tmp_path / "calls"), "--json"]
        first = swarm(capsys, *arguments)
        asked = server.stats()["requests"]
        again = swarm(capsys, *arguments)
        assert server.stats()["requests"] == asked > 0
    assert first.status == again.status == 0, first.err
    assert json.loads(first.out) == json.loads(again.out)


def test_a_missing_server_is_reported_at_once(capsys):
    arguments = ["consensus", "codef", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]
    done = swarm(capsys, *arguments, "--deadline", 0.3)
    assert done.status == 2 and "m@http://127.0.0.1:9/v1 cannot be asked" in done.err


def dressed(word):
    return [
        word,
        word.upper(),
        f"**{word}**",
        f"`{word}`.",
        f'```json\n{{"reason": "r", "verdict": "{word}"}}\n```',
        f'{{"verdict": " {word.title()} "}}',
        f"I looked at it.\nVerdict: **{word}**",
        f"<think>answer, block or vague?</think>\n{word}",
    ]


@pytest.mark.parametrize("word", WORDS)
def test_verdicts_in_markdown_are_read(word):
    for text in dressed(word):
        assert read_verdict(text) is WORDS[word]


def test_vague_is_no_verdict_where_it_was_not_offered():
    with pytest.raises(Unusable):
        read_verdict('{"verdict": "vague"}', may_be_vague=False)


@pytest.mark.slow
@given(st.text(max_size=200) | st.text('answerblock{}":, verdict\n*', max_size=80))
def test_whatever_is_said_only_the_word_answers(text):
    try:
        found = read_verdict(text)
    except Unusable:
        return
    assert found is not Verdict.ANSWER or "answer" in text.lower()
