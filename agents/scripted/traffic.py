"""How bodies that meet make way for each other without a word.

Priority inheritance with backtracking (K. Okumura and others, Artificial Intelligence 310, 2022), played by
every body in its head for all the bodies it sees: whoever comes first takes the step it likes best; a body
that stands there is asked to leave before anybody else; if it cannot, the next best step is tried. Bodies
that see each other reckon nearly the same, and so mostly agree.
"""

from collections.abc import Callable, Sequence

from swarm_env.agents.scripted.expert import STAY, Cell

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
            rounds: Rounds without getting nearer after which patience ends.
            give_up: Rounds after which it begins anew, and is less the next time.
        """
        self._rounds, self._give_up = rounds, give_up
        self._goal: object = None
        self._best = self._nearest = 0.0
        self._since = self._times = 0

    def lack(self, goal: object, distance: float, number: int) -> int:
        """How little patience is left.

        Args:
            goal: Where the body is going; with another goal all begins anew.
            distance: How far it still is.
            number: Of the round.

        Returns:
            0 while there is some, else 1, and more the oftener it ended since the body was nearest.
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
