"""From what a user gives as `layout` to rows of symbols: lists, arrays, texts and text files.

A text has one row of the map per line, in the scenario's symbols. A blank line separates maps, a line that
begins with `;` is a comment, spaces at the end of a line do not count.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from swarm_env.errors import ConfigError, os_errors
from swarm_env.runtime.disk_files import open_regular

Rows = tuple[str, ...]  # of one map

MAX_FILE = 16 * 2**20  # bytes of a text file
MAX_MAPS = 10_000
COMMENT = ";"
FORMS = (
    "a list of strings, one per row of the map (several maps: a list of such lists), a text with one row per "
    "line and a blank line between maps, a pathlib.Path of such a text, 'file.py:Name', or a function of the "
    "world's seed"
)


def read_maps(given: Any, symbols: Mapping[str, str], scenario: str) -> list[Rows | None]:
    """The maps that a user gives, as rows of symbols.

    Args:
        given: Rows (strings, or lists of symbols); a list of maps, in which None stands for no map; a text;
            a `Path` of a text file.
        symbols: The scenario's symbols and what they mean.
        scenario: Name of the scenario, for messages.

    Returns:
        The maps. They may still have another size than the world.

    Raises:
        ConfigError: It has another form, is too large, or holds an unknown symbol; the message gives the
            place: line and column (from 1) in a text, map, row and column (from 0) in a list.
    """
    if isinstance(given, Path):
        return read_text(read_file(given, "layout"), symbols, scenario, f"layout {given}")
    if isinstance(given, str):
        return read_text(given, symbols, scenario)
    if hasattr(given, "tolist"):  # a NumPy array of symbols or of rows
        given = given.tolist()
    if not _is_list(given):
        raise ConfigError(f"layout={given!r:.80}: must be {FORMS}.")
    given = [one.tolist() if hasattr(one, "tolist") else one for one in given]  # arrays do not compare
    if not _holds_maps(given):
        rows = _rows(given, given)
        check_symbols(rows, symbols, scenario, _in_list(""))
        return [rows]
    if len(given) > MAX_MAPS:
        raise ConfigError(f"layout: {len(given)} maps are given; {MAX_MAPS} are the most.")
    found: list[Rows | None] = []
    for number, one in enumerate(given):
        if one is None:
            found.append(None)
            continue
        rows = tuple(one.split()) if isinstance(one, str) else _rows(one, given)
        check_symbols(rows, symbols, scenario, _in_list(f"map {number}, "))
        found.append(rows)
    return found


def read_text(
    text: str, symbols: Mapping[str, str], scenario: str, place: str = "layout"
) -> list[Rows | None]:
    """The maps in a text; see the top of this file. Errors as `read_maps`, beginning with `place`."""
    maps: list[list[str]] = [[]]
    starts: list[list[tuple[int, int]]] = [[]]  # line and column of each row
    for number, line in enumerate(text.splitlines(), 1):
        row = line.strip()
        if row.startswith(COMMENT):
            continue
        if row:
            maps[-1].append(row)
            starts[-1].append((number, line.index(row) + 1))
        elif maps[-1]:
            maps.append([])
            starts.append([])
        if len(maps) > MAX_MAPS + 1:
            raise ConfigError(f"{place}: holds more than {MAX_MAPS} maps.")
    if len(maps) > 1 and not maps[-1]:
        maps.pop()
    for rows, start in zip(maps, starts, strict=False):
        check_symbols(rows, symbols, scenario, _in_text(start), place)
        for row, (number, _) in zip(rows, start, strict=True):
            if len(row) != len(rows[0]):
                raise ConfigError(
                    f"{place}: line {number} has {len(row)} cells, the first row of its map has "
                    f"{len(rows[0])}. Make all rows of a map equally long."
                )
    return [tuple(rows) for rows in maps]


def check_symbols(
    rows: Iterable[str],
    symbols: Mapping[str, str],
    scenario: str,
    where: Callable[[int, int], str],
    place: str = "layout",
) -> None:
    """Raise `ConfigError` for the first symbol that the scenario does not have, with its place."""
    allowed = set(symbols)
    for i, row in enumerate(rows):
        if allowed.issuperset(row):
            continue
        j, symbol = next((j, symbol) for j, symbol in enumerate(row) if symbol not in allowed)
        known = ", ".join(f"{s!r} {name}" for s, name in symbols.items())
        raise ConfigError(f"{place}: {symbol!r} at {where(i, j)} is no symbol of {scenario}. Known: {known}.")


def read_file(file: Path, what: str) -> str:
    """The text of a file, UTF-8. Raises `ConfigError` if it cannot be read, is no text or too large."""
    try:
        with os_errors(ConfigError, f"{what} {file}"), open_regular(file) as stream:
            content = stream.read(MAX_FILE + 1)
        text = content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{what} {file}: is not text.") from None
    except ValueError as error:  # a path with a NUL
        raise error if isinstance(error, ConfigError) else ConfigError(f"{what} {file}: {error}.") from None
    if len(content) > MAX_FILE:
        raise ConfigError(f"{what} {file}: is larger than {MAX_FILE // 2**20} MiB.")
    return text


def _in_text(start: Sequence[tuple[int, int]]) -> Callable[[int, int], str]:
    return lambda i, j: f"line {start[i][0]}, column {start[i][1] + j}"


def _in_list(place: str) -> Callable[[int, int], str]:
    return lambda i, j: f"{place}row {i}, column {j}"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _holds_maps(given: Sequence[Any]) -> bool:
    """Whether a list holds maps, not rows. A list of lists of single symbols is one map."""
    if any(isinstance(one, str) and "\n" in one.strip() for one in given):
        return True
    inner = [one for one in given if one is not None and not isinstance(one, str)]
    if not inner:
        return None in given
    cells = [cell for one in inner if _is_list(one) for cell in one]
    return any(not isinstance(cell, str) or len(cell) != 1 for cell in cells) or None in given


def _rows(rows: Any, given: Any) -> Rows:
    """Rows as strings."""
    if hasattr(rows, "tolist"):
        rows = rows.tolist()
    if not _is_list(rows) or not all(isinstance(row, str) or _is_list(row) for row in rows):
        raise ConfigError(f"layout={given!r:.80}: must be {FORMS}.")
    return tuple(row if isinstance(row, str) else "".join(str(cell) for cell in row) for row in rows)
