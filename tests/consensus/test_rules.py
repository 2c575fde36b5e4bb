"""What every registered rule keeps, and what the small ones say by hand."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.consensus import Ballots, Ranking, Vote, tied_for_first, winner_of
from swarm_env.consensus.bradley_terry import BradleyTerry
from swarm_env.consensus.codef import CoDef, Verdict
from swarm_env.consensus.rules.borda import Borda
from swarm_env.consensus.rules.majority import Majority

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.registry import is_built_in, load, names, summaries
from swarm_env.rules import rule_name, rule_options

RULES = [name for name in names("rule") if hasattr(load("rule", name), "scores")]  # the rest give verdicts
every_rule = pytest.mark.parametrize("name", RULES)
seeds = st.integers(0, 2**32)


def rule(name):
    return load("rule", name)()


def some_ballots(seed, items=None, votes=None):
    """Ballots with everything in them."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9)) if items is None else items
    count = int(rng.integers(0, 50)) if votes is None else votes
    winner = rng.integers(n, size=count)
    loser = (winner + 1 + rng.integers(n - 1, size=count)) % n
    return {
        "num_items": n,
        "winner": winner,
        "loser": loser,
        "weight": np.exp(rng.normal(0, 3, count)),
        "tie": rng.random(count) < 0.2,
        "rater": rng.integers(n, size=count),
        "first": np.where(rng.random(count) < 0.5, winner, loser),
        "answer_of": rng.integers(3, size=n),
        "author": rng.permutation(n),
        "record": rng.random(n),
    }


PER_VOTE = ("winner", "loser", "weight", "tie", "rater", "first")
PER_ITEM = ("answer_of", "author", "record")


def near(a, b):
    return np.abs(a - b).max(initial=0) <= 1e-9 * max(1.0, np.abs(a).max(initial=0))


# The contract


@every_rule
def test_a_rule_carries_the_name_it_is_registered_by(name):
    assert rule(name).name == name


@every_rule
@given(seed=seeds)
def test_neutrality_scores_follow_the_items(name, seed):
    ballots = some_ballots(seed)
    new = np.random.default_rng(seed + 1).permutation(ballots["num_items"])  # new[i]: new number of item i
    old = np.argsort(new)
    renamed = ballots | {key: new[ballots[key]] for key in ("winner", "loser", "first")}
    renamed |= {key: ballots[key][old] for key in PER_ITEM}
    before = rule(name).scores(Ballots.of(**ballots), seed)
    after = rule(name).scores(Ballots.of(**renamed), seed)
    assert near(before, after[new])
    assert tied_for_first(after).tolist() == sorted(new[tied_for_first(before)].tolist())


@every_rule
@given(seed=seeds)
def test_anonymity_renaming_voters_does_not_matter(name, seed):
    ballots = some_ballots(seed)
    new = np.random.default_rng(seed + 1).permutation(ballots["num_items"])
    renamed = ballots | {"rater": new[ballots["rater"]], "author": new[ballots["author"]]}
    renamed |= {"answer_of": 7 - 2 * ballots["answer_of"]}
    before = rule(name).scores(Ballots.of(**ballots), seed)
    assert near(before, rule(name).scores(Ballots.of(**renamed), seed))


@every_rule
@given(seed=seeds)
def test_the_order_of_votes_changes_no_bit(name, seed):
    ballots = some_ballots(seed)
    order = np.random.default_rng(seed + 1).permutation(len(ballots["winner"]))
    mixed = ballots | {key: ballots[key][order] for key in PER_VOTE}
    before = rule(name).scores(Ballots.of(**ballots), seed)
    assert before.tolist() == rule(name).scores(Ballots.of(**mixed), seed).tolist()


@every_rule
@given(seed=seeds)
def test_the_same_ballots_and_seed_give_the_same_scores_and_stay_as_they_are(name, seed):
    ballots = Ballots.of(**some_ballots(seed))
    kept = {key: np.copy(getattr(ballots, key)) for key in PER_VOTE + PER_ITEM}
    once, again = rule(name).scores(ballots, seed), rule(name).scores(ballots, seed)
    assert once.tolist() == again.tolist()
    assert all(np.array_equal(kept[key], getattr(ballots, key)) for key in kept)
    assert once.dtype == np.float64 and once.shape == (ballots.num_items,) and np.isfinite(once).all()


