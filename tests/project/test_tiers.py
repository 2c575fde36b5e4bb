"""Which tests are left out of the quick run."""

from types import SimpleNamespace

import pytest

from tests.conftest import QUICK_CASES, slow_cases


def items(name, number, quick=None):
    marker = None if quick is None else pytest.mark.quick_cases(quick).mark
    return [
        SimpleNamespace(nodeid=f"{name}[{i}]", get_closest_marker=lambda _: marker) for i in range(number)
    ]


@pytest.mark.parametrize("number", [1, 3, 4, 5, 90])
def test_a_few_cases_are_quick(number):
    slow = list(slow_cases(items("tests/a.py::test_one", number)))
    assert number - len(slow) == min(number, QUICK_CASES)


def test_a_test_says_how_many_of_its_cases_are_quick():
    given = [*items("a", 9, quick=2), *items("b", QUICK_CASES), *items("c", 4, quick=5)]
    assert [item.nodeid[0] for item in slow_cases(given)] == ["a"] * 7


def test_two_tests_over_the_same_cases_leave_out_others():
    left = [{item.nodeid[-3:] for item in slow_cases(items(f"test_{k}", 60))} for k in range(5)]
    assert len(set.union(*left)) == 60 and len(set.intersection(*left)) < 60 - QUICK_CASES
