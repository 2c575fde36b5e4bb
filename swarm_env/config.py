"""Checked settings of a world."""

import operator
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from swarm_env.errors import ConfigError, did_you_mean


def integer(value: Any) -> int | None:
    """Int if integral (of any library) and not bool, else None."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def _whole(value: Any) -> Any:
    number = integer(value)
    if number is None:
        raise ValueError("must be a whole number")
    return number


def _share(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Share = Annotated[float, BeforeValidator(_share)]


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
    reward: Literal["score", "shaped"] = Field(
        default="score", description="gain in score; shaped: plus the gain in potential"
    )
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

    @field_validator("view_size")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"must be odd, so that the agent is in the middle (try {value + 1})")
        return value

    @property
    def hearing(self) -> int:
        """Rows and columns a message carries [cells]."""
        return self.view_size // 2 if self.message_range is None else self.message_range

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
                    f"Scenario {scenario!r} has no setting {name!r}.{did_you_mean(name, known)}"
                )
        try:
            filled = options.model_validate(own).model_dump()
            return cls(scenario=scenario, options=filled, **given)
        except ValidationError as error:
            raise ConfigError(explain(error)) from None


def explain(error: ValidationError) -> str:
    """Describe each error: the setting, the value given, what is allowed."""
    lines = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"]) or "settings"
        message = item["msg"].removeprefix("Value error, ")
        message = message[0].lower() + message[1:]
        lines.append(f"{where}={item['input']!r}: {message.rstrip('.')}.")
    return " ".join(lines)
