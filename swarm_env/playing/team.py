"""Teams: the text of `--agents`, such as "scripted*5, random*5", and the objects that it names.

A team is a list of entries separated by commas. An entry is a name and the number of agents that it controls:

    scripted                     all agents
    scripted*5, random*5         five each, in this order
    random*1, scripted           one, and the scripted entry controls the rest
    human, scripted              a person controls one if no number is given, and the scripted entry the rest
    human                        the same
    path/file.py:Wanderer*2      a class of a file; `path/file.py` alone means its `AGENT`
    llm:some-model@http://h*3    the text after the first colon is passed to the class's `from_argument`
    llm:m?persona=calm&seed=3*3  options are passed to it too, by name
    red=llm:m*5, scripted*3; blue=scripted*8    who plays each team of a scenario with teams

Every agent has the option `messages`: "muted" or "scrambled", see `swarm_env.envs.channel.controls`.
Values of options are percent-encoded (see `team_syntax`). One object is made per entry and controls all its
agents, which are consecutive in the list of agents.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from swarm_env import registry, trusted_code
from swarm_env.agent import Agent
from swarm_env.envs.channel.controls import checked_control
from swarm_env.errors import ConfigError, ContractError, did_you_mean
from swarm_env.playing.agent_contract import checked_agent
from swarm_env.playing.team_counts import fill_counts, plays_one
from swarm_env.playing.team_syntax import TeamEntry as TeamEntry
from swarm_env.playing.team_syntax import (
    control_of,
    read_entries,
    sorted_options,
    with_model,
    without_control,
    write_entries,
)
from swarm_env.runtime.given import given_path

MAX_TEXT = 10_000  # characters of a team's text

_FILE = re.compile(r"(?P<path>.+\.py)(?P<name>:\w+)?")


@dataclass(frozen=True, slots=True)
class Team:
    """The entries of a team, in the order of the agents that they control.

    Attributes:
        entries: At least one; of each side at most one without a count, besides those that play one agent.
            The entries of a side follow each other.
    """

    entries: tuple[TeamEntry, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise ConfigError("A team needs at least one entry, as in 'scripted' or 'scripted*5, random*5'.")
        groups = [side for side, _ in groupby(self.entries, lambda one: one.side)]
        if len(set(groups)) < len(groups) or (len(groups) > 1 and "" in groups):
            raise ConfigError(f"The entries of a side must follow each other, and all name one: {groups}.")
        for _, group in groupby(self.entries, lambda one: one.side):
            open_entries = [one for one in group if one.count is None]
            if len(open_entries) > 1:
                open_entries = [one for one in open_entries if not plays_one(one)]
            if len(open_entries) > 1:
                first = open_entries[0].agent
                raise ConfigError(
                    f"The team {str(self)!r} does not say how many agents {first!r} controls: "
                    f"only one entry may omit its number. Write for example '{first}*5'."
                )

    def __str__(self) -> str:
        return write_entries(self.entries)

    @property
    def sides(self) -> dict[str, "Team"]:
        """What plays each side, by its name; empty if the team names none."""
        groups = groupby(self.entries, lambda one: one.side)
        return {side: Team(tuple(replace(one, side="") for one in own)) for side, own in groups if side}

    @property
    def size(self) -> int | None:
        """Number of agents; None if an entry omits its number."""
        counts = [entry.count for entry in self.entries]
        return None if None in counts else sum(count or 0 for count in counts)

    @classmethod
    def parse(cls, text: str) -> "Team":
        """Parse the text of `--agents`, as described at the top of this file.

        Names of agents are not checked until the agents are made. Raises `ConfigError` if the text is empty
        or not of that form.
        """
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise ConfigError(
                f"A team is a text of at most {MAX_TEXT} characters such as 'scripted*5, random*5'."
            )
        return cls(tuple(map(_with_path, read_entries(text))))

    def for_size(self, num_agents: int) -> "Team":
        """The team with all counts filled in, so that they add up to `num_agents`; see `fill_counts`.

        Raises `ConfigError` if the counts cannot add up to that number. Counts of
        sides must be filled in (`team_counts.for_sides`).
        """
        return Team(fill_counts(self.entries, num_agents))

    def split(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """The names that each entry controls, out of the names of all agents in order."""
        left = iter(names)
        return [tuple(islice(left, entry.count)) for entry in self.for_size(len(names)).entries]


def as_team(team: str | Team | Sequence[TeamEntry]) -> Team:
    """Convert a text, a team or its entries to a team.

    Raises `ConfigError` if it is of another type, or the text is invalid.
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
    """The class of an entry's agent, or the function that makes it.

    Raises `UnknownNameError` if there is no such agent, `ContractError` if its file does not define it.
    """
    return entry.make if entry.make is not None else registry.load("agent", _name(entry.agent))


def completed(team: Team, defaults: Mapping[str, str]) -> Team:
    """Fill defaults into the entries of a team that take them and do not set them.

    An agent's class lists the defaults it takes in `takes`, such as `takes = ("model", "base_url",
    "temperature")`, and its options that are paths in `files`: those are made absolute, so that a run can be
    resumed from another folder. An agent that takes `model` or `base_url` has the argument "model@base_url".
    If the class has a method `settled(argument, options)`, it returns both with the values of environment
    variables filled in, so that a run that is resumed elsewhere asks the same. Raises `ConfigError` if no
    entry takes one of the defaults, `UnknownNameError` if there is no such agent.
    """
    entries, left = [], set(defaults)
    for entry in team.entries:
        kind = kind_of(entry)
        wanted = {key: defaults[key] for key in getattr(kind, "takes", ()) if key in defaults}
        left -= set(wanted)
        entries.append(_completed(entry, wanted, kind))
    if left:
        raise ConfigError(
            f"No agent of the team {str(team)!r} takes {', '.join(sorted(left))}. Omit it, or choose an "
            f"agent that takes it, as in --agents llm."
        )
    return Team(tuple(entries))


