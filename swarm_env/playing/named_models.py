"""Named models: tables `[models.NAME]` of a TOML file, which its teams refer to as "llm:NAME"."""

from collections.abc import Mapping
from typing import Any

from swarm_env.errors import ConfigError
from swarm_env.playing.team_syntax import (
    TeamEntry,
    read_entries,
    read_entry,
    read_tables,
    sorted_options,
    split_model,
    write_entries,
)

LABEL = "label"  # the option that names the model in tables


def with_models(text: str, models: Mapping[str, Mapping[str, Any]]) -> str:
    """Replace the names of models in the text of a team by what they stand for.

    The options of the entry take precedence over those of the model.

    Args:
        text: The text of a team.
        models: The table of each name. Without `model`, the name is also that of the model at its server.

    Returns:
        The same text if it refers to none of them.

    Raises:
        ConfigError: The text or a table has another form.
    """
    if not models:
        return text
    entries = read_entries(text)
    if not any(_name(entry) in models for entry in entries):
        return text
    return write_entries([_resolved(entry, models) for entry in entries])


def check_models(models: Any, place: str) -> dict[str, dict[str, Any]]:
    """The tables of `[models]`. Raises `ConfigError` if it has another form."""
    if not isinstance(models, dict) or not all(isinstance(table, dict) for table in models.values()):
        raise ConfigError(f'{place}: models must be tables, as in [models.fast] with model = "some-model".')
    return models


def _name(entry: TeamEntry) -> str:
    """What follows the colon; "" for agents of a file, where it is a class."""
    name, _, argument = entry.agent.partition(":")
    return "" if name.endswith(".py") else argument


def _resolved(entry: TeamEntry, models: Mapping[str, Mapping[str, Any]]) -> TeamEntry:
    name = _name(entry)
    if name not in models:
        return entry
    table = {"model": name, **models[name]}
    agent = entry.agent.partition(":")[0]
    if wrong := sorted({"agent", "count"} & table.keys()):
        raise ConfigError(f"models.{name}: {wrong[0]} belongs to the team, not to a model.")
    try:
        meant = read_entry(read_tables([{**table, "agent": agent}]))
    except ConfigError as error:
        raise ConfigError(f"models.{name}: {error}") from None
    own = dict(entry.options)
    changes = "&".join(f"{key}={value}" for key, value in own.items())
    label = str(table.get(LABEL, name)) + (f"?{changes}" if changes else "")
    roots = {
        key.partition(".")[0] for key in own if "." not in key
    }  # a whole table replaces all of its parts
    kept = {key: value for key, value in meant.options if key.partition(".")[0] not in roots}
    agent, url = meant.agent, own.pop("base_url", None)
    if url:
        agent = f"{agent.partition(':')[0]}:{split_model(_name(meant))[0]}@{url}"
    options = sorted_options({**kept, LABEL: label, **own})
    return TeamEntry(agent, entry.count, options=options, side=entry.side)
