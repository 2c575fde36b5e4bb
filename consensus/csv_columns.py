"""Columns of a plain CSV file, read by pyarrow where it is installed: different texts and their places."""

import io
from collections.abc import Sequence
from csv import Error as CsvError
from csv import reader as read_lines
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from swarm_env.runtime.disk_files import open_regular

_BOM = b"\xef\xbb\xbf"
_QUOTE, _NUL, _RETURN = b'"', b"\0", b"\r"
MOST_FIELD = 131_072  # bytes of a line that csv reads by itself, too


class Column(NamedTuple):
    """The cells of a column."""

    texts: list[str]  # the different texts, without spaces around them; maybe some twice
    place: NDArray[np.int32]  # (rows,) which of them each row holds

    def mapped(self, values: Sequence[Any], dtype: DTypeLike) -> NDArray[Any]:
        """(rows,) the value of each row's text, where `values` holds one for each of `texts`."""
        return np.array(values, dtype)[self.place] if len(values) else np.zeros(0, dtype)


def read_columns(path: Path, needed: Sequence[str], optional: Sequence[str]) -> dict[str, Column] | None:
    """The columns of these names, in lower case; None if pyarrow is missing or the file is not plain.

    Plain are files in UTF-8 without lone returns and with no quotes but around whole fields, whose first line
    names all needed columns and none of them twice, and whose rows are as long as that line. Rows of empty
    cells are left to slower readers.
    """
    try:
        import pyarrow as arrow  # type: ignore[import-untyped]
        from pyarrow import csv
    except ImportError:
        return None
    try:
        with open_regular(path) as file:
            data = file.read()
    except OSError:
        return None
    data = data.removeprefix(_BOM)
    head = data.split(b"\n", 1)[0]
    quoted = _QUOTE in data
    if _NUL in data or data.count(_RETURN) != data.count(b"\r\n") or (quoted and not _around_fields(data)):
        return None
    try:
        names = [name.strip().lower() for name in next(read_lines([head.decode()]), [])]
        wanted = {name: f"f{names.index(name)}" for name in (*needed, *optional) if name in names}
        if not set(needed) <= set(wanted) or any(names.count(name) > 1 for name in wanted):
            return None
        body = data[len(head) + 1 :]
        if not body.strip():
            return None
        table = csv.read_csv(
            io.BytesIO(body),
            csv.ReadOptions(column_names=[f"f{i}" for i in range(len(names))], block_size=1 << 22),
            csv.ParseOptions(quote_char='"' if quoted else False, newlines_in_values=quoted),
            csv.ConvertOptions(
                include_columns=list(wanted.values()),
                column_types=dict.fromkeys(wanted.values(), arrow.dictionary(arrow.int32(), arrow.string())),
                strings_can_be_null=False,
            ),
        )
        return {
            name: _column(table[field].unify_dictionaries().combine_chunks())
            for name, field in wanted.items()
        }
    except (arrow.ArrowException, ValueError, OverflowError, CsvError):
        return None


def _around_fields(data: bytes) -> bool:
    """Whether all quotes begin or end a field, so that pyarrow and `csv` read the same."""
    opens = data.count(b',"') + data.count(b'\n"') + data.startswith(_QUOTE)
    closes = data.count(b'",') + data.count(b'"\n') + data.count(b'"\r\n') + data.endswith(_QUOTE)
    return opens == closes and opens + closes == data.count(_QUOTE)


def _column(array: Any) -> Column:
    texts = [text.strip() for text in array.dictionary.to_pylist()]
    if any(len(text.encode()) > MOST_FIELD for text in texts):
        raise ValueError("a field is larger than csv reads")
    return Column(texts, array.indices.to_numpy(zero_copy_only=False).astype(np.int32))
