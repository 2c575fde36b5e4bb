"""Independent tasks spread over the workers of a cluster: the parts of a study, say."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from swarm_env.cluster.connection import Cluster, library, lost_errors
from swarm_env.errors import RunError

T = TypeVar("T")
R = TypeVar("R")
Spread = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]  # `map` is one, on one core

ATTEMPTS = 10  # at a task that is lost each time with its worker; our choice
PER_CORE = 4  # tasks handed over at a time for each core, so that none waits for the next; our choice


def spread(cluster: Cluster, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
    """Call a function once for each task, on the cores of a cluster; a task that is lost is done again.

    Args:
        cluster: As `joined` gives it.
        function: Of a module that all nodes have; the same for the same task, wherever it runs.
        tasks: Its arguments, made of what pickle knows.

    Yields:
        What it gives, in the order of the tasks.

    Raises:
        RunError: A task was lost again and again.
        BaseException: What the function raises.
    """
    remote = library().remote(function).options(num_cpus=1, max_retries=0)
    under_way: deque[tuple[T, Any]] = deque()
    waiting = iter(tasks)
    while True:
        while len(under_way) < PER_CORE * cluster.cores:
            try:
                task = next(waiting)
            except StopIteration:
                break
            under_way.append((task, remote.remote(task)))
        if not under_way:
            return
        task, reference = under_way.popleft()
        yield _result(remote, task, reference)


def _result(remote: Any, task: Any, reference: Any) -> Any:
    """Wait for a task; do it again when it is lost."""
    ray, lost = library(), lost_errors()
    failed = ray.exceptions.RayTaskError
    for _ in range(ATTEMPTS):
        try:
            return ray.get(reference)
        except failed as error:
            raise error.cause if isinstance(error.cause, BaseException) else error from None
        except lost:
            reference = remote.remote(task)
    raise RunError(f"{ATTEMPTS} workers in a row died over one part. It may need more memory than they have.")
