"""Games small enough to know every measure without computing."""

import math

import numpy as np
import pytest

from swarm_env.measures import MEASURES
from swarm_env.measures.declare import GameStatistics
from swarm_env.measures.definitions.conformity import announcements, conformity
from tests.measures.games import NAMES, made


def measured(game):
    stats = GameStatistics(game)
    return {name: measure.compute(stats).tolist() for name, measure in MEASURES.items()}


def moves(*args, **kwargs):
    return measured(made(*args, **kwargs))


def talk(*turns, **kwargs):
    n = len(turns[0])
    still = [[(0, a) for a in range(n)]] * (len(turns) + 1)
    game = made(still, [["STAY"] * n] * len(turns), list(turns), **kwargs)
    return measured(game)


# Moving.


def test_three_in_single_file_push_twice():
    found = moves([[(1, 1), (1, 2), (1, 3)], [(1, 2), (1, 3), (1, 4)]], [["RIGHT", "RIGHT", "STAY"]])
    assert found["pushes"] == [2]  # the first moves after the second, the second after the third
    assert found["lasting_neighbours"] == [2]
    assert found["distance_moved"] == [1]
    assert found["cells_visited"] == [4]
    assert found["stillness"] == [pytest.approx(1 / 3)]
    assert found["polarisation"] == found["common_action_share"] == [pytest.approx(2 / 3)]
    assert found["directional_entropy"] == [0]


@pytest.mark.parametrize(
    ("after", "did"),
    [
        ([(1, 1), (1, 2)], ["RIGHT", "STAY"]),  # no agent moved
        ([(1, 2), (2, 2)], ["RIGHT", "DOWN"]),  # the neighbour went another way
        ([(1, 2), (1, 1)], ["RIGHT", "LEFT"]),  # they changed places
        ([(1, 2), (1, 3)], ["STAY", "RIGHT"]),  # the one behind was carried along
        ([(1, 2), (1, 3)], ["SWITCH", "RIGHT"]),
    ],
)
def test_what_is_no_push(after, did):
    assert moves([[(1, 1), (1, 2)], after], [did])["pushes"] == [0]


def test_whom_a_push_takes_off_the_map_counts_as_pushed_and_then_no_more():
    found = moves(
        [[(0, 1), (0, 0)], [(0, 0), (0, -1)], [(0, 0), (0, -1)]], [["LEFT", "STAY"], ["STAY", None]]
    )
    assert found["pushes"] == [1, 0]
    assert found["lasting_neighbours"] == [0, 0]  # a departed agent has no neighbours
    assert found["cells_visited"] == [2, 2]  # a place outside the map is no cell
    assert found["distance_moved"] == [1, 0]
    assert found["stillness"] == [0.5, 1]  # of those in play


def test_all_directions_alike_are_two_bits_and_cancel():
    square = [(1, 1), (1, 3), (3, 1), (3, 3)]
    found = moves([square, square], [["UP", "DOWN", "LEFT", "RIGHT"]])
    assert found["directional_entropy"] == [2]
    assert found["polarisation"] == [0]
    assert found["common_action_share"] == [0.25]
    assert found["distance_moved"] == [0]


@pytest.mark.parametrize(
    ("did", "imbalance"),
    [
        (["UP", "DOWN", "LEFT", "RIGHT"], 0),
        (["UP", "UP", "UP", "STAY"], 0.75),  # the most that four directions can have
        (["UP", "UP", "DOWN", "DOWN"], 0.5),
        (["UP", "UP", "UP", "DOWN"], 0.625),
    ],
)
def test_the_imbalance_of_directions_is_their_gini_coefficient(did, imbalance):
    square = [(1, 1), (1, 3), (3, 1), (3, 3)]
    assert moves([square, square], [did])["direction_imbalance"] == [pytest.approx(imbalance)]


def test_chains_of_sight_are_one_group_and_corners_count():
    line = [(0, 0), (2, 2), (4, 4), (0, 5)]
    found = moves([line, line], [["STAY"] * 4], sight=2)
    assert found["sight_components"] == [2]
    near = [(0, 0), (1, 1), (5, 5), (9, 9)]  # the last has left
    found = moves([near, near], [["STAY", "STAY", "STAY", None]], sight=2)
    assert found["sight_components"] == [2]


