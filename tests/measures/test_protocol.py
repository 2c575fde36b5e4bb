"""The protocol of comparing arms: statistics over trainings, by hand, and what it refuses."""

import numpy as np
import pytest

from swarm_env.errors import ConfigError
from swarm_env.measures.messages.protocol import Arm, Trained, compare, table

SCORES = {"silent": [0.5, 0.5, 0.5, 0.5, 0.5], "dial": [1.0, 0.9, 1.0, 0.6, 1.0]}


def train(arm, seed):
    spread = np.linspace(-0.1, 0.1, 100)
    scores = {"": SCORES[arm][seed - 1] + spread}
    if arm == "dial":
        scores["mute"] = 0.5 + spread
    return Trained(scores, samples=1000, seconds=2.0 if arm == "dial" else 1.0)


def test_the_unit_is_a_training():
    lines: list[str] = []
    silent, dial = compare(train, ["silent", "dial"], silent=0.5, ideal=1.0, report=lines.append)
    assert dial.mean() == pytest.approx(0.9)
    assert dial.error() == pytest.approx(np.std(SCORES["dial"], ddof=1) / 5**0.5)
    assert dial.mean("mute") == pytest.approx(0.5) and np.isnan(silent.mean("mute"))
    assert dial.learned == pytest.approx(0.8)
    assert dial.gaps_closed == pytest.approx([1.0, 0.8, 1.0, 0.2, 1.0])
    assert dial.above(silent) == pytest.approx(0.4 / dial.error()) and silent.above(0.5) == 0.0
    assert len(lines) == 10 and lines[1].startswith("dial seed 1: score 1.000, mute 0.500")
    assert "| dial | 0.900 ± 0.077 | 0.500 ± 0.000 | 4 of 5 | 0.80 | 2 |" in table([silent, dial])
    assert "No claim" not in table([silent, dial])


def test_too_few_trainings_are_no_claim():
    arms = compare(train, ["dial"], silent=0.5, ideal=1.0, seeds=[1])
    assert np.isnan(arms[0].error()) and "No claim yet: 1 and 100" in table(arms)
    short = Trained({"": np.ones(99)}, 1, 1.0)
    assert "No claim yet: 5 and 99" in table([Arm("x", (short,) * 5, 0.0, 1.0)])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"equal": "seconds"}, "unequal seconds"),
        ({"ideal": 0.5}, "ideal above silent"),
        ({"seeds": []}, "one seed"),
    ],
)
def test_what_cannot_be_compared_is_refused(given, words):
    with pytest.raises(ConfigError, match=words):
        compare(train, ["silent", "dial"], **{"silent": 0.5, "ideal": 1.0, **given})
