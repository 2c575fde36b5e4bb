"""Judges that are read as probabilities, and debates with liars, scripted and over real HTTP."""

import json
import math
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest
from swarm_env.consensus.debate import TOPOLOGIES, Debate, debate, neighbours, tolerated
from swarm_env.consensus.debate.debates import spoken
from swarm_env.consensus.trustjudge import (
    FIRST,
    SECOND,
    TIE,
    expected_ratings,
    inconsistency,
    likeliest_ratings,
    preferences,
    rating_distribution,
)
from swarm_env.consensus.trustjudge.endpoint_judge import EndpointJudge
from swarm_env.consensus.trustjudge.scripted_judges import ScriptedJudge, try_claim

from swarm_env.errors import ConfigError


def test_a_distribution_of_ratings_is_read_from_tokens():
    found = rating_distribution(
        {"3": math.log(0.3), " 3": math.log(0.1), "4": math.log(0.4), "Four": 0.0}, (3, 4)
    )
    assert found.tolist() == pytest.approx([0.5, 0.5])
    assert expected_ratings([[0.5, 0.5]], [3, 4]).tolist() == [3.5]
    assert likeliest_ratings([[0.4, 0.6]], [3, 4]).tolist() == [4.0]
    with pytest.raises(ConfigError, match="None of the tokens"):
        rating_distribution({"A": -0.1}, (1, 2))


def test_both_orders_are_put_together_by_probability():
    there, back = [0.9, 0.1, 0.0], [0.6, 0.4, 0.0]  # the first place draws: back, it is the second item
    assert preferences(there, back) == FIRST
    assert preferences(there, back, likelihood=False) == TIE
    assert preferences([0.1, 0.8, 0.1], [0.8, 0.1, 0.1]) == SECOND


def test_inconsistencies_are_counted():
    ring = np.array([[TIE, FIRST, SECOND], [TIE, TIE, FIRST], [TIE, TIE, TIE]])  # 0 over 1 over 2 over 0
    assert list(inconsistency([3.0, 2.0, 1.0], ring)) == pytest.approx([1 / 3, 1.0])
    order = np.array([[TIE, FIRST, FIRST], [TIE, TIE, FIRST], [TIE, TIE, TIE]])
    assert inconsistency([3.0, 2.0, 1.0], order) == (0.0, 0.0)
    assert math.isnan(inconsistency([1.0, 1.0, 1.0], order).score_comparison)


def claim(judge):
    pairs = [try_claim(judge, 30, seed) for seed in range(12)]
    return [np.mean([pair[i] for pair in pairs], axis=0) for i in (0, 1)]


def test_the_claim_holds_for_scripted_judges_that_lean_to_a_place_or_rate_finely():
    """Published: scores against comparisons 23.32 to 14.89%, intransitivity 15.22 to 4.40%."""
    for judge in (ScriptedJudge(position=1.5), ScriptedJudge(ratings=10, blur=1.0)):
        plain, read = claim(judge)
        assert (read < plain).all(), judge
    plain, read = claim(ScriptedJudge(position=1.5))
    assert read[1] < 0.5 * plain[1] and read[0] < 0.7 * plain[0]


def test_a_mild_judge_gains_in_transitivity_only():
    """Ratings that tie count as no contradiction: expected ones hardly tie, so more pairs can contradict."""
    plain, read = claim(ScriptedJudge())
    assert read[1] < plain[1] and read[0] > plain[0]


class Judge(BaseHTTPRequestHandler):
    """Rates by length, and prefers the longer answer, with log-probabilities."""

    tells = True

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = request["messages"][0]["content"]
        if "Answer 1: " in text:
            one, two = (
                text.split("Answer 1: ")[1].split("\n\n")[0],
                text.split("Answer 2: ")[1].split("\n\n")[0],
            )
            chances = (
                {"1": 0.7, "2": 0.2, "0": 0.1} if len(one) > len(two) else {"1": 0.2, "2": 0.7, "0": 0.1}
            )
        else:
            high = min(5, len(text.split("Answer: ")[1].split("\n\n")[0]))
            chances = {str(high): 0.6, str(max(1, high - 1)): 0.4}
        top = [{"token": token, "logprob": math.log(p), "bytes": None} for token, p in chances.items()]
        content: list[dict[str, Any]] = [{**top[0], "top_logprobs": top}]
        choice = {
            "index": 0, "finish_reason": "length", "logprobs": {"content": content} if self.tells else None,
            "message": {"role": "assistant", "content": top[0]["token"]},
        }  # fmt: skip
        reply = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args):
        pass


