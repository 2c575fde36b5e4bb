"""Human input: a person at a viewer decides for an agent with the keys."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.envs.decision_codec import Channel, Message

STAY, OWN = 0, 5  # moves: stay, and the first scenario-specific one


class HumanInput(Protocol):
    """What a viewer with keys offers the agents of a run as `Services.human_input`."""

    def ask(self, brief: Brief, perception: Perception, own_view: bool) -> "Future[Decision]":
        """Ask the person for a decision. Called from any thread; one question at a time.

        Returns a future of the decision: an allowed move, and a message that fits the channel. Cancelling it
        withdraws the question. With `own_view` only the agent's own view may be shown until the next one.
        """


def typed_message(brief: Brief, line: str) -> Message:
    """The message that a person typed: a text, or numbers with blanks between; None if the line is empty.

    Raises:
        ContractError: It does not fit the channel.
        ValueError: A word is not a number.
    """
    message: Message = line or None
    if line and brief.message == "tokens":
        message = tuple(int(word) for word in line.split())
    elif line and brief.message == "vector":
        message = tuple(float(word) for word in line.split())
    return Channel.of(brief).check(Decision(STAY, message)).message


def own_moves(actions: Sequence[str], space: str) -> list[str]:
    """The keys of the scenario-specific moves, for a line of help: space, then their numbers."""
    return [f"{space if move == OWN else move} {name}" for move, name in enumerate(actions) if move >= OWN]
