"""The compiled scenarios against the slow reference: random worlds, random crowds, everything seen."""

import random
from itertools import repeat

import pytest

from swarm_env.registry import names
from tests.reference.recordings import GAMES, game
from tests.reference.tasks import TASKS
from tests.reference.test_simulator import respawns
from tests.scenarios.pictures import crowded_boxes, random_picture
from tests.scenarios.play import MOVES, fickle_crowd, make, play_both, start, twin

FIVE = sorted(TASKS)


def test_all_five_tasks_are_registered():
    assert set(FIVE) <= set(names("scenario"))


@pytest.mark.parametrize("scenario", FIVE)
@pytest.mark.parametrize("seed", range(8))
def test_drawn_worlds_play_like_the_reference(scenario, seed):
    rng = random.Random(seed)
    height, width = rng.randint(8, 16), rng.randint(8, 16)
    env = make(
        scenario,
        num_agents=rng.choice([4, 6, 8, 10, 12]),
        height=height,
        width=height if scenario == "foraging" else width,
        view_size=rng.choice([1, 3, 5, 7, 9, 11, 25]),
        max_rounds=30,
    )
    for episode in range(2):
        env.reset(seed=1000 * seed + episode)
        play_both(env, twin(env), fickle_crowd(seed, env.config.num_agents, env.scenario.actions))


@pytest.mark.parametrize("name", GAMES)
def test_recorded_games_are_reproduced(name):
    recorded = game(name)
    env = make(
        recorded.task,
        num_agents=recorded.num_agents,
        height=recorded.height,
        width=recorded.width,
        view_size=recorded.view_size,
        max_rounds=recorded.max_rounds,
    )
    first = recorded.rounds[0]
    env.reset(
        seed=0,
        options={"layout": first.grid, "agents": first.positions, "respawns": respawns(recorded)},
    )
    for number, expected in enumerate(recorded.rounds):
        assert env.round == number
        assert env.grid() == expected.grid
        assert [tuple(place) for place in env.native_positions()] == expected.positions
        assert env.score == expected.score
        assert env.done == (number == len(recorded.rounds) - 1)
        if expected.actions:
            assert [[list(row) for row in view] for view in env.native_views()] == expected.views
            env.step({a: MOVES.index(expected.actions[env.possible_agents.index(a)]) for a in env.agents})


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("scenario", FIVE)
@pytest.mark.parametrize("block", range(4))
def test_pictures_with_gaps_and_odd_things_play_like_the_reference(scenario, block):
    for seed in range(20 * block, 20 * block + 20):
        drawn = random_picture(scenario, seed)
        env = make(
            scenario,
            num_agents=len(drawn.agents),
            height=len(drawn.rows),
            width=len(drawn.rows[0]),
            view_size=5,
            max_rounds=20,
        )
        env.reset(seed=seed, options={"layout": drawn.rows, "agents": drawn.agents})
        assert env.grid() == drawn.rows
        assert [tuple(place) for place in env.native_positions()] == drawn.agents
        play_both(env, twin(env), fickle_crowd(seed, len(drawn.agents), env.scenario.actions))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("block", range(3))
def test_crowds_pushing_through_many_boxes_move_as_in_the_reference(block):
    for seed in range(15 * block, 15 * block + 15):
        drawn = crowded_boxes(seed)
        env = make(
            "transport",
            num_agents=len(drawn.agents),
            height=len(drawn.rows),
            width=len(drawn.rows[0]),
            view_size=3,
            max_rounds=10,
        )
        env.reset(seed=seed, options={"layout": drawn.rows, "agents": drawn.agents})
        play_both(env, twin(env), fickle_crowd(seed, len(drawn.agents), env.scenario.actions))


FAR_BOXES = {
    "further than the reward counts": ["W" * 18, "WAAAAAAAB........W", *["W................W"] * 6],
    "out of the map at once": [".........", "A.......A", *["........."] * 4, ".AAAAAAB.", "........."],
    "no opening": ["W" * 18, "WAAAAAAAB........W", *["W................W"] * 5, "W" * 18],
}


@pytest.mark.parametrize("name", FAR_BOXES)
def test_the_way_of_a_box_is_paid_up_to_five_cells(name):
    rows = FAR_BOXES[name]
    env = start("transport", rows, max_rounds=20)
    play_both(env, twin(env), repeat(["RIGHT"] * env.config.num_agents))


def test_transport_pays_for_being_near_the_box_on_every_side():
    for seed in range(8):  # all around the box in several layouts
        env = make("transport", num_agents=25, height=9, width=8, max_rounds=5)
        env.reset(seed=seed)
        play_both(env, twin(env), fickle_crowd(seed, 25, env.scenario.actions))


@pytest.mark.parametrize("lights", ["aaaA", "Aaaa", "AAAa", "aAAA"])
def test_synchronization_at_first_pays_for_the_larger_part_and_nothing_for_an_empty_map(lights):
    env = start("synchronization", [lights, *["...."] * 4])
    switches = [["SWITCH", "STAY", "STAY", "STAY"], ["STAY", "SWITCH", "STAY", "SWITCH"]]
    play_both(env, twin(env), iter([*switches, ["UP"] * 4]))


WITHOUT_A_WAY = {
    "to the food": ["WWWWWWWW", "WFF.W.AW", "WFF.WA.W", "W...WWWW", "W.A..NNW", "W....NNW", "WWWWWWWW"],
    "to the nest": ["WWWWWWWW", "WNN.W.AW", "WNN.WA.W", "W...WWWW", "W.A..FFW", "Wa...FFW", "WWWWWWWW"],
    "without food": ["WWWWWWWW", "W...W.aW", "W...Wa.W", "W...W..W", "W.A..NNW", "Wa...NNW", "WWWWWWWW"],
}


@pytest.mark.parametrize("name", WITHOUT_A_WAY)
def test_foraging_cells_without_a_way_are_as_far_as_the_farthest(name):
    rows = WITHOUT_A_WAY[name]
    env = start("foraging", rows, max_rounds=25)
    play_both(env, twin(env), fickle_crowd(3, env.config.num_agents, env.scenario.actions))


def test_a_flock_that_leaves_at_once_is_not_paid_for_a_distance_of_nobody():
    rows = ["A.A.A.A.A", *["........."] * 6]
    env = make("flocking", num_agents=5, height=7, width=9, max_rounds=4)
    env.reset(seed=1, options={"layout": rows})
    assert set(env.step(dict.fromkeys(env.agents, 1))[1].values()) == {0.0}


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("num_agents", "side"), [(1, 5), (3, 6), (5, 7), (24, 12), (40, 14)])
def test_flocks_of_any_size_measure_their_distance_as_the_reference_does(num_agents, side):
    env = make("flocking", num_agents=num_agents, height=side, width=side + 2, max_rounds=4)
    env.reset(seed=num_agents)
    play_both(env, twin(env), fickle_crowd(1, num_agents, env.scenario.actions))
