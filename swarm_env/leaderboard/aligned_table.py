"""A table in plain text: aligned columns, or a block per row where the terminal is too narrow."""

from collections.abc import Iterator

Cells = list[str]
TEXT = ("team", "talk", "model", "item")  # titles of columns that hold text
_NAMES = ("team", "model", "item", "scenario", "defence")  # titles of the column that names a row


def aligned(titles: Cells, rows: list[Cells], text_columns: int = 0, width: int | None = None) -> str:
    """A table in plain text. Numbers are aligned to the right, text to the left.

    Args:
        titles: Titles of the columns.
        rows: Cells of each row.
        text_columns: Number of first columns that hold text.
        width: Columns of the terminal; a wider table becomes a block of lines per row. None: any width.

    Returns:
        Lines without trailing space.
    """
    table = [[plain_cell(cell) for cell in line] for line in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        return "\n".join(_as_blocks(table[0], table[1:]))
    left = [title in TEXT or column < text_columns for column, title in enumerate(titles)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if is_text else cell.rjust(width)
            for cell, width, is_text in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in table
    )


def _as_blocks(titles: Cells, rows: list[Cells]) -> Iterator[str]:
    """A block per row: its first cell that is a name, then the others, a line for each."""
    name = next((column for column, title in enumerate(titles) if title in _NAMES), 0)
    for row in rows:
        yield f"{titles[name]} {row[name]}"
        for column, (title, cell) in enumerate(zip(titles, row, strict=True)):
            if column != name and cell:
                yield f"  {title}: {cell}"


def plain_cell(text: str) -> str:
    """An untrusted text on one line, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)
