"""Try hostile input: `python -m benchmarks.fuzz [TARGET …] [--count N] [--seed S] [--save FOLDER]`.

`NUMBA_BOUNDSCHECK=1 python -m benchmarks.fuzz worlds --count 10000` plays worlds with every index checked.
"""

import hashlib
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.targets import TARGETS
from benchmarks.tables import Row, flags, say, show

COUNT, QUICK_COUNT = 100_000, 50
SHOWN = 10  # crashes of a target that are printed


def fuzz(target: str, count: int, seed: int = 0) -> tuple[Row, list[tuple[Any, BaseException]]]:
    """Try `count` inputs of a target.

    Returns:
        A row with the digest of the inputs; each crash, input and error, one per place in the code.
    """
    rng, digest = Random(f"{target} {seed}"), hashlib.blake2b(digest_size=8)
    crashes: dict[str, tuple[Any, BaseException]] = {}
    found = refused = 0
    for _ in range(count):
        given = TARGETS[target].draw(rng)
        digest.update(json.dumps(given).encode())
        outcome = tried(target, given)
        if isinstance(outcome, Exception):
            found += 1
            crashes.setdefault(_place(outcome), (given, outcome))
        else:
            refused += outcome
    row = {"target": target, "inputs": count, "seed": seed, "digest": digest.hexdigest()}
    return row | {"refused": refused, "crashes": found}, list(crashes.values())


def tried(target: str, given: Any) -> bool | Exception:
    """Try one input: whether it is refused, or the error if it is a crash."""
    try:
        return TARGETS[target].run(given)
    except Exception as error:  # noqa: BLE001 (any error is what is looked for)
        return error


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 1 if there was a crash."""
    parser = flags(sys.modules["benchmarks.fuzz"].__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="kinds of input; default all")
    parser.add_argument("--count", type=int, default=COUNT, help="inputs of each kind")
    parser.add_argument("--seed", type=int, default=0, help="seed of the inputs")
    parser.add_argument("--save", type=Path, help="folder for the inputs that crash")
    given = parser.parse_args(arguments)
    rows, crashed = [], False
    for target in given.targets or TARGETS:
        row, crashes = fuzz(target, QUICK_COUNT if given.quick else given.count, given.seed)
        rows.append(row)
        for number, (given_input, error) in enumerate(crashes):
            crashed = True
            if number < SHOWN:
                say(f"{target}: {_place(error)}: {error!s:.200}\n  {json.dumps(given_input):.400}")
            if given.save:
                given.save.mkdir(parents=True, exist_ok=True)
                name = hashlib.blake2b(json.dumps(given_input).encode(), digest_size=6).hexdigest()
                (given.save / f"{target}-{name}.json").write_text(json.dumps(given_input, indent=1) + "\n")
    show({"Hostile input": rows}, given.json)
    return int(crashed)


if __name__ == "__main__":
    sys.exit(main())
