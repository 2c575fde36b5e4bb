"""Human input: a person at a viewer decides for an agent with the keys."""

from concurrent.futures import Future
from typing import Protocol

from swarm_env.agent import Brief, Decision, Perception


class HumanInput(Protocol):
    """What a viewer with keys offers the agents of a run as `Services.seat`."""

    def ask(self, brief: Brief, perception: Perception, own_view: bool) -> "Future[Decision]":
        """Ask the person for a decision. Called from any thread; one question at a time.

        Args:
            brief: The task.
            perception: What the agent perceives.
            own_view: Whether only the agent's own view may be shown until the next question.

        Returns:
            A future of the decision: an allowed move, and a message that fits the channel.
            Cancelling it withdraws the question.
        """
