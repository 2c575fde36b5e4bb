"""What texts that give the same answer have together."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import real, whole


def class_strengths(log_strength: ArrayLike, answer_of: ArrayLike) -> NDArray[np.float64]:
    """(n,) log of the sum of the strengths of all items that give the same answer as the item.

    Under Bradley-Terry's choice axiom (R. Luce, "Individual Choice Behavior", 1959) that is the strength of
    the answer: the chance that one of its texts is preferred to all texts of others. To choose by it is our
    choice.

    Args:
        log_strength: (n,) finite numbers.
        answer_of: (n,) integers from 0, the class of each item's answer.

    Raises:
        ConfigError: An argument is not allowed.
    """
    strength = real("log_strength", log_strength, None)
    _, where = np.unique(whole("answer_of", answer_of, len(strength), 0), return_inverse=True)
    top = strength.max(initial=-np.inf)
    return np.asarray(top + np.log(np.bincount(where, np.exp(strength - top))[where]), np.float64)
