"""How bodies that meet make way for each other without a word.

Priority inheritance with backtracking (K. Okumura and others, Artificial Intelligence 310, 2022), played by
every body in its head for all the bodies it sees: whoever comes first takes the step it likes best; a body
that stands there is asked to leave before anybody else; if it cannot, the next best step is tried. Bodies
that see each other reckon nearly the same, and so mostly agree.
"""

from collections.abc import Callable, Sequence

from agents.scripted._minds import STAY, Cell

Wishes = Sequence[tuple[int, Cell]]  # moves and where they lead, STAY among them, the best first


def give_way(here: Cell, order: Sequence[Cell], wishes: Callable[[Cell], Wishes]) -> int:
    """The move of one body among others.

    Args:
        here: Its place.
        order: The places of all bodies in sight, who comes first first.
        wishes: Gives the moves that the body at a place can take.

    Returns:
        The move.
    """
    traffic = _Traffic(set(order), wishes)
    for cell in order:
        if cell not in traffic.moves:
            traffic.settle(cell, None)
        if here in traffic.moves:
            break
    return traffic.moves[here]


class Patience:
    """Notices when a body gets no nearer to its goal."""

    def __init__(self, rounds: int, give_up: int) -> None:
        """Begin.

        Args:
            rounds: Rounds without getting nearer after which it is lost.
            give_up: Rounds after which the nearest so far is forgotten.
        """
        self._rounds, self._give_up = rounds, give_up
        self._goal: object = None
        self._nearest = 0.0
        self._since = 0

    def is_lost(self, goal: object, distance: float, number: int) -> bool:
        """Whether the body got no nearer for too long.

        Args:
            goal: Where it is going; with another goal all begins anew.
            distance: How far it still is; at 0 nothing is lost.
            number: Of the round.

        Returns:
            True until it gets nearer or the nearest is forgotten.
        """
        waited = number - self._since
        if goal != self._goal or distance < self._nearest or distance == 0 or waited > self._give_up:
            self._goal, self._nearest, self._since = goal, distance, number
        return number - self._since > self._rounds


class _Traffic:
    """The moves of a round as far as they are settled."""

    def __init__(self, bodies: set[Cell], wishes: Callable[[Cell], Wishes]) -> None:
        self.moves: dict[Cell, int] = {}
        self._bodies, self._wishes = bodies, wishes
        self._taken: set[Cell] = set()

    def settle(self, here: Cell, asker: Cell | None) -> bool:
        """Find a move for the body at `here`; False if it must stay, though `asker` wants its cell."""
        for move, cell in self._wishes(here):
            if cell in self._taken or cell == asker:
                continue
            self.moves[here] = move
            self._taken.add(cell)
            blocked = cell != here and cell in self._bodies and cell not in self.moves
            if not blocked or self.settle(cell, here):
                return True
            self._taken.discard(cell)
        self.moves[here] = STAY
        self._taken.add(here)
        return False
