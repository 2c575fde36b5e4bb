"""Looking for places that stand still: the way to those known, else to cells not yet seen."""

from collections.abc import Iterable

from agents.scripted._minds import FREE, STAY, Cell, Memory, Mind, is_body, look
from agents.scripted._ways import first_moves
from swarm_env.agent import Brief, Perception

STUCK = 3  # rounds without getting away until a step is taken by chance


class Searcher(Mind):
    """Remembers the map as far as it was seen, and walks on it by shortest ways."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode without a map."""
        super().__init__(brief, name, seed)
        self._memory = Memory()
        self._waits, self._here = 0, (-1, -1)

    def _see(self, perception: Perception) -> dict[Cell, str]:
        """Take up the view and whether the body got away; the view by place."""
        view = look(perception)
        self._memory.learn(view)
        self._waits = self._waits + 1 if perception.position == self._here else 0
        self._here = perception.position
        return view

    def _others(self, view: dict[Cell, str]) -> set[Cell]:
        """Where other bodies stand."""
        return {cell for cell, symbol in view.items() if is_body(symbol) and cell != self._here}

    def _around(self, place: Cell) -> Iterable[Cell]:
        """The free cells around a place, as far as is known."""
        row, col = place
        near = [(row + i, col + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        return [cell for cell in near if self._memory.cells.get(cell, FREE) == FREE]

    def _towards(self, goals: set[Cell], here: Cell, bodies: set[Cell]) -> int:
        """A step on a shortest way, around others where there is one, else through them."""
        seen = self._memory.cells
        ways = first_moves(here, goals, lambda cell: seen.get(cell, FREE) == FREE and cell not in bodies)
        ways = ways or first_moves(here, goals, lambda cell: seen.get(cell, FREE) == FREE)
        return self.random.choice(ways)[0] if ways else STAY

    def _explore(self, here: Cell, bodies: set[Cell]) -> int:
        """A step towards the nearest cell not yet seen."""
        seen = self._memory.cells
        if self._waits >= STUCK:  # what cannot be seen may be a wall
            return self.random.choice(range(1, 5))
        unseen = _Unseen(seen)
        ways = first_moves(here, unseen, lambda cell: seen.get(cell, FREE) == FREE and cell not in bodies)
        return self.random.choice(ways)[0] if ways else STAY


class _Unseen:
    """All cells that were never seen."""

    def __init__(self, seen: dict[Cell, str]) -> None:
        self._seen = seen

    def __contains__(self, cell: object) -> bool:
        return cell not in self._seen
