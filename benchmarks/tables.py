"""What all benchmarks share: their flags, and how they print."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]


def flags(description: str | None) -> argparse.ArgumentParser:
    """A parser with the flags `--json` and `--quick`."""
    summary = (description or "").split("\n")[0]
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a smoke run: small sizes, figures mean nothing")
    return parser


def say(text: str) -> None:
    """A line about progress, to standard error."""
    print(text, file=sys.stderr, flush=True)


def show(tables: Mapping[str, Sequence[Row]], as_json: bool) -> None:
    """Print tables to standard output.

    Args:
        tables: Rows by title; the keys of a table's first row are its columns.
        as_json: One JSON object instead of text.
    """
    if as_json:
        print(json.dumps(tables))
        return
    for title, rows in tables.items():
        print(f"\n{title}\n")
        if rows:
            print_markdown(rows)


def print_markdown(rows: Sequence[Row]) -> None:
    """Print a table as aligned Markdown, numbers to the right."""
    columns = list(rows[0])
    texts = [[as_text(row.get(column)) for column in columns] for row in rows]
    right = [all(not isinstance(row.get(column), str) for row in rows) for column in columns]
    widths = [max(len(line[i]) for line in [columns, *texts]) for i in range(len(columns))]
    rule = ["-" * (width - 1) + ":" if r else "-" * width for width, r in zip(widths, right, strict=True)]
    for line in [columns, rule, *texts]:
        cells = [
            text.rjust(width) if r else text.ljust(width)
            for text, width, r in zip(line, widths, right, strict=True)
        ]
        print(f"| {' | '.join(cells)} |")


def as_text(value: Any) -> str:
    """A figure as people read it: 3 significant digits, thousands and millions by letter."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= size:
            return f"{value / min(size, 1e3 if size == 1e4 else size):.3g}{letter}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
