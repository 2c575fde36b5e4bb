"""From flags, `--set`, `--config` and `--layout` to the settings of a run.

Later ones win: the world's own defaults, then the picture, then the file, then flags, then `--set`.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm_env.errors import ConfigError
from swarm_env.playing.team_syntax import read_tables

MAX_FILE = 16 * 2**20  # bytes of a settings file or a picture
_SIZE = re.compile(r"(\d{1,6})(?:[xX×](\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user asked for; None stands for not given.

    Attributes:
        world: Settings of the world and of the scenario, by name.
        scenario: Name of the scenario.
        team: Who plays.
        seed: Seed of the run.
        layout: Rows of the picture to start from.
    """

    world: dict[str, Any]
    scenario: str | None = None
    team: str | None = None
    seed: int | None = None
    layout: list[str] | None = None


def gather(
    named: Mapping[str, Any],
    flags: Mapping[str, Any],
    assignments: Sequence[str] = (),
    file: Path | None = None,
    layout: Path | None = None,
) -> Settings:
    """Bring together what was said in several places.

    Args:
        named: Values of `scenario`, `agents` and `seed` from the command line; None stands for not given.
        flags: Settings of the world from the command line; None stands for not given.
        assignments: Texts "key=value".
        file: TOML file with settings by name, scenario's own ones also in a table `options`; `agents` is the
            text of a team, or tables `[[agents]]` (see `team_text.read_tables`).
        layout: File with a picture.

    Returns:
        The settings, of which only the names of the first five words are checked.

    Raises:
        ConfigError: A file cannot be read, or a text has another form.
    """
    rows = read_layout(layout) if layout else None
    said = _of_picture(rows) if rows else {}
    said |= _flat(read_toml(file), file) if file else {}
    said |= {key: value for key, value in {**flags, **named}.items() if value is not None}
    said |= dict(map(assignment, assignments))
    scenario, team, seed = (said.pop(key, None) for key in ("scenario", "agents", "seed"))
    if isinstance(team, list):
        team = read_tables(team)
    for key, value in (("scenario", scenario), ("agents", team)):
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"{key}={value!r} must be a text.")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63):
        raise ConfigError(f"seed={seed!r} must be a whole number from 0 to 2**63 - 1.")
    return Settings(said, scenario, team, seed, rows)


def read_toml(file: Path) -> dict[str, Any]:
    """Read a settings file.

    Raises:
        ConfigError: It cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(_read_text(file, "--config"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"--config {file}: is not TOML ({error}).") from None


def read_layout(file: Path) -> list[str]:
    """Read a picture of a map: one row per line, in the symbols of the rules.

    Raises:
        ConfigError: It cannot be read or is empty.
    """
    rows = _read_text(file, "--layout").strip("\n").splitlines()
    if not rows:
        raise ConfigError(f"--layout {file}: there is no picture in it.")
    return [row.rstrip() for row in rows]


def size(text: str | None) -> dict[str, int]:
    """Height and width from the text of `--size`.

    Args:
        text: "12", or "12x14" (rows x columns), or None.

    Returns:
        `height` and `width` [cells]; nothing for None.

    Raises:
        ConfigError: It has another form.
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
    """Key and value from the text of `--set`.

    Args:
        text: "key=value"; the value is read as JSON where it is JSON and as a text where it is not.

    Returns:
        The key and the value.

    Raises:
        ConfigError: There is no key or no "=".
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key.isidentifier():
        raise ConfigError(f"--set {text!r} must have the form key=value, as in --set num_agents=20.")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value.strip()


def _read_text(file: Path, flag: str) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
        text = content.decode()
    except OSError as error:
        raise ConfigError(f"{flag} {file}: cannot be read ({error.strerror or error}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{flag} {file}: is not text.") from None
    if len(content) > MAX_FILE:
        raise ConfigError(f"{flag} {file}: is larger than {MAX_FILE // 2**20} MiB.")
    return text


def _flat(content: dict[str, Any], file: Path) -> dict[str, Any]:
    """The settings of a file, those of the table `options` beside the others."""
    options = content.pop("options", {})
    if not isinstance(options, dict):
        raise ConfigError(f"--config {file}: options={options!r} must be a table.")
    return content | options


def _of_picture(rows: Sequence[str]) -> dict[str, Any]:
    """What a picture says about the world: its size, and how many agents stand on it."""
    agents = sum(row.count("A") + row.count("a") for row in rows)
    found = {"height": len(rows), "width": max(map(len, rows))}
    return found | {"num_agents": agents} if agents else found
