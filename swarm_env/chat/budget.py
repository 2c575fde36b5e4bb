"""What a run may spend on language models."""

from dataclasses import dataclass

from swarm_env.errors import ConfigError

ON_REACHED = ("stop", "stay")


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of what is sent to endpoints and paid for; answers copied or from a cache are free.

    The calls that are under way when a limit is reached are finished, so tokens and dollars may end a little
    above it.

    Attributes:
        calls: Most calls, failed ones included; None: no limit, so with the next two.
        tokens: Most tokens, questions and answers together.
        dollars: Most that the answers may cost [US dollars]; only for models whose price is known.
        on_reached: "stop" raises `BudgetReached`, and the run can be resumed with a larger budget; "stay"
            lets every further question fail with reason "budget".

    Raises:
        ConfigError: A limit is negative, or `on_reached` is none of the two.
    """

    calls: int | None = None
    tokens: int | None = None
    dollars: float | None = None
    on_reached: str = "stop"

    def __post_init__(self) -> None:
        for name in ("calls", "tokens", "dollars"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ConfigError(f"The budget of {name} must not be negative, but is {value!r}.")
        if self.on_reached not in ON_REACHED:
            raise ConfigError(f"on_reached {self.on_reached!r} is not one of: {', '.join(ON_REACHED)}.")
