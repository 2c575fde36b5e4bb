"""`swarm reproduce`: the paper's tables, what is played for each, and what stands beside it."""

import json
import re
from pathlib import Path

import pytest

from swarm_env.bench.folder import BenchFolder
from swarm_env.bench.swarmbench.comparison import compare_tables
from swarm_env.bench.swarmbench.experiments import EXPERIMENTS
from swarm_env.bench.swarmbench.published_tables import CORRELATIONS, MEAN
from swarm_env.bench.swarmbench.reproduction import Reproduction, plan_reproduction, same_model
from swarm_env.leaderboard.leaderboard import score_folders
from swarm_env.leaderboard.published_scores import AGENTS, TASKS, world
from swarm_env.leaderboard.world_setting import setting_of
from swarm_env.measures import MEASURES, correlations, measure
from tests.chat.server import Server, ok
from tests.chat.test_keys import sent
from tests.cli.programs import swarm
from tests.leaderboard.made import make_run, usage

GEMINI = "gemini-2.0-flash"
MODELS = tuple(row.model for row in EXPERIMENTS["scores"].published)


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def published(table, model=GEMINI):
    """Scores of a model in a table, by variant."""
    return {row.variant: row.scores for row in EXPERIMENTS[table].published if row.model == model}


# The figures of the paper agree with each other.


@pytest.mark.parametrize("model", MODELS)
def test_the_means_over_five_tasks_are_those_of_the_scores(model):
    printed = [
        score[0] / (2 if task == "flocking" else 1) for task, score in published("scores", model)[""].items()
    ]
    assert published("noise", model)["original"][MEAN][0] == pytest.approx(sum(printed) / 5, abs=0.0101)


@pytest.mark.parametrize(
    ("table", "variant"),
    [("commander", "decentralised"), ("temperature", "temperature 1"), ("top_p", "top_p 1")],
)
def test_the_base_of_an_experiment_is_the_table_of_scores(table, variant):
    base = published("scores")[""]
    assert {task: score[0] for task, score in published(table)[variant].items()} == {
        task: score[0] for task, score in base.items()
    }


def test_every_published_row_belongs_to_a_variant_that_is_played():
    for experiment in EXPERIMENTS.values():
        assert {row.variant for row in experiment.published} <= {one.name for one in experiment.variants}
        assert all(set(row.scores) <= set(experiment.columns) for row in experiment.published)
    assert set(CORRELATIONS) <= set(MEASURES)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("openai/gpt-4.1", "gpt-4.1"),
        ("claude-3-7-sonnet-20250219", "claude-3.7-sonnet"),
        ("meta-llama/Llama-3.1-70B-Instruct", "llama-3.1-70b"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("deepseek/deepseek-r1:free", "deepseek-r1"),
        ("Qwen/QwQ-32B", "qwq-32b"),
        ("llm:gpt-4.1@http://localhost:8000/v1?temperature=0", "gpt-4.1"),
    ],
)
def test_a_model_is_found_by_its_other_names(name, model):
    assert same_model(name) == same_model(model)
    assert [one for one in MODELS if same_model(one) == same_model(name)] == [model]


# What is played.


def planned(tmp_path, *tables, **asked):
    experiments = tuple(EXPERIMENTS[table] for table in tables)
    return plan_reproduction(Reproduction(experiments, **asked), tmp_path / "out")


def test_tables_share_their_base_and_each_variant_is_a_world_of_its_own(tmp_path):
    plan, rows = planned(tmp_path, "scores", "rules", "measures", "scale", seeds=2, teams=("random",))
    assert len(plan.runs) == 5 * 2 * (1 + 4)
    sizes = {(run.config.height, run.config.width, run.config.num_agents) for run in plan.runs}
    assert sizes == {(10, 10, 10), (15, 15, 20), (15, 15, 30), (20, 20, 20), (20, 20, 30)}
    assert {(run.config.view_size, run.config.max_rounds) for run in plan.runs} == {(5, 100)}
    base = [run for row in rows if row.experiment.name == "scores" for run in row.runs]
    assert {setting_of(run.config) for run in base} == {world(task, AGENTS[0]) for task in TASKS}
    by_table = {row.experiment.name: row.runs for row in rows if not row.variant.name}
    assert by_table["scores"] == by_table["rules"] == by_table["measures"]
    more, _ = planned(tmp_path, "scores", seeds=1, teams=("random",), num_agents=12)
    assert {run.config.num_agents for run in more.runs} == {12}


def test_the_experiments_with_messages_are_settings_of_texts(tmp_path):
    plan, _ = planned(tmp_path, "commander", "noise", models=("a@embedded",), seeds=1, tasks=("pursuit",))
    worlds = {run.setting: run.config for run in plan.runs}
    assert list(worlds) == ["published", "commander", "noise"]
    assert all(world.message == "text" and world.preset == "swarmbench" for world in worlds.values())
    assert worlds["commander"].message_topology == "commander"
    assert (worlds["noise"].message_noise, worlds["noise"].message_delay) == (0.2, (0, 4))
    assert worlds["published"].message_noise == 0 and worlds["published"].message_topology == "range"
    assert dict(plan.runs[0].team.entries[0].options)["preset"] == "swarmbench"


