"""A seat for a person at a viewer: keys of a window drive a body."""

from concurrent.futures import Future
from typing import Protocol

from swarm_env.agent import Brief, Decision, Perception


class HumanInput(Protocol):
    """Where a person decides: offered to the agents of a run (`Services.seat`) by a viewer that has keys."""

    def ask(self, brief: Brief, perception: Perception, own_view: bool) -> "Future[Decision]":
        """Ask the person what a body is to do. Called from any thread; one question at a time.

        Args:
            brief: The task.
            perception: What the body perceives.
            own_view: Whether nothing else of the map may be shown until the next question.

        Returns:
            What will hold the decision: a move that is allowed, and a message that the channel takes.
            Cancelling it takes the question back.
        """
