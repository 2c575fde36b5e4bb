"""The published quirks and fine points of the five tasks, one test each, on maps to check by hand."""

import importlib

import pytest

from tests.reference.tasks import TASKS
from tests.scenarios.play import start, step


def test_one_agent_pushes_one_other_but_not_two():
    room = ["WWWWWWWWWW", "WAA......W", "WAAA.....W", *["W........W"] * 6, "WWWWWWWWWW"]
    env = start("synchronization", room)
    step(env, "RIGHT", "STAY", "RIGHT", "STAY", "STAY")
    assert env.grid()[1:3] == ["W.AA.....W", "WAAA.....W"]


def test_pushing_against_a_wall_braces_and_staying_does_not():
    room = ["WWWWWWWWWW", "WAA......W", *["W........W"] * 7, "WWWWWWWWWW"]
    pushed = start("synchronization", room)
    step(pushed, "RIGHT", "STAY")
    assert pushed.grid()[1] == "W.AA.....W"
    braced = start("synchronization", room)
    step(braced, "RIGHT", "LEFT")  # the second one pushes back: mass 3 against the 1 that is left over
    assert braced.grid()[1] == "WAA......W"
    switching = start("synchronization", room)
    step(switching, "RIGHT", "SWITCH")  # a light can be switched while being pushed
    assert switching.grid()[1] == "W.Aa.....W"


def test_directions_are_resolved_in_turn_and_later_ones_see_earlier_moves():
    room = ["WWWWWWWW", "W.A....W", "WA.....W", "W......W", *["W......W"] * 3, "WWWWWWWW"]
    env = start("synchronization", room, agents=[(1, 2), (2, 1)])
    step(env, "DOWN", "RIGHT")  # DOWN comes first, so RIGHT pushes the agent that came down
    assert env.positions() == {"agent_0": (2, 3), "agent_1": (2, 2)}


def test_swapping_places_is_not_possible_and_following_is():
    room = ["WWWWWWWW", "W.AA...W", "W.AA...W", *["W......W"] * 4, "WWWWWWWW"]
    env = start("synchronization", room)
    step(env, "RIGHT", "LEFT", "RIGHT", "RIGHT")
    assert env.grid()[1:3] == ["W.AA...W", "W..AA..W"]


def test_transport_five_agents_more_move_the_box_four_do_not():
    for pushing, moved in ((4, False), (5, True)):
        rows = ["WWWWWWWWWWWW", *["W..........W"] * 3]
        rows += ["W" + ("A" if k < pushing else ".") + "BBB......W" for k in range(5)]
        rows += ["W..........W"] * 2 + ["WWWWWWWWWWWW"]
        env = start("transport", rows)
        step(env, "RIGHT")
        assert (env.grid()[4] == "W.ABBB.....W") == moved


def test_transport_leaving_in_round_r_is_worth_the_rounds_left():
    rows = ["WWWWWWWW", "W......W", "W......W", "W.BB...W", "W.BB...W", "W....A.A", "W......W", "WWWWWWWW"]
    env = start("transport", rows, max_rounds=10)
    step(env, "STAY", "RIGHT")  # round 0
    assert (env.score, env.agents) == (1.0, ["agent_0"])
    assert env.native_positions()[1] == (5, 8)
    step(env, "RIGHT")
    step(env, "RIGHT")
    assert env.score == 1.0
    step(env, "RIGHT")  # round 3
    assert env.score == 1.0 + 0.7
    assert env.done and env.agents == []


def test_transport_a_box_half_outside_still_stands_in_the_way_with_its_outer_cells():
    rows = [
        *["WWWWWWWWWW", "W........W", "W........W"],
        *["WAAAAABB..", "W......B..", "W........A"],
        *["W........W"] * 3,
        "WWWWWWWWWW",
    ]
    env = start("transport", rows)
    for _ in range(3):
        step(env, *["RIGHT"] * 5, "STAY")
    assert env.grid()[3:6] == ["W...AAAAAB", "W.........", "W........A"]
    step(env, *["STAY"] * 5, "UP")
    step(env, *["STAY"] * 5, "RIGHT")  # the box's outer cells are there
    assert env.positions()["agent_5"] == (4, 9)
    step(env, *["RIGHT"] * 5, "STAY")  # now the box is wholly outside, and gone
    step(env, *["STAY"] * 5, "RIGHT")
    assert env.native_positions()[5] == (4, 10) and "agent_5" not in env.agents


def test_transport_a_box_wholly_outside_is_gone():
    rows = ["WWWWWWWWWWWW", *["W..........W"] * 3, "W....AAAAABB", *["W..........W"] * 6, "WWWWWWWWWWWW"]
    env = start("transport", rows)
    step(env, "RIGHT")
    assert env.grid()[4] == "W.....AAAAAB"
    step(env, "RIGHT")
    assert env.grid()[4] == "W......AAAAA"
    step(env, "STAY", "STAY", "STAY", "STAY", "RIGHT")  # nothing stands outside any more
    assert env.grid()[4] == "W......AAAA."
    assert env.native_positions()[4] == (4, 12)


