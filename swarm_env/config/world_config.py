"""Checked settings of a world."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

from swarm_env.config.message_settings import Interval, Phrases, Topology, check_messages
from swarm_env.config.presets import PRESETS
from swarm_env.config.setting_types import Share, Sides, Whole
from swarm_env.errors import ConfigError, did_you_mean
from swarm_env.trusted_code import FILE, name_of

CONTINUOUS = ("action", "field", "field_rings", "field_sectors")  # settings of continuous space alone


class WorldConfig(BaseModel):
    """All settings of a world, except its seed.

    Example:
        >>> WorldConfig(scenario="pursuit", num_agents=4).height
        12
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str = Field(description="name in the registry, or path/file.py:Name")
    num_agents: Whole = Field(default=10, ge=1, le=10_000_000, description="agents")
    height: Whole = Field(default=12, ge=1, le=65_536, description="rows of the map [cells]")
    width: Whole = Field(default=12, ge=1, le=65_536, description="columns of the map [cells]")
    view_size: Whole = Field(default=5, ge=1, le=255, description="side of the square view, odd [cells]")
    max_rounds: Whole = Field(
        default=100, ge=1, le=2**31, description="rounds after which an episode is truncated"
    )
    message: Literal["none", "tokens", "vector", "text"] = Field(default="none", description="channel")
    vocabulary: Whole = Field(default=8, ge=1, le=4096, description="number of tokens")
    message_length: Whole = Field(default=1, ge=1, le=64, description="tokens in a message")
    message_dim: Whole = Field(
        default=4, ge=1, le=1024, description="numbers in a vector message, each in [-1, 1]"
    )
    message_range: Whole | None = Field(
        default=None,
        ge=0,
        le=65_536,
        description="rows and columns a message carries [cells]; default view_size // 2",
    )
    message_loss: Share = Field(
        default=0.0, ge=0.0, le=1.0, description="probability that a message to a hearer is lost"
    )
    message_delay: Interval = Field(
        default=(0, 0),
        description="least and greatest delay of a message, drawn evenly for each [rounds]",
    )
    message_noise: Share = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="probability that a message is garbled (alike for all hearers)",
    )
    message_topology: Topology = Field(
        default="range",
        description="who hears whom: those in range, or by number, at any distance: all, ring, star, chain, "
        "pairs (speaker, hearer), or a file with a pair a line; commander: a star whose centre sees the map",
    )
    message_cost: Share = Field(
        default=0.0, ge=0.0, le=1e6, description="taken from the speaker's reward for each message"
    )
    may_speak: tuple[Whole, ...] | None = Field(
        default=None, description="numbers of the agents that may speak; None: all"
    )
    heard: Literal["sum", "mean", "slots"] | None = Field(
        default=None,
        description="tokens and vectors: sum or mean over the speakers, or a slot for each of the nearest; "
        "default sum of tokens, mean of vectors",
    )
    heard_slots: Whole = Field(default=4, ge=1, le=64, description="slots, with heard='slots'")
    sender: bool = Field(
        default=False, description="whether hearers learn who spoke: texts, and heard='slots'"
    )
    sense_presence: bool = Field(
        default=False, description="whether agents sense how many others are within message_range"
    )
    phrases: Phrases | None = Field(
        default=None,
        description="tokens in words, from token 1 on: agents that talk in texts say and hear these",
    )
    observation_version: Literal[1, 2] = Field(
        default=2, description="1: silence is heard like a message, as in runs recorded before version 2"
    )
    push_order: Literal["fixed", "drawn"] = Field(
        default="fixed",
        description="order of pushes: UP, DOWN, LEFT, RIGHT; or both pairs drawn anew in each round, so "
        "that no side of the map has an advantage",
    )
    sides: Sides | None = Field(
        default=None, description="agents of each team, in scenarios with teams; default: equal blocks"
    )
    action: Literal["turns", "box"] = Field(
        default="turns",
        description="continuous space: agents choose one of a few turns, or numbers from -1 to 1",
    )
    field: Literal["moments", "histogram", "kernels"] = Field(
        default="histogram",
        description="continuous space: what agents perceive of those near: their means alone, or also tables "
        "of angles and distances, as shares in bins or by Gaussian kernels",
    )
    field_rings: Whole = Field(default=2, ge=1, le=16, description="distances in the tables of `field`")
    field_sectors: Whole = Field(default=8, ge=2, le=64, description="angles in the tables of `field`")
    reward: str | Callable[..., Any] = Field(
        default="score",
        description="score: gain in score; shaped: plus the gain in potential; or a function, also as "
        "path/file.py:Name",
    )
    layout: tuple[tuple[str, ...], ...] | str | Callable[..., Any] | None = Field(
        default=None,
        description="maps that episodes start from, or a function that draws them, also as path/file.py:Name;"
        " None: drawn by the scenario",
    )
    preset: str = Field(default="", description="settings of a published benchmark: swarmbench")
    options: Mapping[str, Any] = Field(
        default_factory=dict, description="settings of the scenario: numbers, or names of rules"
    )

    @field_validator("options")
    @classmethod
    def _plain(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        for name, value in values.items():
            if not isinstance(value, int | float | str):
                raise ValueError(f"{name}={value!r:.80} must be a number (or the name of a rule)")
        return values

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, given: Any) -> Any:
        name = given.get("preset") if isinstance(given, Mapping) else None
        return {**PRESETS[name].world, **given} if isinstance(name, str) and name in PRESETS else given

    @model_validator(mode="before")
    @classmethod
    def _vocabulary_of_phrases(cls, given: Any) -> Any:
        phrases = given.get("phrases") if isinstance(given, Mapping) else None
        if isinstance(phrases, list | tuple) and "vocabulary" not in given:
            return {**given, "vocabulary": len(phrases) + 1}
        return given

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, value: str) -> str:
        if value and value not in PRESETS:
            raise ValueError(f"must be one of {', '.join(PRESETS)}.{did_you_mean(value, PRESETS)}")
        return value

    @field_validator("view_size")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"must be odd, so that the agent is in the middle (try {value + 1})")
        return value

    @field_validator("reward", mode="before")
    @classmethod
    def _known_reward(cls, value: Any) -> Any:
        name = value if isinstance(value, str) else ""
        if not callable(value) and name not in ("score", "shaped") and not FILE.fullmatch(name):
            near = did_you_mean(name, ("score", "shaped"))
            raise ValueError(f"must be 'score', 'shaped', 'path/file.py:Name' or a function.{near}")
        return value

    @field_validator("layout")
    @classmethod
    def _map_or_file(cls, value: Any) -> Any:
        if isinstance(value, str) and not FILE.fullmatch(value):
            raise ValueError("must be maps, 'path/file.py:Name' or a function")
        return value

    @field_serializer("reward", "layout", when_used="json")
    def _by_name(self, value: Any) -> Any:
        return name_of(value) if callable(value) else value

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Leave out what few worlds have, if it is as in all others: such a file looks as it always did."""
        absent = ("layout", "sides", "push_order", *CONTINUOUS)
        usual = {name: type(self).model_fields[name].default for name in absent}
        return {
            name: value for name, value in handler(self).items() if name not in usual or value != usual[name]
        }

    @model_validator(mode="after")
    def _fits_messages(self) -> "WorldConfig":
        """Check the settings of messages against each other."""
        check_messages(self)
        return self

    @property
    def topology_name(self) -> str:
        """`message_topology`; "links" for pairs."""
        return self.message_topology if isinstance(self.message_topology, str) else "links"

    @property
    def heard_as(self) -> str:
        """`heard`, or its default: sums of tokens, means of vectors."""
        return self.heard or ("mean" if self.message == "vector" else "sum")

    @property
    def hearing(self) -> int:
        """Rows and columns a message carries [cells]; the whole map unless the topology is "range"."""
        if self.message_topology != "range":
            return max(self.height, self.width)
        return self.seeing

    @property
    def seeing(self) -> int:
        """`message_range`, or how far agents see [cells]."""
        return self.view_size // 2 if self.message_range is None else self.message_range

    @property
    def reaches_all_in_range(self) -> bool:
        """Whether a message is always heard by all in range, by no others, at once and as it was sent."""
        changed = self.message_loss or self.message_noise or self.message_delay[1] or self.sender
        return not changed and self.message_topology == "range"

    @classmethod
    def build(cls, scenario: str, settings: Mapping[str, Any], options: type[BaseModel]) -> "WorldConfig":
        """Split keyword arguments into settings of the world and of the scenario, and check both.

        Missing settings of the scenario, which its `Options` describe, get their defaults. Raises
        `ConfigError` if a name is unknown or a value is not allowed.
        """
        given, aliases = dict(settings), getattr(options, "aliases", {})
        if not isinstance(given.get("options", {}), Mapping):
            raise ConfigError(
                f"options={given['options']!r:.80}: must be settings of scenario {scenario!r} by name."
            )
        own = {
            **given.pop("options", {}),
            **{k: given.pop(k) for k in list(given) if k in options.model_fields or k in aliases},
        }
        own = {aliases.get(name, name): value for name, value in own.items()}
        known = [name for name in cls.model_fields if name not in ("scenario", "options")] + list(
            options.model_fields
        )
        for name in [*given, *own]:
            if name not in known:
                raise ConfigError(
                    f"Scenario {scenario!r} has no setting {name!r}.{did_you_mean(name, known)} "
                    f"Its own: {', '.join(options.model_fields) or 'none'}; of every world: "
                    f"{', '.join(one for one in known if one not in options.model_fields)}."
                )
        try:
            checked = options.model_validate(own)
            defaults = {
                name: options.model_fields[name].default for name in getattr(options, "unwritten", ())
            }
            filled = {k: v for k, v in checked.model_dump().items() if k not in defaults or v != defaults[k]}
            return cls(scenario=scenario, options=filled, **given)
        except ValidationError as error:
            raise ConfigError(explain(error)) from None


def explain(error: ValidationError) -> str:
    """Describe each error: the setting, the value given, what is allowed."""
    lines = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        message = message[0].lower() + message[1:]
        ended = message if message.endswith("?") else f"{message.rstrip('.')}."
        lines.append(f"{where}={item['input']!r}: {ended}" if item["loc"] else ended)
    return " ".join(lines)
