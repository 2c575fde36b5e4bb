"""A leaderboard as aligned text or Markdown. Unknown values are empty, never 0."""

from collections.abc import Callable, Iterator, Sequence

from swarm_env.leaderboard import published_scores
from swarm_env.leaderboard.aligned_table import TEXT, Cells, aligned, plain_cell
from swarm_env.leaderboard.comparisons import FEWEST, Comparison, fewest_pairs
from swarm_env.leaderboard.leaderboard import Leaderboard
from swarm_env.leaderboard.rows import Row, Table
from swarm_env.leaderboard.statistics import Summary

_USAGE = ("model failures", "endpoint failures", "tokens/run", "$/run", "s/decision")
_METHODS = {
    "bounded": "of scores between declared bounds Gaffke's",
    "two-part": "of mostly equal scores a mixture's",
    "student": "of other scores Student's, longer on the side of the skew",
}
_MARKS = str.maketrans({c: f"\\{c}" for c in "\\|`*_<>[]"})


def to_text(board: Leaderboard, width: int | None = None) -> str:
    """Aligned columns for a terminal of a width [columns], or (None) for a log; see `aligned`."""

    def draw(titles: Cells, rows: list[Cells]) -> str:
        return aligned(titles, rows, width=width)

    return "\n\n".join(_blocks(board, draw, "{}", plain_cell))


def to_markdown(board: Leaderboard) -> str:
    """Tables in Markdown."""
    return "\n\n".join(_blocks(board, markdown, "## {}", escaped)) + "\n"


def _blocks(
    board: Leaderboard, draw: Callable[[Cells, list[Cells]], str], title: str, plain: Callable[[str], str]
) -> Iterator[str]:
    """The parts of a leaderboard as text."""
    for table in board.tables:
        yield title.format(plain(f"{table.setting.scenario}: {table.setting}"))
        if table.rows:
            yield draw(_titles(table.rows, table), [_cells(row, table.rows, table) for row in table.rows])
        if table.invalid:
            yield f"Invalid: the endpoint failed more than {board.max_fallback:.3g} of the decisions."
            yield draw(
                _titles(table.invalid, table), [_cells(row, table.invalid, table) for row in table.invalid]
            )
        if board.published:
            yield from _published(table, draw, plain)
    if board.left_out:
        lines = [f"- {plain(left.source)}: {plain(left.why)}" for left in board.left_out]
        yield "\n".join(["Left out:", "", *lines])
    yield from map(plain, _notes(board))


def _published(
    table: Table, draw: Callable[[Cells, list[Cells]], str], plain: Callable[[str], str]
) -> Iterator[str]:
    """The published scores of a table's world, or a line that says why there are none."""
    task = table.setting.scenario
    if reason := published_scores.why_not(table):
        yield plain(f"No published scores: {reason}.")
        return
    yield plain(f"Published, not measured here: {published_scores.note(task)}.")
    unlike = [(row.name, published_scores.unlike(row)) for row in table.all_rows]
    if others := [f"- {plain(name)}: {plain(why)}" for name, why in unlike if why]:
        yield "\n".join(["Not comparable with them:", "", *others])
    rows = [
        [one.model, str(published_scores.RUNS), f"{one.mean:.2f}", f"{one.sd:.2f}"]
        for one in published_scores.scores_of(task)
    ]
    yield draw(["model", "n", "mean", "sd"], rows)


def _notes(board: Leaderboard) -> Iterator[str]:
    rows = [row for table in board.tables for row in table.all_rows]
    if not rows:
        return
    methods = {row.score.method for row in rows}
    used = "; ".join(text for method, text in _METHODS.items() if method in methods)
    lines = ["n: number of seeds; runs from one seed count as their mean."]
    if used:
        lines.append(f"In brackets: 95% interval of the mean, {used}.")
    if any(row.score.low is None for row in rows):
        lines.append("Equal scores without declared bounds, or a single one, have no interval.")
    if any(row.usage.decisions for row in rows):
        lines.append(
            "Failures of the model (refused, unusable) count in the score; more than "
            f"{board.max_fallback:.0%} failures of the endpoint (http, timeout) make a run invalid."
        )
    yield " ".join(lines)
    tables: dict[str, list[str]] = {}
    for table in board.tables:
        tables.setdefault(_comparison_note(table), []).append(table.setting.scenario)
    tables.pop("", None)
    for note, names in tables.items():
        where = f"{', '.join(dict.fromkeys(names))}: " if len(tables) > 1 else ""
        yield where + note


