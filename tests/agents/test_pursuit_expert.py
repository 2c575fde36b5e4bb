"""The hunters: they catch the first prey, then wait where the next one has to appear."""

import itertools

import numpy as np
import pytest
from swarm_env.agents.scripted.ambush import LARGEST, add_hunter, chance_of_traps, plan_camp, wall_danger
from swarm_env.agents.scripted.expert import beside
from swarm_env.agents.scripted.experts.pursuit import Expert
from swarm_env.agents.scripted.paths import first_moves
from swarm_env.agents.scripted.pusher import GOAL, Walk
from swarm_env.agents.scripted.pusher import first_moves as pusher_moves

import swarm_env
from tests.agents.games import mean_score, play


@pytest.mark.slow
def test_the_score_holds_on_the_usual_map():
    assert mean_score(Expert, "pursuit", range(20)) >= 40


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("settings", "least"),
    [
        ({"view_size": 9}, 40),
        ({"height": 8, "width": 8}, 8),
        ({"height": 10, "width": 10}, 3),
        ({"height": 14, "width": 14}, 2),
        ({"num_agents": 6}, 2),
    ],
)
def test_other_worlds(settings, least):
    assert mean_score(Expert, "pursuit", range(6), **settings) >= least


@pytest.mark.parametrize(
    ("height", "width", "view_size", "agents"),
    [
        (5, 5, 3, 4),
        (6, 30, 5, 3),
        (12, 12, 1, 10),
        (25, 25, 9, 10),
        (12, 12, 5, 1),
        (9, 9, 5, 15),
        (40, 12, 3, 12),
    ],
)
def test_odd_worlds_break_nothing(height, width, view_size, agents):
    play(Expert, "pursuit", height=height, width=width, view_size=view_size, num_agents=agents, max_rounds=60)


@pytest.mark.parametrize(
    "layout",
    [
        ["WWWWWWWW", "W.A.P..W", "W..W...W", "W.A..A.W", "W..WW..W", "W......W", "W......W", "WWWWWWWW"],
        ["WWWWWWWW", "W.A....W", "W......W", "W.A..A.W", "W......W", "W......W", "W......W", "WWWWWWWW"],
        ["........", "..A...P.", "........", "....A...", "........", "........", "....A...", "........"],
    ],
    ids=["inner walls", "no prey", "no walls"],
)
def test_pictures_unlike_the_task_break_nothing(layout):
    play(Expert, "pursuit", options={"layout": layout}, num_agents=3, height=8, width=8, max_rounds=40)


def plain_danger(grid, row, col):
    """Danger as the rules put it, cell by cell."""
    height, width = len(grid), len(grid[0])
    cells = itertools.product(range(row - 4, row + 4), range(col - 4, col + 4))
    symbols = [grid[i][j] for i, j in cells if 0 <= i < height and 0 <= j < width]
    return symbols.count("A") + 0.9 * symbols.count("W")


def test_danger_is_that_of_the_rules():
    env = swarm_env.parallel_env("pursuit", height=11, width=14)
    env.reset(seed=3)
    danger = wall_danger(11, 14)
    for place in env.positions().values():
        add_hunter(danger, place)
    plain = [[plain_danger(env.grid(), row, col) for col in range(14)] for row in range(11)]
    assert np.allclose(danger, plain)


def test_the_chance_of_a_trap_is_what_draws_give():
    camp = plan_camp(12, 12, 8)
    assert camp is not None
    free = [(i, j) for i in range(1, 11) for j in range(1, 11) if (i, j) not in camp.posts]
    rng = np.random.default_rng(0)
    draws = rng.integers(len(free), size=(4000, 144))
    danger = np.array([camp.danger[cell] for cell in free]).round(1)
    first = draws[np.arange(4000), danger[draws].argmin(axis=1)]
    caught = np.mean([free[cell] in camp.traps for cell in first])
    assert caught == pytest.approx(camp.chance, abs=0.02)
    assert chance_of_traps(camp.danger, camp.posts, camp.traps) == camp.chance


@pytest.mark.parametrize(
    "height, width, number", [(12, 12, 10), (12, 12, 6), (8, 8, 10), (12, 14, 10), (14, 14, 10)]
)
def test_a_camp_holds_all_sides_of_its_traps(height, width, number):
    camp = plan_camp(height, width, number)
    assert camp is not None and camp.chance > 0.5
    assert len(set(camp.posts)) == len(camp.posts) == number
    for trap in camp.traps:
        for _, (row, col) in beside(trap):
            assert (row, col) in camp.posts or row in (0, height - 1) or col in (0, width - 1)


def test_on_the_usual_map_a_prey_appears_in_a_trap_nearly_always():
    camp = plan_camp(12, 12, 10)
    assert camp is not None
    assert camp.chance > 0.99
    assert [camp.role(post) for post in camp.posts].count("decoy") == 2


def test_there_is_no_camp_on_large_and_tiny_maps():
    assert plan_camp(30, LARGEST // 20, 10) is None
    assert plan_camp(4, 12, 10) is None


def test_the_first_moves_of_all_shortest_ways():
    walls = {(0, 1), (1, 1)}

    def is_open(cell):
        return 0 <= cell[0] < 4 and 0 <= cell[1] < 4 and cell not in walls

    assert first_moves((0, 0), {(0, 2)}, is_open) == [(2, (1, 0))]
    assert {cell for _, cell in first_moves((2, 0), {(3, 1)}, is_open)} == {(3, 0), (2, 1)}
    assert first_moves((0, 0), {(0, 0)}, is_open) == []
    assert first_moves((0, 0), {(0, 1)}, is_open) == []


def test_a_compiled_search_finds_the_same_first_moves():
    rng = np.random.default_rng(0)
    for _ in range(40):
        cells = np.zeros((9, 9), np.uint8)
        cells[1:-1, 1:-1] = rng.random((7, 7)) < 0.7
        goals = {(int(row), int(col)) for row, col in rng.integers(1, 8, (rng.integers(1, 4), 2))}
        open_ = {(int(row), int(col)) for row, col in np.argwhere(cells)}
        for goal in goals:
            cells[goal] |= GOAL
        scratch = np.zeros((9, 9), np.int32), np.zeros((9, 9), np.uint8), np.zeros(81, np.int32)
        unused = np.zeros((5, 5), np.int32), np.zeros((1, 1), np.uint32), np.zeros(1, np.int64)
        walk = Walk(4, 4, 0, -1, -1, *unused, cells, *scratch)
        plain = first_moves((4, 4), goals, open_.__contains__)
        assert pusher_moves(walk) == sum(1 << move for move, _ in plain)
