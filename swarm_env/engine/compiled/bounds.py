"""Bounds checks of kernels from outside this project, until an episode has passed with them.

Compiled code does not notice an index outside an array: it reads, or overwrites, what lies beside it. So the
first time that such kernels are played they, and all that they call, are compiled with checks. After one
whole episode, or `ENOUGH` rounds, without an error the batch goes on with the fast build, and from then on
every process starts with it: a file in the folder of the cache marks the kernels, the classes, the sizes and
the settings that have passed. After each of their kernels the values that the core's own kernels rely on are
checked as well (`compiled.values`).

`NUMBA_BOUNDSCHECK=1` checks every kernel, ours too, in every round; `NUMBA_BOUNDSCHECK=0` none.

An error of compiled code names neither line nor index. The round is therefore played again from its start in
plain Python, where NumPy names the index and the traceback the line.
"""

import contextlib
import hashlib
import linecache
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import FrameSummary, StackSummary, walk_tb
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import compiler
from swarm_env.engine.compiled.fingerprint import fingerprint, is_own
from swarm_env.engine.compiled.value_errors import text_of, watched
from swarm_env.engine.compiled.values import WrongValue, check_values
from swarm_env.engine.state import FIXED, ROUND, WorldArrays
from swarm_env.errors import ContractError

