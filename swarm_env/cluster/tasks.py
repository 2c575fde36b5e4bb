"""Spreads independent tasks over a cluster, such as the parts of a study."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from swarm_env.cluster.connection import Cluster, library, lost_errors
from swarm_env.errors import RunError

T = TypeVar("T")
R = TypeVar("R")
Spread = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]  # such as `map`

ATTEMPTS = 10  # to compute a task whose worker is lost each time; our choice
PER_CORE = 4  # queued tasks per core, so that no core waits; our choice


def spread(cluster: Cluster, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
    """Call a function for each task on the cores of a cluster; lost tasks are repeated.

    Yields the results in the order of the tasks. The function is deterministic and of a module that all nodes
    have; tasks can be pickled. Its errors are raised, and `RunError` if a task was lost `ATTEMPTS` times.
    """
    remote = library().remote(function).options(num_cpus=1, max_retries=0)
    under_way: deque[tuple[T, Any]] = deque()
    waiting = iter(tasks)
    while True:
        for task in islice(waiting, PER_CORE * cluster.cores - len(under_way)):
            under_way.append((task, remote.remote(task)))
        if not under_way:
            return
        yield _result(remote, *under_way.popleft())


def _result(remote: Any, task: Any, reference: Any) -> Any:
    """Wait for a task; repeat it if it is lost."""
    ray, lost = library(), lost_errors()
    failed = ray.exceptions.RayTaskError
    for _ in range(ATTEMPTS):
        try:
            return ray.get(reference)
        except failed as error:
            raise error.cause if isinstance(error.cause, BaseException) else error from None
        except lost:
            reference = remote.remote(task)
    raise RunError(f"{ATTEMPTS} workers in a row died in one task. It may need more memory than they have.")
