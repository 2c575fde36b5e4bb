"""What texts that give the same answer have together."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def class_strengths(log_strength: ArrayLike, answer_of: ArrayLike) -> NDArray[np.float64]:
    """(n,) log of the sum of the strengths of all items that give the same answer as the item.

    Under Bradley-Terry's choice axiom (R. Luce, "Individual Choice Behavior", 1959) that is the strength of
    the
    answer: the chance that one of its texts is preferred to all texts of others. To choose by it is our
        choice.
    """
    strength = np.asarray(log_strength, np.float64)
    _, where = np.unique(np.asarray(answer_of), return_inverse=True)
    top = strength.max(initial=-np.inf)
    return np.asarray(top + np.log(np.bincount(where, np.exp(strength - top))[where]), np.float64)
