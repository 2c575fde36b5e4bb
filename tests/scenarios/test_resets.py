"""What a reset draws: only worlds that the rules allow, all of them, evenly. All seeds are fixed."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from tests.scenarios.play import make

DRAWS = 480


@cache
def drawn(scenario: str, height: int = 12, width: int = 12, num_agents: int = 10) -> list[tuple[str, ...]]:
    """The maps of many resets."""
    env = make(scenario, num_agents=num_agents, height=height, width=width)
    grids = []
    for seed in range(DRAWS):
        env.reset(seed=seed)
        grids.append(tuple(env.grid()))
    return grids


def without_agents(grid):
    return tuple(row.replace("A", ".").replace("a", ".") for row in grid)


def places(grid, symbols):
    return [(i, j) for i, row in enumerate(grid) for j, symbol in enumerate(row) if symbol in symbols]


def is_even(counts, kinds):
    """No count is further than four standard deviations from what an even draw gives."""
    total = sum(counts.values())
    expected = total / kinds
    return len(counts) == kinds and all(
        abs(c - expected) < 4 * (expected * (1 - 1 / kinds)) ** 0.5 for c in counts.values()
    )


def walled(height, width):
    rows = np.full((height, width), ".")
    rows[[0, -1], :] = "W"
    rows[:, [0, -1]] = "W"
    return rows


def transport_layouts(height, width):
    """The published base layout in all eight orientations, by turning and mirroring the picture."""
    layouts = set()
    for turns in range(4):
        for mirrored in (False, True):
            rows = walled(*((height, width) if turns % 2 == 0 else (width, height)))
            rows[-1, -4:] = "."
            box = np.array([list("BBB.."), list("BBB.."), list("BBB.."), list(".BBBB")])
            corner = rows[-4:, -5:]
            corner[box == "B"] = "B"
            turned = np.rot90(rows, turns)
            layouts.add(tuple("".join(row) for row in (np.flipud(turned) if mirrored else turned)))
    return layouts


@pytest.mark.parametrize(("height", "width"), [(12, 12), (10, 15)])
def test_transport_draws_all_eight_layouts_evenly(height, width):
    counts = Counter(without_agents(grid) for grid in drawn("transport", height, width))
    assert set(counts) == transport_layouts(height, width)
    assert is_even(counts, 8)


def foraging_layouts(height, width):
    """All maps without agents, written down from the published rules (in numpy's words)."""
    layouts = set()
    for food_i in (1, height - 3):
        for food_j in (1, width - 3):
            for across in (True, False):
                rows, fi, fj = walled(height, width), food_i, food_j
                ni, nj = height - 2 - fi, width - 2 - fj
                lines = range(4, (height if across else width) - 4, 4)
                if len(lines) % 2 == 1:
                    fi, fj, ni, nj = (fi, 1, ni, 1) if across else (1, fj, 1, nj)
                for n, line in enumerate(lines):
                    length = width if across else height
                    part = slice(None, -length // 3 + 1) if n % 2 == 0 else slice(length // 3, None)
                    if across:
                        rows[line, part] = "W"
                    else:
                        rows[part, line] = "W"
                rows[ni : ni + 2, nj : nj + 2] = "N"
                rows[fi : fi + 2, fj : fj + 2] = "F"
                layouts.add(tuple("".join(row) for row in rows))
    return layouts


@pytest.mark.parametrize(
    ("height", "width"), [(12, 12), (10, 10), (15, 15), (9, 9), (8, 8), (17, 17), (12, 17), (20, 9)]
)
def test_foraging_draws_all_mazes(height, width):
    counts = Counter(without_agents(grid) for grid in drawn("foraging", height, width, 8))
    assert set(counts) == foraging_layouts(height, width)
    for layout in counts:
        assert sum(row.count("F") for row in layout) == sum(row.count("N") for row in layout) == 4


def test_foraging_draws_mazes_evenly():
    # 15 x 15 has two walls either way (rows 4 and 8), so all eight maps are different.
    assert is_even(Counter(without_agents(grid) for grid in drawn("foraging", 15, 15, 8)), 8)


def test_foraging_agents_start_with_nothing():
    assert not any("A" in row for grid in drawn("foraging") for row in grid)


@pytest.mark.parametrize(("height", "width"), [(12, 12), (10, 14), (20, 12), (12, 20)])
def test_pursuit_start_regions_with_their_swapped_axes(height, width):
    grids = drawn("pursuit", height, width, 6)
    prey = {place for grid in grids for place in places(grid, "P")}
    assert {i for i, _ in prey} == set(range(height // 2 + 1, height - 1))
    assert {j for _, j in prey} == set(range(width // 2 + 1, width - 1))
    hunters = {place for grid in grids for place in places(grid, "A")}
    last_row, last_col = min(max(width // 2, 5), height - 2), min(max(height // 2, 5), width - 2)
    assert {i for i, _ in hunters} == set(range(1, last_row + 1))
    assert {j for _, j in hunters} == set(range(1, last_col + 1))


def test_pursuit_prey_starts_evenly():
    counts = Counter(places(grid, "P")[0] for grid in drawn("pursuit"))
    assert is_even(counts, 16)


@pytest.mark.parametrize("scenario", ["flocking", "synchronization"])
def test_agents_start_evenly_on_all_inner_cells(scenario):
    counts = Counter(place for grid in drawn(scenario) for place in places(grid, "Aa"))
    assert sum(counts.values()) == 10 * DRAWS
    assert is_even(counts, 100)


def test_transport_agents_start_on_every_inner_cell_that_is_free():
    counts = Counter(place for grid in drawn("transport") for place in places(grid, "A"))
    assert set(counts) == {(i, j) for i in range(1, 11) for j in range(1, 11)}
    middle = {place: count for place, count in counts.items() if all(4 <= x <= 7 for x in place)}
    assert is_even(middle, 16)


def test_no_agent_is_placed_by_its_number():
    env = make("synchronization", num_agents=10)
    total = np.zeros((10, 2))
    for seed in range(DRAWS):
        env.reset(seed=seed)
        total += list(env.positions().values())
    assert np.all(abs(total / DRAWS - 5.5) < 0.6)


def test_lights_are_on_or_off_with_equal_chance():
    grids = drawn("synchronization")
    on = sum(len(places(grid, "A")) for grid in grids)
    assert abs(on - 5 * DRAWS) < 4 * (10 * DRAWS / 4) ** 0.5
    per_map = Counter(len(places(grid, "A")) for grid in grids)
    assert len(per_map) >= 8, "the lights of one map are drawn each by itself"


def test_next_prey_appears_on_a_free_inner_cell_far_from_agents():
    env = make("pursuit", num_agents=2, height=12, width=12)
    rows = ["WWWWWWWWWWWW", "WPA........W", "WA.........W", *["W..........W"] * 8, "WWWWWWWWWWWW"]
    found: Counter[tuple[int, int]] = Counter()
    for seed in range(60):
        env.reset(seed=seed, options={"layout": rows})
        env.step({"agent_0": 0, "agent_1": 0})
        assert env.score == 1
        ((i, j),) = places(env.grid(), "P")
        assert 1 <= i <= 10 and 1 <= j <= 10
        found[i, j] += 1
    # The square of danger spans 4 cells before and 3 after: no wall and no agent is near at (5 … 7, 5 … 7).
    assert set(found) <= {(i, j) for i in range(5, 8) for j in range(5, 8)}
    assert len(found) >= 5


def test_small_worlds_can_be_full_to_the_last_free_cell():
    env = make("synchronization", num_agents=36, height=8, width=8)
    env.reset(seed=3)
    assert len(set(env.positions().values())) == 36


@pytest.mark.parametrize("scenario", ["transport", "flocking", "pursuit", "synchronization", "foraging"])
def test_two_seeds_give_two_worlds_and_one_seed_one(scenario):
    assert len(set(drawn(scenario))) > DRAWS * 0.95
    env = make(scenario, num_agents=10)
    env.reset(seed=7)
    assert tuple(env.grid()) == drawn(scenario)[7]