def test_a_judge_at_an_endpoint_tells_probabilities():
    with HTTPServer(("127.0.0.1", 0), Judge) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        judge = EndpointJudge("m", f"http://127.0.0.1:{server.server_port}/v1")
        answers = ["a", "bbb", "ccccc"]
        rated, compared = judge.rates("q", answers), judge.compares("q", answers)
        Judge.tells = False
        with pytest.raises(ConfigError, match="log-probabilities"):
            judge.rates("q", answers)
        Judge.tells = True
        server.shutdown()
    scores = expected_ratings(rated, (1, 2, 3, 4, 5))
    assert scores.tolist() == pytest.approx([1.0, 2.6, 4.6])
    outcomes = preferences(compared, np.swapaxes(compared, 0, 1))
    assert inconsistency(scores, outcomes) == (0.0, 0.0)


# Debates


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_hearing_is_mutual_and_nobody_hears_itself(topology):
    hears = neighbours(topology, 23, 1)
    assert (hears == hears.T).all() and not hears.diagonal().any() and hears.any(axis=1).all()
    if topology in ("ring", "small world"):
        assert hears.sum() == 23 * 4


def test_more_liars_do_more_harm_and_none_can_be_had_without_debate():
    rates = [debate(Debate(liars=liars), 100, 1)[0].value for liars in (0, 6, 12, 20)]
    assert rates == sorted(rates, reverse=True) and rates[0] > 0.95 and rates[-1] < 0.3
    assert debate(Debate(accuracy=1.0, rounds=0), 20)[1].value == 1.0


def test_what_is_tolerated_depends_on_who_hears_whom():
    shares = {name: tolerated(Debate(topology=name), runs=60, seed=2) for name in ("complete", "ring")}
    assert 0.1 < shares["complete"] < 0.5
    deaf = debate(Debate(liars=8, loss=1.0), 200, 3)[0]
    silent = debate(Debate(liars=8, rounds=0), 200, 3)[0]
    assert deaf.low < silent.high and silent.low < deaf.high  # nothing is heard


def test_models_debate_and_liars_are_asked_to_lie():
    prompts: list[tuple[int, str]] = []

    def ask(agent, text):
        prompts.append((agent, text))
        if "You secretly" in text:
            return "Trust me.\nANSWER: Lyon"
        right = text.count("ANSWER: Paris") >= text.count("ANSWER: Lyon")
        return f"I think so.\nANSWER: {'Paris' if right else 'Lyon'}."

    settings = Debate(agents=5, liars=1, rounds=2, answers=2)
    said = spoken(settings, "The capital of France?", ["Paris", "Lyon"], ask, lie=1)
    assert said.vote == 0 and said.opinions.shape == (3, 5)
    assert said.opinions[-1].tolist() == [1, 0, 0, 0, 0]
    assert all(("You secretly" in text) == (agent == 0) for agent, text in prompts)
    silent = spoken(settings, "q", ["a", "b"], lambda agent, text: "no idea", lie=1)
    assert silent.vote == -1 and (silent.opinions == -1).all()


@pytest.mark.parametrize(
    "wrong", [{"agents": 0}, {"liars": 26}, {"loss": 1.5}, {"answers": 1}, {"stubborn": -1}, {"rounds": 0.5}]
)
def test_what_is_no_debate_is_refused(wrong):
    with pytest.raises(ConfigError):
        Debate(**wrong)
    with pytest.raises(ConfigError, match="Did you mean"):
        neighbours("rng", 5)
