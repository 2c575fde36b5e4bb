"""The file beside a run that says what each of its messages was worth, for viewers.

`swarm measure --influence RUN` writes it. It is deleted when the run is replaced or continued.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from swarm_env.errors import RunError, os_errors
from swarm_env.runs.files import INFLUENCE_FILE, MAX_JSON
from swarm_env.runs.swarmbench_files import read_limited
from swarm_env.runtime.disk_files import write_text


class MessageWorth(BaseModel):
    """What one message was worth: gains in score by branches, see `MessageInfluence`; None: not measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    round: int
    speaker: str
    silenced: float | None
    worst_swap: float | None = None
    muted: float | None = None

    @property
    def gains(self) -> tuple[float, float, float]:
        """Gain if it is silenced, swapped for the worst other one, if its speaker is muted; NaN: unknown."""
        found = (self.silenced, self.worst_swap, self.muted)
        return tuple(float("nan") if one is None else one for one in found)  # type: ignore[return-value]


def worth_of(round: int, speaker: str, *gains: float) -> MessageWorth:
    """What a message was worth, from the first ones of its gains; NaN is unknown."""
    known = [None if gain != gain else gain for gain in (*gains, *[float("nan")] * (3 - len(gains)))]
    return MessageWorth(round=round, speaker=speaker, silenced=known[0], worst_swap=known[1], muted=known[2])


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    messages: tuple[MessageWorth, ...]


def write_influence(run: Path, messages: Sequence[MessageWorth]) -> None:
    """Write the file. Raises `RunError` if it cannot be written."""
    with os_errors(RunError, run / INFLUENCE_FILE, "written"):
        write_text(run / INFLUENCE_FILE, _File(messages=tuple(messages)).model_dump_json(indent=1) + "\n")


def read_influence(run: Path) -> Mapping[int, Mapping[str, tuple[float, float, float]]]:
    """`gains` of each message, by its round and speaker; empty if there is no file, or it is damaged."""
    found: dict[int, dict[str, tuple[float, float, float]]] = {}
    file = run / INFLUENCE_FILE
    if not file.is_file():
        return found
    try:
        stored = _File.model_validate_json(read_limited(file, MAX_JSON))
    except (RunError, ValidationError):
        return found
    for one in stored.messages:
        found.setdefault(one.round, {})[one.speaker] = one.gains
    return found


def worth(gains: Sequence[float]) -> tuple[str, str]:
    """What a message was worth, from `Frame.influence`: the least of its gains, and all of them in words."""
    names = ("silenced", "worst swap", "speaker muted")
    known = [(name, gain) for name, gain in zip(names, gains, strict=True) if gain == gain]
    least = min((gain for _, gain in known), default=0.0)
    return f"{least:+.2f}", ", ".join(f"{name} {gain:+.2f}" for name, gain in known)
