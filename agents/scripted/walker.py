"""A mind that remembers the map, walks to places it knows and looks for others."""

from collections.abc import Mapping

from swarm_env.agents.scripted.expert import FREE, STAY, Cell, Memory, Mind, is_agent, look
from swarm_env.agents.scripted.paths import first_moves

from swarm_env.agent import Brief, Perception

STUCK = 3  # rounds without getting away until a step is taken by chance


class Walker(Mind):
    """Goes by the shortest way on the map as far as it was seen; unseen cells count as free.

    Attributes:
        memory: The map.
        here: Where the body is.
        waits: Rounds spent on the same cell.
    """

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode without a map.

        Args:
            brief: The task.
            name: Name of the body.
            seed: Of the whole expert.
        """
        super().__init__(brief, name, seed)
        self.memory = Memory()
        self.waits, self.here = 0, (-1, -1)

    def see(self, perception: Perception) -> dict[Cell, str]:
        """Take up what is seen, and whether the body got away.

        Args:
            perception: What the body perceives.

        Returns:
            Its view by place.
        """
        view = look(perception)
        self.memory.learn(view)
        self.waits = self.waits + 1 if perception.position == self.here else 0
        self.here = perception.position
        return view

    def others(self, view: Mapping[Cell, str]) -> set[Cell]:
        """Where other bodies stand."""
        return {cell for cell, symbol in view.items() if is_agent(symbol) and cell != self.here}

    def around(self, place: Cell) -> set[Cell]:
        """The cells around a place that are free as far as is known."""
        row, col = place
        near = {(row + i, col + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j}
        return {cell for cell in near if self.memory.cells.get(cell, FREE) == FREE}

    def towards(self, goals: set[Cell], bodies: set[Cell]) -> int:
        """A step on a shortest way, around others where there is one, else through them.

        Args:
            goals: Where to.
            bodies: Where others are.

        Returns:
            The move; STAY if there is no way.
        """
        seen = self.memory.cells
        ways = first_moves(self.here, goals, lambda cell: seen.get(cell, FREE) == FREE and cell not in bodies)
        ways = ways or first_moves(self.here, goals, lambda cell: seen.get(cell, FREE) == FREE)
        return self.random.choice(ways)[0] if ways else STAY

    def explore(self, bodies: set[Cell]) -> int:
        """A step towards the nearest cell not yet seen; by chance where the body is stuck.

        Args:
            bodies: Where others are.

        Returns:
            The move; STAY if everything in reach was seen.
        """
        seen = self.memory.cells
        if self.waits >= STUCK:  # what cannot be seen may be a wall
            return self.random.choice(range(1, 5))
        unseen = _Unseen(seen)
        ways = first_moves(
            self.here, unseen, lambda cell: seen.get(cell, FREE) == FREE and cell not in bodies
        )
        return self.random.choice(ways)[0] if ways else STAY


class _Unseen:
    """All cells that were never seen."""

    def __init__(self, seen: dict[Cell, str]) -> None:
        self._seen = seen

    def __contains__(self, cell: object) -> bool:
        return cell not in self._seen
