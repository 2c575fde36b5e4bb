"""Rules and renderers of a user: some right, some wrong in one way each."""

from typing import Any

import numpy as np

from swarm_env.cli.templates.new_renderer import MyEntry as _Plain
from swarm_env.cli.templates.new_rule import MyEntry as _First
from swarm_env.engine import kernel
from swarm_env.engine.rule_calls import VOTE, Reals, Wholes

Plain, First = _Plain, _First


@kernel(VOTE, wrapped=True)
def lenient(choice: Wholes, question: int, standing: Reals) -> int:
    """Answer everything."""
    return 0


@kernel(VOTE, wrapped=True)
def text(choice: Wholes, question: int, standing: Reals) -> Any:
    """Return no number."""
    return "text"


@kernel(VOTE, wrapped=True)
def outside(choice: Wholes, question: int, standing: Reals) -> int:
    """Use an index that is not there."""
    return int(choice[len(choice) + 3])


class Lenient:
    """A vote."""

    name, vote_kernel = "lenient", staticmethod(lenient)


class Texts:
    """Its kernel returns a text."""

    name, vote_kernel = "texts", staticmethod(text)


class Outside:
    """Its kernel uses a wrong index."""

    name, vote_kernel = "outside", staticmethod(outside)


class Needs:
    """Cannot be made without an argument."""

    def __init__(self, threshold: int) -> None: ...


class Words:
    """Its scores are no numbers."""

    name, result = "words", "abc"

    def scores(self, ballots: Any, seed: int) -> Any:
        """What is no array of scores."""
        return self.result


class Short(Words):
    """Too few scores."""

    result = [1.0]  # type: ignore[assignment]


class Missing(Words):
    """Scores that are no numbers."""

    result = np.array([1.0, np.nan, 2.0])  # type: ignore[assignment]


class Silent:
    """A renderer without `close`."""

    def open(self) -> None: ...
    def show(self, frame: Any) -> None: ...


RULE, RENDERER, NUMBER = First, Plain, 3