def test_repulsion_falls_with_distance_and_cancels_between_two():
    def force(*cells):
        return moves([cells, cells], [["STAY"] * len(cells)], sight=2)["separation_force"]

    assert force((0, 0), (0, 1)) == [1]
    assert force((0, 0), (0, 2)) == [0.5]
    assert force((0, 0), (0, 3)) == [0]  # out of sight
    assert force((0, 0), (0, 1), (0, 2)) == [pytest.approx((1.5 + 0 + 1.5) / 3)]


def test_texts_are_compared_letter_by_letter_and_growth_counts_from_the_first_value():
    found = talk([None, "abc", None], ["abcd", "abcd", "xbcd"], ["go up", "go up", "go up"])
    assert math.isnan(found["edit_consistency"][0]) and math.isnan(found["consistency_growth"][0])
    assert found["edit_consistency"][1:] == [pytest.approx((1 + 0.75 + 0.75) / 3), 1]
    assert found["consistency_growth"][1:] == [0, pytest.approx(1 - 2.5 / 3)]
    grown = found["message_similarity"][2] - found["message_similarity"][1]
    assert found["homogeneity_growth"][1:] == [0, pytest.approx(grown)]
    assert grown > 0


def test_of_many_messages_some_are_compared():
    texts = [f"{number:03d}" for number in range(300)]
    found = talk(texts, ["all"] * 300)
    assert 0 < found["edit_consistency"][0] < 0.5 and found["edit_consistency"][1] == 1


def test_without_moves_there_is_no_direction():
    found = moves([[(0, 0), (1, 1)]] * 2, [["STAY", "SWITCH"]])
    assert math.isnan(found["directional_entropy"][0])
    assert found["stillness"] == [0.5] and found["polarisation"] == [0]


def test_cells_count_once_however_often_they_are_visited():
    way = [[(0, 0)], [(0, 1)], [(0, 0)], [(0, 1)], [(1, 1)]]
    assert moves(way, [["RIGHT"], ["LEFT"], ["RIGHT"], ["DOWN"]])["cells_visited"] == [2, 2, 2, 3]


def test_neighbours_last_only_side_by_side():
    before, after = [(0, 0), (0, 1), (1, 0), (5, 5)], [(1, 0), (1, 1), (2, 0), (4, 5)]
    assert moves([before, after], [["DOWN"] * 4])["lasting_neighbours"] == [2]
    apart = [(0, 0), (1, 1)]  # corner to corner is not adjacent
    assert moves([apart, apart], [["STAY"] * 2])["lasting_neighbours"] == [0]
    edges = [(0, 5), (1, 0)]  # the end of a row and the start of the next
    assert moves([edges, edges], [["STAY"] * 2])["lasting_neighbours"] == [0]


# Talking.


def test_lengths_questions_and_digits():
    found = talk(["abcd", "12?4", None], [None, None, None])
    assert found["message_length"] == pytest.approx([4, math.nan], nan_ok=True)
    assert found["message_length_spread"] == pytest.approx([0, math.nan], nan_ok=True)
    assert found["question_share"] == pytest.approx([0.5, math.nan], nan_ok=True)
    assert found["digit_share"] == pytest.approx([3 / 8, math.nan], nan_ok=True)
    assert talk(["a", "abc"])["message_length_spread"] == [1]


def test_the_same_words_are_alike_and_others_are_not():
    assert talk(["Push up!", "push UP !"])["message_similarity"] == [pytest.approx(1)]
    found = talk(["one two", "three four"])
    assert found["message_similarity"] == [pytest.approx(0)]
    assert found["message_mean_norm"] == [pytest.approx(math.sqrt(0.5))]


def test_one_message_has_a_mean_but_no_similarity():
    found = talk(["hello there", None])
    assert math.isnan(found["message_similarity"][0]) and found["message_mean_norm"] == [pytest.approx(1)]


def test_all_say_the_same_but_one():
    found = talk(["up"] * 9 + ["down"])
    assert found["message_similarity"] == [pytest.approx(36 / 45)]  # 36 of the 45 pairs are alike


def test_rare_words_weigh_more():
    """Two messages that share a word heard everywhere are less alike than two that share a rare one."""
    found = talk(["go a", "go b", "go c", "go d"], ["x go", "x up", "go e", "go f"])
    common = talk(["go a", "go b"], ["go c", "go d"])["message_similarity"][0]
    assert 0 < common < 0.5 and found["message_similarity"][0] < 0.5


