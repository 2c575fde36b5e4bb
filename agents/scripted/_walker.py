"""A mind that remembers the map, walks to places it knows and looks for others."""

from collections.abc import Mapping

from agents.scripted._minds import FREE, STAY, Cell, Memory, Mind
from agents.scripted._ways import first_moves
from swarm_env.agent import Brief, Perception

STUCK = 3  # rounds without getting away until a step is taken by chance


class Walker(Mind):
    """Goes by the shortest way on the map as far as it was seen; unseen cells count as free.

    Attributes:
        memory: The map.
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
        self.waits, self._here = 0, (-1, -1)

    def learn(self, perception: Perception, view: Mapping[Cell, str]) -> None:
        """Take up what is seen, and whether the body got away.

        Args:
            perception: What the body perceives.
            view: Its view by place.
        """
        self.memory.learn(view)
        self.waits = self.waits + 1 if perception.position == self._here else 0
        self._here = perception.position

    def towards(self, goals: set[Cell], here: Cell, bodies: set[Cell]) -> int:
        """A step on a shortest way, around others where there is one, else through them.

        Args:
            goals: Where to.
            here: Where the body is.
            bodies: Where others are.

        Returns:
            The move; STAY if there is no way.
        """
        seen = self.memory.cells
        ways = first_moves(here, goals, lambda cell: seen.get(cell, FREE) == FREE and cell not in bodies)
        ways = ways or first_moves(here, goals, lambda cell: seen.get(cell, FREE) == FREE)
        return self.random.choice(ways)[0] if ways else STAY

    def explore(self, here: Cell, bodies: set[Cell]) -> int:
        """A step towards the nearest cell not yet seen; by chance where the body is stuck.

        Args:
            here: Where the body is.
            bodies: Where others are.

        Returns:
            The move; STAY if everything in reach was seen.
        """
        seen = self.memory.cells
        if self.waits >= STUCK:  # what cannot be seen may be a wall
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