DEGENERATE: dict[str, dict[str, Any]] = {
    "no items": {"num_items": 0},
    "one item": {"num_items": 1},
    "no votes": {"num_items": 4},
    "one vote": {"num_items": 2, "winner": [0], "loser": [1]},
    "one vote among many": {"num_items": 50, "winner": [7], "loser": [3]},
    "disconnected": {"num_items": 7, "winner": [0, 2, 2], "loser": [1, 3, 4]},
    "without upsets": {"num_items": 3, "winner": [0] * 9 + [1] * 9, "loser": [1] * 9 + [2] * 9},
    "all ties": {"num_items": 3, "winner": [0, 1, 2], "loser": [1, 2, 0], "tie": [True] * 3},
    "weights 0": {"num_items": 3, "winner": [0, 1], "loser": [1, 2], "weight": [0.0, 0.0]},
    "tiny weights": {"num_items": 3, "winner": [0, 1], "loser": [1, 2], "weight": [5e-324, 1e-300]},
    "large weights": {"num_items": 3, "winner": [0, 1, 2], "loser": [1, 2, 0], "weight": [1e11, 1e11, 1e10]},
    "large and small": {"num_items": 3, "winner": [0, 1, 2], "loser": [1, 2, 0], "weight": [9e11, 1e-9, 1.0]},
    "huge weights": {"num_items": 3, "winner": [0, 1], "loser": [1, 2], "weight": [1e308, 1e308]},
    "one rater": {"num_items": 3, "winner": [0] * 500, "loser": [1] * 500, "rater": [4] * 500},
    "a ring": {"num_items": 3, "winner": [0, 1, 2], "loser": [1, 2, 0]},
}


@every_rule
@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_ballots_get_an_answer_or_a_clear_error(name, case):
    given = DEGENERATE[case]
    items, votes = range(given["num_items"]), len(given.get("winner", ()))
    known = {"answer_of": items, "author": items, "record": [0.0] * len(items), "rater": [0] * votes}
    ballots = Ballots.of(**known | given)
    try:
        scores = rule(name).scores(ballots, 1)
    except ConfigError as error:
        assert case == "huge weights", error
        return
    assert scores.shape == (ballots.num_items,)
    assert np.isfinite(scores).all()
    if ballots.num_items:
        assert 0 <= winner_of(scores, 1) < ballots.num_items


@pytest.mark.parametrize("name", sorted({"bradley_terry", "borda", "copeland", "elo"} & set(RULES)))
def test_a_winner_of_all_comparisons_wins(name):
    ballots = Ballots.of(4, [2, 2, 2, 0, 1], [0, 1, 3, 1, 3])
    scores = rule(name).scores(ballots, 0)
    assert winner_of(scores, 0) == 2
    assert np.argmin(scores) == 3


@pytest.mark.parametrize("name", sorted({"bradley_terry", "borda", "copeland", "elo"} & set(RULES)))
def test_a_ring_is_a_tie(name):
    scores = rule(name).scores(Ballots.of(3, [0, 1, 2], [1, 2, 0]), 0)
    assert tied_for_first(scores).tolist() == [0, 1, 2]


# The small rules, by hand


def test_majority_counts_answers_and_not_votes():
    ballots = Ballots.of(5, [0, 0], [1, 2], answer_of=[4, 7, 7, 2, 4])
    assert rule("majority").scores(ballots, 0).tolist() == [2, 2, 2, 1, 2]


def test_borda_is_the_mean_share_of_wins():
    ballots = Ballots.of(3, [0, 0, 1], [1, 1, 0], weight=[1.0, 1.0, 2.0])
    assert rule("borda").scores(ballots, 0).tolist() == [0.5, 0.5, 0.5]
    ballots = Ballots.of(3, [0, 0, 1, 1], [1, 1, 0, 2])
    assert rule("borda").scores(ballots, 0) == pytest.approx([(2 / 3 + 0.5) / 2, (1 / 3 + 1) / 2, 0.25])


def test_copeland_counts_pairs():
    ballots = Ballots.of(4, [0, 0, 1, 1, 2, 0], [1, 1, 0, 2, 1, 3], tie=[False] * 5 + [True])
    assert rule("copeland").scores(ballots, 0).tolist() == [1.0, -1.0, 0.0, 0.0]