def test_tokens_are_alike_where_they_agree_place_by_place():
    found = talk([(1, 2, 3, 0), (1, 2, 0, 3)], channel="tokens")
    assert found["message_similarity"] == [pytest.approx(0.5)]
    assert math.isnan(found["message_length"][0])


def test_vectors_are_alike_by_their_angle():
    found = talk([(1.0, 0.0), (0.5, 0.0)], [(1.0, 0.0), (-0.25, 0.0)], channel="vector")
    assert found["message_similarity"] == pytest.approx([1, -1])
    assert found["message_mean_norm"] == pytest.approx([1, 0], abs=1e-9)


# Conforming.

ROW = [(0, 0), (0, 1), (0, 2)]


def conforming(said, did, places=ROW, **kwargs):
    game = made([places] * (len(did) + 1), did, said, **kwargs)
    return conformity.compute(GameStatistics(game)).tolist()


STILL = ["STAY"] * 3
SPLIT = ["go UP", "DOWN it is", "down"]
NOTHING = [None] * 3


@pytest.mark.parametrize(
    ("then_did", "then_said", "share"),
    [
        (["DOWN", "STAY", "STAY"], NOTHING, 1),  # goes over in deed
        (["STAY", "STAY", "STAY"], ["down then", None, None], 1),  # goes over in word
        (["UP", "UP", "UP"], ["UP", None, None], 0),  # keeps its plan
        (["LEFT", "DOWN", "DOWN"], NOTHING, 0),  # does something third
    ],
)
def test_one_against_two(then_did, then_said, share):
    """Agents 1 and 2 each hear one UP and one DOWN: no majority, so only agent 0 counts."""
    found = conforming([SPLIT, then_said], [STILL, then_did])
    assert found == pytest.approx([math.nan, share], nan_ok=True)


def test_half_of_those_against_go_over():
    places = [(0, 0), (0, 1), (5, 0), (5, 1)]  # two pairs that do not hear each other
    said = [["UP", "DOWN", "LEFT", "RIGHT"], [None] * 4]
    found = conforming(said, [["STAY"] * 4, ["DOWN", "DOWN", "LEFT", "RIGHT"]], places)
    assert found == pytest.approx([math.nan, 0.25], nan_ok=True)


@pytest.mark.parametrize(
    "said",
    [
        ["UP", "UP", "UP"],  # all agree
        ["UP", None, None],  # no neighbours
        ["let us go", "DOWN", "DOWN"],  # no plan of one's own; the two others agree
        ["UP or LEFT", "DOWN", "DOWN"],  # two plans are none
    ],
)
def test_without_agents_against_a_majority_it_is_undefined(said):
    assert all(map(math.isnan, conforming([said, NOTHING], [STILL, ["DOWN"] * 3])))


def test_what_is_out_of_hearing_is_no_majority():
    assert all(map(math.isnan, conforming([["UP", "DOWN", None], NOTHING], [STILL, STILL], hearing=0)))


def test_hearing_is_taken_after_the_moves():
    places = [[(0, 0), (0, 5)], [(0, 0), (0, 2)], [(0, 0), (0, 2)]]
    game = made(places, [["STAY", "LEFT"], ["DOWN", "STAY"]], [["UP", "DOWN"], [None, None]])
    assert conformity.compute(GameStatistics(game))[1] == 0.5


def test_who_left_neither_hears_nor_is_heard():
    places = [[(0, 0), (0, 1)], [(0, 0), (-1, 1)], [(1, 0), (-1, 1)]]
    game = made(places, [["STAY", "UP"], ["DOWN", None]], [["UP", "DOWN"], [None, None]])
    assert np.isnan(conformity.compute(GameStatistics(game))).all()


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("push UP", "UP"),
        ("up.", "UP"),
        ("(Left)", "LEFT"),
        ("DOWN, I said down", "DOWN"),
        ("upward", None),
        ("UP_DOWN", None),
        ("up or down", None),
        ("north", None),
        ("", None),
        ("ﬂ switch", "SWITCH"),
    ],
)
def test_the_plan_that_a_text_announces(text, plan):
    expected = -1 if plan is None else NAMES.index(plan)
    assert announcements([text, (1, 2)], NAMES).tolist() == [expected, -1]
