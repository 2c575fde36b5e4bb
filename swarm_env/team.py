"""Who plays: the text of `--agents`, such as "scripted*5, random*5", and the objects it stands for.

A team is a list of entries separated by commas. An entry is a name and how many bodies it drives:

    scripted                     every body
    scripted*5, random*5         five each, in this order
    human*1, scripted            one, and the scripted agent drives the rest
    path/file.py:Wanderer*2      a class of a file; `path/file.py` alone stands for its `AGENT`
    llm:some-model@http://h*3    what follows the first colon is handed to the agent's `from_argument`

One object is made per entry and drives all its bodies, which are neighbours in the list of agents.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm_env import registry
from swarm_env.agent import Agent
from swarm_env.errors import ConfigError, ContractError

MAX_TEXT = 10_000  # characters of a team's text

_COUNT = re.compile(r"(?P<agent>.*?)\s*\*\s*(?P<count>[^*]*)", re.DOTALL)
_FILE = re.compile(r"(?P<path>.+\.py)(?P<name>:\w+)?")


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """One kind of agent and the number of bodies it drives.

    Attributes:
        agent: Name of the agent as the registry knows it, with its argument if it has one.
        count: Number of bodies; None: all that the other entries leave over.
        make: Makes the agent instead of the registry; for objects of your own in Python. A run with such an
            entry can be resumed and forked only by handing over the team again.
    """

    agent: str
    count: int | None = None
    make: Callable[[], Agent] | None = None

    def __str__(self) -> str:
        return self.agent if self.count is None else f"{self.agent}*{self.count}"


@dataclass(frozen=True, slots=True)
class Team:
    """The entries of a team, in the order of the bodies they drive.

    Attributes:
        entries: At least one; at most one with an open count.
    """

    entries: tuple[TeamEntry, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise ConfigError(
                "A team needs at least one entry, such as 'scripted' or 'scripted*5, random*5'."
            )
        open_entries = [entry.agent for entry in self.entries if entry.count is None]
        if len(open_entries) > 1:
            raise ConfigError(
                f"The team {str(self)!r} does not say how many bodies {open_entries[0]!r} drives: "
                f"only one entry may leave its number out. Write for example '{open_entries[0]}*5'."
            )

    def __str__(self) -> str:
        return ", ".join(str(entry) for entry in self.entries)

    @property
    def size(self) -> int | None:
        """Number of bodies, or None when an entry leaves its number open."""
        counts = [entry.count for entry in self.entries]
        return None if None in counts else sum(count or 0 for count in counts)

    @classmethod
    def parse(cls, text: str) -> "Team":
        """Read the text of `--agents`.

        Args:
            text: As described at the top of this file.

        Returns:
            The team. Whether its agents exist is only known once they are made.

        Raises:
            ConfigError: The text is empty or not of that form.
        """
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise ConfigError(
                f"A team is a text of at most {MAX_TEXT} characters such as 'scripted*5, random*5'."
            )
        return cls(tuple(_entry(part.strip(), text) for part in text.split(",")))

    def seated(self, num_agents: int) -> "Team":
        """The team with every count filled in for a world.

        Args:
            num_agents: Bodies in the world.

        Returns:
            A team whose counts add up to `num_agents`.

        Raises:
            ConfigError: The counts cannot add up to that number.
        """
        taken = sum(entry.count or 0 for entry in self.entries)
        left = num_agents - taken
        open_entry = self.size is None
        if left < 0 or (left > 0 and not open_entry) or (left == 0 and open_entry):
            raise ConfigError(
                f"The team {str(self)!r} names {taken} bodies{' and one more entry' if open_entry else ''}, "
                f"but the world has {num_agents}. Make the numbers add up to {num_agents}, or leave one out."
            )
        return Team(
            tuple(
                TeamEntry(entry.agent, left if entry.count is None else entry.count, entry.make)
                for entry in self.entries
            )
        )

    def bodies(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """Which bodies each entry drives.

        Args:
            names: Names of all bodies, in order; as many as a seated team counts.

        Returns:
            One tuple of names per entry.
        """
        shares, start = [], 0
        for entry in self.seated(len(names)).entries:
            stop = start + (entry.count or 0)
            shares.append(tuple(names[start:stop]))
            start = stop
        return shares


def as_team(team: str | Team | Sequence[TeamEntry]) -> Team:
    """A team from any of the forms that functions take.

    Raises:
        ConfigError: It is none of them.
    """
    if isinstance(team, Team):
        return team
    if isinstance(team, str):
        return Team.parse(team)
    entries = [entry for entry in team if isinstance(entry, TeamEntry)] if isinstance(team, Sequence) else []
    if entries and len(entries) == len(team):
        return Team(tuple(entries))
    raise ConfigError(f"A team is a text, a Team or a list of TeamEntry, not {team!r}.")


def make_agent(entry: TeamEntry) -> Agent:
    """The object that drives an entry's bodies.

    Args:
        entry: What the team says.

    Returns:
        A new agent, not yet reset.

    Raises:
        UnknownNameError: No agent has that name.
        ConfigError: The agent takes no argument, or not this one.
        ContractError: What the name stands for is no agent.
    """
    agent = entry.make() if entry.make is not None else _from_registry(entry.agent)
    missing = [name for name in ("reset", "decide") if not callable(getattr(agent, name, None))]
    if missing:
        raise ContractError(
            f"The agent {entry.agent!r} ({type(agent).__name__}) has no {' and no '.join(missing)} method; "
            f"see swarm_env.agent.Agent for what an agent is."
        )
    return agent


def _from_registry(text: str) -> Any:
    """Make an agent from its name and argument."""
    if _FILE.fullmatch(text):
        return _call(registry.load("agent", text), text)
    name, colon, argument = text.partition(":")
    kind = registry.load("agent", name)
    if not colon:
        return _call(kind, text)
    make = getattr(kind, "from_argument", None)
    if not callable(make):
        raise ConfigError(f"The agent {name!r} takes no argument; write {name!r} instead of {text!r}.")
    return make(argument)


def _call(kind: Any, text: str) -> Any:
    if not callable(kind):
        raise ContractError(f"The agent {text!r} stands for {kind!r}, which is not a class.")
    return kind()


def _entry(part: str, text: str) -> TeamEntry:
    """One entry from its text."""
    if not part:
        raise ConfigError(f"The team {text!r} has an empty entry. Write for example 'scripted*5, random*5'.")
    match = _COUNT.fullmatch(part)
    agent, count = (match["agent"], match["count"].strip()) if match else (part, None)
    if not agent or any(c.isspace() and c != " " for c in agent):
        raise ConfigError(f"The entry {part!r} of the team names no agent. Write for example 'scripted*5'.")
    if count is not None and not (count.isascii() and count.isdigit() and len(count) <= 9 and int(count) > 0):
        raise ConfigError(
            f"The entry {part!r} of the team must end with a number of bodies, 1 or more, as in '{agent}*5'."
        )
    file = _FILE.fullmatch(agent)
    if file:  # a run may be resumed from another folder
        agent = str(Path(file["path"]).expanduser().resolve()) + (file["name"] or "")
    return TeamEntry(agent, None if count is None else int(count))
