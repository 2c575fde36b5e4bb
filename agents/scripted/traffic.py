"""How agents make way for each other without messages.

Priority inheritance with backtracking (K. Okumura and others, Artificial Intelligence 310, 2022), simulated
by every agent for all agents in sight: the agent of highest priority takes its best move; an agent in the way
inherits the priority and moves next; if it cannot, the next best move is tried. Agents in sight of each other
compute nearly the same, and so mostly agree.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import STAY
from swarm_env.agents.scripted.sights import AGENT, draw_unit

from swarm_env.engine.compiler import kernel

NEVER = np.inf  # price of a move that an agent cannot make
STEP_ROWS, STEP_COLS = (0, -1, 1, 0, 0), (0, 0, 0, -1, 1)  # of the moves from STAY to RIGHT
GOAL, BEST, NEAREST, SINCE, TIMES = range(5)  # columns of `impatience`
ROUNDS, GIVE_UP = 4, 12


class Traffic(NamedTuple):
    """The agents in one view, at most A = k * k of them, numbered from top left; scratch of a decision."""

    at: NDArray[np.int32]  # (A, 2) row and column in the view, each plus 1
    kind: NDArray[np.int32]  # (A,) as `Sights.cells` has them
    price: NDArray[np.float64]  # (A, 5) price of each move, NEVER if it cannot be made
    priority: NDArray[np.float64]  # (A,) those with the least move first, and of these the first
    order: NDArray[np.int32]  # (A,)
    wish: NDArray[np.int32]  # (A,) which of its moves each agent tries, from the cheapest one on
    move: NDArray[np.int32]  # (A,) -1: not settled
    stack: NDArray[np.int32]  # (A,) agents that wait for the one that they push away
    who: NDArray[np.int32]  # (k + 2, k + 2) the agent in each cell of the view and around it, -1 for none
    taken: NDArray[np.int32]  # (k + 2, k + 2) 1 where an agent will be


def make_traffic(view_size: int) -> Traffic:
    """Make the arrays for views of so many cells."""
    most, side = view_size**2, view_size + 2
    kinds = {"price": np.float64, "priority": np.float64}
    shapes = {"at": (most, 2), "price": (most, 5), "who": (side, side), "taken": (side, side)}
    fields = Traffic._fields
    return Traffic(*(np.zeros(shapes.get(name, (most,)), kinds.get(name, np.int32)) for name in fields))


@kernel()
def find_agents(traffic: Traffic, view: NDArray[np.int32]) -> int:
    """List the agents in a view; returns how many there are."""
    k, count = view.shape[0], 0
    traffic.who[:] = -1
    for y in range(k):
        for x in range(k):
            if view[y, x] >= AGENT:
                traffic.at[count, 0], traffic.at[count, 1] = y + 1, x + 1
                traffic.kind[count] = view[y, x]
                traffic.who[y + 1, x + 1] = count
                count += 1
    return count


@kernel()
def hesitant_move(
    traffic: Traffic, count: int, chance: float, words: NDArray[np.uint32], drawn: NDArray[np.int64], row: int
) -> int:
    """`give_way`, with up to `chance` added at random to the prices of the agent's steps."""
    middle = traffic.who.shape[0] // 2
    price = traffic.price[traffic.who[middle, middle]]
    for move in range(1, 5):
        if chance and price[move] != NEVER:
            price[move] += chance * draw_unit(words, drawn, row)
    return give_way(traffic, count)


@kernel()
def give_way(traffic: Traffic, count: int) -> int:
    """The move of the agent in the middle of the view, of `count` agents with prices and priorities."""
    order, priority, move = traffic.order, traffic.priority, traffic.move
    traffic.taken[:] = 0
    for a in range(count):
        place = a
        while place > 0 and priority[order[place - 1]] > priority[a]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = a
        move[a] = -1
    middle = traffic.who.shape[0] // 2
    own = traffic.who[middle, middle]
    for i in range(count):
        if move[order[i]] < 0:
            _settle(traffic, order[i])
        if move[own] >= 0:
            break
    return int(move[own])


@kernel()
def _settle(traffic: Traffic, first: int) -> None:
    """Settle the moves of an agent and of all that it pushes away; it stays if they cannot move."""
    at, stack, wish, move, taken = traffic.at, traffic.stack, traffic.wish, traffic.move, traffic.taken
    depth, stack[0], wish[first] = 0, first, 0
    while depth >= 0:
        a = stack[depth]
        tried = _cheapest(traffic, a, wish[a])
        if tried < 0:  # it stays, although the agent before it wants its cell, which tries its next move
            move[a], taken[at[a, 0], at[a, 1]] = STAY, 1
            depth -= 1
            if depth >= 0:
                taken[at[a, 0], at[a, 1]] = 0
                wish[stack[depth]] += 1
            continue
        row, col = at[a, 0] + STEP_ROWS[tried], at[a, 1] + STEP_COLS[tried]
        asked = depth > 0 and row == at[stack[depth - 1], 0] and col == at[stack[depth - 1], 1]
        if taken[row, col] or asked:
            wish[a] += 1
            continue
        move[a], taken[row, col] = tried, 1
        other = traffic.who[row, col]
        if tried == STAY or other < 0 or move[other] >= 0:
            return
        depth += 1
        stack[depth], wish[other] = other, 0


@kernel()
def _cheapest(traffic: Traffic, a: int, place: int) -> int:
    """The move with so many cheaper ones, of equal ones the first first; -1 if there is none."""
    price = traffic.price[a]
    for move in range(5):
        if price[move] == NEVER:
            continue
        before = 0
        for other in range(5):
            before += price[other] < price[move] or (price[other] == price[move] and other < move)
        if before == place:
            return move
    return -1


@kernel()
def lack_of_patience(impatience: NDArray[np.float64], goal: float, distance: float, number: int) -> int:
    """Level of impatience of an agent in round `number`, at a distance from a goal; another goal resets it.

    0 until an agent has got no nearer for `ROUNDS` rounds, then 1. After `GIVE_UP` rounds patience starts
    again, and its end is a level higher, until the agent is nearer than ever. `impatience` is (5,), at first
    NaN.
    """
    now = impatience
    if goal != now[GOAL] or distance < now[BEST] or distance == 0:
        now[GOAL], now[BEST], now[TIMES] = goal, distance, 0
        now[NEAREST], now[SINCE] = distance, number
    elif number - now[SINCE] > GIVE_UP:
        now[TIMES] += 1
        now[NEAREST], now[SINCE] = distance, number
    elif distance < now[NEAREST]:
        now[NEAREST], now[SINCE] = distance, number
    return int(now[TIMES]) + 1 if number - now[SINCE] > ROUNDS else 0
