"""From flags, `--set` and `--config` to the settings of a run.

Later sources override earlier ones: the defaults of the world, the sizes of the layout, the file, flags,
`--set`.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm_env.cli.options import TeamOptions, WorldOptions
from swarm_env.engine.settings.map_text import read_file
from swarm_env.errors import ConfigError
from swarm_env.playing.named_models import check_models, with_models
from swarm_env.playing.team_syntax import read_sides, read_tables
from swarm_env.trusted_code import FILE

_SIZE = re.compile(r"(\d{1,6})(?:[xX×](\d{1,6}))?")
_WORLD_SETTINGS = ("preset", "num_agents", "view_size", "max_rounds", "message", "reward")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the world by name, scenario, text of the team and seed.

    As the user gave them; None: not given. `has_own_team` says whether the team stands on the command line,
    not in a file; `of_file` are the values that `--config` sets, the scenario among them.
    """

    world: dict[str, Any]
    scenario: str | None = None
    team: str | None = None
    seed: int | None = None
    has_own_team: bool = False
    of_file: tuple[Any, ...] = ()


def gather(scenario: str | None, team: TeamOptions, world: WorldOptions) -> Settings:
    """Merge the sources of settings.

    A TOML file holds settings by name, those of the scenario also in a table `options`; its `agents` is the
    text of a team, or tables `[[agents]]`, or one table `[[sides]]` for each team of the scenario; its tables
    `[models.NAME]` are what "llm:NAME" means. Scenario,
    team and seed are checked for their type only; the world is not checked. Raises `ConfigError` if a file
    cannot be read, or a text has another form.
    """
    found = _with_team(_flat(read_toml(world.config), world.config)) if world.config else {}
    flags = {name: getattr(world, name) for name in _WORLD_SETTINGS} | read_size(world.size)
    flags |= {"scenario": scenario, "agents": team.agents, "seed": team.seed}
    flags["layout"] = _maps_or_name(world.layout)
    found |= {name: value for name, value in flags.items() if value is not None}
    found |= (set_here := dict(map(assignment, world.assignments or ())))
    own = {name for name, value in flags.items() if value is not None} | set_here.keys()
    of_file = tuple(value for key, value in found.items() if key not in own)
    name, agents, seed, models = (found.pop(key, None) for key in ("scenario", "agents", "seed", "models"))
    for key, value in (("scenario", name), ("agents", agents)):
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"{key}={value!r} must be a text.")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63):
        raise ConfigError(f"seed={seed!r} must be an integer from 0 to 2**63 - 1.")
    meant = with_models(agents, check_models(models, "--config")) if agents and models else agents
    has_own_team = "agents" in own and meant == agents  # else the file has named an address
    return Settings(found, name, meant, seed, has_own_team, of_file)


def read_toml(file: Path) -> dict[str, Any]:
    """Read a settings file. Raises `ConfigError` if it cannot be read or is not TOML."""
    try:
        return tomllib.loads(read_file(file, "--config"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"--config {file}: is not TOML ({error}).") from None


def read_size(text: str | None) -> dict[str, int]:
    """Height and width [cells] from the text of `--size`, "12" or "12x14" (rows x columns); empty for None.

    Raises `ConfigError` if it has another form.
    """
    if text is None:
        return {}
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ConfigError(
            f"--size {text!r} must be a number of cells as in 12, or rows x columns as in 12x14."
        )
    height = int(match[1])
    return {"height": height, "width": int(match[2] or height)}


def assignment(text: str) -> tuple[str, Any]:
    """Key and value from "key=value" of `--set`; the value is parsed as JSON, or is a text if it is not JSON.

    Raises `ConfigError` if there is no key or no "=".
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key.isidentifier():
        raise ConfigError(f"--set {text!r} must have the form key=value, as in --set num_agents=20.")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value.strip()


def _maps_or_name(layout: Path | None) -> Path | str | None:
    """The file of maps, or the name of a function in a Python file."""
    return str(layout) if layout is not None and FILE.fullmatch(str(layout)) else layout


def _with_team(content: dict[str, Any]) -> dict[str, Any]:
    """The settings of a file, with tables of agents or of sides as the text of a team."""
    sides = content.get("sides")
    if isinstance(sides, list) and any(isinstance(one, dict) for one in sides):
        if "agents" in content:
            raise ConfigError("A file has agents or tables [[sides]], not both.")
        content = {key: value for key, value in content.items() if key != "sides"}
        return {**content, "agents": read_sides(sides)}
    if isinstance(content.get("agents"), list):
        return {**content, "agents": read_tables(content["agents"])}
    return content


def _flat(content: dict[str, Any], file: Path) -> dict[str, Any]:
    """The settings of a file, with those of its table `options`."""
    options = content.pop("options", {})
    if not isinstance(options, dict):
        raise ConfigError(f"--config {file}: options={options!r} must be a table.")
    return content | options