def with_preset(team: Team, preset: str) -> Team:
    """Let the entries that take the option `preset` and do not set it use this one; "": none.

    Raises `UnknownNameError` if there is no such agent.
    """
    entries = []
    for entry in team.entries:
        takes = () if entry.make is not None else getattr(kind_of(entry), "takes", ())
        options = dict(entry.options)
        if preset and "preset" in takes:
            options.setdefault("preset", preset)
        entries.append(replace(entry, options=sorted_options(options)))
    return Team(tuple(entries))


def check_trust(team: Team, source: str, allowed: bool = False) -> None:
    """Check a recorded team, or that of a bench file or a settings file, before any of its agents is loaded.

    Python files must be trusted; so must files that an agent would send to an address (its class takes
    `base_url` and names the option in `files`).

    Args:
        team: The team.
        source: What holds it, for messages.
        allowed: Whether the user allows all of its files now.

    Raises:
        ConfigError: A file is not trusted.
    """
    if allowed:
        return
    for entry in team.entries:
        trusted_code.check((_name(entry.agent), *dict(entry.options).values()), source)
        kind = None if entry.make is not None else kind_of(entry)
        if "base_url" in getattr(kind, "takes", ()):
            for key in set(getattr(kind, "files", ())) & dict(entry.options).keys():
                file = given_path(dict(entry.options)[key], key)
                if not file.exists():  # a name that the agent knows, or an error when it is read
                    continue
                trusted_code.check_file(file, source, "read and sent to a model")


def files_of(team: Team) -> list[Path]:
    """The files that a team names: Python files, and options that an agent reads as files."""
    found = []
    for entry in team.entries:
        options = dict(entry.options)
        named = [] if entry.make is not None else getattr(kind_of(entry), "files", ())
        found += [given_path(options[key], key) for key in named if key in options]
        found += filter(None, map(trusted_code.python_file, (_name(entry.agent), *options.values())))
    return found


def channel_of(team: Team) -> str:
    """Default message channel of a team: `message` of the first agent class that has one; else "none".

    Raises `UnknownNameError` if there is no such agent.
    """
    channels = (getattr(kind_of(entry), "message", None) for entry in team.entries)
    return next((channel for channel in channels if isinstance(channel, str)), "none")


def make_agent(entry: TeamEntry) -> Agent:
    """Make the object that controls an entry's agents, not yet reset.

    Raises `UnknownNameError` if there is no such agent, `ConfigError` if it does not take this argument or
    these options, `ContractError` if the object lacks methods of an agent.
    """
    checked_control(control_of(entry))
    entry = without_control(entry)
    return checked_agent(entry.make() if entry.make is not None else _from_registry(entry), entry.agent)


def _name(agent: str) -> str:
    """The name of an agent without its argument; of a file, with the class after the colon."""
    return agent if _FILE.fullmatch(agent) else agent.partition(":")[0]


def _from_registry(entry: TeamEntry) -> Any:
    """Make an agent from its name, its argument and its options."""
    text, name = entry.agent, _name(entry.agent)
    kind, argument = kind_of(entry), text[len(name) :].removeprefix(":")
    if len(text) == len(name) and not entry.options:
        if not callable(kind):
            raise ContractError(f"The agent {text!r} is {kind!r}, which is not a class.")
        return kind()
    make = getattr(kind, "from_argument", None)
    if not callable(make):
        what = "argument" if len(text) > len(name) else "options"
        raise ConfigError(f"The agent {name!r} takes no {what}; write {name!r} instead of {str(entry)!r}.")
    _check_options(name, make, [key for key, _ in entry.options])
    return make(argument, **dict(entry.options))


def _check_options(name: str, make: Callable[..., Any], keys: Sequence[str]) -> None:
    """Raise if an agent's `from_argument` lacks one of the options."""
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
    """An entry with defaults filled in, paths made absolute and `settled` applied."""
    options, agent = dict(entry.options), entry.agent
    missing = {key: value for key, value in wanted.items() if key not in options}
    if entry.make is not None:
        return entry
    if not _FILE.fullmatch(agent):
        agent = with_model(agent, missing.pop("model", None), missing.pop("base_url", None))
    options |= missing
    for key in set(getattr(kind, "files", ())) & options.keys():
        path = given_path(options[key], key)
        if path.exists():  # otherwise it may be a name that the agent knows
            options[key] = str(path)
    settle = getattr(kind, "settled", None)
    if callable(settle) and not _FILE.fullmatch(agent):
        name, _, argument = agent.partition(":")
        argument, options = settle(argument, options)
        agent = f"{name}:{argument}" if argument else name
    return replace(entry, agent=agent, options=sorted_options(options))


def _with_path(entry: TeamEntry) -> TeamEntry:
    """An entry whose file has an absolute path: a run may be resumed from another folder."""
    if file := _FILE.fullmatch(entry.agent):
        path = given_path(file["path"], "agents")
        return replace(entry, agent=f"{path}{file['name'] or ''}")
    return entry
