import json
import sys

import numpy as np
import pytest

from benchmarks import floor, learning, nest_site, peers, scaling, speed, tables
from benchmarks.timing import Rival, Times, take_turns


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


@pytest.mark.parametrize("part", ["batch", "threads", "dicts", "huge"])
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


def test_the_house_hunt_has_a_row_per_share_of_liars():
    tables = nest_site.measure(seeds=1, questions=2, shares=(0.0, 0.5))
    for rows in tables.values():
        assert [row["liars"] for row in rows] == ["0%", "50%"]
        assert all(0 <= float(row[rule].split()[0]) <= 100 for row in rows for rule in nest_site.RULES)
