import pytest
from swarm_env.consensus.verification import Context, build

from benchmarks import hamming


@pytest.mark.slow
@pytest.mark.parametrize("part", ["distances", "proofs"])
def test_every_part_is_measured(part):
    (rows,) = hamming.measure(quick=True, parts=part).values()
    assert rows


def test_all_count_the_same():
    first, second = hamming.hashes_of(300), hamming.hashes_of(200, 2)
    assert len({count() for count in hamming.counters(first, second).values()}) == 1


def test_a_proof_is_small():
    assert len(build(hamming.heavy_tailed(32, 4096), Context("request", "model"))) <= 260
