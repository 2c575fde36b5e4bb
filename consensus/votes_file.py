"""Votes in a file of comma-separated values.

The first line names the columns, in any order:

| column | what | if left out |
|---|---|---|
| `winner` | name of the better item; of a tie, either | must be there |
| `loser` | name of the other item | must be there |
| `weight` | how much the vote counts, a number from 0 on | 1 |
| `tie` | `1`, `true` or `yes` if neither is better; `0`, `false`, `no` or nothing if not | no ties |
| `rater` | name of who voted | not known |
| `first` | name of the item that stood first, or nothing: not known | not known |

Other columns are passed over. Spaces around names and numbers do not count, nor do empty lines. Names
are compared in Unicode's composed form (NFC).
"""

import csv
import io
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.csv_columns import Column, read_columns

from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.runtime.disk_files import open_regular

NEEDED, OPTIONAL = ("winner", "loser"), ("weight", "tie", "rater", "first")
NAMES = (*NEEDED, "rater")
LONGEST_NAME = 200  # characters
_YES, _NO = ("1", "true", "yes"), ("", "0", "false", "no")


@dataclass(frozen=True, slots=True, eq=False)
class VoteFile:
    """What a file says.

    Attributes:
        items: Names of the items, sorted; the arrays hold places in this list.
        raters: Names of the raters, sorted; empty if the file names none.
        winner: (V,) int32.
        loser: (V,) int32.
        weight: (V,) float64, or None if the file has no such column; so the others.
        tie: (V,) bool, or None.
        rater: (V,) int32, or None.
        slot: (V,) int32, 0 where the winner stood first, 1 where the loser did, -1 not known; or None.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    winner: NDArray[np.int32]
    loser: NDArray[np.int32]
    weight: NDArray[np.float64] | None
    tie: NDArray[np.bool_] | None
    rater: NDArray[np.int32] | None
    slot: NDArray[np.int32] | None


def read_votes(path: Path) -> VoteFile:
    """Read a file of votes, UTF-8, as described at the top; maybe none.

    With pyarrow (the extra `data`) a plain file is read column by column, some thirteen times as fast as
    without.

    Raises `ConfigError` if the file cannot be read, or a line (named) is not as it should be.
    """
    columns = read_columns(path, NEEDED, OPTIONAL)
    found = None if columns is None else _by_column(columns)
    return _by_line(path) if found is None else found


def _by_column(columns: dict[str, Column]) -> VoteFile | None:
    """The votes, each different text looked at once; None if something is wrong."""
    try:
        names = {c: [_name(c, text) for text in columns[c].texts] for c in NAMES if c in columns}
        items = sorted({*names["winner"], *names["loser"]})
        raters = sorted(set(names.get("rater", ())))
        place = {name: number for number, name in enumerate(items)}
        won, lost = (columns[c].mapped([place[name] for name in names[c]], np.int32) for c in NEEDED)
        weight = tie = rater = slot = None
        if "weight" in columns:
            weight = columns["weight"].mapped([_weight(text) for text in columns["weight"].texts], np.float64)
        if "tie" in columns:
            tie = columns["tie"].mapped([_tie(text) for text in columns["tie"].texts], np.bool_)
        if "rater" in columns:
            who = {name: number for number, name in enumerate(raters)}
            rater = columns["rater"].mapped([who[name] for name in names["rater"]], np.int32)
        if "first" in columns:
            stood = [unicodedata.normalize("NFC", text) for text in columns["first"].texts]
            first = columns["first"].mapped([place.get(n, -2) if n else -1 for n in stood], np.int32)
            if ((first != -1) & (first != won) & (first != lost)).any():
                return None
            slot = np.where(first == -1, -1, first == lost).astype(np.int32)
    except ValueError:
        return None
    if (won == lost).any():
        return None
    return VoteFile(tuple(items), tuple(raters), won, lost, weight, tie, rater, slot)


def _by_line(path: Path) -> VoteFile:
    columns: dict[str, list[str]] = {}
    slots: list[int] = []
    weights: list[float] = []
    ties: list[bool] = []
    known: dict[str, str] = {}  # names that were looked at
    for line, row in _rows(path):
        if not columns:
            columns = {name: [] for name in row}
        try:
            for name in (c for c in NAMES if c in row):
                text = row[name]
                if text not in known:
                    known[text] = _name(name, text)
                columns[name].append(known[text])
            won, lost = columns["winner"][-1], columns["loser"][-1]
            if won == lost:
                raise ValueError(f"{won!r} cannot be judged against itself")
            weights.append(_weight(row.get("weight", "1")))
            ties.append(_tie(row.get("tie", "")))
            slots.append(_slot(row.get("first", ""), won, lost))
        except ValueError as error:
            raise ConfigError(f"{path}, line {line}: {error}.") from None
    items, both = _numbered([*columns.get("winner", ()), *columns.get("loser", ())])
    raters, who = _numbered(columns.get("rater", ()))
    votes = len(weights)
    return VoteFile(
        items,
        raters,
        both[:votes],
        both[votes:],
        np.array(weights, np.float64) if "weight" in columns else None,
        np.array(ties, np.bool_) if "tie" in columns else None,
        who if "rater" in columns else None,
        np.array(slots, np.int32) if "first" in columns else None,
    )


def _numbered(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    known = tuple(sorted(set(names)))
    place = {name: number for number, name in enumerate(known)}
    return known, np.array([place[name] for name in names], np.int32)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line number and the known columns, stripped, of each row that is not empty."""
    try:
        with io.TextIOWrapper(open_regular(path), encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = _header(path, next(lines, []))
            for row in lines:
                if not any(map(str.strip, row)):
                    continue
                if len(row) != len(header):
                    what = f"{len(row)} entries where the first line names {len(header)}"
                    raise ConfigError(f"{path}, line {lines.line_num}: {what}.")
                cells = zip(header, row, strict=True)
                yield lines.line_num, {n: text.strip() for n, text in cells if n in NEEDED + OPTIONAL}
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start}): save it as CSV, UTF-8.") from None
    except csv.Error as error:
        raise ConfigError(f"{path} is no file of comma-separated values: {error}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from None


def _header(path: Path, row: Sequence[str]) -> list[str]:
    header = [name.strip().lower() for name in row]
    for name in NEEDED:
        if name not in header:
            found = ", ".join(f"{n[:30]!r}" for n in header[:10]) or "nothing"
            raise ConfigError(
                f"{path} has no column {name!r}.{did_you_mean(name, header)} The first line must name the "
                f"columns, winner and loser among them, separated by commas; it names {found}."
            )
    twice = [name for name in NEEDED + OPTIONAL if header.count(name) > 1]
    if twice:
        raise ConfigError(f"{path} has more than one column {twice[0]!r}.")
    return header


def _name(column: str, text: str) -> str:
    text = unicodedata.normalize("NFC", text)  # one name, however its accents are written
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        wanted = f"1 to {LONGEST_NAME} characters that can be printed are"
        raise ValueError(f"{column} {text[:30]!r} is no name: {wanted}")
    return text


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0.0 <= weight < math.inf or "_" in text:
        raise ValueError(f"weight {text[:30]!r} is not a number from 0 on")
    return weight


def _tie(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise ValueError(f"tie {text[:30]!r} is neither of {', '.join(_YES)} nor of {', '.join(_NO[1:])}")
    return text.lower() in _YES


def _slot(text: str, winner: str, loser: str) -> int:
    if not text:
        return -1
    text = unicodedata.normalize("NFC", text)
    if text not in (winner, loser):
        raise ValueError(f"first is {text[:30]!r}, which is neither {winner!r} nor {loser!r}")
    return int(text == loser)
