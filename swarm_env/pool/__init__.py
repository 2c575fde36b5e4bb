"""A pool of policies: a folder of what a learner has been, and others, from which its opponents are drawn.

    pool = Pool("pool")
    pool.add("scripted")                       # any team of `--agents`
    pool.add("random")                         # or a policy file in the folder, such as "0100.npz"
    opponent = pool.sample("wins", seed=7)
    pool.record(opponent.name, won=1.0)        # how the learner did against it

`examples/ppo.py --opponents pool:FOLDER` trains against a pool and adds to it; a bench file plays all of it
(`[match]` with `pool = "pool:FOLDER"`).
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from swarm_env.errors import ConfigError, did_you_mean, os_errors
from swarm_env.runtime.disk_files import open_regular, write_text
from swarm_env.runtime.given import given_path

__all__ = ["SAMPLING", "Member", "Pool", "pool_of"]

FILE, PREFIX, MAX_FILE = "pool.json", "pool:", 2**24
SAMPLING = ("uniform", "latest", "wins")


class Member(BaseModel):
    """A member of a pool.

    Attributes:
        name: Its file in the folder, as "0100.npz", or the text of a team, as "scripted".
        games: Games of learners against it.
        won: Sum of what learners won of them: 1 a win, 1/2 a draw.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=1000)]
    games: Annotated[int, Field(ge=0)] = 0
    won: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @property
    def win_share(self) -> float:
        """Share of the games that learners won, with one game won and one lost added (our choice)."""
        return (self.won + 1.0) / (self.games + 2.0)


class Pool:
    """The members in the folder `folder`, in the order in which they were added.

    Policy files that are in the folder but not in its `pool.json` come last, by name. Every change is written
    at once.

    Attributes:
        folder: The folder; it is made if it does not exist.
        members: The members.
    """

    def __init__(self, folder: Path | str) -> None:
        """Read the folder. Raises `ConfigError` if it cannot be read, or its `pool.json` is damaged."""
        self.folder = given_path(folder, "pool")
        self.members: tuple[Member, ...] = ()
        file = self.folder / FILE
        with os_errors(ConfigError, self.folder, "read"):
            self.folder.mkdir(parents=True, exist_ok=True)
            files = sorted(path.name for path in self.folder.glob("*.npz"))
            text = _read(file) if file.exists() else "[]"
        try:
            self.members = tuple(Member.model_validate(one) for one in json.loads(text))
        except (ValueError, TypeError, RecursionError, ValidationError) as error:
            raise ConfigError(
                f"{file}: must be a list of members with name, games and won ({error})."
            ) from None
        known = {member.name for member in self.members}
        self.members += tuple(Member(name=name) for name in files if name not in known)

    def __len__(self) -> int:
        return len(self.members)

    def agent(self, member: Member) -> str:
        """The member as `--agents` takes it."""
        if not member.name.endswith(".npz"):
            return member.name
        return f"ppo?weights={quote(str(self.folder / member.name), safe='/:@~')}"

    def add(self, name: str) -> Member:
        """Add a policy file of the folder, or the text of a team; one that is there stays as it is.

        Raises `ConfigError` if there is no such file.
        """
        found = next((one for one in self.members if one.name == name), None)
        if found is None:
            if name.endswith(".npz") and not (self.folder / name).is_file():
                raise ConfigError(f"{self.folder}: there is no file {name!r:.80} to add to the pool.")
            found = Member(name=name)
            self.members += (found,)
        self._write()
        return found

    def sample(self, sampling: str, seed: int, number: int = 0) -> Member:
        """Draw an opponent.

        Args:
            sampling: "uniform": each member alike; "latest": the one added last; "wins": the more often, the
                less a learner wins against it, with weight (1 - win share)^2: prioritised fictitious
                self-play, f_hard (O. Vinyals et al., "Grandmaster level in StarCraft II using multi-agent
                reinforcement learning", Nature 575, 2019).
            seed: Of the draw, at least 0.
            number: Of the draw, at least 0: other numbers draw anew.

        Raises:
            ConfigError: The pool is empty, or there is no such sampling.
        """
        if not self.members:
            raise ConfigError(f"{self.folder}: the pool is empty. Add a member, as in add('scripted').")
        if sampling not in SAMPLING:
            raise ConfigError(
                f"sampling={sampling!r:.40}: must be one of {', '.join(SAMPLING)}."
                f"{did_you_mean(str(sampling), SAMPLING)}"
            )
        weights = _WEIGHTS[sampling](self.members)
        draw = np.random.default_rng([seed, number]).random() * weights.sum()
        return self.members[min(int(np.searchsorted(np.cumsum(weights), draw, "right")), len(self) - 1)]

    def record(self, name: str, won: float) -> None:
        """Note a game of a learner against a member; `won` is 1, 1/2 or 0. `add` or `save` writes it.

        Raises `ConfigError` if there is no such member, or the result is another number.
        """
        if name not in (names := [member.name for member in self.members]) or won not in (0.0, 0.5, 1.0):
            raise ConfigError(
                f"{name!r:.80}, won={won!r:.20}: name a member and 0, 0.5 or 1. Members: {names}."
            )
        self.members = tuple(
            one.model_copy(update={"games": one.games + 1, "won": one.won + won}) if one.name == name else one
            for one in self.members
        )

    def save(self) -> None:
        """Write `pool.json`."""
        self._write()

    def _write(self) -> None:
        members = [member.model_dump() for member in self.members]
        with os_errors(ConfigError, self.folder, "written"):
            write_text(self.folder / FILE, json.dumps(members, indent=1) + "\n")


def pool_of(text: str, anchors: Sequence[str] = ()) -> Pool:
    """The pool of "pool:FOLDER"; an empty one begins with the teams `anchors`.

    Raises `ConfigError` if the text has another form.
    """
    if not text.startswith(PREFIX) or text == PREFIX:
        raise ConfigError(f"{text!r:.80}: must be pool:FOLDER, a folder of policies.")
    pool = Pool(text.removeprefix(PREFIX))
    for name in anchors if not pool.members else ():
        pool.add(name.strip())
    return pool


def _read(file: Path) -> str:
    with open_regular(file) as opened:
        return opened.read(MAX_FILE).decode(errors="replace")


def _last(members: tuple[Member, ...]) -> NDArray[np.float64]:
    weights = np.zeros(len(members))
    weights[-1] = 1.0
    return weights


_WEIGHTS: dict[str, Callable[[tuple[Member, ...]], NDArray[np.float64]]] = {
    "uniform": lambda members: np.ones(len(members)),
    "latest": _last,
    "wins": lambda members: np.array([(1.0 - member.win_share) ** 2 for member in members]),
}
