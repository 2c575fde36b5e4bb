import json
import sys
from collections import Counter

import numpy as np
import pytest

from benchmarks import (
    audit,
    c_floor,
    coverage,
    drawing,
    floor,
    learning,
    million,
    nest_site,
    peers,
    playback,
    scaling,
    secrets,
    speed,
    tables,
    window,
)
from benchmarks.timing import Rival, Times, take_turns
from swarm_env.perf import Floor
from tests.docs.pages import ROOT


def test_ratios_are_taken_within_turns():
    times = Times({"a": np.array([2.0, 20.0, 200.0]), "b": np.array([1.0, 10.0, 100.0])}, {"a": 4, "b": 4})
    assert times.ratio("a", "b") == times.least_ratio("a", "b") == 2.0
    assert times.spread("a", "b") == (2.0, 2.0)
    assert times.rate("b") == 0.1
    assert times.round_time("a") == 80.0


def test_rivals_play_rounds_in_order():
    played: dict[str, list[int]] = {"a": [], "b": []}
    take_turns({name: Rival(numbers.append, 1) for name, numbers in played.items()}, turns=3, seconds=1e-5)
    for numbers in played.values():
        last = len(numbers) - 1 - numbers[::-1].index(0)  # the rounds before calibrate
        assert numbers[last:] == list(range(len(numbers) - last))


def test_the_floor_has_a_row_per_form():
    rows = floor.measure(quick=True)
    assert len(rows) == len(floor.WORLDS) + 1
    assert all(row["agent-steps/s"] > 0 for row in rows)


def test_the_floor_in_c_plays_the_same():
    """Views, places seen from and rewards, bit for bit."""
    try:
        fast = c_floor.CFloor(3, seed=5)
    except OSError as error:
        pytest.skip(str(error))
    plain = Floor(3, seed=5)
    for number in range(40):
        fast.step(number)
        plain.step(number)
        for name in ("views", "seen_from", "rewards"):
            assert np.array_equal(getattr(fast, name), getattr(plain, name))


def test_coverage_has_a_row_per_case_and_number_of_seeds():
    rows = coverage.measure(samples=5)
    assert len(rows) == len(coverage.CASES) * len(coverage.SEEDS)
    assert all(row["refused %"] == 0 for row in rows if "bounds 0" in row["scores"])
    assert len(coverage.measure_equal_teams(tables=1)) == 2 * len(coverage.SEEDS)


@pytest.mark.slow
def test_playbacks_seek_and_become_pages():
    jumps, pages = playback.measure(quick=True).values()
    assert [row["rounds"] for row in jumps] == [50]
    assert all(row["kB"] < row["bar, kB"] for row in pages)


def test_drawing_has_a_row_per_world():
    rows = drawing.measure(quick=True)
    assert [row["agents"] for row in rows] == [10, 10, 10, 50, 50]
    assert all(row["frames/s"] > 0 for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["batch", "threads", "dicts", "flocking", "messages", "huge"])
def test_speed_measures_every_part(part):
    (rows,) = speed.measure(quick=True, parts=part).values()
    assert rows
    assert all(row["held"] in ("yes", "no", "") for row in rows)


@pytest.mark.parametrize("part", ["worlds", "agents", "view", "threads"])
def test_scaling_measures_every_part(part):
    (rows,) = scaling.measure(quick=True, parts=part).values()
    assert len(rows) >= 1


def test_memory_is_measured_in_every_scenario():
    (rows,) = learning.measure(quick=True, parts="memory").values()
    assert len(rows) >= 6
    assert all(row["MB at first"] > 10 and row["rounds"] > 0 for row in rows)


def test_a_start_is_timed(tmp_path):
    assert scaling.start_time(["-m", "swarm_env", "list"], tmp_path) > 0


def test_peers_that_are_not_installed_are_left_out(monkeypatch, capsys):
    def absent(module):
        raise ImportError(module)

    monkeypatch.setattr(peers, "bring", absent)
    assert peers.measure(quick=True) == []
    assert "pip install 'mpe2'" in capsys.readouterr().err


def test_tables_are_markdown_or_json(monkeypatch, capsys):
    rows = [{"case": "a", "rate": 12_345_678.0, "bar": None}, {"case": "b", "rate": 2.5, "bar": 3.0}]
    tables.show({"title": rows}, as_json=False)
    assert "| a    | 12.3 M |     |" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["floor", "--quick", "--json"])
    floor.main()
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.slow
def test_the_house_hunt_has_a_row_per_share_of_liars():
    tables = nest_site.measure(seeds=1, questions=2, shares=(0.0, 0.5))
    for rows in tables.values():
        assert [row["liars"] for row in rows] == ["0%", "50%"]
        assert all(0 <= float(row[rule].split()[0]) <= 100 for row in rows for rule in nest_site.RULES)


@pytest.mark.slow
def test_the_guarding_of_secrets_has_a_row_per_rule_and_setting():
    rules, wrong, heard, names = secrets.measure(1, 2, errors=(0.15,), hearing=(4,)).values()
    assert [row["rule"] for row in rules] == list(secrets.RULES)
    assert len(wrong) == 1 and [row["rule"] for row in heard] == ["codef", "codef?threshold=2"]
    assert all(1 <= row["voters"] <= 9 for row in heard)
    assert [row["history"] for row in names] == ["by name", "by name", "pooled"] * 2
    for row in [*rules, *heard, *names]:
        kept, served, balanced = (
            float(row[name].split()[0]) for name in ("secrets kept", "honest served", "balanced")
        )
        assert abs(balanced - (kept + served) / 2) < 1 and 0 <= kept <= 100


@pytest.mark.slow
def test_the_audit_counts_what_cheats_gain_beside_the_algebra(monkeypatch):
    monkeypatch.setattr(audit, "PATIENT", 60)
    gains, teams, passed = audit.measure(seeds=2, jobs=1, sampling=(0.5,)).values()
    assert [row["checked"] for row in gains] == ["50%"] and gains[0]["stake 3"].endswith("; -1.00")
    assert float(teams[0]["score"].split()[0]) < 0 < float(teams[3]["score"].split()[0])
    assert all(0 <= float(row["accepted [%]"].split()[0]) <= 100 for row in passed)
    assert [row["expected [%]"] for row in passed[:4]] == ["20.0", "10.4", "15.2", "20.0"]


def test_a_cheat_gains_what_its_outcomes_come_to():
    outcomes = Counter({audit.UNCHECKED: 5, audit.ACCEPTED: 1, audit.REJECTED: 3, audit.OPEN: 1})
    assert audit.gain_of(outcomes, 4.0) == (6 - 12) / 10


def test_the_page_of_scaling_shows_what_the_arithmetic_comes_to(capsys):
    tables.show(million.measure(), as_json=False)
    page = (ROOT / "docs" / "scaling.md").read_text()
    printed = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(printed) > 20 and not [line for line in printed if line.startswith("|") and line not in page]


def test_twice_as_many_agents_take_twice_as_much():
    one, two = million.Assumptions(), million.Assumptions(agents=2_000_000)
    assert million.accelerator_seconds(two) == 2 * million.accelerator_seconds(one)
    assert million.amounts(million.Assumptions(agents=1, rounds=1))[3]["a run"] == "0.000428"
    assert [row["what"] for row in million.sizes()]


@pytest.mark.slow
def test_the_window_is_measured_in_every_part(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    tables = window.measure(quick=True)
    assert [len(rows) for rows in tables.values()] == [1, 2, 6]
    assert all(row["held"] in ("yes", "no") for rows in list(tables.values())[:2] for row in rows)
