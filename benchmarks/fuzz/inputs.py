"""Draw hostile values, and change valid ones. All are plain JSON, so that they can be stored and digested.

What JSON does not have is written as a list of a mark and its content: ["array", dtype, values],
["tuple", values], ["set", texts], ["float", text].
"""

from random import Random
from typing import Any

import numpy as np

NUMBERS = (0, 1, 2, -1, 7, 255, 256, 65_535, 2**31 - 1, -(2**31), 2**63, 2**64, 10**30, 0.5, 1e300)
FLOATS = ("nan", "inf", "-inf")
TEXTS = (
    "", " ", "a", "0", "agent_0", "STAY", "UP", "up", "=1+1", "\x00", "\n", "\u202e", "\ud83d", "é", "𝕌𝕡",
    "{}", "[]", '{"action": "UP"}', "<think>", "</think>", "%s", "../..", "~root", "W.*$", "null", "\ufeff",
)  # fmt: skip
DTYPES = ("int8", "uint8", "int64", "uint64", "float32", "float64", "bool", "str", "object", "complex64")
WORDS = ("layout", "agents", "marks", "respawns", "snapshot", "reset_mask", "move", "message", "seed")


def value(rng: Random, depth: int = 3) -> Any:
    """Any value, nested up to `depth`."""
    kind = rng.randrange(12 if depth else 7)
    if kind < 3:
        return rng.choice(NUMBERS)
    if kind < 5:
        return rng.choice(TEXTS)
    if kind == 5:
        return rng.choice((None, True, False))
    if kind == 6:
        return ["float", rng.choice(FLOATS)]
    parts = [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind == 7:
        return {rng.choice(WORDS + TEXTS[:6]): part for part in parts}
    if kind == 8:
        return ["tuple", parts]
    if kind == 9:
        return ["array", rng.choice(DTYPES), [rng.randrange(-2, 9) for _ in range(rng.randrange(12))]]
    return ["set", [rng.choice(TEXTS)]] if kind == 10 else parts


def changed(rng: Random, given: Any, depth: int = 6) -> Any:
    """A copy of a JSON value in which something small is different."""
    if depth == 0 or not isinstance(given, list | dict) or not given or rng.random() < 0.2:
        if isinstance(given, str) and rng.random() < 0.8:
            return text(rng, given)
        if isinstance(given, int) and not isinstance(given, bool) and rng.random() < 0.5:
            return given + rng.choice((-1, 1, 2, 1000, -1000))
        return value(rng)
    if isinstance(given, dict):
        key = rng.choice(list(given))
        rest = {name: item for name, item in given.items() if name != key}
        chance = rng.random()
        if chance < 0.15:
            return rest
        if chance < 0.25:
            return {**given, rng.choice(WORDS + TEXTS[:6]): value(rng)}
        return {**rest, key: changed(rng, given[key], depth - 1)}
    at = rng.randrange(len(given))
    chance = rng.random()
    if chance < 0.1:
        return given[:at] + given[at + 1 :]
    if chance < 0.2:
        return given[:at] + [given[at]] + given[at:]
    return given[:at] + [changed(rng, given[at], depth - 1)] + given[at + 1 :]


def text(rng: Random, given: str) -> str:
    """A copy of a text in which a few characters are different."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(given) + 1)
        chance = rng.random()
        if chance < 0.35:
            given = given[:at] + given[at + rng.choice((1, 1, 2, 20)) :]
        elif chance < 0.7:
            one = chr(rng.choice((rng.randrange(128), 0x1F600, 0xFF)))
            piece = rng.choice(TEXTS) if rng.random() < 0.5 else one
            given = given[:at] + piece + given[at + rng.randrange(2) :]
        elif given:
            start, end = sorted(rng.randrange(len(given) + 1) for _ in range(2))
            given = given[:at] + given[start:end][:200] + given[at:]
    return given


def decoded(item: Any) -> Any:
    """What a drawn value stands for."""
    if isinstance(item, dict):
        return {name: decoded(part) for name, part in item.items()}
    if not isinstance(item, list):
        return item
    if item[:1] == ["array"] and len(item) == 3:
        return _array(item[1], item[2])
    if item[:1] == ["float"] and len(item) == 2 and item[1] in FLOATS:
        return float(item[1])
    if item[:1] == ["tuple"] and len(item) == 2 and isinstance(item[1], list):
        return tuple(map(decoded, item[1]))
    if item[:1] == ["set"] and len(item) == 2 and isinstance(item[1], list):
        return {part for part in item[1] if isinstance(part, str)}
    return [decoded(part) for part in item]


def _array(dtype: Any, values: Any) -> Any:
    try:
        with np.errstate(invalid="ignore"):
            return np.array(values).astype(dtype)
    except (TypeError, ValueError, OverflowError):
        return values
