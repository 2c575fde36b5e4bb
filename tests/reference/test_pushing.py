"""The reference itself against the recorded pushes."""

import pytest

from tests.reference.pushing import movable, movable_by_integer_program, rigid_bodies
from tests.reference.recordings import pushes


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("answer", [movable, movable_by_integer_program])
def test_reference_agrees_with_all_recorded_pushes(answer):
    assert len(pushes()) == 300
    for number, push in enumerate(pushes()):
        moved = answer(rigid_bodies(push["bodies"]), tuple(push["direction"]))
        assert moved == push["moved"], f"push {number}"
