"""A leaderboard as aligned text or Markdown. Unknown values are empty, never 0."""

from collections.abc import Callable, Iterator, Sequence

from swarm_env.leaderboard import published_scores
from swarm_env.leaderboard.export import INTERVAL
from swarm_env.leaderboard.leaderboard import Leaderboard
from swarm_env.leaderboard.rows import Row, Table
from swarm_env.leaderboard.statistics import FEW, LEVEL, Summary

Cells = list[str]
_TEXT = ("team", "talk", "model")
_USAGE = {"fallback_rate": "fallbacks", "tokens": "tokens/run", "cost": "$/run", "seconds": "s/decision"}
_MARKS = str.maketrans({c: f"\\{c}" for c in "\\|`*_<>[]"})


def to_text(board: Leaderboard) -> str:
    """Aligned columns for a terminal or a log."""
    return "\n\n".join(_blocks(board, aligned, "{}", _plain))


def to_markdown(board: Leaderboard) -> str:
    """Tables in Markdown."""
    return "\n\n".join(_blocks(board, _markdown, "## {}", _escaped)) + "\n"


def _blocks(
    board: Leaderboard, draw: Callable[[Cells, list[Cells]], str], title: str, plain: Callable[[str], str]
) -> Iterator[str]:
    """The parts of a leaderboard as text."""
    for table in board.tables:
        yield title.format(plain(f"{table.setting.scenario}: {table.setting}"))
        if table.rows:
            yield draw(_titles(table.rows, table), [_cells(row, table.rows, table) for row in table.rows])
        if table.invalid:
            yield f"Invalid: more than {board.max_fallback:.3g} of the decisions were replaced by STAY."
            yield draw(
                _titles(table.invalid, table), [_cells(row, table.invalid, table) for row in table.invalid]
            )
    if board.with_published:
        yield title.format(
            plain(f"Published, not measured here: {published_scores.SOURCE}, {published_scores.WHAT}")
        )
        scores = [
            [score.model, str(published_scores.RUNS), f"{score.mean:.2f}"]
            for score in published_scores.SCORES
        ]
        yield draw(["model", "n", "mean"], scores)
    if board.left_out:
        lines = [f"- {plain(left.source)}: {plain(left.why)}" for left in board.left_out]
        yield "\n".join(["Left out:", "", *lines])
    yield from _notes(board)


def _notes(board: Leaderboard) -> Iterator[str]:
    rows = [row for table in board.tables for row in table.all_rows]
    if rows:
        few = f" Below {FEW} runs they are too narrow." if any(row.score.n < FEW for row in rows) else ""
        yield f"In brackets: {INTERVAL}.{few}"
    if any(row.difference for row in rows):
        yield "Differences are paired by seed; pairs: number of seeds that both have played."


def _titles(rows: Sequence[Row], table: Table) -> Cells:
    optional = _optional(rows)
    titles = ["#", "team", *(["talk"] if "channel" in optional else [])]
    titles += ["n", "mean", "sd", "median", f"{LEVEL:.0%} interval"]
    if "difference" in optional:
        titles += [f"against {table.reference}", "pairs"]
    return titles + [title for name, title in _USAGE.items() if name in optional]


def _cells(row: Row, rows: Sequence[Row], table: Table) -> Cells:
    optional = _optional(rows)
    cells = [_number(row.rank, "d"), row.name, *([row.channel] if "channel" in optional else [])]
    score = row.score
    cells += [str(score.n), _number(score.mean), _number(score.sd), _number(score.median), _interval(score)]
    if "difference" in optional:
        found = row.difference
        cells += [f"{found.mean:+.2f} {_interval(found)}".rstrip(), str(found.n)] if found else ["", ""]
    if "tokens" in optional:
        usage = row.usage
        known = None not in (usage.prompt_tokens, usage.completion_tokens)
        tokens = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0) if known else None
        cells += [_number(row.fallback_rate, ".1%"), _number(tokens, ".0f"), _number(usage.cost, ".4f")]
        cells += [_number(row.seconds_per_decision, ".3g")]
    return cells


def _optional(rows: Sequence[Row]) -> set[str]:
    """Optional columns that have a value in at least one row."""
    found = set(_USAGE) if any(row.usage.decisions is not None for row in rows) else set()
    if len({row.channel for row in rows}) > 1:
        found.add("channel")
    return found | ({"difference"} if any(row.difference for row in rows) else set())


def _number(value: float | None, form: str = ".2f") -> str:
    return "" if value is None else format(value, form)


def _interval(summary: Summary) -> str:
    known = summary.low is not None and summary.high is not None
    return f"[{summary.low:.2f}, {summary.high:.2f}]" if known else ""


def aligned(titles: Cells, rows: list[Cells], text_columns: int = 0) -> str:
    """A table in plain text. Numbers are aligned to the right, text to the left.

    Args:
        titles: Titles of the columns.
        rows: Cells of each row.
        text_columns: Number of first columns that hold text.

    Returns:
        Lines without trailing space.
    """
    table = [[_plain(cell) for cell in line] for line in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    left = [title in _TEXT or column < text_columns for column, title in enumerate(titles)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if is_text else cell.rjust(width)
            for cell, width, is_text in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in table
    )


def _markdown(titles: Cells, rows: list[Cells]) -> str:
    texts = [title in _TEXT for title in titles]
    lines = [[_escaped(cell) for cell in line] for line in (titles, *rows)]
    lines.insert(1, ["---" if is_text else "--:" for is_text in texts])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _plain(text: str) -> str:
    """An untrusted text on one line, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _escaped(text: str) -> str:
    return _plain(text).translate(_MARKS)
