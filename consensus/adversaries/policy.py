"""What an attacker knows, and what it can do: the interface of the policies in this folder.

A policy is a class with the members of `Adversary`, assigned to `ADVERSARY` in a file of this folder; the
file's name is the policy's. Its knobs are the fields of the class, numbers from 0 to 1 except where it says
otherwise, so that a search can turn them. One object acts for all attackers: they share what they know.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number

from swarm_env.errors import ConfigError, did_you_mean

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
BRIBE = 0.05  # what a bribe costs, for one node and one question, in stakes


class Scene(NamedTuple):
    """What an attacker knows at the start."""

    member: Bools  # (n,) which nodes are its own
    settings: Mapping[str, Any]  # of the protocol: all its fields, among them the rule
    rng: np.random.Generator


class View(NamedTuple):
    """What an attacker sees before a question.

    After its own members and all others have thought of an answer.
    """

    question: int
    active: Bools  # (n,) which nodes take part
    reputation: Floats  # (n,) public
    answer: Ints  # (n,) answers of all nodes: it reads along; 0 is right, 1 the popular mistake
    budget: float  # what is left, in stakes


class Outcome(NamedTuple):
    """What everybody sees after a question."""

    question: int
    right: bool  # whether the answer that was chosen is right
    excluded: Ints  # nodes that were excluded after this question


@dataclass(slots=True)
class Plan:
    """What the attackers do in one question. Arrays are over all n nodes; what is not set is honest.

    Attributes:
        wrong: (n,) members that give the popular mistake as their answer.
        other: (n,) members that give another mistake, of a class that the ring does not want chosen.
        favour: (n,) by author: a member votes for the author of the two with more favour.
        effort: (n,) probability with which a member does so in a vote; else it votes as it honestly would.
        copies: (n,) the node whose votes a member repeats; -1: none. Only where all judge the same pairs.
        bribed: (n,) honest nodes that vote as members in this question, for a bribe each.
        leaves: (n,) members that leave, to come back as new nodes.
    """

    wrong: Bools
    other: Bools
    favour: Floats
    effort: Floats
    copies: Ints
    bribed: Bools
    leaves: Bools

    @classmethod
    def honest(cls, nodes: int) -> "Plan":
        """Do as honest nodes do."""
        none = np.zeros(nodes, np.bool_)
        return cls(none, none, np.zeros(nodes), np.zeros(nodes), np.full(nodes, -1, np.int32), none, none)

    @classmethod
    def ring(cls, acting: Bools, effort: float = 1.0) -> "Plan":
        """The nodes of `acting` (n,) give the popular mistake and vote for each other."""
        plan = cls.honest(len(acting))
        plan.wrong, plan.favour = acting.copy(), acting.astype(np.float64)
        plan.effort = effort * acting
        return plan


class Adversary(Protocol):
    """A policy."""

    def begin(self, scene: Scene) -> None:
        """A run begins: forget all earlier ones."""
        ...

    def plan(self, view: View) -> Plan:
        """What to do in a question."""
        ...

    def learn(self, outcome: Outcome) -> None:
        """What came of it."""
        ...


@dataclass
class Base:
    """What most policies share: they remember the scene, and which members were excluded."""

    scene: Scene | None = field(default=None, init=False, repr=False, compare=False)

    def begin(self, scene: Scene) -> None:
        """Remember the scene."""
        self.scene = scene

    def learn(self, outcome: Outcome) -> None:
        """Learn nothing."""

    @property
    def member(self) -> Bools:
        """(n,) the attackers."""
        assert self.scene is not None, "begin comes first"
        return self.scene.member


def names() -> list[str]:
    """The names of all policies."""
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in found if name != "policy")


def load(text: str) -> Adversary:
    """A policy by its name, with knobs as in "strike?period=4&effort=0.8".

    Whole numbers are from 0 on, others from 0 to 1. Raises `ConfigError` for an unknown name or knob, or any
    other value.
    """
    name, _, options = str(text).partition("?")
    if name not in names():
        raise ConfigError(
            f"There is no adversary {name!r}.{did_you_mean(name, names())} Known are {', '.join(names())}."
        )
    kind: Any = importlib.import_module(f"swarm_env.consensus.adversaries.{name}").ADVERSARY
    knobs = {one.name: one.type for one in fields(kind) if one.init}
    values: dict[str, Any] = {}
    for option in filter(None, options.split("&")):
        knob, _, value = option.partition("=")
        if knob not in knobs:
            raise ConfigError(
                f"{name} has no knob {knob!r}.{did_you_mean(knob, knobs)} It has {', '.join(knobs)}."
            )
        default = getattr(kind, knob)
        try:
            values[knob] = value if isinstance(default, str) else type(default)(value)
        except ValueError:
            raise ConfigError(f"{knob} of {name} must be a number, not {value!r}.") from None
        if not isinstance(default, str):
            most = 1.0 if isinstance(default, float) else 10**6
            checked_number(f"{knob} of {name}", values[knob], type(default)(0), most)
    made: Adversary = kind(**values)
    return made
