"""A worker's calls to the desk, over Ray."""

from typing import Any

from swarm_env.cluster.connection import library, lost_errors
from swarm_env.cluster.coordinator_client import Gone
from swarm_env.cluster.worker import Ended, Job, play_episode


class RayWire:
    """A `swarm_env.cluster.coordinator_client.Wire` to an actor."""

    def __init__(self, desk: Any, attempt: int) -> None:
        """Hold a line.

        Args:
            desk: Handle of the actor.
            attempt: On whose behalf it is used.
        """
        self._desk, self._attempt = desk, attempt
        self._ray, self._lost = library(), lost_errors()

    async def call(self, method: str, *arguments: Any) -> Any:
        """As `Wire.call`."""
        try:
            return await getattr(self._desk, method).remote(self._attempt, *arguments)
        except self._lost:
            raise Gone from None

    def post(self, method: str, *arguments: Any) -> None:
        """As `Wire.post`."""
        getattr(self._desk, method).remote(self._attempt, *arguments)

    def ask(self, method: str, *arguments: Any) -> Any:
        """As `Wire.ask`."""
        try:
            return self._ray.get(getattr(self._desk, method).remote(self._attempt, *arguments))
        except self._lost:
            raise Gone from None


def play_on_worker(desk: Any, attempt: int, job: Job) -> Ended:
    """The task of Ray: play a run.

    Args:
        desk: Handle of the actor to tell.
        attempt: Number of the attempt.
        job: What is to be played.
    """
    return play_episode(RayWire(desk, attempt), job)
