"""An expert that remembers the map, walks to known cells and explores unknown ones."""

from collections.abc import Mapping

from swarm_env.agents.scripted.expert import FREE, STAY, AgentExpert, Cell, Memory, is_agent
from swarm_env.agents.scripted.paths import first_moves

from swarm_env.agent import Brief, Perception

STUCK = 3  # rounds on the same cell until a random step


class Walker(AgentExpert):
    """Takes shortest paths on the known map; unseen cells count as free."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self.memory = Memory()
        self.waits, self.here = 0, (-1, -1)  # rounds spent on the same cell, and which

    def see(self, perception: Perception) -> dict[Cell, str]:
        """Update map, position and `waits`; return the view by cell."""
        view = self.memory.look(perception)
        self.waits = self.waits + 1 if perception.position == self.here else 0
        self.here = perception.position
        return view

    def others(self, view: Mapping[Cell, str]) -> set[Cell]:
        """Cells of the other agents in sight."""
        return {cell for cell, symbol in view.items() if is_agent(symbol) and cell != self.here}

    def around(self, place: Cell) -> set[Cell]:
        """The eight cells around a place that are free or unseen."""
        row, col = place
        near = {(row + i, col + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j}
        return {cell for cell in near if self.memory.cells.get(cell, FREE) == FREE}

    def towards(self, goals: set[Cell], others: set[Cell]) -> int:
        """A move on a shortest path around the other agents, else through them; STAY without a path."""
        seen = self.memory.cells
        ways = first_moves(self.here, goals, lambda cell: seen.get(cell, FREE) == FREE and cell not in others)
        ways = ways or first_moves(self.here, goals, lambda cell: seen.get(cell, FREE) == FREE)
        return self.random.choice(ways)[0] if ways else STAY

    def explore(self, others: set[Cell]) -> int:
        """A move towards the nearest unseen cell; random if stuck; STAY if everything in reach is seen."""
        seen = self.memory.cells
        if self.waits >= STUCK:  # an unseen cell may be a wall
            return self.random.choice(range(1, 5))
        unseen = _Unseen(seen)
        ways = first_moves(
            self.here, unseen, lambda cell: seen.get(cell, FREE) == FREE and cell not in others
        )
        return self.random.choice(ways)[0] if ways else STAY


class _Unseen:
    """The set of all unseen cells."""

    def __init__(self, seen: dict[Cell, str]) -> None:
        self._seen = seen

    def __contains__(self, cell: object) -> bool:
        return cell not in self._seen
