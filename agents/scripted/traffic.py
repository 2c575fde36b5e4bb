"""How agents make way for each other without messages.

Priority inheritance with backtracking (K. Okumura and others, Artificial Intelligence 310, 2022), simulated
by every agent for all agents in sight: the agent of highest priority takes its best move; an agent in the way
inherits the priority and moves next; if it cannot, the next best move is tried. Agents in sight of each other
compute nearly the same, and so mostly agree.
"""

from collections.abc import Callable, Sequence

from swarm_env.agents.scripted.expert import STAY, Cell, beside

Wishes = Sequence[tuple[int, Cell]]  # moves and their target cells, including STAY, the best first


def give_way(here: Cell, order: Sequence[Cell], wishes: Callable[[Cell], Wishes]) -> int:
    """The move of the agent at `here` among others.

    `order` has the cells of all agents in sight by falling priority; `wishes` returns the possible moves of
    the agent at a cell.
    """
    traffic = _Traffic(set(order), wishes)
    for cell in order:
        if cell not in traffic.moves:
            traffic.settle(cell, None)
        if here in traffic.moves:
            break
    return traffic.moves[here]


def by_cost(here: Cell, stay: float, cost: Callable[[Cell], float | None]) -> Wishes:
    """The moves of the agent at `here`, the cheapest first; `cost` is None for cells that it cannot enter."""
    options = [(stay, STAY, here)]
    options += [(price, move, cell) for move, cell in beside(here) if (price := cost(cell)) is not None]
    return [(move, cell) for _, move, cell in sorted(options)]


class Patience:
    """Detects that an agent gets no nearer to its goal.

    Args:
        rounds: Rounds without progress after which patience ends.
        give_up: Rounds without progress after which it starts again, at a higher level of impatience.
    """

    def __init__(self, rounds: int = 4, give_up: int = 12) -> None:
        self._rounds, self._give_up = rounds, give_up
        self._goal: object = None
        self._best = self._nearest = 0.0
        self._since = self._times = 0

    def lack(self, goal: object, distance: float, number: int) -> int:
        """Level of impatience in round `number`, at a distance from a goal; another goal resets everything.

        0 while patience lasts, else 1 plus the number of times it has started again since the best distance.
        """
        if goal != self._goal or distance < self._best or distance == 0:
            self._goal, self._best, self._times = goal, distance, 0
            self._nearest, self._since = distance, number
        elif number - self._since > self._give_up:
            self._times += 1
            self._nearest, self._since = distance, number
        elif distance < self._nearest:
            self._nearest, self._since = distance, number
        return self._times + 1 if number - self._since > self._rounds else 0


class _Traffic:
    """The moves of a round that are settled so far."""

    def __init__(self, agents: set[Cell], wishes: Callable[[Cell], Wishes]) -> None:
        self.moves: dict[Cell, int] = {}
        self._agents, self._wishes = agents, wishes
        self._taken: set[Cell] = set()

    def settle(self, here: Cell, asker: Cell | None) -> bool:
        """Settle the move of the agent at `here`; False if it must stay although `asker` wants its cell."""
        for move, cell in self._wishes(here):
            if cell in self._taken or cell == asker:
                continue
            self.moves[here] = move
            self._taken.add(cell)
            blocked = cell != here and cell in self._agents and cell not in self.moves
            if not blocked or self.settle(cell, here):
                return True
            self._taken.discard(cell)
        self.moves[here] = STAY
        self._taken.add(here)
        return False