def test_elo_of_one_period_is_k_times_half_the_balance():
    one = load("rule", "elo")(periods=1)
    assert one.scores(Ballots.of(3, [0, 0, 2], [1, 1, 1]), 0).tolist() == [1520.0, 1470.0, 1510.0]


def test_elo_settles_where_expectations_are_met():
    votes = Ballots.of(2, [0] * 60 + [1] * 40, [1] * 60 + [0] * 40)
    rating = load("rule", "elo")(periods=200).scores(votes, 0)
    assert 1 / (1 + 10 ** ((rating[1] - rating[0]) / 400)) == pytest.approx(0.6, abs=1e-9)


def test_the_best_single_author_has_the_best_record():
    assert winner_of(rule("best_single").scores(Ballots.of(3, record=[0.2, 0.9, 0.5]), 0), 0) == 1


def test_bradley_terry_can_take_a_position_bias_out():
    first = [0] * 30 + [1] * 10
    winner = [0] * 23 + [1] * 7 + [1] * 7 + [0] * 3
    loser = [1 - w for w in winner]
    ballots = Ballots.of(2, winner, loser, first=first)
    plain = rule("bradley_terry").scores(ballots, 0)
    unbiased = load("rule", "bradley_terry")(position_bias=True).scores(ballots, 0)
    assert abs(unbiased[0] - unbiased[1]) < abs(plain[0] - plain[1]) / 2


# The winner


def test_equals_are_drawn_by_the_seed_and_all_have_their_turn():
    scores = [1.0, 3.0, 3.0 + 1e-12, 2.0, 3.0]
    drawn = [winner_of(scores, seed) for seed in range(300)]
    assert drawn == [winner_of(scores, seed) for seed in range(300)]
    assert {item: drawn.count(item) for item in (1, 2, 4)}.keys() == set(drawn)
    assert min(drawn.count(item) for item in (1, 2, 4)) > 70
    assert winner_of(scores, -5) in (1, 2, 4)


def test_the_best_wins_whatever_the_seed():
    assert {winner_of([0.0, 1e-3, -1.0], seed) for seed in range(50)} == {1}


@pytest.mark.parametrize("scores", [[], [1.0, np.nan], [np.inf]])
def test_no_winner_without_finite_scores(scores):
    with pytest.raises(ConfigError):
        winner_of(scores, 0)


