"""Who plays: the text of `--agents`, such as "scripted*5, random*5", and the objects it stands for.

A team is a list of entries separated by commas. An entry is a name and how many bodies it drives:

    scripted                     every body
    scripted*5, random*5         five each, in this order
    human*1, scripted            one, and the scripted agent drives the rest
    path/file.py:Wanderer*2      a class of a file; `path/file.py` alone stands for its `AGENT`
    llm:some-model@http://h*3    what follows the first colon is handed to the agent's `from_argument`
    llm:m?persona=calm&seed=3*3  options are handed to it too, by name

Values of options are percent-encoded (`team_text` has the details). One object is made per entry and drives
all its bodies, which are neighbours in the list of agents.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from swarm_env import registry
from swarm_env.agent import Agent
from swarm_env.errors import ConfigError, ContractError, did_you_mean
from swarm_env.playing.team_syntax import EntryText, read_entry, sorted_options, with_model

MAX_TEXT = 10_000  # characters of a team's text

_FILE = re.compile(r"(?P<path>.+\.py)(?P<name>:\w+)?")


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """One kind of agent and the number of bodies it drives.

    Attributes:
        agent: Name of the agent as the registry knows it, with its argument if it has one.
        count: Number of bodies; None: all that the other entries leave over.
        make: Makes the agent instead of the registry; for objects of your own in Python. A run with such an
            entry can be resumed and forked only by handing over the team again.
        options: (key, value) of each option, sorted by key; handed to the agent's `from_argument`.
    """

    agent: str
    count: int | None = None
    make: Callable[[], Agent] | None = None
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return str(EntryText(self.agent, self.options, self.count))


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
                replace(entry, count=left if entry.count is None else entry.count) for entry in self.entries
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


def kind_of(entry: TeamEntry) -> Any:
    """The class of an entry's agent (or the function that makes it).

    Raises:
        UnknownNameError: No agent has that name.
        ContractError: Its file does not define it.
    """
    return entry.make if entry.make is not None else registry.load("agent", _name(entry.agent))


def completed(team: Team, defaults: Mapping[str, str]) -> Team:
    """A team with defaults in the entries that leave something open.

    An agent's class says in `takes` which of them it wants, such as `takes = ("model", "base_url",
    "temperature")`, and in `files` which of its options are names of files: those are made absolute, so that
    a run can be resumed from another folder. An agent that takes `model` or `base_url` has the argument
    "model@base_url". If the class has a method `settled(argument, options)`, it gives back both with what the
    environment adds to them, so that a run that is resumed elsewhere asks the same.

    Args:
        team: Who plays.
        defaults: Values by name.

    Returns:
        The team, with the same bodies.

    Raises:
        ConfigError: No entry takes one of the defaults.
        UnknownNameError: There is no such agent.
    """
    entries, left = [], set(defaults)
    for entry in team.entries:
        kind = kind_of(entry)
        wanted = {key: defaults[key] for key in getattr(kind, "takes", ()) if key in defaults}
        left -= set(wanted)
        entries.append(_completed(entry, wanted, kind))
    if left:
        raise ConfigError(
            f"No agent of the team {str(team)!r} takes {', '.join(sorted(left))}. Leave it out, or choose an "
            f"agent that takes it, as in --agents llm."
        )
    return Team(tuple(entries))


def channel_of(team: Team) -> str:
    """The message channel that a team is played with when nobody chooses one.

    Returns:
        What the first of its agents says whose class has an attribute `message`; else "none".

    Raises:
        UnknownNameError: There is no such agent.
    """
    said = (getattr(kind_of(entry), "message", None) for entry in team.entries)
    return next((channel for channel in said if isinstance(channel, str)), "none")


def make_agent(entry: TeamEntry) -> Agent:
    """The object that drives an entry's bodies.

    Args:
        entry: What the team says.

    Returns:
        A new agent, not yet reset.

    Raises:
        UnknownNameError: No agent has that name.
        ConfigError: The agent takes no argument or no options, or not these.
        ContractError: What the name stands for is no agent.
    """
    agent = entry.make() if entry.make is not None else _from_registry(entry)
    missing = [name for name in ("reset", "decide") if not callable(getattr(agent, name, None))]
    if missing:
        raise ContractError(
            f"The agent {entry.agent!r} ({type(agent).__name__}) has no {' and no '.join(missing)} method; "
            f"see swarm_env.agent.Agent for what an agent is."
        )
    return agent


def _name(agent: str) -> str:
    """The name of an agent without its argument; the colon of a file names a class."""
    return agent if _FILE.fullmatch(agent) else agent.partition(":")[0]


def _from_registry(entry: TeamEntry) -> Any:
    """Make an agent from its name, its argument and its options."""
    text, name = entry.agent, _name(entry.agent)
    kind, argument = kind_of(entry), text[len(name) :].removeprefix(":")
    if len(text) == len(name) and not entry.options:
        if not callable(kind):
            raise ContractError(f"The agent {text!r} stands for {kind!r}, which is not a class.")
        return kind()
    make = getattr(kind, "from_argument", None)
    if not callable(make):
        what = "argument" if len(text) > len(name) else "options"
        raise ConfigError(f"The agent {name!r} takes no {what}; write {name!r} instead of {str(entry)!r}.")
    _check_options(name, make, [key for key, _ in entry.options])
    return make(argument, **dict(entry.options))


def _check_options(name: str, make: Callable[..., Any], keys: Sequence[str]) -> None:
    """Refuse options that an agent's `from_argument` does not know."""
    parameters = list(inspect.signature(make).parameters.values())
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    known = [parameter.name for parameter in parameters[1:] if parameter.kind in by_name]
    for key in keys:
        if key not in known:
            raise ConfigError(
                f"The agent {name!r} takes no option {key!r}.{did_you_mean(key, known)} "
                f"Known: {', '.join(known) or 'none'}."
            )


def _completed(entry: TeamEntry, wanted: Mapping[str, str], kind: Any) -> TeamEntry:
    """An entry with what it leaves open filled in, names of files made absolute, and what its class adds."""
    options, agent = dict(entry.options), entry.agent
    open_ones = {key: value for key, value in wanted.items() if key not in options}
    if entry.make is not None:
        return entry
    if not _FILE.fullmatch(agent):
        agent = with_model(agent, open_ones.pop("model", None), open_ones.pop("base_url", None))
    options |= open_ones
    for key in set(getattr(kind, "files", ())) & options.keys():
        path = Path(options[key]).expanduser()
        if path.exists():  # what is no file may be a name that the agent knows
            options[key] = str(path.resolve())
    settle = getattr(kind, "settled", None)
    if callable(settle) and not _FILE.fullmatch(agent):
        name, _, argument = agent.partition(":")
        argument, options = settle(argument, options)
        agent = f"{name}:{argument}" if argument else name
    return replace(entry, agent=agent, options=sorted_options(options))


def _entry(part: str, text: str) -> TeamEntry:
    """One entry from its text."""
    if not part:
        raise ConfigError(f"The team {text!r} has an empty entry. Write for example 'scripted*5, random*5'.")
    entry = read_entry(part)
    agent, file = entry.agent, _FILE.fullmatch(entry.agent)
    if file:  # a run may be resumed from another folder
        agent = str(Path(file["path"]).expanduser().resolve()) + (file["name"] or "")
    return TeamEntry(agent, entry.count, options=entry.options)
