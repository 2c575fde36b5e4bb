"""Studies: each measures a method over many settings, with tables and plots."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from swarm_env.cluster.tasks import Spread

R = TypeVar("R")


def results_of(
    function: Callable[[Any], R], tasks: Sequence[Any], processes: int, spread: Spread | None, chunk: int = 1
) -> Iterator[R]:
    """Results of a function of each task, in order: by `spread` if given, else by so many processes."""
    if spread is not None or processes == 1:
        yield from (spread or map)(function, tasks)
    else:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            yield from pool.map(function, tasks, chunksize=chunk)
