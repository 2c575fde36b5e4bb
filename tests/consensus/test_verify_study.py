"""What verifiers see: rates, frauds, dependence, replayed training, and the command."""

import json
import sys

import numpy as np
import pytest
from swarm_env.consensus.studies.models.hardware import HONEST, Hardware
from swarm_env.consensus.studies.verification import (
    checked_training,
    text_study,
    verification_plots,
    verification_study,
)
from swarm_env.consensus.studies.verification.acceptance import Judged, chosen, judge, upper_bound
from swarm_env.consensus.studies.verification.activation_study import Seen, verified
from swarm_env.consensus.studies.verification.jobs import PictureJobs, TextJobs

from swarm_env.errors import ConfigError
from tests.cli.programs import swarm


def test_verifiers_are_three_unlike_machines_and_never_the_workers():
    worker = np.repeat([-1, 0, 1, 2, 3], 200)
    picked = chosen(worker, 4, np.random.default_rng(0))
    assert (np.diff(np.sort(picked, axis=1), axis=1) > 0).all()
    assert not (picked == worker[:, None]).any()
    assert set(picked[:200].ravel().tolist()) == {0, 1, 2, 3}


def test_two_of_three_accept_by_the_middle_distance():
    judged = Judged(np.array([[0.0, 1, 9], [5, 9, 9], [0, 0, 0]]))
    assert judged.middle.tolist() == [1, 9, 0]
    assert judged.accepted(1) == (5 / 9, 2 / 3)
    same = judge(lambda rows, verifier: verifier, np.array([0, 1]), 4, np.random.default_rng(1))
    assert sorted(same.distances[0].tolist()) == [1, 2, 3]


def test_upper_bound_of_no_accepts_falls_with_the_number():
    assert upper_bound(0, 10_000) < 0.0003 < upper_bound(0, 1_000)


def test_rest_counts_from_the_first_difference():
    a = np.array([[1, 2, 3, 4], [1, 2, 3, 4]])
    b = np.array([[1, 2, 3, 4], [1, 9, 3, 9]])
    assert text_study.rest(a, b).tolist() == [0, 3]


def test_prompts_are_different():
    asked = text_study.prompts(320)
    assert asked.shape == (320, 24) and len(np.unique(asked, axis=0)) > 300
    assert text_study.prompts(320, 1_000).shape == (320, 24)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("jobs", [PictureJobs(1), TextJobs(1)], ids=["pictures", "text"])
def test_proofs_distinguish_honest_machines_from_cheats(jobs):
    rng = np.random.default_rng(0)
    honest = [verified(jobs, jobs.honest(machine), machine, rng) for machine in (2, 6, 8)]
    largest = max(seen.proofs.max() for seen in honest)
    for kind in ("int8", "int4", "other weights", "fewer steps", "other prompt", "copied answer"):
        assert verified(jobs, jobs.fraud(kind), -1, rng).proofs.min() > 1.2 * largest, kind
    copied = verified(jobs, jobs.honest(1), -1, rng, copied=True)
    assert (copied.proofs == 3.5).all()
    seed = verified(jobs, jobs.fraud("other seed"), -1, rng)
    if isinstance(jobs, TextJobs):  # the right model has read it: the symbols decide, not the proofs
        assert seed.symbols.min() > 10 * max(seen.symbols.max() for seen in honest)
    else:
        assert seed.proofs.min() > 1.2 * largest


def test_a_job_is_accepted_if_proofs_and_symbols_are():
    seen = Seen(np.array([[[0.5], [0.5], [2.0]]]), np.array([[0.0, 3.0, 0.0]]))
    assert (seen.judged(1.0, 1.0).distances <= 1).tolist() == [[True, False, False]]


@pytest.fixture(scope="module")
def data():
    return checked_training.Data.drawn(100, 9_000_000)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["synchronised", "gossip"])
def test_training_is_the_same_again_and_poison_is_found(way, data):
    machines = [HONEST[1]] * 4
    reports = checked_training.train(way, data, 3, machines)
    assert reports.digest() == checked_training.train(way, data, 3, machines).digest()
    assert reports.digest() != checked_training.train(way, data, 4, machines).digest()
    assert not checked_training.replay(reports, way, data, 3, HONEST[1]).any()
    other = checked_training.replay(reports, way, data, 3, Hardware("bfloat16"))
    for poison in checked_training.POISONS:
        bad = checked_training.replay(
            checked_training.train(way, data, 3, machines, poison), way, data, 3, Hardware("bfloat16")
        )
        assert bad.argmax() == 12 * checked_training.NODES + 2 and bad.max() > 3 * other.max()


