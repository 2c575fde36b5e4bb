"""Worlds made to break a push solver: chains, combs, staircases, rings, locks, many feeders for one load."""

from dataclasses import replace

import pytest

from tests.physics.worlds import DIRECTIONS, Push
from tests.reference.pushing import Cell, Rigid, movable

RIGHT, UP = (0, 1), (-1, 0)


def cell(i: int, j: int, force: int = 0, mass: int = 1, static: bool = False) -> Rigid:
    """A body of one cell."""
    return Rigid(frozenset([(i, j)]), mass, static, force)


def row(n: int, forces: dict[int, int], static: int | None = None) -> Push:
    """A row of n single cells; `forces` by column."""
    return Push(1, n + 1, RIGHT, tuple(cell(0, j, forces.get(j, 0), static=j == static) for j in range(n)))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("n", [1, 2, 3, 10, 3000])
def test_one_pusher_moves_itself_and_one_more(n):
    # Force 2 moves mass 2: the last body of the row has nothing behind it to help, only the front two can go.
    assert row(n, {n - 1: 2}).resolve() == [n - 1]
    assert row(n, {0: 2}).resolve() == (list(range(n)) if n <= 2 else [])
    assert row(n, {max(n - 2, 0): 2}).resolve() == list(range(max(n - 2, 0), n))


