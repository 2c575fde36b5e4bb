"""Mutation testing of scenarios and step kernel: `python -m benchmarks.mutants [--count N] [--seed S]`.

A sample of all small changes of the rules is tried in a copy of the repository, one at a time, by the quick
tests of what was changed; kernels run as plain Python, which spares compiling. Survivors are changes that no
test noticed. Those in `known.toml` change nothing that can be seen; they are counted as equivalent, untried.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import cache_from_source
from pathlib import Path
from random import Random
from typing import Self

from benchmarks.mutants.changes import Mutant, mutants_of
from benchmarks.tables import Row, flags, say, show

ROOT = Path(__file__).parent.parent.parent
KNOWN = Path(__file__).parent / "known.toml"
COPIED = ("agents", "benchmarks", "consensus", "docs", "examples", "scenarios", "swarm_env", "tests", "viz")
FILES = (
    "scenarios/**/*.py", "swarm_env/engine/step.py", "swarm_env/engine/messages.py",
    *(f"swarm_env/engine/physics/{name}.py" for name in ("flow", "lines", "order", "push")),
)  # fmt: skip
COUNT, QUICK_COUNT = 50, 1
PATIENCE, SPARE = 4, 20  # a mutant may take so many times as long as no change, and so many seconds more
KILLED, SURVIVED, ENDLESS, EQUIVALENT = "killed", "survived", "too slow", "equivalent"
RULES = [f"tests/scenarios/test_{name}.py" for name in ("against_reference", "quirks", "resets")]
RECORDED = "tests/runs/test_recorded_runs.py::test_all_of_them_verify"
# Tests, and which of them (an expression for `-k`), by the beginning of a file's path; the first that fits.
TESTS = {
    "scenarios/common": (["tests/scenarios/test_nest_site.py", *RULES[2:]], "start or sites or refused"),
    "scenarios/transport": (RULES, "transport or box"),
    "scenarios/flocking": (RULES, "flock"),
    "scenarios/pursuit": ([*RULES, "tests/scenarios/test_quirks_of_pursuit.py"], "pursuit or prey"),
    "scenarios/foraging": (RULES, "foraging"),
    "scenarios/synchronization": (RULES, "synchronization or lights"),
    "scenarios/": (["tests/scenarios/test_{name}.py"], ""),
    "swarm_env/engine/messages": (["tests/envs/test_messages.py", "tests/envs/test_text_settings.py"], ""),
    "swarm_env/engine/physics": ([*RULES[:2], "tests/physics"], "not gigantic and not flocking"),
    "swarm_env/engine/step": (
        ["tests/contract/test_episodes.py", "tests/contract/test_saving_apis.py"]
        + [f"tests/envs/test_{name}.py" for name in ("autoreset", "early_leavers", "messages", "vector")]
        + [f"tests/envs/test_{name}.py" for name in ("reward_setting", "layout_setting")],
        "not 4096",
    ),
}


def tests_of(file: str) -> tuple[str, ...]:
    """Arguments for pytest: the tests of a file, then the recorded runs."""
    name = Path(file).parts[1].removesuffix(".py")
    paths, words = next(tests for start, tests in TESTS.items() if file.startswith(start))
    chosen = ("-k", f"({words}) or all_of_them_verify") if words else ()
    return (*(path.format(name=name) for path in paths), RECORDED, *chosen)


def all_mutants(patterns: Sequence[str]) -> list[Mutant]:
    """All mutants of the files that fit a pattern."""
    files = sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.suffix == ".py"})
    return [m for path in files for m in mutants_of(path.relative_to(ROOT).as_posix(), path.read_text())]


def known() -> list[dict[str, str]]:
    """Mutants that change nothing: `file`, `function`, `reason`, and maybe `before` and `after`."""
    entries: list[dict[str, str]] = tomllib.loads(KNOWN.read_text())["known"]
    return entries


def is_known(mutant: Mutant, entry: dict[str, str]) -> bool:
    """Whether an entry of `known.toml` is about a mutant."""
    return all(getattr(mutant, name) == value for name, value in entry.items() if name != "reason")


class Copy:
    """A copy of the repository in which one file at a time is changed."""

    def __init__(self, folder: Path, all_tests: bool) -> None:
        self.folder, self.all_tests = folder, all_tests
        self.limits: dict[tuple[str, ...], float] = {}  # [s]
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
            shutil.copy(ROOT / name, folder / name)
        self.tester = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mutants.tester"],
            cwd=folder,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.tester.communicate()

    def test(self, tests: Sequence[str], limit: float | None = None) -> int | None:
        """Exit status of pytest; None if it ran into the limit [s]."""
        chosen = [] if self.all_tests else ["-m", "not slow"]
        assert self.tester.stdin and self.tester.stdout
        arguments = ["-x", "-q", "-p", "no:cacheprovider", *chosen, *tests]
        print(json.dumps([arguments, limit]), file=self.tester.stdin, flush=True)
        status: int | None = json.loads(self.tester.stdout.readline())
        return status

    def limit_of(self, tests: tuple[str, ...]) -> float:
        """Time for a mutant [s]: these tests are run once without a change, and must pass."""
        if tests not in self.limits:
            began = time.perf_counter()
            if status := self.test(tests):
                raise SystemExit(f"mutants: pytest {' '.join(tests)} ends with {status} without any change.")
            self.limits[tests] = PATIENCE * (time.perf_counter() - began) + SPARE
        return self.limits[tests]

    def try_out(self, mutant: Mutant) -> str:
        """What becomes of a mutant."""
        tests, path = tests_of(mutant.file), self.folder / mutant.file
        limit, source = self.limit_of(tests), path.read_text()
        try:
            self._write(path, mutant.applied_to(source))
            status = self.test(tests, limit)
        finally:
            self._write(path, source)
        return ENDLESS if status is None else KILLED if status else SURVIVED

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        Path(cache_from_source(str(path))).unlink(missing_ok=True)  # it may have the same second and size


def measure(
    count: int, seed: int, files: Sequence[str] = FILES, all_tests: bool = False
) -> dict[str, list[Row]]:
    """Try a sample of mutants.

    Args:
        count: How many, drawn from all by `seed`; 0: all.
        seed: Of the sample.
        files: Patterns of paths in the repository.
        all_tests: Whether the slow cases of the tests run too.

    Returns:
        What became of them by file, and the survivors.
    """
    mutants, entries = all_mutants(files), known()
    total = Counter(mutant.file for mutant in mutants)
    Random(seed).shuffle(mutants)
    mutants = mutants[: count or None]  # a smaller sample is the beginning of a larger one
    found: dict[str, Counter[str]] = {}
    survivors: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, Copy(Path(folder), all_tests) as copy:
        for number, mutant in enumerate(mutants, 1):
            equivalent = any(is_known(mutant, entry) for entry in entries)
            fate = EQUIVALENT if equivalent else copy.try_out(mutant)
            found.setdefault(mutant.file, Counter())[fate] += 1
            place = f"{mutant.file}:{mutant.line} {mutant.function}"
            before, after = (" ".join(text.split()) for text in (mutant.before, mutant.after))
            say(f"{number}/{len(mutants)} {fate}: {place}: {before} -> {after}")
            if fate == SURVIVED:
                survivors.append({"survivor": place, "before": before, "after": after})
    rows = [*_rows(found, total), *_rows({"all": sum(found.values(), Counter())}, {"all": total.total()})]
    return {f"Mutants, seed {seed}": rows, "Survivors": survivors}


def _rows(found: dict[str, Counter[str]], total: dict[str, int]) -> Iterator[Row]:
    for file, fates in sorted(found.items()):
        tried = {fate: fates[fate] for fate in (KILLED, ENDLESS, SURVIVED, EQUIVALENT)}
        yield {"file": file, "mutants": total[file], "tried": fates.total(), **tried}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="size of the sample; 0: all mutants")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--files", nargs="+", default=FILES, help="patterns of paths in the repository")
    parser.add_argument("--all-tests", action="store_true", help="run the slow cases of the tests too")
    given = parser.parse_args(arguments)
    count = QUICK_COUNT if given.quick else given.count
    show(measure(count, given.seed, given.files, given.all_tests), given.json)


if __name__ == "__main__":
    main()
