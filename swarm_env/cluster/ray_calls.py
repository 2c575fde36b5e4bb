"""A worker's calls of the coordinator, over Ray."""

from typing import Any

from swarm_env.cluster.connection import library, lost_errors
from swarm_env.cluster.coordinator_client import AttemptClosed
from swarm_env.cluster.worker import AttemptResult, Job, play_episode


class RayLink:
    """A `swarm_env.cluster.coordinator_client.Link` of one attempt to an actor."""

    def __init__(self, coordinator: Any, attempt: int) -> None:
        self._coordinator, self._attempt = coordinator, attempt
        self._ray, self._lost = library(), lost_errors()

    async def call(self, method: str, *arguments: Any) -> Any:
        """See `Link.call`."""
        try:
            return await self._start(method, *arguments)
        except self._lost:
            raise AttemptClosed from None

    def post(self, method: str, *arguments: Any) -> None:
        """See `Link.post`."""
        self._start(method, *arguments)

    def ask(self, method: str, *arguments: Any) -> Any:
        """See `Link.ask`."""
        try:
            return self._ray.get(self._start(method, *arguments))
        except self._lost:
            raise AttemptClosed from None

    def _start(self, method: str, *arguments: Any) -> Any:
        return getattr(self._coordinator, method).remote(self._attempt, *arguments)


def play_on_worker(coordinator: Any, attempt: int, job: Job) -> AttemptResult:
    """The Ray task that plays a run in attempt number `attempt`; `coordinator` is the handle of the actor."""
    return play_episode(RayLink(coordinator, attempt), job)