# Ballots


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_items": -1}, "num_items"),
        ({"num_items": 2.0}, "num_items"),
        ({"winner": [0, 1]}, "as long"),
        ({"winner": [1]}, "itself"),
        ({"winner": [2]}, r"winner\[0\] is 2"),
        ({"weight": [np.nan]}, "weight"),
        ({"weight": [1, 2]}, "2 entries"),
        ({"tie": [0.5]}, "booleans"),
        ({"first": [3]}, r"first\[0\]"),
        ({"num_items": 3, "first": [2]}, "neither of its two items"),
        ({"rater": [-1]}, "rater"),
        ({"answer_of": [0]}, "answer_of has 1"),
        ({"author": [0, -1]}, r"author\[1\]"),
        ({"record": [0.0, np.inf]}, r"record\[1\]"),
        ({"winner": [[0], [1, 0]]}, "winner cannot be read as an array"),
        ({"winner": ["0"]}, "whole numbers"),
        ({"weight": ["1"]}, "numbers"),
        ({"winner": np.ma.masked_array([0], [True])}, "masked"),
        ({"winner": 3}, "one dimension"),
        ({"winner": None}, "one dimension"),
        ({"winner": {0}}, "one dimension"),
    ],
)
def test_ballots_are_checked(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Ballots.of(**({"num_items": 2, "winner": [0], "loser": [1]} | arguments))


def test_what_is_left_out_of_ballots_is_a_default_or_not_known():
    ballots = Ballots.of(3, [0], [1])
    assert ballots.weight.tolist() == [1.0] and ballots.first.tolist() == [-1]
    for name in ("answer_of", "author", "rater", "record"):
        assert getattr(ballots, name) is None


@pytest.mark.parametrize(
    ("name", "needs"), [("fortytwo", "who wrote"), ("majority", "same answer"), ("best_single", "record")]
)
def test_a_rule_refuses_ballots_that_do_not_say_what_it_needs(name, needs):
    with pytest.raises(ConfigError, match=f"'{name}' needs .*{needs}"):
        rule(name).scores(Ballots.of(3, [0], [1], rater=[0]), 0)


def test_items_and_raters_are_not_compared():
    """Raters of any number who wrote none of the items: no vote is left out as one's own."""
    votes = {"winner": [0] * 6 + [1] * 6 + [0] * 6, "loser": [1] * 6 + [2] * 6 + [2] * 6}
    raters = [0] * 6 + [1] * 6 + [2] * 6
    ballots = Ballots.of(3, **votes, rater=raters, author=[7, 8, 9])
    assert np.argsort(-rule("fortytwo").scores(ballots, 0)).tolist() == [0, 1, 2]


def test_the_rules_have_the_types_of_rules():
    rules: list[Ranking] = [Borda(), BradleyTerry(prior=0.5), Majority()]
    assert [rule.name for rule in rules] == ["borda", "bradley_terry", "majority"]
    votes: list[Vote[list[Verdict], Verdict]] = [CoDef(threshold=2), Majority()]
    assert [rule.name for rule in votes] == ["codef", "majority"]


# Options in the name


def test_options_stand_in_the_name():
    assert swarm_env.rule("codef?threshold=2")() == CoDef(threshold=2)
    assert swarm_env.rule("codef?threshold=majority&quorum=3")() == CoDef(threshold="majority", quorum=3)
    assert swarm_env.rule("bradley_terry?prior=0.5")() == BradleyTerry(prior=0.5)
    assert swarm_env.rule("bradley_terry?position_bias=true")().position_bias is True
    assert swarm_env.rule("bradley_terry?position_bias=rater")().position_bias == "rater"
    assert swarm_env.rule("elo?periods=1")().scores(Ballots.of(3, [0, 0, 2], [1, 1, 1]), 0).tolist() == [
        1520.0, 1470.0, 1510.0,
    ]  # fmt: skip
    assert swarm_env.rule("elo?k=10")(periods=1).k == 10


def test_names_of_earlier_versions_are_known():
    assert swarm_env.rule("codef_2")() == CoDef(threshold=2)
    assert swarm_env.rule("codef_majority")() == CoDef(threshold="majority")


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("codef", "codef"),
        ("codef?threshold=1", "codef"),
        ("codef_2", "codef?threshold=2"),
        ("codef?threshold=2&quorum=1", "codef?threshold=2"),
        ("codef?threshold=majority&quorum=3", "codef?quorum=3&threshold=majority"),
        ("bradley_terry?position_bias=true", "bradley_terry?position_bias=true"),
        ("elo?k=20", "elo"),
    ],
)
def test_a_rule_with_its_options_has_one_name(given, written):
    assert rule_name(given) == written


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("codef?treshold=2", "no option 'treshold'. Did you mean 'threshold'\\? .*threshold=1"),
        ("codef?threshold=most", "threshold is most; allowed are majority, or 1"),
        ("codef?threshold=0", "threshold is 0"),
        ("codef?abstentions=perhaps", "ignore, block, answer"),
        ("borda?k=3", "Its options and their defaults: none"),
        ("elo?k=-1", "k must be a number from 0"),
        ("elo?periods=2.5", "periods must be a whole number"),
        ("bradley_terry?prior=much", "prior must be a number"),
        ("bradley_terry?position_bias=perhaps", "false, true or rater"),
        ("fortytwo?turns=-1", "turns must be a whole number"),
        ("verification?need=1", "need=1"),
    ],
)
def test_what_is_no_option_is_refused(name, match):
    with pytest.raises(ConfigError, match=match):
        swarm_env.rule(name)


@pytest.mark.parametrize("name", names("rule"))
def test_the_list_of_rules_shows_their_options(name):
    options = rule_options(load("rule", name))
    listed = ", ".join(
        f"{key}={str(value).lower() if value is False else value}" for key, value in options.items()
    )
    assert not options or summaries("rule")[name].endswith(f" Options: {listed}.")


@pytest.mark.parametrize("name", [name for name in RULES if is_built_in("rule", name)])
def test_a_rule_can_be_the_first_that_is_imported(name):
    code = f"import swarm_env; swarm_env.rule({name!r})()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