def test_states_that_do_not_follow_are_found(data):
    reports = checked_training.train("gossip", data, 3, [HONEST[1]] * 4)
    before = reports.before.copy()
    before[20, 1, 0] += 1e-9
    found = checked_training.replay(
        checked_training.Reports(before, reports.after), "gossip", data, 3, HONEST[1]
    )
    assert np.isinf(found[19]).all() and np.isfinite(found[:19]).all()
    before = reports.before.copy()
    before[0] += 1e-9
    found = checked_training.replay(
        checked_training.Reports(before, reports.after), "gossip", data, 3, HONEST[1]
    )
    assert np.isinf(found[0]).all()


@pytest.fixture(scope="module")
def found():
    pytest.importorskip("imagehash")
    return verification_study.run(verification_study.Sizes(seeds=8, prompts=4, jobs=2, rounds=14))


@pytest.mark.slow
def test_a_small_study_finds_what_the_large_one_does(found):
    json.dumps(found, allow_nan=False)
    assert found["images"]["two_of_three"]["true_accept"] > 0.95
    assert found["images"]["two_of_three"]["false_accept"] < 0.02
    assert found["activations"]["two_of_three"] == {"true_accept": 1.0, "false_accept": 0.0, "n": 34}
    ways = found["details"]["text"]["decodings"]
    assert ways["greedy"]["two_of_three_32_64_bits"] == ways["beam of 4"]["two_of_three_32_64_bits"] == 1
    assert ways["sampled, own seed"]["two_of_three"] == 0
    worth = found["details"]["dependence"]["other_seed"]
    assert abs(worth["same_machine"] - worth["single"]) <= 0.02


@pytest.mark.slow
def test_the_command_writes_the_documented_shape(found, capsys, monkeypatch):
    asked = []

    def run(sizes, *_):
        asked.append(sizes)
        return found

    monkeypatch.setattr(verification_study, "run", run)
    done = swarm(capsys, "consensus", "verify", "--study", "--json", "--seeds", "8")
    assert done.status == 0, done.err
    summary = json.loads(done.out)
    assert set(summary) == {"images", "text", "activations"} and asked[0].seeds == 8
    for part in summary.values():
        assert set(part) == {"single", "two_of_three"}
        for rates in part.values():
            assert set(rates) == {"true_accept", "false_accept", "n"} and rates["n"] > 0
            assert 0 <= rates["false_accept"] <= 1 and 0 <= rates["true_accept"] <= 1
    more = swarm(capsys, "consensus", "verify", "--study", "--json", "--details")
    assert set(json.loads(more.out)["details"]) > {"images", "dependence", "text", "activations", "training"}
    table = swarm(capsys, "consensus", "verify", "--study").out
    assert "99.8900%" in table and "0.0267%" in table and "copied proof" in table


@pytest.mark.slow
def test_every_picture_is_drawn_into_a_new_folder_only(found, capsys, monkeypatch, tmp_path):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(verification_study, "run", lambda *_: found)
    out = tmp_path / "study"
    assert swarm(capsys, "consensus", "verify", "--study", "--out", str(out)).status == 0
    assert json.loads((out / "study.json").read_text())["images"] == found["images"]
    names = ["activations", "dependence", "distances", "roc"]
    assert sorted(file.name for file in out.glob("*.png")) == [f"verify-{name}.png" for name in names]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in out.glob("*.png"))
    again = swarm(capsys, "consensus", "verify", "--study", "--out", str(out))
    assert again.status != 0 and "is there already" in again.err
    with pytest.raises(ConfigError, match="cannot be written"):
        next(verification_plots.draw(found["details"], out / "study.json"))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    other = swarm(capsys, "consensus", "verify", "--study", "--out", str(tmp_path / "other"))
    assert other.status != 0 and ".[data]" in other.err and not (tmp_path / "other").exists()


@pytest.mark.slow
def test_what_is_drawn_is_what_was_found(found):
    images = found["details"]["images"]
    for curve in images["curves"].values():
        assert all(
            verification_plots.cumulated(shares)[-1] == pytest.approx(1.0) for shares in curve.values()
        )
    accepted = verification_plots.cumulated(images["distances"]["frauds"]["int8"])[int(images["threshold"])]
    assert accepted == pytest.approx(images["frauds"]["int8"]["single"])
    for kind in found["details"]["activations"]["kinds"].values():
        assert min(kind["distances"]["frauds"]["int8"]) == kind["least_fraud"]["int8"]


def test_the_command_refuses_what_it_cannot_do(capsys):
    assert "--study" in swarm(capsys, "consensus", "verify").err
    assert "even" in swarm(capsys, "consensus", "verify", "--study", "--seeds", "5").err
