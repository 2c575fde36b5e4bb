"""Conformity: who gives up an announced plan for that of the neighbours' majority. The definition is ours.

- The *plan* that an agent announces in round t is the action that its message names: as a whole word, in any
  case. A message that names none, or two different ones, announces none.
- Its *neighbours* are those whose messages of round t it heard. Their *majority* is the plan of more than
  half of the messages with a plan that it heard; without such a plan there is no majority.
- The agent is *against* its neighbours if it announced a plan, heard a majority for another one, and is in
  play in round t + 1. It *conforms* if its action or its plan of round t + 1 is that of the majority.
- Conformity of round t + 1 is the share of those against their neighbours that conform.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swarm_env.measures.game import SILENT, Game

NO_PLAN = -1
_BLOCK = 2**20  # numbers in a temporary array


def conformity(game: Game) -> NDArray[np.float64]:
    """How often agents conform.

    Args:
        game: A game of R rounds.

    Returns:
        (R,) float64 from 0 to 1; NaN where nobody was against its neighbours, so always in round 0.
    """
    share = np.full(game.rounds, np.nan)
    plan = plans(game)
    if game.rounds < 2 or not (plan != NO_PLAN).any():
        return share
    inside, agents, kinds = game.inside, game.actions.shape[1], len(game.names)
    by_map = (game.height + 1) * (game.width + 1) <= agents * agents
    size = kinds * ((game.height + 1) * (game.width + 1) if by_map else agents)
    block = max(1, _BLOCK // max(size, 1))
    for first in range(0, game.rounds - 1, block):
        told = np.arange(first, min(first + block, game.rounds - 1))
        heard = _heard(game, plan, inside, told, by_map)  # (b, N, kinds)
        majority = heard.argmax(axis=2)
        clear = 2 * heard.max(axis=2) > heard.sum(axis=2)
        own = plan[told]
        against = (own != NO_PLAN) & inside[told + 1] & clear & (majority != own)
        conforms = against & ((game.actions[told + 1] == majority) | (plan[told + 1] == majority))
        number = against.sum(axis=1)
        share[told + 1] = conforms.sum(axis=1) / np.where(number > 0, number, np.nan)
    return share


def plans(game: Game) -> NDArray[np.int64]:
    """(R, N) the action that each agent announces in each round, NO_PLAN for none."""
    announced = announcements(game.messages, game.names)
    return np.append(announced, NO_PLAN)[np.where(game.said == SILENT, len(announced), game.said)]


def announcements(messages: Sequence[object], names: Sequence[str]) -> NDArray[np.int64]:
    """The actions that messages announce.

    Args:
        messages: M messages; only texts announce anything.
        names: Names of the actions.

    Returns:
        (M,) index of the one action that each names, or NO_PLAN.
    """
    numbers = {name.upper(): number for number, name in enumerate(names)}
    word = re.compile(rf"\b(?:{'|'.join(map(re.escape, numbers))})\b")
    found = [set(word.findall(m.upper())) if isinstance(m, str) else set() for m in messages]
    return np.array([numbers[min(named)] if len(named) == 1 else NO_PLAN for named in found], np.int64)


def _heard(
    game: Game, plan: NDArray[np.int64], inside: NDArray[np.bool_], told: NDArray[np.int64], by_map: bool
) -> NDArray[np.int64]:
    """(b, N, kinds) how many messages that announce each plan an agent heard of those said in b rounds.

    Args:
        game: The game.
        plan: (R, N) as `plans` gives it.
        inside: (R + 1, N) who is on the map.
        told: (b,) the rounds.
        by_map: Add up over the map rather than over pairs of agents.
    """
    kinds, agents = len(game.names), plan.shape[1]
    if game.heard is not None:
        announced = announcements(game.messages, game.names)
        turn, who, what = game.heard[(game.heard[:, 0] >= told[0]) & (game.heard[:, 0] <= told[-1])].T
        named = announced[what] != NO_PLAN
        key = ((turn - told[0]) * agents + who) * kinds + announced[what]
        return np.bincount(key[named], minlength=len(told) * agents * kinds).reshape(-1, agents, kinds)
    places, there = game.positions[told + 1].astype(np.int64), inside[told + 1]
    speaks = np.where(there, plan[told], NO_PLAN)  # who leaves in the round in which it speaks is not heard
    count = _around(game, places, speaks, there) if by_map else _pairwise(game, places, speaks, there)
    turn, who = np.nonzero(speaks != NO_PLAN)
    count[turn, who, speaks[turn, who]] -= 1  # nobody hears itself
    return count


def _around(
    game: Game, places: NDArray[np.int64], speaks: NDArray[np.int64], there: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """As `_heard`, oneself included, from sums over the map: the sum over a box is that of four corners."""
    kinds, rows, cols, reach = len(game.names), game.height + 1, game.width + 1, game.hearing
    turn, who = np.nonzero(speaks != NO_PLAN)
    row, col = places[turn, who].T + 1
    key = ((turn * kinds + speaks[turn, who]) * rows + row) * cols + col
    sums = np.bincount(key, minlength=len(places) * kinds * rows * cols).reshape(-1, kinds, rows, cols)
    sums = sums.cumsum(axis=2).cumsum(axis=3)
    turn, who = np.nonzero(there)
    top, left = np.maximum(places[turn, who] - reach, 0).T
    low, right = np.minimum(places[turn, who] + reach + 1, [game.height, game.width]).T
    count = np.zeros((*speaks.shape, kinds), np.int64)
    count[turn, who] = (
        sums[turn, :, low, right]
        - sums[turn, :, top, right]
        - sums[turn, :, low, left]
        + sums[turn, :, top, left]
    )
    return count


def _pairwise(
    game: Game, places: NDArray[np.int64], speaks: NDArray[np.int64], there: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """As `_heard`, oneself included, from all pairs: for few agents on a large map."""
    kinds, agents = len(game.names), speaks.shape[1]
    said = (speaks[:, :, None] == np.arange(kinds)).astype(np.float32)  # (b, N, kinds)
    count = np.zeros(said.shape, np.int64)
    part = max(1, _BLOCK // max(1, len(places) * agents))
    rows, cols = places.astype(np.int32).transpose(2, 0, 1)
    for first in range(0, agents, part):
        mine = slice(first, first + part)
        near = there[:, mine, None]  # becomes (b, part, N)
        for line in (rows, cols):
            near = near & (np.abs(line[:, mine, None] - line[:, None]) <= game.hearing)
        count[:, mine] = np.rint(near.astype(np.float32) @ said).astype(np.int64)
    return count