def test_flocking_quirk_only_translations_that_put_a_cell_on_an_agent_are_tried():
    # The square of side 2 lies best where it touches no agent: 9 steps away, with an agent on it 11.
    rows = ["WWWWWWWW", "W....A.W", "W......W", "W......W", "W.A...AW", "W......W", "W..A...W", "WWWWWWWW"]
    game = TASKS["flocking"](rows)
    assert game.first_distance == 11
    env = start("flocking", rows)
    for moves in (["DOWN", "RIGHT", "LEFT", "UP"], ["DOWN", "RIGHT", "LEFT", "STAY"]):
        step(env, *moves)
        game.step(moves)
        assert env.score == game.score


def test_flocking_score_is_the_best_so_far_and_never_falls():
    rows = ["WWWWWWWW", "WA.....W", "WA.....W", "W......W", "WA...A.W", *["W......W"] * 2, "WWWWWWWW"]
    env = start("flocking", rows)
    step(env, "STAY", "STAY", "UP", "LEFT")
    best = env.score
    assert best > 0
    step(env, "STAY", "STAY", "DOWN", "RIGHT")
    step(env, "STAY", "STAY", "DOWN", "RIGHT")
    assert env.score == best


def test_flocking_is_over_when_the_outline_is_formed():
    rows = ["WWWWWWWW", "WAA....W", "WA.....W", "W.A....W", *["W......W"] * 3, "WWWWWWWW"]
    env = start("flocking", rows)
    assert TASKS["flocking"](rows).first_distance == 1
    _, rewards, terminations, truncations, _ = env.step({a: 1 if a == "agent_3" else 0 for a in env.agents})
    assert env.score == 1 and env.done
    assert all(terminations.values()) and not any(truncations.values())
    assert set(rewards.values()) == {1.25}  # a point, and one step nearer over four agents


LIGHTS_ON = ["WWWWWWWW", "WA.A...W", *["W......W"] * 5, "WWWWWWWW"]


def test_synchronization_equal_lights_at_the_start_score_without_a_switch():
    env = start("synchronization", LIGHTS_ON)
    step(env, "STAY")
    assert env.score == 1
    step(env, "STAY")
    assert env.score == 1


def test_synchronization_the_same_state_scores_only_after_the_other_one():
    env = start("synchronization", LIGHTS_ON)
    scores = []
    for moves in (
        ["STAY"],
        ["SWITCH", "STAY"],
        ["SWITCH", "STAY"],
        ["SWITCH"],
        ["SWITCH", "STAY"],
        ["STAY", "SWITCH"],
    ):
        step(env, *moves)
        scores.append(env.score)
    assert scores == [1, 1, 1, 2, 2, 3]


def test_synchronization_quirk_a_single_agent_scores_with_every_switch():
    env = start("synchronization", ["WWWWWWWW", "WA.....W", *["W......W"] * 5, "WWWWWWWW"])
    for expected in range(1, 6):
        step(env, "SWITCH")
        assert env.score == expected


def test_synchronization_is_never_over_before_the_last_round():
    env = start("synchronization", LIGHTS_ON, max_rounds=4)
    for _ in range(4):
        assert not env.done
        _, _, terminations, truncations, _ = env.step(dict.fromkeys(env.agents, 5))
    assert env.done and all(truncations.values()) and not any(terminations.values())


def test_foraging_takes_beside_food_and_delivers_beside_the_nest_in_the_same_round():
    rows = ["WWWWWWWWWW", "WFFaNN...W", "WFF.NN...W", *["W........W"] * 6, "WWWWWWWWWW"]
    env = start("foraging", rows)
    for expected in (1, 2, 3):  # a quirk: beside both, it scores every round, and food never runs out
        step(env, "STAY")
        assert env.score == expected
        assert env.grid() == rows


def test_foraging_corners_do_not_touch():
    rows = ["WWWWWWWWWW", "WFF......W", "WFF......W", "W..a.....W", *["W........W"] * 5, "WWWWWWWWWW"]
    env = start("foraging", rows)
    step(env, "STAY")
    assert env.grid() == rows
    step(env, "UP")
    assert env.grid()[2] == "WFFA.....W"


def test_foraging_marks_in_the_picture_are_loads():
    rows = ["WWWWWWWWWW", "WNN......W", "WNNA.....W", "W..a.....W", *["W........W"] * 5, "WWWWWWWWWW"]
    env = start("foraging", rows)
    step(env, "STAY")
    assert env.score == 1
    assert env.grid()[2:4] == ["WNNa.....W", "W..a.....W"]


@pytest.mark.parametrize("scenario", sorted(TASKS))
def test_each_quirk_is_in_the_docstring_of_its_scenario(scenario):
    module = importlib.import_module(f"swarm_env.scenarios.{scenario}")
    words = {
        "transport": "mass 5",
        "flocking": "quirk",
        "pursuit": "quirk",
        "synchronization": "score",
        "foraging": "quirk",
    }[scenario]
    assert words in (module.__doc__ or "").lower()
