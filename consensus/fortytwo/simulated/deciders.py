"""How the simulated protocol chooses an answer from the votes on a question."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.answer_classes import class_strengths
from swarm_env.consensus.ballots import Ballots

from swarm_env.errors import ConfigError
from swarm_env.rules import make_rule

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
# first, second, vote, weight, items, classes, strength, reputation, seed -> (items,) scores
Decider = Callable[[Ints, Ints, Floats, Floats, NDArray[np.intp], Ints, Floats, Floats, int], Floats]
OWN, CLASSES = "fortytwo", "fortytwo?classes=true"


def decider(name: str) -> Decider:
    """The function that scores answers by a rule of `Protocol.rule`.

    Raises `ConfigError` for an unknown one.
    """
    if name == OWN:
        return lambda first, second, vote, weight, items, classes, strength, *_: strength[items]
    if name == CLASSES:
        return lambda first, second, vote, weight, items, classes, strength, *_: class_strengths(
            strength[items], classes[items]
        )
    rule: Any = make_rule(name)
    if not hasattr(rule, "scores"):
        raise ConfigError(f"The rule {name!r} gives no scores to answers (see swarm list rules).")

    def by_rule(
        first: Ints, second: Ints, vote: Floats, weight: Floats, items: NDArray[np.intp], classes: Ints,
        strength: Floats, reputation: Floats, seed: int,
    ) -> Floats:  # fmt: skip
        place = np.zeros(len(vote), np.int32)
        place[items] = np.arange(len(items))
        kept = weight > 0.0
        one, two = (place[np.broadcast_to(side, vote.shape)[kept]] for side in (first, second))
        said, rater = vote[kept], np.nonzero(kept)[0]
        ballots = Ballots(
            len(items), np.where(said >= 0.5, one, two), np.where(said >= 0.5, two, one), weight[kept],
            said == 0.5, one, rater.astype(np.int32), classes[items], items.astype(np.int32),
            reputation[items],
        )  # fmt: skip
        return np.asarray(rule.scores(ballots, seed), np.float64)

    return by_rule
