"""Judges that are read as probabilities, and debates with liars, scripted and over real HTTP."""

import json
import math

import numpy as np
import pytest
from swarm_env.consensus.debate import TOPOLOGIES, Debate, debate, endpoint, neighbours, spoken, tolerated
from swarm_env.consensus.trustjudge import (
    FIRST,
    SECOND,
    TIE,
    both_readings,
    expected_ratings,
    inconsistency,
    likeliest_ratings,
    preferences,
    rating_distribution,
)
from swarm_env.consensus.trustjudge.endpoint_judge import EndpointJudge
from swarm_env.consensus.trustjudge.scripted_judges import ScriptedJudge, try_claim

from swarm_env.errors import ConfigError
from tests.cli.programs import swarm
from tests.consensus import stand_in


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


def judge(text):
    """Rates by length, and prefers the longer answer."""
    if "Answer 1: " in text:
        one, two = (text.split(f"Answer {i}: ")[1].split("\n\n")[0] for i in (1, 2))
        return {"1": 0.7, "2": 0.2, "0": 0.1} if len(one) > len(two) else {"1": 0.2, "2": 0.7, "0": 0.1}
    high = min(5, len(text.split("Answer: ")[1].split("\n\n")[0]))
    return {str(high): 0.6, str(max(1, high - 1)): 0.4}


def test_a_judge_at_an_endpoint_tells_probabilities():
    answers = ["a", "bbb", "ccccc"]
    with stand_in.server(judge) as url:
        asked = EndpointJudge("m", url)
        rated, compared = asked.rates("q", answers), asked.compares("q", answers)
    with stand_in.server(judge, log_probabilities=False) as url, pytest.raises(ConfigError, match="log-prob"):
        EndpointJudge("m", url).rates("q", answers)
    assert expected_ratings(rated, (1, 2, 3, 4, 5)).tolist() == pytest.approx([1.0, 2.6, 4.6])
    assert both_readings(rated, compared, (1, 2, 3, 4, 5)) == ((0.0, 0.0), (0.0, 0.0))


def test_the_command_judges_the_judge(capsys, tmp_path):
    found = json.loads(swarm(capsys, "consensus", "trustjudge", "--position", "1.5", "--json").out)
    shares = [found[reading]["intransitive"]["value"] for reading in ("words", "probabilities")]
    assert shares[1] < 0.5 * shares[0]
    file = tmp_path / "answers.jsonl"
    file.write_text('{"question": "q", "answers": ["a", "bbb", "ccccc"]}\n')
    with stand_in.server(judge) as url:
        ask = ("consensus", "trustjudge", file, "--model", "m", "--url", url, "--json")
        assert json.loads(swarm(capsys, *ask).out)["words"]["score_comparison"]["value"] == 0.0
    file.write_text('{"question": "q", "answers": ["a", "bbb"]}\n')
    assert "three texts" in swarm(capsys, *ask).err
    assert "go together" in swarm(capsys, "consensus", "trustjudge", file).err


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


def debater(text):
    """Honest ones go with most of what they hear, and say Paris where nothing was said."""
    if "You secretly" in text:
        return "Trust me.\nANSWER: Lyon"
    right = text.count("ANSWER: Paris") >= text.count("ANSWER: Lyon")
    return f"I think so.\nANSWER: {'Paris' if right else 'Lyon'}."


def test_models_debate_over_http(capsys):
    settings = Debate(agents=5, liars=2, rounds=1, answers=2)
    with stand_in.server(debater) as url:
        said = spoken(settings, "The capital of France?", ["Paris", "Lyon"], endpoint("m", url), lie=1)
        ask = (
            "consensus", "debate", "--agents", "5", "--liars", "2", "--rounds", "1",
            "--model", "m", "--url", url,
            "--question", "The capital of France?", "--option", "Paris", "--option", "Lyon", "--json",
        )  # fmt: skip
        found = json.loads(swarm(capsys, *ask).out)
    assert said.vote == 0 and said.opinions[-1].tolist() == [1, 1, 0, 0, 0]
    assert found["debates"] == [{"vote": 0, "opinions": said.opinions.tolist()}]
    assert found["vote_right"]["value"] == found["all_right"]["value"] == 1.0
    with stand_in.server(lambda text: None) as url, pytest.raises(ConfigError, match="failed"):
        spoken(settings, "q", ["a", "b"], endpoint("m", url), lie=1)


def test_the_command_holds_scripted_debates(capsys):
    held = swarm(capsys, "consensus", "debate", "--liars", "20", "--runs", "20", "--json").out
    assert json.loads(held)["vote_right"]["value"] < 0.5
    small = ("consensus", "debate", "--agents", "9", "--runs", "20")
    assert "liars tolerated" in swarm(capsys, *small, "--tolerated").out
    assert "vote is right" in swarm(capsys, *small).out
    assert "go together" in swarm(capsys, *small, "--model", "m").err


@pytest.mark.parametrize(
    "wrong", [{"agents": 0}, {"liars": 26}, {"loss": 1.5}, {"answers": 1}, {"stubborn": -1}, {"rounds": 0.5}]
)
def test_what_is_no_debate_is_refused(wrong):
    with pytest.raises(ConfigError):
        Debate(**wrong)
    with pytest.raises(ConfigError, match="Did you mean"):
        neighbours("rng", 5)