@pytest.mark.parametrize("option", ["temperature", "top_p"])
def test_sampling_varies_an_option_of_each_model(tmp_path, option):
    plan, rows = planned(
        tmp_path,
        option,
        models=("a@embedded?temperature=0.9",),
        teams=("random",),
        seeds=1,
        tasks=("pursuit",),
    )
    assert {row.team for row in rows} == {"a"} and len(plan.runs) == 4
    values = [dict(run.team.entries[0].options)[option] for run in plan.runs]
    assert values == [one.options[option] for one in EXPERIMENTS[option].variants]


# What stands beside it.


def test_each_model_stands_above_its_published_row_with_the_numbers_of_the_leaderboard(tmp_path):
    plan, rows = planned(
        tmp_path,
        "scores",
        models=("gpt-4.1@embedded", "mine@embedded"),
        seeds=3,
        tasks=("pursuit", "flocking"),
    )
    folder = BenchFolder(plan)
    for number, run in enumerate(plan.runs):
        failing = usage(fallbacks={"http": 50}) if number == 0 else usage()
        make_run(
            folder.folder_of(run), str(run.team), run.seed, float(number), usage=failing,
            scenario=run.config.scenario, num_agents=10, height=10, width=10, max_rounds=100, message="text",
        )  # fmt: skip
    (table,) = compare_tables(folder, rows)
    names = [(row.name, row.is_published) for row in table.rows]
    assert names[:3] == [("gpt-4.1", False), ("gpt-4.1", True), ("mine", False)] and len(names) == 2 + 13
    assert table.rows[1].cells["flocking"].value == 11.4  # 5.70 in the paper
    assert any("1 of 12 runs" in note for note in table.notes)
    board = score_folders([folder.path])
    for measured in board.tables:
        for row in measured.rows:
            name = "mine" if "mine" in row.team else "gpt-4.1"
            cell = next(one for one in table.rows if one.name == name).cells[measured.setting.scenario]
            assert (cell.value, cell.sd, cell.low, cell.high, cell.n) == (
                row.score.mean, row.score.sd, row.score.low, row.score.high, row.score.n,
            )  # fmt: skip


def test_the_last_column_of_the_noise_table_halves_flocking(tmp_path):
    plan, rows = planned(tmp_path, "noise", teams=("random",), seeds=1)
    folder = BenchFolder(plan)
    for run in plan.runs:
        config = run.config.model_dump(exclude={"scenario", "options"}, exclude_unset=True)
        make_run(folder.folder_of(run), "random", run.seed, 4.0, scenario=run.config.scenario, **config)
    (table,) = compare_tables(folder, rows)
    assert [row.cells[MEAN].value for row in table.rows[:2]] == [pytest.approx((4 * 4 + 2) / 5)] * 2


# The command.


ONE_RUN = ("--task", "pursuit", "--seeds", "1")
TWO_TASKS = ("--task", "synchronization", "--task", "pursuit", "--agents", "scripted", "--agents", "random")


@pytest.mark.slow
def test_teams_are_played_and_continued_without_a_key(capsys):
    command = ("reproduce", "swarmbench", *TWO_TASKS, "--seeds", "2", "-o", "x")
    done = swarm(capsys, *command)
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "S.1: scores of models" and lines[2].split() == ["team", "pursuit", "synchronization"]
    assert re.match(r"scripted +measured .* 100\.00 ± 0\.00$", lines[3])
    assert re.match(
        r"gpt-4\.1 +published +8\.40 ± 1\.85 +2\.80 ± 0\.75$", next(x for x in lines if "gpt-4.1 " in x)
    )
    assert "10 agents on 10 x 10 cells, view 5, 100 rounds; 2 seeds" in done.out
    assert "rules of this project" in done.out and "8 of 8 runs are finished" in done.err
    other = swarm(capsys, "reproduce", "swarmbench", *ONE_RUN, "-o", "x", "--agents", "random", "-n", "12")
    assert other.status == 0 and "1 of 1 runs are finished" in other.err and "12 agents on" in other.out
    again = swarm(capsys, *command, "--table", "measures", "--table", "scores", "--json")
    assert again.status == 0 and "8 runs are finished already" in again.err
    scores, measured = json.loads(again.out)["tables"]
    assert (scores["name"], measured["name"]) == ("scores", "measures")
    cell = scores["rows"][0]["cells"]["synchronization"]
    assert (cell["value"], cell["n"], cell["high"]) == (100.0, 2, 100.0)
    runs = [measure(path) for path in Path("x/runs").iterdir() if "-12" not in path.name]
    expected = {
        (one.measure, one.scenario): one.pearson.value
        for one in correlations(runs)
        if one.measure in CORRELATIONS
    }
    for row in measured["rows"]:
        if row["source"] == "measured":
            for task, found in row["cells"].items():
                assert found["value"] == pytest.approx(expected[row["name"], task], abs=1e-9)


