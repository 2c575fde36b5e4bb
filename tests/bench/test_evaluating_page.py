"""docs/evaluating.md documents every flag and key (tests/docs runs its commands and its Python)."""

import inspect
import re

import pytest

from swarm_env.bench.bench_file import BenchConfig, CallsConfig, TotalConfig
from swarm_env.bench.match import MatchConfig
from swarm_env.bench.plan import read_plan
from swarm_env.cli.commands.bench import bench
from swarm_env.cli.commands.reproduce import reproduce
from swarm_env.cli.commands.score import score
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "evaluating.md"


@pytest.mark.parametrize(
    ("command", "page", "heading"),
    [
        (bench, PAGE, "`swarm bench`"),
        (score, PAGE, "`swarm score`"),
        (reproduce, ROOT / "docs" / "swarmbench.md", "Reproduce SwarmBench"),
    ],
)
def test_every_flag_is_documented(command, page, heading, capsys):
    from tests.cli.programs import swarm

    said = re.findall(r"--[a-z-]+", swarm(capsys, command.__name__, "--help").out)
    section = page.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    missing = {flag for flag in said if flag not in section} - {"--help"}
    assert len(inspect.signature(command).parameters) > 5 and not missing


def test_every_key_is_documented():
    section = PAGE.read_text().partition("## The file")[2].partition("\n## ")[0]
    tables = (BenchConfig, MatchConfig, CallsConfig, TotalConfig)
    keys = [key for table in tables for key in table.model_fields]
    assert not [key for key in keys if key not in section]


def test_the_file_that_is_shown_can_be_played(tmp_path):
    (text,) = (block.text for block in blocks(PAGE) if block.save == "mine.toml")
    (tmp_path / "shown.toml").write_text(text)
    assert len(read_plan(tmp_path / "shown.toml").runs) == 2 * 4 * 10 * 2


def test_the_example_is_played_in_a_minute():
    assert sum(run.config.max_rounds for run in read_plan(ROOT / "examples" / "bench.toml").runs) < 1500
