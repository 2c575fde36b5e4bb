"""The pictures of a leaderboard."""

import sys
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.leaderboard import score_plots
from swarm_env.leaderboard.intervals import mean_interval
from swarm_env.leaderboard.leaderboard import score_folders
from tests.cli.programs import swarm
from tests.leaderboard.made import make_run

pytest.importorskip("matplotlib")
WORLD: dict[str, Any] = {"num_agents": 4, "height": 8, "width": 8, "max_rounds": 8}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two teams, three seeds, one of them played twice."""
    folder = tmp_path_factory.mktemp("runs")
    for team in ("scripted", "random"):
        for number, seed in enumerate((1, 2, 3, 3)):
            swarm_env.play("synchronization", team, seed=seed, out=folder / f"{team}-{number}", **WORLD)
    return folder


@pytest.mark.slow
def test_a_table_has_three_pictures(runs, tmp_path, capsys):
    from matplotlib.image import imread

    done = swarm(capsys, "score", runs, "--plots", tmp_path / "new" / "plots")
    assert done.status == 0, done.err
    files = sorted((tmp_path / "new" / "plots").iterdir())
    assert [file.stem.rpartition("-")[2] for file in files] == ["correlations", "measures", "score"]
    for file in files:
        assert file.name.startswith("synchronization-") and str(file) in done.err
        picture = imread(file)
        assert min(picture.shape[:2]) > 300 and picture.std() > 0.01
    assert "matplotlib.pyplot" not in sys.modules  # no display, no global state


def test_scores_are_drawn_with_their_band(runs):
    (table,) = score_folders([runs]).tables
    measured = [(row, score_plots._by_seed(row)) for row in table.rows]
    (axes,) = score_plots._scores(table, measured).axes
    lines = axes.get_lines()
    assert [line.get_label() for line in lines] == [f"{row.team} (n = 3)" for row in table.rows]
    for line, band, (row, seeds) in zip(lines, axes.collections, measured, strict=True):
        means = [np.mean([run.score for run in own], axis=0) for own in seeds]
        assert np.allclose(np.asarray(line.get_ydata()), np.mean(means, axis=0))
        assert np.asarray(line.get_ydata())[-1] == pytest.approx(row.score.mean)
        ends = band.get_paths()[0].get_extents()
        assert ends.ymax <= 8.0 and ends.ymax == pytest.approx(row.score.high, abs=1.0)


def test_the_band_is_the_interval_of_each_round():
    curves = np.array([[0.0, 1.0, 2.0], [0.0, 3.0, 2.0], [0.0, 8.0, 2.0]])
    low, high = score_plots._band(curves, [None, None, (0.0, 8.0)])
    assert np.isnan(low[0]) and np.isnan(high[0])
    for place, found in ((1, mean_interval([1.0, 3.0, 8.0])), (2, mean_interval([2.0] * 3, (0.0, 8.0)))):
        assert found is not None and (low[place], high[place]) == (found.low, found.high)


def test_games_that_end_early_keep_their_score_and_end_their_measures():
    assert score_plots._padded(np.array([1.0, 2.0]), 4).tolist() == [1.0, 2.0, 2.0, 2.0]
    assert score_plots._padded(np.array([]), 2).tolist() == [0.0, 0.0]
    mean = score_plots._mean_where_known([np.array([1.0, np.nan]), np.array([3.0, np.nan, 5.0])], 4)
    assert np.array_equal(mean, [2.0, np.nan, 5.0, np.nan], equal_nan=True)


def test_names_that_mean_something_to_matplotlib_are_drawn_as_they_are(runs, tmp_path):
    board = score_folders([runs])
    (table,) = board.tables
    figure = score_plots._figure(table, 3, 2)
    figure.suptitle(r"\$x_1^{\$")
    figure.savefig(tmp_path / "x.png")


def test_one_run_alone_is_drawn_without_a_band_or_a_correlation(tmp_path):
    swarm_env.play("synchronization", "scripted", seed=1, out=tmp_path / "run", **WORLD)
    files = list(score_plots.draw_plots(score_folders([tmp_path]), tmp_path / "plots"))
    assert [file.stem.rpartition("-")[2] for file in files] == ["score", "measures"]


def test_nothing_to_draw_draws_nothing(tmp_path):
    make_run(tmp_path / "half", status=None)
    assert list(score_plots.draw_plots(score_folders([tmp_path]), tmp_path / "plots")) == []


def test_a_folder_that_cannot_be_is_refused(runs, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="--plots"):
        list(score_plots.draw_plots(score_folders([runs]), tmp_path / "file"))
