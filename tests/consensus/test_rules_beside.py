"""The rules that are compared with Fortytwo, beside libraries and beside what they are for."""

import json
from importlib.metadata import metadata

import numpy as np
import pytest
from swarm_env.consensus import Ballots, winner_of
from swarm_env.consensus.answer_classes import class_strengths
from swarm_env.consensus.rules.judges_median import JudgesMedian

import swarm_env
from tests.consensus.crowd_kit import RECORD, computed, votes, votes_on_all_pairs, votes_with_guessers

choix = pytest.importorskip("choix", reason="choix is not installed")  # of the development requirements


def scores(name, given, items=8, **known):
    return swarm_env.rule(name)().scores(Ballots.of(items, **given, **known), 0)


def agree(one, other):
    return np.corrcoef(np.argsort(np.argsort(one)), np.argsort(np.argsort(other)))[0, 1]


@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_rank_centrality_is_that_of_choix(alpha):
    given, _ = votes(1)
    wins = np.zeros((8, 8))
    np.add.at(wins, (given["loser"], given["winner"]), 1.0)  # choix: row lost to column
    ours = scores(f"rank_centrality?alpha={alpha}", given)
    theirs = choix.rank_centrality(8, list(zip(given["winner"], given["loser"], strict=True)), alpha=alpha)
    assert ours == pytest.approx(theirs - theirs.mean(), abs=1e-6)


def test_dawid_skene_and_noisy_bt_are_those_of_crowd_kit():
    theirs = json.loads(RECORD.read_text())
    ours = scores("dawid_skene", votes_on_all_pairs())
    assert ours * 7 == pytest.approx(theirs["dawid_skene"], abs=0.5)
    assert agree(ours, theirs["dawid_skene"]) > 0.9
    given, truth = votes_with_guessers()
    ours = scores("noisy_bt", given)
    assert agree(ours, theirs["noisy_bt"]) > 0.9 and agree(ours, truth) > 0.9


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_record_is_what_crowd_kit_computes():
    version = pytest.importorskip("crowdkit", reason="crowd-kit is not installed") and metadata("crowd-kit")
    theirs = json.loads(RECORD.read_text())
    assert version["Version"] == theirs["crowd-kit"]
    for name, values in computed().items():
        assert values == pytest.approx(theirs[name], rel=1e-6)


@pytest.mark.parametrize("name", ["dawid_skene", "noisy_bt", "joint", "rank_centrality", "judges_median"])
def test_good_judges_suffice(name):
    found = []
    for seed in range(4):
        given, truth = votes(seed, skill=[1.0] * 6 + [0.0] * 6)
        known = {"author": range(100, 108), "answer_of": range(8)}
        found.append(agree(scores(name, given, **known), truth))
    assert np.mean(found) > 0.85


def test_a_place_that_guessers_always_name_is_seen_through():
    gaps = []
    for seed in range(4):
        given, truth = votes(seed, skill=[1.0] * 5 + [0.0] * 7, bias=0.5, each=100)
        first = given["first"] % 2 == 0  # only even items stand first: guessers make them look better
        given = {key: value[first] for key, value in given.items()}
        errors = {name: 1 - agree(scores(name, given), truth) for name in ("noisy_bt", "bradley_terry")}
        gaps.append(errors["bradley_terry"] - errors["noisy_bt"])
    assert np.mean(gaps) > 0.02


def test_records_weigh_answers():
    ballots = Ballots.of(4, answer_of=[0, 0, 1, 1], record=[0.6, 0.6, 0.9, 0.3])
    found = swarm_env.rule("weighted_majority")().scores(ballots, 0)
    assert found.tolist() == pytest.approx([2 * np.log(1.5)] * 2 + [np.log(9)] * 2)


def test_strengths_of_equal_answers_add_up():
    assert class_strengths([0.0, 0.0, 0.5], [3, 3, 7]).tolist() == pytest.approx([np.log(2)] * 2 + [0.5])
    assert winner_of(class_strengths([0.0, 0.0, 0.5], [3, 3, 7]), 0) in (0, 1)
    given, _ = votes(5)
    plain = scores("fortytwo", given, author=range(100, 108), answer_of=range(8))
    added = scores("fortytwo?classes=true", given, author=range(100, 108), answer_of=range(8))
    assert added == pytest.approx(plain)


def test_a_taste_for_the_own_answer_is_taken_out_by_the_joint_model():
    rng = np.random.default_rng(6)
    rows = []
    for judge in range(20):  # 13 of 20 wrote the popular mistake, and lean to it
        mine = int(judge >= 7)
        for _ in range(40):
            a, b = rng.permutation(20)[:2]
            wrong = np.array([a, b]) >= 7
            gap = 1.0 * (wrong[1] * 1 - wrong[0] * 1) + 2.0 * (
                (wrong[0] == mine) * 1 - (wrong[1] == mine) * 1
            )
            won = rng.random() < 1 / (1 + np.exp(-gap))
            rows.append((a, b, judge) if won else (b, a, judge))
    winner, loser, rater = np.array(rows).T
    ballots = Ballots.of(20, winner, loser, rater=rater, author=range(20), answer_of=[0] * 7 + [1] * 13)
    joint = swarm_env.rule("joint")().scores(ballots, 0)
    assert joint[:7].mean() > joint[7:].mean()


def test_less_than_half_of_the_judges_move_the_median_only_within_what_the_rest_says():
    """Whatever a minority votes, the score of an answer stays between shares that honest judges gave it."""
    honest, _ = votes(7, raters=11, each=80)
    known = {"author": list(range(100, 108)), "answer_of": list(range(8))}
    alone = [
        JudgesMedian().scores(
            Ballots.of(8, **{k: v[honest["rater"] == r] for k, v in honest.items()}, **known), 0
        )
        for r in range(11)
    ]
    low, high = np.min(alone, axis=0), np.max(alone, axis=0)
    ring = {
        "winner": np.full(800, 7), "loser": np.tile(np.arange(7), 115)[:800],
        "rater": 11 + np.arange(800) // 80, "first": np.full(800, 7),
    }  # fmt: skip
    both = {key: np.concatenate([honest[key], ring[key]]) for key in honest}
    found = JudgesMedian().scores(Ballots.of(8, **both, **known), 0)
    assert (low <= found + 1e-12).all() and (found <= high + 1e-12).all()
    assert winner_of(found, 0) == 0
    assert winner_of(JudgesMedian(trim=0.0).scores(Ballots.of(8, **both, **known), 0), 0) == 7
