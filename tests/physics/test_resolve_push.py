"""The compiled push physics against the recorded pushes, the integer program and laws that always hold."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from swarm_env import resolve_push
from tests.physics.worlds import DIRECTIONS, Push, dense_push, drawn_pushes, grown_push, picture
from tests.reference.pushing import Cell, Rigid, contacts, movable, movable_by_integer_program
from tests.reference.recordings import pushes

seeds = st.integers(0, 2**32)


def placed(body: Rigid, place: Callable[[int, int], Cell]) -> Rigid:
    """The body with each of its cells somewhere else."""
    return replace(body, cells=frozenset(place(i, j) for i, j in body.cells))


def moved(push: Push) -> list[Rigid]:
    """The bodies after the push."""
    di, dj = push.direction
    moving = set(push.resolve())
    return [
        placed(body, lambda i, j: (i + di, j + dj)) if number in moving else body
        for number, body in enumerate(push.bodies)
    ]


def test_all_recorded_pushes():
    for number, push in enumerate(pushes()):
        answer = resolve_push(push["height"], push["width"], push["direction"], push["bodies"])
        assert answer == push["moved"], f"push {number}"


@pytest.mark.slow
@settings(max_examples=800)
@given(drawn_pushes())
def test_drawn_worlds_agree_with_the_integer_program(push):
    note(picture(push))
    assert push.resolve() == movable_by_integer_program(push.bodies, push.direction)


@pytest.mark.slow
@settings(max_examples=500)
@given(seeds)
def test_grown_worlds_agree_with_the_integer_program(seed):
    push = grown_push(seed)
    note(picture(push))
    assert push.resolve() == movable_by_integer_program(push.bodies, push.direction)


@settings(max_examples=300)
@given(drawn_pushes(single_cells=True))
def test_single_cells_agree_with_flow_and_integer_program(push):
    note(picture(push))
    answer = push.resolve()
    assert answer == movable(push.bodies, push.direction)
    assert answer == movable_by_integer_program(push.bodies, push.direction)


@pytest.mark.parametrize("density", [0.5, 0.8, 0.95, 1.0])
def test_dense_maps_up_to_full_agree_with_the_linear_rule(density):
    for seed in range(15):
        push = dense_push(seed, density)
        assert push.resolve() == linear_rule(push), f"seed {seed}\n{picture(push)}"


def linear_rule(push: Push) -> list[int]:
    """Which single cells move: of each chain the longest front part whose back parts all can."""
    di, dj = push.direction
    owner = {cell: number for number, body in enumerate(push.bodies) for cell in body.cells}
    answer = []
    for i, j in owner:
        if (i - di, j - dj) in owner and not push.bodies[owner[i - di, j - dj]].static:
            continue  # not the last of its chain
        chain = []
        while (i, j) in owner:
            chain.append(owner[i, j])
            if push.bodies[owner[i, j]].static:
                chain = []  # ends at something static: nothing behind it moves
                break
            i, j = i + di, j + dj
        for start in range(len(chain)):  # the longest part first
            spare, holds = 0, True
            for k in chain[start:]:  # force flows forwards only: from the back, the sum may never be negative
                spare += push.bodies[k].force - push.bodies[k].mass
                holds = holds and spare >= 0
            if holds:
                answer += chain[start:]
                break
    return sorted(answer)


@settings(max_examples=300)
@given(drawn_pushes(single_cells=True))
def test_linear_rule_is_the_flow(push):
    assert linear_rule(push) == movable(push.bodies, push.direction)


@settings(max_examples=200)
@given(seeds)
def test_laws_that_hold_for_every_push(seed):
    push = grown_push(seed, side=20, n_bodies=90)
    note(picture(push))
    answer = push.resolve()
    assert answer == sorted(set(answer)), "each body is named once, in order"
    assert not any(push.bodies[number].static for number in answer), "nothing static moves"
    moving = set(answer)
    for u, w in contacts(push.bodies, push.direction):
        assert u not in moving or w in moving, "what a moving body pushes on moves too"
    after = moved(push)
    cells = [cell for body in after for cell in body.cells]
    assert len(cells) == len(set(cells)), "no two bodies overlap"
    assert [len(body.cells) for body in after] == [len(body.cells) for body in push.bodies]


@settings(max_examples=150)
@given(seeds)
def test_order_of_the_bodies_does_not_matter(seed):
    push = grown_push(seed)
    order = list(range(len(push.bodies)))
    random.Random(seed).shuffle(order)
    shuffled = Push(push.height, push.width, push.direction, tuple(push.bodies[number] for number in order))
    assert sorted(order[number] for number in shuffled.resolve()) == push.resolve()


@settings(max_examples=150)
@given(seeds)
def test_turning_and_mirroring_the_world_changes_nothing(seed):
    push = grown_push(seed)
    (di, dj), h, w = push.direction, push.height, push.width
    turned = [placed(body, lambda i, j: (j, h - 1 - i)) for body in push.bodies]
    assert Push(w, h, (dj, -di), tuple(turned)).resolve() == push.resolve()
    mirrored = [placed(body, lambda i, j: (i, w - 1 - j)) for body in push.bodies]
    assert Push(h, w, (di, -dj), tuple(mirrored)).resolve() == push.resolve()


@settings(max_examples=150)
@given(seeds, st.integers(0, 5), st.integers(0, 5))
def test_the_border_is_open(seed, up, left):
    push = grown_push(seed)
    shifted = [placed(body, lambda i, j: (i + up, j + left)) for body in push.bodies]
    larger = Push(push.height + up + 3, push.width + left + 3, push.direction, tuple(shifted))
    assert larger.resolve() == push.resolve()


@settings(max_examples=150)
@given(seeds)
def test_more_force_never_moves_less(seed):
    push = grown_push(seed)
    chosen = seed % len(push.bodies)
    if push.bodies[chosen].static:
        return
    stronger = list(push.bodies)
    stronger[chosen] = replace(stronger[chosen], force=stronger[chosen].force + 3)
    assert set(push.resolve()) <= set(replace(push, bodies=tuple(stronger)).resolve())


@settings(max_examples=60)
@given(seeds)
def test_whole_rounds_lose_no_agent_and_overlap_none(seed):
    push = grown_push(seed, side=10)
    rng = random.Random(seed)
    height = width = 40  # large enough that no agent leaves the map
    bodies = [placed(replace(body, force=0), lambda i, j: (i + 15, j + 15)) for body in push.bodies]
    for _ in range(3):
        choices = [None if body.static else rng.choice([*DIRECTIONS, None]) for body in bodies]
        for direction in DIRECTIONS:
            against = (-direction[0], -direction[1])
            forces = [2 * (choice == direction) - 2 * (choice == against) for choice in choices]
            forced = tuple(replace(body, force=force) for body, force in zip(bodies, forces, strict=True))
            turn = Push(height, width, direction, forced)
            assert turn.resolve() == movable(forced, direction)
            before, bodies = bodies, moved(turn)
            for old, new in zip(before, bodies, strict=True):
                whole_step = {(i + direction[0], j + direction[1]) for i, j in old.cells}
                assert new.cells in (old.cells, whole_step), "at most one cell per direction, as a whole"
        cells = [cell for body in bodies for cell in body.cells]
        assert len(cells) == len(set(cells))
