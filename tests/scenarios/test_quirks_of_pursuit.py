"""The published quirks and fine points of Pursuit, one test each, on maps to check by hand."""

import pytest

from tests.reference.pushing import Cell
from tests.reference.tasks import TASKS
from tests.scenarios.plain_nest_site import stream, unit
from tests.scenarios.play import prey_of, start, step


def pursuit_room(*rows: str) -> list[str]:
    """A walled room of 14 columns with these rows in it, filled up with free ones."""
    inner = [f"W{row:.<12}W" for row in rows]
    return ["W" * 14, *inner, *["W............W"] * (10 - len(inner)), "W" * 14]


def test_pursuit_prey_is_caught_by_walls_and_agents_alike_and_the_next_one_does_not_flee_at_once():
    rows = pursuit_room("PA", "A")
    env = start("pursuit", rows, respawns=[(5, 5), (8, 8)])
    step(env, "STAY")
    assert env.score == 1
    assert env.grid()[5][5] == "P" and env.grid()[1][1] == "."


def test_pursuit_quirk_the_first_prey_can_be_pushed():
    rows = pursuit_room("", "....AP")  # one agent: 2 of force, 1 for itself, 1 for the prey
    game = TASKS["pursuit"](rows)
    game.step(["RIGHT"])
    env = start("pursuit", rows)
    step(env, "RIGHT")
    assert env.positions()["agent_0"] == (2, 6)
    assert env.grid() == game.grid()


def test_pursuit_quirk_later_preys_are_static():
    rows = pursuit_room("PA", "A")
    env = start("pursuit", rows, respawns=[(1, 3)])
    step(env, "STAY")
    assert env.grid()[1] == "W.AP.........W"
    before = env.positions()["agent_0"]
    step(env, "RIGHT", "STAY")  # pushing the new prey moves no agent
    assert env.positions()["agent_0"] == before


def test_pursuit_quirk_the_baseline_is_the_danger_left_of_the_prey():
    # It is more dangerous left of the prey than where it is: it flees though no place is better than its own.
    rows = ["." * 20] * 4 + ["....AAA....P........"] + ["." * 20] * 8
    env = start("pursuit", rows)
    step(env, "STAY")
    game = TASKS["pursuit"](rows)
    assert game.danger((4, 11)) == 0 and game.danger((4, 10)) == 1
    game.step(["STAY"] * 3)
    assert env.grid() == game.grid()
    assert game.prey.cells == {(4, 13)}


def test_pursuit_quirk_danger_counts_in_a_square_that_is_not_centred():
    # Four to the left counts, four to the right does not: the prey sits still beside the crowd on its right.
    rows = ["." * 20] * 4 + ["........P...AAAA...."] + ["." * 20] * 8
    env = start("pursuit", rows)
    step(env, "STAY")
    assert env.grid() == rows


def test_pursuit_quirk_going_there_and_back_does_not_count_as_staying():
    # The prey's own cell is taken by itself, so RIGHT then LEFT is no way to stay where it is.
    rows = ["." * 20] * 4 + ["....AAA....P........"] + ["." * 20] * 8
    env = start("pursuit", rows)
    step(env, "STAY")
    assert env.grid()[4][11] == "."


def test_pursuit_quirk_danger_is_compared_with_its_rounding_error():
    # Left of it 13 walls, 11.700000000000001; two to the right 3 walls and 9 agents, 11.7: equal on paper.
    rows = [
        "...............",
        ".WWW.....AAA...",
        ".WWW.....AAA...",
        ".WWW.....AAA...",
        ".W....W........",
        ".....WP........",
        "......W........",
        *["..............."] * 5,
    ]
    game = TASKS["pursuit"](rows)
    assert game.danger((5, 5)) == 11.700000000000001 and game.danger((5, 8)) == 11.7
    env = start("pursuit", rows)
    step(env, "STAY")
    assert env.grid()[5] == ".....W..P......"


def test_pursuit_prey_stays_when_nothing_beats_the_baseline():
    rows = pursuit_room("", "", "....P")
    rows[5] = "WA...........W"
    env = start("pursuit", rows)
    game = TASKS["pursuit"](rows)
    for _ in range(5):
        step(env, "STAY")
        game.step(["STAY"])
        assert env.grid() == game.grid()


CAUGHT = [
    ["WWWWW", "W.A.W", "WAPAW", "W.A.W", "WWWWW"],  # all cells are equally dangerous
    ["WWWWWWWWWWWWW", "WPA.........W", "WA......W...W", *["W...........W"] * 7, "WWWWWWWWWWWWW"],
    ["WWWWWWWWW", "W.WWW...W", "WAPAW...W", "W.A.....W", "W....A..W", *["W.......W"] * 3, "WWWWWWWWW"],
]


def next_place(rows: list[str], seed: int) -> Cell:
    """The place of the next prey: the first with the least danger of height * width draws of a free cell."""
    game = TASKS["pursuit"](rows)
    height, width, key, at = len(rows), len(rows[0]), stream(seed, 0, 0, 2), 0
    drawn: list[Cell] = []
    while len(drawn) < height * width:
        cell = (1 + int(unit(key, at) * (height - 2)), 1 + int(unit(key, at + 1) * (width - 2)))
        at += 2
        if game.symbol_at(cell) in ".P":
            drawn.append(cell)
    return min(drawn, key=game.danger)


@pytest.mark.parametrize("rows", CAUGHT)
def test_pursuit_the_next_prey_appears_in_the_first_drawn_place_of_least_danger(rows):
    (caught,) = TASKS["pursuit"](rows).prey.cells
    stayed = 0
    for seed in range(25):
        env = start("pursuit", rows, reset_seed=seed)
        step(env, "STAY")
        expected = next_place(rows, seed)
        assert prey_of(env) == [expected] and env.score == 1
        if expected == caught:
            stayed += 1
            step(env, "STAY")
            assert env.score == 2
    assert stayed > 0 or rows is not CAUGHT[0]


def test_pursuit_a_given_place_may_be_that_of_the_last_catch():
    taken, far = (1, 2), (5, 5)
    env = start("pursuit", pursuit_room("PA", "A"), respawns=[(1, 1), taken, far])
    for score, place in enumerate([(1, 1), far], 1):
        step(env, "STAY")
        assert env.score == score and prey_of(env) == [place]
