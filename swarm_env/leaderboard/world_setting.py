"""The world of a recorded run: scores are compared within one world only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swarm_env.config import WorldConfig
from swarm_env.errors import SwarmEnvError
from swarm_env.trusted_code import python_files


@dataclass(frozen=True, slots=True, order=True)
class WorldSetting:
    """Scenario, size [cells] and rules of a world; without the kind of messages.

    Attributes:
        options: The scenario's own settings, as (name, value) sorted by name.
        start: "" if the start depends on the seed only, else a digest of the start layout.
    """

    scenario: str
    num_agents: int
    height: int
    width: int
    view_size: int
    max_rounds: int
    options: tuple[tuple[str, float | str], ...] = ()
    start: str = ""

    def __str__(self) -> str:
        parts = [
            f"{self.num_agents} agent{'s' * (self.num_agents != 1)}",
            f"{self.height} x {self.width} cells",
            f"view {self.view_size}",
            f"{self.max_rounds} rounds",
            *(f"{name}={value if isinstance(value, str) else f'{value:g}'}" for name, value in self.options),
        ]
        return ", ".join([*parts, f"picture {self.start}"] if self.start else parts)


def setting_of(
    config: WorldConfig, options: Mapping[str, Any] | None = None, drawn_by: str = ""
) -> WorldSetting:
    """The world of a configuration and its reset options; `drawn_by` names the function that drew its map."""
    maps = config.layout
    if not options and isinstance(maps, tuple):
        options = {"layout": drawn_by or (maps[0] if len(maps) == 1 else maps)}
    own = dict(config.options) | ({"push_order": "drawn"} if config.push_order == "drawn" else {})
    layout = json.dumps(options, sort_keys=True, default=str).encode() if options else b""
    return WorldSetting(
        config.scenario,
        config.num_agents,
        config.height,
        config.width,
        config.view_size,
        config.max_rounds,
        tuple(sorted((name, v if isinstance(v, str) else float(v)) for name, v in own.items())),
        hashlib.blake2b(layout, digest_size=4).hexdigest() if layout else "",
    )


def channel_of(config: WorldConfig) -> str:
    """Kind of messages as text, with the settings that differ from the default."""
    if config.message == "none":
        return "none, commander" if config.message_topology == "commander" else "none"
    shape = {
        "tokens": f" {config.vocabulary} x {config.message_length}",
        "vector": f" {config.message_dim}",
    }.get(config.message, "")
    reach = f", range {config.hearing}" if config.hearing != config.view_size // 2 else ""
    if config.message_topology != "range":
        reach = f", {_topology(config)}"
    loss = f", loss {config.message_loss:g}" if config.message_loss else ""
    delay = ", delay {} to {}".format(*config.message_delay) if config.message_delay[1] else ""
    noise = f", noise {config.message_noise:g}" if config.message_noise else ""
    numbers = config.message in ("tokens", "vector")
    rest = {
        f", {config.heard}": numbers and config.heard is not None,
        f" {config.heard_slots}": numbers and config.heard == "slots",
        ", sender": config.sender,
        f", cost {config.message_cost:g}": config.message_cost > 0,
        f", speakers {_speakers(config)}": config.may_speak is not None,
        ", observations 1": numbers and config.observation_version == 1,
    }
    return f"{config.message}{shape}{reach}{loss}{delay}{noise}" + "".join(
        words for words, there in rest.items() if there
    )


def _speakers(config: WorldConfig) -> str:
    """Who may speak, by number."""
    return " ".join(map(str, config.may_speak or ())) or "none"


def _topology(config: WorldConfig) -> str:
    """The topology; of links a short digest."""
    if isinstance(config.message_topology, str):
        return config.message_topology
    return f"links {hashlib.blake2b(repr(config.message_topology).encode(), digest_size=4).hexdigest()}"


def score_bounds(setting: WorldSetting, rounds: int) -> tuple[float, float] | None:
    """Least and greatest score that the scenario declares.

    Args:
        setting: The world.
        rounds: Rounds played.

    Returns:
        The bounds. None if the scenario declares none, and for scenarios and rules in files, whose code is
        not run to score what somebody else recorded.
    """
    from swarm_env.envs.make import make_config, make_scenario

    if any(python_files((setting.scenario, dict(setting.options)))):
        return None
    world = {name: getattr(setting, name) for name in ("num_agents", "height", "width", "view_size")}
    options = {"max_rounds": setting.max_rounds, **dict(setting.options)}
    try:
        return make_scenario(make_config(setting.scenario, {**world, **options})).score_bounds(rounds)
    except SwarmEnvError:  # not installed here, or settings that it no longer takes
        return None