ENOUGH = 1000  # rounds
MAX_AGENTS = 20_000  # of a world that is played in plain Python to find the line
# What a round does not change, or writes without reading it first.
NOT_KEPT = frozenset(
    {*FIXED, "scratch", "network", "views", "floor_before", "floor_views", "features", "feature_bytes",
     "nearest", "totals", "windows", "final_views", "final_floor_views",
     "final_features", "final_feature_bytes"}
)  # fmt: skip
OURS = (__file__, compiler.__file__, watched.__code__.co_filename)  # between the kernels of a traceback
Run = Callable[[NDArray[np.bool_] | None], None]
_forced = threading.local()  # checks: whether this thread checks what has passed, too
_passed: set[str] = set()  # in this process, if the folder of the cache cannot be written


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels that a batch calls by address: `code` in the order of `engine.step`, and its rules.

    Those of `code` at the indices `theirs` are the scenario's and the user's. None: not needed.
    """

    code: tuple[Any, ...]
    rules: tuple[Any, ...]
    theirs: tuple[int, ...]

    def addresses(self, tried: bool) -> tuple[list[Any], list[Any]]:
        """Addresses of the table and of the rules; 0 for kernels that are not needed.

        The table ends with the kernel that checks values, if the kernels are `tried`.
        """
        check = compiler.address(check_values) if tried else 0
        checked = tried and compiler.BOUNDSCHECK is None  # else numba itself checks everywhere
        theirs = [self.code[i] for i in self.theirs if self.code[i]]
        chosen = self.theirs if checked and _is_foreign(*theirs) else ()
        code = [
            compiler.address(function, i in chosen) if function else 0 for i, function in enumerate(self.code)
        ]
        return [*code, check], [
            compiler.address(function, checked and _is_foreign(function)) for function in self.rules
        ]


class Trial:
    """Rounds of a batch with bounds checks.

    Attributes:
        passed: Whether the kernels have passed, so that the fast build can be used.
    """

    def __init__(self, scenario: Any, kernels: Kernels, key: str, lasting: bool = False) -> None:
        """Begin; `key` stands for what is tried ("": it never passes); a `lasting` one checks every round."""
        self.passed, self._lasting = False, lasting
        self._scenario, self._kernels, self._key = scenario, kernels, key
        self._rounds = 0

    def run(
        self, run: Run, function: Any, arrays: WorldArrays, chosen: NDArray[np.bool_] | None = None
    ) -> None:
        """Run a kernel on all worlds, or on some.

        Args:
            run: Runs it, on all (None) or some worlds.
            function: The kernel: it plays a round, or resets.
            arrays: The state.
            chosen: (B,) the worlds to run it on; None: all.

        Raises:
            ContractError: An index is outside its array. The state is as before.
        """
        before = {
            name: getattr(arrays, name).copy() for name in WorldArrays._fields[1:] if name not in NOT_KEPT
        }
        plays = function.__name__ == "play"

        def attempt(chosen: NDArray[np.bool_] | None) -> None:
            run(chosen)
            if plays:
                _check_clock(before["clock"], arrays.clock, chosen)

        try:
            attempt(chosen)
        except IndexError:
            worlds = range(len(arrays.seed)) if chosen is None else np.flatnonzero(chosen).tolist()
            world = _failing_world(attempt, worlds, arrays, before)
            left = text_of(arrays, world)
            _restore(arrays, before)
            where = self._find(function, arrays, world, left or "an index is out of bounds")
            _restore(arrays, before)
            raise ContractError(where) from None
        if plays:
            self._rounds += 1
            if self._key and (self._rounds >= ENOUGH or arrays.ended.any()):
                self.passed = not self._lasting
                _passed.add(self._key)
                with contextlib.suppress(OSError):
                    _mark(self._key).touch()

    def _find(self, function: Any, arrays: WorldArrays, world: int, seen: str) -> str:
        """Say which kernel used which index in which line, or left which value; `seen` is known before."""
        number = int(arrays.clock[world, ROUND])
        place = f"scenario {self._scenario.config.scenario!r}, world {world}, round {number}"
        if arrays.sizes.num_agents > MAX_AGENTS:
            return f"{place}: {seen}. Play it with fewer agents to see where."
        kernels = self._kernels
        code = [watched(one) if one and i in kernels.theirs else one for i, one in enumerate(kernels.code)]
        try:
            with compiler.as_python():
                function.py_func(_plain(arrays, kernels.rules), world, world + 1, 0, [*code, 0])
        except WrongValue as error:
            return f"{place}: {error}."
        except IndexError as error:
            return f"{place}: {_line_of(error)}"
        except Exception as error:  # noqa: BLE001, other people's code
            return f"{place}: {seen}; in plain Python there is another error: {error!r}."
        return f"{place}: {seen}, though not in plain Python (NUMBA_DISABLE_JIT=1)."


def trial_of(scenario: Any, kernels: Kernels, arrays: WorldArrays) -> Trial | None:
    """The trial of a batch; None if its kernels are ours or have passed, or checks are switched off."""
    if not compiler.COMPILED or compiler.BOUNDSCHECK == 0:
        return None
    if compiler.BOUNDSCHECK:
        return Trial(scenario, kernels, "")
    theirs = [*filter(None, (kernels.code[i] for i in kernels.theirs)), *kernels.rules]
    name = fingerprint(*theirs, type(scenario).State)
    if not name:
        return None
    shapes = [getattr(arrays, field).shape for field in WorldArrays._fields[1:]]
    tried = (
        name,
        fingerprint(type(scenario)),
        scenario.config.model_dump_json(),
        shapes,
        arrays.layout.tolist(),
    )
    key = hashlib.blake2b(repr(tried).encode(), digest_size=16).hexdigest()
    forced = getattr(_forced, "checks", False)
    if not forced and (key in _passed or _mark(key).exists()):
        return None
    return Trial(scenario, kernels, key, forced)


@contextlib.contextmanager
def checked() -> Iterator[None]:
    """Let worlds that this thread makes in the block check their indices in every round."""
    _forced.checks = True
    try:
        yield
    finally:
        _forced.checks = False


def _restore(arrays: WorldArrays, before: dict[str, NDArray[Any]]) -> None:
    for name, array in before.items():
        getattr(arrays, name)[...] = array


def _check_clock(
    before: NDArray[np.int64], clock: NDArray[np.int64], chosen: NDArray[np.bool_] | None
) -> None:
    """Raise unless each world that played is one round on, or at the start of its next episode."""
    rounds, episodes = (clock - before).T
    fine = ((rounds == 1) & (episodes == 0)) | ((clock[:, ROUND] == 0) & (episodes == 1))
    if not (fine if chosen is None else fine[chosen]).all():
        raise WrongValue("clock")


def _failing_world(
    run: Run, worlds: Iterable[int], arrays: WorldArrays, before: dict[str, NDArray[Any]]
) -> int:
    for w in worlds:
        _restore(arrays, before)
        try:
            run(np.arange(len(arrays.seed)) == w)
        except IndexError:
            return w
    return 0


def _is_foreign(*functions: Any) -> bool:
    """Whether kernels, or what they reach, are from outside this project; so are ours if all are checked."""
    return getattr(_forced, "checks", False) or fingerprint(*functions) != ""


def _mark(key: str) -> Path:
    return compiler.CACHE_FOLDER / f"passed-{key}"


def _plain(arrays: WorldArrays, rules: Iterable[Any]) -> WorldArrays:
    """The arrays for plain Python: integers as wide as numba computes with, and rules as functions."""
    sizes = arrays.sizes._replace(codes=False, features=0)
    called = np.empty(len(arrays.rules), object)
    called[:] = [getattr(rule, "py_func", rule) for rule in rules]
    wide = {
        name: array.astype(np.int64)
        for name in WorldArrays._fields[1:]
        if (array := getattr(arrays, name)).dtype in (np.uint8, np.int32) and name not in ("table", "scratch")
    }
    return arrays._replace(sizes=sizes, **{**wide, "rules": called})


def _line_of(error: IndexError) -> str:
    """Describe an error of plain Python: kernel, file, line, its text, and the index."""
    frames = _frames(error.__traceback__)
    theirs = [frame for frame in frames if not is_own(frame.filename)] or frames
    first, last = theirs[0], theirs[-1]
    inside = "" if last.name == first.name else f", called by `{first.name}`"
    if frames[-1] is not last and is_own(frames[-1].filename):
        inside += f", in the call of `{frames[frames.index(last) + 1].name}`"
    text = linecache.getline(last.filename, last.lineno or 0).strip()
    return f"{last.filename}, line {last.lineno}, kernel `{last.name}`{inside}: {error}: {text}"


def _frames(trace: TracebackType | None) -> list[FrameSummary]:
    """The frames of kernels, outermost first."""
    found = StackSummary.extract(walk_tb(trace), lookup_lines=False)
    return [frame for frame in found if frame.filename not in OURS]