@pytest.mark.parametrize("n", [2, 3, 500, 3000])
def test_a_long_row_moves_when_every_other_pushes(n):
    pushing_from_the_back = dict.fromkeys(range(0, n, 2), 2)
    assert row(n, pushing_from_the_back).resolve() == list(range(n))
    assert row(n, pushing_from_the_back, static=n - 1).resolve() == []
    all_in_front = dict.fromkeys(range(n // 2, n), 2)  # force flows forwards only, so the idle rear stays
    assert row(n, all_in_front).resolve() == list(range(n // 2, n))


@pytest.mark.parametrize("n", [10, 1000])
def test_all_the_force_of_a_row_comes_from_one_strong_body(n):
    assert row(n, {0: n}).resolve() == list(range(n))
    assert row(n, {0: n - 1}).resolve() == []


def test_a_comb_needs_each_of_its_teeth_free():
    comb = frozenset((i, 0) for i in range(41)) | frozenset(
        (i, j) for i in range(0, 41, 2) for j in range(1, 20)
    )
    pushers = [cell(i, 0, 2) for i in range(0, 41)]
    shifted = frozenset((i, j + 1) for i, j in comb)
    free = Push(41, 30, RIGHT, (Rigid(shifted, 20), *pushers))
    assert free.resolve() == list(range(42))
    stopped = replace(free, bodies=(*free.bodies, cell(20, 21, static=True)))
    assert stopped.resolve() == []
    slotted = replace(free, bodies=(*free.bodies, cell(21, 2, mass=1)))  # between two teeth: carried along
    assert slotted.resolve() == list(range(43))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_staircase_of_large_bodies(direction):
    # Each step overlaps the next in rows and columns, so that one push goes through all of them.
    steps = [
        frozenset((i + di, i + dj) for di in range(2) for dj in range(2) if di + dj < 2) for i in range(0, 60)
    ]
    taken: set[Cell] = set()
    bodies = []
    for number, shape in enumerate(steps):
        free = shape - taken
        taken |= free
        if free:
            bodies.append(Rigid(free, 1, False, 2 if number % 2 else 0))
    push = Push(62, 62, direction, tuple(bodies))
    assert push.resolve() == movable(push.bodies, direction)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("force", [0, 3, 4, 40])
def test_rings_inside_rings_push_on_each_other_both_ways(direction, force):
    rings = [
        frozenset(
            (i, j) for i in range(r, 21 - r) for j in range(r, 21 - r) if i in (r, 20 - r) or j in (r, 20 - r)
        )
        for r in range(10)
    ]
    bodies = tuple(Rigid(ring, 4, False, force if n == 5 else 0) for n, ring in enumerate(rings))
    expected = list(range(10)) if force >= 40 else []
    assert Push(21, 21, direction, bodies).resolve() == expected == movable(bodies, direction)
    anchored = (*bodies, cell(10, 10, static=True))
    assert Push(21, 21, direction, anchored).resolve() == []


def test_interlocked_hooks_feed_each_other():
    # A pushes on B and B on A: together they need 4, and it does not matter which of them is pushed.
    a = frozenset({(0, 0), (0, 1), (0, 2), (1, 2)})
    b = frozenset({(1, 0), (1, 1), (2, 1), (2, 2), (2, 3), (1, 3)})
    for force_a, force_b, expected in [
        (4, 0, [0, 1]),
        (0, 4, [0, 1]),
        (3, 0, []),
        (2, 2, [0, 1]),
        (0, 3, []),
    ]:
        bodies = (Rigid(a, 2, False, force_a), Rigid(b, 2, False, force_b))
        assert Push(3, 5, RIGHT, bodies).resolve() == expected


@pytest.mark.parametrize("feeders", [19, 20, 21, 30])
def test_many_feeders_share_one_load(feeders):
    load = Rigid(frozenset((i, 1) for i in range(30)), mass=20)
    bodies = (load, *(cell(i, 0, 2) for i in range(feeders)))
    # Each has 1 left over after moving itself. Those in line with the load cannot go where it does not.
    assert Push(30, 5, RIGHT, bodies).resolve() == (list(range(feeders + 1)) if feeders >= 20 else [])


@pytest.mark.parametrize("strong", [0, 1])
def test_a_strong_body_must_split_its_force_to_reach_two_weak_ones(strong):
    base = Rigid(frozenset([(0, 0), (1, 0), (2, 0)]), 1, False, 3 + strong)
    bodies = (base, cell(0, 1, mass=1), cell(2, 1, mass=2))
    assert Push(3, 3, RIGHT, bodies).resolve() == ([0, 1, 2] if strong else [])


def test_only_the_hopeless_part_of_a_crowd_stays():
    # Upper row has help enough, the lower one does not; they touch only sideways.
    upper = [cell(0, j, 2 if j < 3 else 0) for j in range(5)]
    lower = [cell(1, j, 2 if j < 2 else 0) for j in range(5)]
    assert Push(2, 7, RIGHT, (*upper, *lower)).resolve() == [0, 1, 2, 3, 4]


def test_a_full_large_map_moves_as_one_or_not_at_all():
    side = 64
    cells = [cell(i, j, 2) for i in range(side) for j in range(side)]
    assert Push(side, side, UP, tuple(cells)).resolve() == list(range(side * side))
    top = [replace(body, static=True, force=0) if min(body.cells)[0] == 0 else body for body in cells]
    assert Push(side, side, UP, tuple(top)).resolve() == []


@pytest.mark.slow
def test_a_grid_of_bricks_is_settled_by_flow_not_by_luck():
    # Bricks laid in running bond: each pushes on two, so force must be split and gathered again.
    bodies = []
    for i in range(24):
        for j in range(i % 2, 24, 2):
            bodies.append(
                Rigid(frozenset([(i, j), (i, j + 1)]), 1, False, 4 if i == 23 else (2 if i > 12 else 0))
            )
    push = Push(24, 26, UP, tuple(bodies))
    assert push.resolve() == movable(push.bodies, UP)


def test_forces_and_masses_may_be_large():
    n = 50
    bodies = [cell(0, j, mass=10**6) for j in range(n)]
    bodies[0] = replace(bodies[0], force=n * 10**6)
    assert Push(1, n + 1, RIGHT, tuple(bodies)).resolve() == list(range(n))
    bodies[0] = replace(bodies[0], force=n * 10**6 - 1)
    assert Push(1, n + 1, RIGHT, tuple(bodies)).resolve() == []
