"""Conformity: agents that give up an announced plan for the plan of their neighbours' majority. Our choice.

- The *plan* of an agent in round t is the action that its message names, as a whole word in upper or lower
  case. A message that names no action, or two different ones, announces no plan.
- Its *neighbours* are the agents whose messages of round t it heard. Their *majority* is the plan of more
  than half of these messages with a plan; otherwise there is no majority.
- The agent is *against* its neighbours if it announced a plan, heard a majority for another one, and is in
  play in round t + 1. It *conforms* if its action or its plan of round t + 1 is that of the majority.
- Conformity of round t + 1 is the fraction of the agents against their neighbours that conform.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swarm_env.measures.declare import GameStatistics, Series, group_measure
from swarm_env.measures.game import SILENT, Game

NO_PLAN = -1
_BLOCK = 2**20  # numbers in a temporary array


@group_measure(
    "share of agents that adopt the plan of their neighbours' majority, of those that announced another one",
    high=1.0,
    undefined="no announced plan was against a majority, or the channel carries no text",
)
def conformity(stats: GameStatistics) -> Series:
    """Fraction of agents that conform; NaN if no agent is against its neighbours, so always in round 0."""
    game = stats.game
    share = np.full(game.rounds, np.nan)
    plan = plans(game)
    if game.rounds < 2 or not (plan != NO_PLAN).any():
        return share
    inside, agents, kinds = game.inside, game.actions.shape[1], len(game.names)
    by_map = (game.height + 1) * (game.width + 1) <= agents * agents
    size = kinds * ((game.height + 1) * (game.width + 1) if by_map else agents)
    block = max(1, _BLOCK // max(size, 1))
    for first in range(0, game.rounds - 1, block):
        turns = np.arange(first, min(first + block, game.rounds - 1))
        heard = _heard(game, plan, inside, turns, by_map)  # (b, N, kinds)
        majority = heard.argmax(axis=2)
        clear = 2 * heard.max(axis=2) > heard.sum(axis=2)
        own = plan[turns]
        against = (own != NO_PLAN) & inside[turns + 1] & clear & (majority != own)
        conforms = against & ((game.actions[turns + 1] == majority) | (plan[turns + 1] == majority))
        number = against.sum(axis=1)
        share[turns + 1] = conforms.sum(axis=1) / np.where(number > 0, number, np.nan)
    return share


def plans(game: Game) -> NDArray[np.int64]:
    """(R, N) the plan of each agent in each round, or NO_PLAN."""
    announced = announcements(game.messages, game.names)
    return np.append(announced, NO_PLAN)[np.where(game.said == SILENT, len(announced), game.said)]


def announcements(messages: Sequence[object], names: Sequence[str]) -> NDArray[np.int64]:
    """(M,) index of the one action that each of M messages names, or NO_PLAN; only texts announce one."""
    numbers = {name.upper(): number for number, name in enumerate(names)}
    word = re.compile(rf"\b(?:{'|'.join(map(re.escape, numbers))})\b")
    found = [set(word.findall(m.upper())) if isinstance(m, str) else set() for m in messages]
    return np.array([numbers[min(named)] if len(named) == 1 else NO_PLAN for named in found], np.int64)


def _heard(
    game: Game, plan: NDArray[np.int64], inside: NDArray[np.bool_], turns: NDArray[np.int64], by_map: bool
) -> NDArray[np.int64]:
    """(b, N, kinds) number of messages with each plan that each agent heard in b rounds.

    `plan` is the (R, N) result of `plans`; `by_map` sums over the map instead of over pairs of agents.
    """
    kinds, agents = len(game.names), plan.shape[1]
    if game.heard is not None:
        announced = announcements(game.messages, game.names)
        turn, who, what = game.heard[(game.heard[:, 0] >= turns[0]) & (game.heard[:, 0] <= turns[-1])].T
        named = announced[what] != NO_PLAN
        key = ((turn - turns[0]) * agents + who) * kinds + announced[what]
        return np.bincount(key[named], minlength=len(turns) * agents * kinds).reshape(-1, agents, kinds)
    places, there = game.positions[turns + 1].astype(np.int64), inside[turns + 1]
    speaks = np.where(there, plan[turns], NO_PLAN)  # an agent that leaves in this round is not heard
    count = _around(game, places, speaks, there) if by_map else _pairwise(game, places, speaks, there)
    turn, who = np.nonzero(speaks != NO_PLAN)
    count[turn, who, speaks[turn, who]] -= 1  # an agent does not hear itself
    return count


def _around(
    game: Game, places: NDArray[np.int64], speaks: NDArray[np.int64], there: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Like `_heard`, but with the own message, by summed-area tables of the map."""
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
    """Like `_heard`, but with the own message, over all pairs: for few agents on a large map."""
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
