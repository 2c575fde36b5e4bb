"""Games to measure: drawn ones, and ones written down by hand."""

import numpy as np
from hypothesis import strategies as st

from swarm_env.measures.game import GONE, SILENT, Game

NAMES = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH")
TEXTS = (
    "push UP", "going up!", "UP or DOWN?", "I will stay", "LEFT", "go left, LEFT", "at (3,12)", "？",
    "right 2", "Right behind you, 10 cells?", "upward", "DOWN DOWN DOWN", "switch now", "x" * 123,
    "²", "٣ ok",
)  # fmt: skip


def made(positions, actions, said=None, height=6, width=6, channel="text", hearing=2, heard=None, sight=2):
    """A game from lists: places per moment and agent, names of actions, messages (None: silence)."""
    places = np.array(positions, np.int32)
    rounds, n = len(actions), places.shape[1]
    names = [[GONE if one is None else NAMES.index(one) for one in turn] for turn in actions]
    spoken = said or [[None] * n for _ in range(rounds)]
    messages = tuple(dict.fromkeys(m for turn in spoken for m in turn if m is not None))
    numbers = [[SILENT if m is None else messages.index(m) for m in turn] for turn in spoken]
    return Game(
        height=height,
        width=width,
        names=NAMES,
        channel=channel,
        hearing=hearing,
        sight=sight,
        positions=places.reshape(rounds + 1, n, 2),
        actions=np.array(names, np.int64).reshape(rounds, n),
        said=np.array(numbers, np.int64).reshape(rounds, n),
        messages=messages,
        scores=np.zeros(rounds + 1),
        heard=heard,
    )


@st.composite
def games(draw, channel="text", loses=False):
    """Games of few agents in small crowded worlds; places follow no physics, but who left never returns."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    n = draw(st.integers(1, min(6, height * width)))
    rounds = draw(st.integers(1, 5))
    seed = draw(st.integers(0, 2**32 - 1))
    return random_game(np.random.default_rng(seed), rounds, n, height, width, channel, loses)


def random_game(rng, rounds, n, height, width, channel="text", loses=False):
    """A game of which everything is drawn; now and then agents make an ordinary step instead of a jump."""
    places = [_cells(rng, n, height, width)]
    actions, said, heard = [], [], []
    gone = np.zeros(n, bool)
    for r in range(rounds):
        move = rng.integers(0, 6, n)
        if rng.random() < 0.4:
            move[:] = rng.integers(0, 6)
        actions.append(np.where(gone, GONE, move))
        quiet = gone | (rng.random(n) < 0.3)
        said.append(np.where(quiet, SILENT, rng.integers(0, len(_messages(channel)), n)))
        after = _cells(rng, n, height, width)
        if rng.random() < 0.7:
            step = np.array([[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]])[move]
            after = _apart(places[-1], step * ~gone[:, None])
        after[gone] = places[-1][gone]
        gone |= np.any((after < 0) | (after >= [height, width]), axis=1)
        if gone.all():
            after, gone = places[-1].copy(), actions[-1] == GONE
        places.append(after)
        spoken = [what for what in said[-1] if what != SILENT]
        heard += [(r, a, what) for a in np.flatnonzero(~gone) for what in spoken if rng.random() < 0.5]
    return Game(
        height=height,
        width=width,
        names=NAMES,
        channel=channel,
        hearing=int(rng.integers(0, 4)),
        sight=int(rng.integers(0, 4)),
        positions=np.array(places, np.int32),
        actions=np.array(actions, np.int64),
        said=np.array(said, np.int64),
        messages=_messages(channel),
        scores=np.zeros(rounds + 1),
        heard=np.array(heard, np.int64).reshape(-1, 3) if loses else None,
    )


def _cells(rng, n, height, width):
    """(n, 2) different cells."""
    return np.stack(np.divmod(rng.permutation(height * width)[:n], width), axis=1)


def _apart(before, step):
    """Places after steps; those who would meet stay where they are."""
    step = step.copy()
    for _ in before:
        cells, number = np.unique(before + step, axis=0, return_counts=True)
        meeting = cells[number > 1]
        step[(before + step == meeting[:, None]).all(axis=2).any(axis=0)] = 0
    return before + step


def _messages(channel):
    if channel == "tokens":
        return ((1, 0, 2), (1, 1, 1), (0, 0, 3), (2, 0, 2))
    if channel == "vector":
        return ((0.5, -0.25), (1.0, 0.0), (-1.0, 0.125), (0.5, 0.5))
    return TEXTS
