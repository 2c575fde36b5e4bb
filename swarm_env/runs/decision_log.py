"""Decisions as a line of `rounds.jsonl` holds them."""

from collections.abc import Mapping, Sequence
from typing import Any

from swarm_env.agent import Decision
from swarm_env.envs.channel.message_kinds import Message
from swarm_env.envs.decision_codec import Channel
from swarm_env.errors import ContractError, RunError


def to_log(decisions: Mapping[str, Decision], agents: Sequence[str]) -> dict[str, Any]:
    """Decisions as a line of `rounds.jsonl` holds them, for all agents in order.

    Returns "actions", the moves, None for departed agents; "messages", or None if all agents were silent; and
    "drives", the numbers of agents that choose such, or None.
    """
    moves = tuple(decisions[name].move if name in decisions else None for name in agents)
    messages = tuple(decisions[name].message if name in decisions else None for name in agents)
    drives = tuple(decisions[name].drive if name in decisions else None for name in agents)
    return {
        "actions": moves,
        "messages": messages if any(message is not None for message in messages) else None,
        "drives": drives if any(drives) else None,
    }


def from_log(
    channel: Channel,
    actions: Sequence[int | None],
    messages: Sequence[Message] | None,
    agents: Sequence[str],
    in_play: Sequence[str],
    drives: Sequence[tuple[float, ...] | None] | None = None,
) -> dict[str, Decision]:
    """Check the decisions of a line of `rounds.jsonl`; returns one for each agent in play.

    `actions` has None for departed agents, `messages` is None if all agents were silent, `drives` if agents
    choose no numbers. Raises `RunError`, which says how, if the line does not fit the world.
    """
    for what, given in (("actions", actions), ("messages", messages), ("drives", drives)):
        if given is not None and len(given) != len(agents):
            raise RunError(f"{len(given)} {what} for {len(agents)} agents")
    decisions, present = {}, set(in_play)
    for index, (name, move) in enumerate(zip(agents, actions, strict=True)):
        if (move is None) == (name in present):
            has, state = ("no move", "not left") if move is None else ("a move", "left")
            raise RunError(f"{has} of {name}, which has {state}")
        if move is not None:
            try:
                drive = (drives[index] if drives else None) or ()
                decisions[name] = channel.check(Decision(move, messages[index] if messages else None, drive))
            except ContractError as error:
                raise RunError(f"{name}: {error}") from None
    return decisions
