import pytest

from benchmarks import hamming
from benchmarks.timing import Rival, take_turns
from consensus.verification import Context, build, check


@pytest.mark.parametrize("part", ["distances", "proofs"])
def test_every_part_is_measured(part):
    (rows,) = hamming.measure(quick=True, parts=part).values()
    assert rows


def test_all_count_the_same():
    first, second = hamming.hashes_of(300), hamming.hashes_of(200, 2)
    assert len({count() for count in hamming.counters(first, second).values()}) == 1


def turned(count):
    return lambda _: count()


def test_counting_takes_at_most_an_eighth_of_numpys_time():
    first, second = hamming.hashes_of(2048), hamming.hashes_of(2048, 2)
    rivals = {name: Rival(turned(count), 1) for name, count in hamming.counters(first, second).items()}
    times = take_turns(rivals, turns=9, seconds=0.02)
    fastest = min((name for name in rivals if name != "ours"), key=times.round_time)
    assert max(times.least_ratio(fastest, "ours"), times.ratio(fastest, "ours")) >= hamming.BAR


def test_a_proof_is_small_and_soon_built_and_checked():
    x, context = hamming.heavy_tailed(32, 4096), Context("request", "model")
    proof = build(x, context)
    assert len(proof) <= 260
    rivals = {
        "build": Rival(lambda _: build(x, context), 1),
        "check": Rival(lambda _: check(proof, x, context), 1),
    }
    times = take_turns(rivals, turns=1000, seconds=hamming.CALL)
    assert times.costs["build"].min() * 1e3 <= hamming.BUILD_BAR
    assert times.costs["check"].min() * 1e3 <= hamming.CHECK_BAR