def _comparison_note(table: Table) -> str:
    """How the differences of a table were tested; "" without any."""
    found = [row.difference for row in table.rows if row.difference]
    if not found:
        return ""
    count, least = len(found), min(one.n for one in found)
    note = (
        f"Differences to {table.reference_label} are paired by seed. p: two-sided sign-flip test, corrected "
        f"for the {count} comparison{'s' * (count > 1)} of a table (Holm). In brackets: 95% interval of one "
        f"difference by itself, from {FEWEST} pairs on."
    )
    needed = fewest_pairs(count)
    short = f" With fewer than {needed} pairs no p can be below 0.05." if least < needed else ""
    return note + short


def _titles(rows: Sequence[Row], table: Table) -> Cells:
    optional = _optional(rows)
    titles = ["#", "team", *(["talk"] if "channel" in optional else []), "n"]
    titles += [*(["runs"] if "runs" in optional else []), "mean", "sd", "median", "95% interval"]
    if "difference" in optional:
        titles += [f"against {table.reference_label}", "pairs", "p"]
    if "answered" in optional:
        titles += ["mean if answered", "runs answered"]
    titles += _USAGE if "usage" in optional else ()
    return titles + (["stated $/run"] if "stated" in optional else [])


def _cells(row: Row, rows: Sequence[Row], table: Table) -> Cells:
    optional, score = _optional(rows), row.score
    cells = [
        _number(row.rank, "d"),
        row.name,
        *([row.channel] if "channel" in optional else []),
        str(score.n),
    ]
    cells += [str(len(row.runs))] if "runs" in optional else []
    cells += [_number(score.mean), _number(score.sd), _number(score.median), _interval(score)]
    if "difference" in optional:
        found = row.difference
        cells += [f"{found.mean:+.2f} {_interval(found)}".rstrip(), str(found.n)] if found else ["", ""]
        cells += [_probability(found.p_adjusted) if found else ""]
    if "answered" in optional:
        cells += [_number(row.answered.mean if row.answered else None), str(row.answered_runs)]
    if "usage" in optional:
        usage, unreached = row.usage, row.endpoint_failure_rate
        known = None not in (usage.prompt_tokens, usage.completion_tokens)
        tokens = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0) if known else None
        own = None if row.fallback_rate is None else row.fallback_rate - (unreached or 0.0)
        cells += [_number(own, ".1%"), _number(unreached, ".1%")]
        cells += [
            _number(tokens, ".0f"),
            _number(usage.cost, ".4f"),
            _number(row.seconds_per_decision, ".3g"),
        ]
    cells += [_number(row.usage.stated_cost, ".4f")] if "stated" in optional else []
    return cells


def _optional(rows: Sequence[Row]) -> set[str]:
    """Optional columns that have a value in at least one row."""
    shown = {
        "usage": any(row.usage.decisions is not None for row in rows),
        "stated": any(row.usage.stated_cost is not None for row in rows),
        "channel": len({row.channel for row in rows}) > 1,
        "runs": any(len(row.runs) != row.score.n for row in rows),
        "difference": any(row.difference for row in rows),
        "answered": any(row.answered_runs != len(row.runs) for row in rows),
    }
    return {name for name, is_shown in shown.items() if is_shown}


def _probability(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _number(value: float | None, form: str = ".2f") -> str:
    return "" if value is None else format(value, form)


def _interval(summary: Summary | Comparison) -> str:
    known = summary.low is not None and summary.high is not None
    return f"[{summary.low:.2f}, {summary.high:.2f}]" if known else ""


def markdown(titles: Cells, rows: list[Cells]) -> str:
    """A table in Markdown, numbers aligned to the right."""
    texts = [title in TEXT for title in titles]
    lines = [[escaped(cell) for cell in line] for line in (titles, *rows)]
    lines.insert(1, ["---" if is_text else "--:" for is_text in texts])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def escaped(text: str) -> str:
    """An untrusted text on one line of Markdown."""
    return plain_cell(text).translate(_MARKS)
