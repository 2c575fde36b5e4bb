"""The study: that it runs, adds up, and says what it found."""

import json

import pytest
from swarm_env.consensus.fortytwo.settings import Attack, Swarm
from swarm_env.consensus.studies.fortytwo.protocol_study import as_json, difference, interval, run_study
from swarm_env.consensus.studies.fortytwo.study_plan import CLAIMS, Panel, Point, panels
from swarm_env.consensus.studies.fortytwo.study_plots import draw_study
from swarm_env.consensus.studies.fortytwo.study_text import tables

from tests.cli.programs import swarm

SMALL = Swarm(nodes=5)
RIVALS = [Point("none", swarm=SMALL), Point("collude", swarm=SMALL, attack=Attack("collude", 0.4))]
ABLE = [Point(a, swarm=Swarm(nodes=5, accuracy=a)) for a in (0.3, 0.7)]
PANELS = [
    Panel("a-accuracy", "accuracy", ABLE, runs=2, questions=30),
    Panel("attacks", "attack", RIVALS, runs=2, questions=30),
]


def test_every_claim_has_a_panel_and_every_panel_a_claim():
    plan = panels()
    assert {panel.claim for panel in plan} == set(CLAIMS)
    assert len({panel.name for panel in plan}) == len(plan)
    bar = next(panel for panel in plan if panel.name == "bar")
    assert (bar.runs, bar.questions) == (5, 1000)
    assert all(panel.runs == 3 for panel in panels(quick=True))


@pytest.mark.slow
def test_it_gives_the_same_with_one_process_and_with_two_and_can_be_shown(tmp_path):
    reported = []
    one = run_study(PANELS, 1, 1, lambda done, total: reported.append((done, total)))
    two = run_study(PANELS, 1, 2)
    assert as_json(one, 1) == as_json(two, 1)
    assert reported[-1] == (8, 8)
    json.dumps(as_json(one, 1), allow_nan=False)
    text = tables(one)
    assert "| accuracy | majority |" in text and "collude" in text and "2 runs of 30 questions" in text
    files = draw_study(one, tmp_path)
    assert [file.name for file in files] == ["a-accuracy.png", "attacks.png"]
    assert all(file.stat().st_size > 5000 for file in files)


def test_intervals_are_students():
    cell = interval([0.5, 0.6, 0.7])
    assert cell.mean == pytest.approx(0.6)
    assert cell.high - cell.mean == pytest.approx(4.303 * 0.1 / 3**0.5)
    assert interval([1.0, 1.0]).high == 1.0
    gap = difference(interval([0.5, 0.6]), interval([0.4, 0.5]))
    assert (gap.mean, gap.low, gap.high) == pytest.approx((0.1, 0.1, 0.1))


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    done = swarm(capsys, "consensus", "study", "--quick", "--out", str(tmp_path))
    assert done.status == 2 and "--force" in done.err
