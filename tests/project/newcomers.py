"""One more of everything, registered as its own file would be: a plugin of pytest, and for tests."""

from collections.abc import Sequence
from typing import Any, ClassVar

from swarm_env.consensus.rules.borda import Borda

from swarm_env import registry
from swarm_env.agent import Decision
from tests.contract.worlds import GARDEN


def things() -> dict[tuple[str, str], Any]:
    """What is registered, by kind and name. The scenario has no expert yet."""

    class Orchard(registry.load("scenario", GARDEN)):  # type: ignore[misc]
        """A garden of another name."""

        name = "orchard"
        scripted: ClassVar[str | None] = None

    Orchard.__module__ = registry.load("scenario", GARDEN).__module__
    return {
        ("scenario", "orchard"): Orchard,
        ("agent", "idle"): Idle,
        ("rule", "coin"): Coin,
        ("renderer", "silent"): Silent,
        ("command", "greet"): greet,
    }


class Idle:
    """Stays where it is, and is silent."""

    def reset(self, brief: Any, bodies: Sequence[str], seed: int) -> None: ...

    def decide(self, perceptions: Sequence[Any]) -> list[Decision]:
        return [Decision(0) for _ in perceptions]


class Coin(Borda):
    """Borda's count by another name."""

    def __init__(self) -> None:
        super().__init__("coin")


class Silent:
    """Takes frames and draws none."""

    def open(self) -> None: ...

    def show(self, frame: Any) -> None: ...

    def close(self) -> None: ...


def greet() -> None:
    """Say hello."""


def pytest_configure() -> None:
    """Everything is there before the first test is collected."""
    for (kind, name), thing in things().items():
        registry.register(kind, name, thing)
