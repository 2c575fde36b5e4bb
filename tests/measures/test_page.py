"""What docs/measures.md says besides its generated table. (Its examples are run with those of all pages.)"""

import pytest

from swarm_env.bench.swarmbench.published_tables import CORRELATIONS
from swarm_env.measures import MEASURES
from swarm_env.measures.correlate import _estimate
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "measures.md").read_text()


def rows(heading):
    """The rows of the first table under a heading, as lists of cells."""
    lines = PAGE.split(f"\n## {heading}\n")[1].split("\n\n")
    table = next(part for part in lines if part.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_published_measure_has_its_formula():
    reported = " ".join(row[0] for row in rows("Formulas"))
    assert all(f"`{name}`" in reported for name, measure in MEASURES.items() if measure.published)


def test_the_published_correlations_are_those_that_are_set_beside_ours():
    tasks = ("flocking", "foraging", "pursuit", "synchronization", "transport")
    shown = {
        row[0].strip("`"): {task: float(r) for task, r in zip(tasks, row[1:], strict=True) if r}
        for row in rows("Published correlations")
    }
    assert shown == CORRELATIONS


@pytest.mark.parametrize(("n", "low", "high"), [(5, "-0.28", "0.99"), (20, "0.55", "0.92")])
def test_the_intervals_that_are_quoted(n, low, high):
    found = _estimate(0.8, 1.0, n)
    assert (f"{found.low:.2f}", f"{found.high:.2f}") == (low, high)
    assert f"{low} to {high}" in PAGE
