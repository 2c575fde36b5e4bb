import pytest

from benchmarks import ranking
from benchmarks.timing import Rival, take_turns


@pytest.mark.parametrize("part", ["speed", "coverage"])
def test_every_part_is_measured(part):
    (rows,) = ranking.measure(quick=True, parts=part).values()
    assert rows


def test_a_fit_takes_at_most_a_twentieth_of_evalicas_time():
    solvers = ranking.solvers(*ranking.votes_of(*ranking.AT), ranking.AT[0])
    ours, evalica = solvers["ours"], solvers["evalica"]
    rivals = {"ours": Rival(lambda _: ours(), 1), "evalica": Rival(lambda _: evalica(), 1)}
    times = take_turns(rivals, turns=9, seconds=0.02)
    assert max(times.least_ratio("evalica", "ours"), times.ratio("evalica", "ours")) >= ranking.BAR
