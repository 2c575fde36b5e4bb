import pytest

from benchmarks import ranking


@pytest.mark.parametrize("part", ["speed", "coverage"])
def test_every_part_is_measured(part):
    (rows,) = ranking.measure(quick=True, parts=part).values()
    assert rows
