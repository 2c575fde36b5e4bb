"""Controls of what a team's messages are worth: it plays muted, or with the messages of another run.

"muted": what the agents say is not sent. "scrambled": in place of it is sent what the same agent sent in the
same round of another run (nothing, if it was silent or the run was over). So the messages have the right form
and say what is said at that time, but nothing about this world. The agents do not know it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from swarm_env.agent import Decision
from swarm_env.envs.channel.message_kinds import Message
from swarm_env.errors import ConfigError

CONTROLS = ("", "muted", "scrambled")  # "": everything is sent as it is said
OtherMessages = Sequence[Mapping[str, Message]]  # of each round of another run, by agent


def checked_control(control: str) -> str:
    """A control. Raises `ConfigError` if there is no such one."""
    if control not in CONTROLS:
        raise ConfigError(f"messages={control!r:.80}: must be 'muted' or 'scrambled', or left out.")
    return control


def controlled(
    decisions: Mapping[str, Decision], control: str, round: int, others: OtherMessages | None
) -> dict[str, Decision]:
    """The decisions of a round, by agent, with the messages that are sent under a control.

    Raises `ConfigError` if they are to be scrambled, and there are no others (None).
    """
    if control == "scrambled" and others is None:
        raise ConfigError(
            "messages=scrambled needs the messages of another run: give its folder as messages_from "
            "(`swarm bench` does so)."
        )
    there = others[round] if control == "scrambled" and others and round < len(others) else {}
    return {name: replace(one, message=there.get(name)) for name, one in decisions.items()}