@pytest.mark.slow
def test_models_are_estimated_first_and_a_budget_pauses_them(capsys):
    command = (
        "reproduce",
        "swarmbench",
        "--models",
        "gpt-4.1@embedded",
        "--task",
        "transport",
        "--seeds",
        "1",
    )
    dry = swarm(capsys, *command, "--dry-run")
    assert dry.status == 0 and re.search(r"1 of 1 runs to play: about \d{5,} tokens", dry.out)
    done = swarm(capsys, *command, "--max-tokens-total", "3000", "--json", "-q")
    assert done.status == 3 and "total.max_tokens is 3000" in done.err
    (table,) = json.loads(done.out)["tables"]
    assert [row["source"] for row in table["rows"][:2]] == ["measured", "published"]
    notes = " ".join(table["notes"])
    assert "by the preset swarmbench" in notes and "Scripted" not in notes and "1 seed." in notes
    assert table["rows"][0]["cells"] == {} and "1 of 1 runs are not finished" in table["notes"][-1]


def test_a_model_with_another_prompt_is_named(tmp_path):
    models = ("a@embedded?preset=none", "b@embedded")
    plan, rows = planned(tmp_path, "scores", models=models, seeds=1, tasks=("pursuit",))
    (table,) = compare_tables(BenchFolder(plan), rows)
    assert "Asked with another prompt, so not comparable: a." in table.notes


def test_models_are_separated_by_commas_outside_of_options(capsys):
    models = ("--models", 'a@embedded?stop=["x, y","z"], b@embedded')
    done = swarm(capsys, "reproduce", "swarmbench", *models, *ONE_RUN, "--dry-run", "--json")
    assert done.status == 0, done.err
    teams = [run["team"] for run in json.loads(done.out)["runs"]]
    assert [team.partition("@")[0] for team in teams] == [
        "llm:a",
        "llm:b",
    ] and "stop=%5B%22x%2C%20y%22%2C%22z%22%5D" in teams[0]


def test_the_folder_of_a_bench_file_is_not_taken_over(tmp_path, capsys):
    file = tmp_path / "mine.toml"
    file.write_text('scenarios = ["pursuit"]\nteams = ["random"]\nseeds = 1\n[settings.a]\nmax_rounds = 2\n')
    assert swarm(capsys, "bench", str(file), "--out", "x", "-q").status == 0
    for more in ((), ("--dry-run",)):
        done = swarm(capsys, "reproduce", "swarmbench", *TWO_TASKS, "--seeds", "1", "-o", "x", *more)
        assert done.status == 2 and "x holds the bench of another file" in done.err
    assert Path("x/bench.toml").read_text() == file.read_text()
    assert swarm(capsys, "bench", str(file), "--out", "x", "-q").status == 0


def test_a_server_that_cannot_answer_pauses_and_says_why(capsys):
    where = ("--base-url", "http://127.0.0.1:9/v1", "--deadline", "1")
    done = swarm(capsys, "reproduce", "swarmbench", "--models", "m", *where, *ONE_RUN)
    assert done.status == 1 and "m@http://127.0.0.1:9/v1 cannot be asked" in done.err
    assert "Run the same command again to continue" in done.err


def test_a_model_gets_the_key_of_the_server_that_the_command_names(capsys, monkeypatch):
    monkeypatch.setenv("MY_KEY", "secret-of-this-test")
    with Server(lambda request: ok('{"action": "STAY", "message": ""}')) as server:
        where = ("--base-url", server.url, "--key-env", "MY_KEY", "--max-tokens-total", "3000")
        done = swarm(capsys, "reproduce", "swarmbench", "--models", "m", *where, *ONE_RUN)
        assert done.status == 3, done.err
        assert sent(server) == {"secret-of-this-test"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["other"], "No benchmark named 'other'"),
        (["swarmbench", "--table", "score"], "no such table. Did you mean 'scores'"),
        (["swarmbench", "--task", "pursit"], "Did you mean 'pursuit'"),
        (["swarmbench", "--table", "temperature"], "name some with --models"),
        (["swarmbench", "--agents", "random", "--agents", "random"], "'random' is named twice"),
        (["swarmbench", "--models", "m,m"], "'llm:m' is named twice"),
        (["swarmbench", "--models", "m", "--agents", "llm:m"], "'llm:m' is named twice"),
        (["swarmbench", "--models", "m,"], "--models 'm,': one of the names is empty"),
        (["swarmbench", "--agents", "nothing"], "nothing"),
        (["swarmbench", "--models", "m@ftp://x"], "http"),
    ],
)
def test_what_cannot_be_played_is_refused(capsys, arguments, words):
    done = swarm(capsys, "reproduce", *arguments)
    assert done.status == 2 and words in done.err and len(done.err.strip().splitlines()) <= 2
