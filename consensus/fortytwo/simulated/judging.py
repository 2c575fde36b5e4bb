"""How honest nodes judge, in one question."""

import numpy as np
from swarm_env.consensus.fortytwo.settings import Swarm
from swarm_env.consensus.fortytwo.simulated.log_odds import sigmoid
from swarm_env.consensus.fortytwo.simulated.nodes import RIGHT, Bools, Floats, Ints, Nodes, Questions


def honest_votes(
    swarm: Swarm, nodes: Nodes, questions: Questions, bias: Floats, lazy: Bools, t: int, first: Ints,
    second: Ints, classes: Ints, draws: Floats,
) -> Floats:  # fmt: skip
    """(n, P): 1 where an honest judge names the first of two answers, 0 the second, 0.5 neither.

    `bias` (n, 1) is how far each node leans to the first place, `lazy` (n,) who does not read; `t` is the
    question; `first` and `second` are authors, (n, P) or (1, P), `classes` (n,) their answers, `draws` (3, n,
    P) uniform.
    """
    sharp = nodes.sharpness * np.exp(-swarm.hard_to_judge * questions.difficulty[t])
    sharp = np.where(questions.distracted[t], 0.0, sharp)
    right = (classes == RIGHT).astype(np.float64)
    known = classes <= swarm.wrong_answers
    looks = questions.style[t] + np.where(known, questions.appeal[t][np.where(known, classes, 0)], 0.0)
    lean = sharp[:, None] * (right[first] - right[second]) + looks[first] - looks[second] + bias
    for strength, kind in ((swarm.taste, np.arange(swarm.nodes) % swarm.families), (swarm.own_view, classes)):
        if strength:
            mine = kind[:, None]
            agrees = (kind[first] == mine).astype(np.float64) - (kind[second] == mine)
            lean = lean + strength * agrees
    vote = (draws[0] < sigmoid(lean)).astype(np.float64)
    equal = (classes[first] == classes[second]) & (draws[1] < swarm.same)
    vote = np.where(equal, 0.5, vote)
    return np.where(lazy[:, None], nodes.letter[:, None].astype(np.float64), vote)
