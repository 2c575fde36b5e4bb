"""An expert on a map of unknown size, which pushes other agents or walks around them."""

from collections.abc import Callable, Container, Sequence

from swarm_env.agents.scripted.expert import STAY, AgentExpert, Cell, is_agent, look
from swarm_env.agents.scripted.map_extent import WALL, Extent
from swarm_env.agents.scripted.paths import first_moves

from swarm_env.agent import Brief, Perception

DETOUR = 0.3  # probability to walk around agents in the way instead of pushing them


class Pusher(AgentExpert):
    """Remembers walls and the size of the map."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self.reach = brief.view_size // 2
        self.extent = Extent()
        self.walls: set[Cell] = set()

    def see(self, perception: Perception) -> None:
        """Update position, view, other agents in sight, and walls."""
        self.here, self.view = perception.position, look(perception)
        self.others = {cell for cell, symbol in self.view.items() if is_agent(symbol) and cell != self.here}
        self.walls |= {cell for cell, symbol in self.view.items() if symbol == WALL}

    def push_towards(self, goals: Container[Cell], is_free: Callable[[Cell], bool]) -> int:
        """A move on a shortest path through free cells, sometimes around agents; STAY without a path."""
        moves = first_moves(self.here, goals, is_free)
        if not moves:
            return STAY
        move, cell = self.preferred(moves)
        if cell in self.others and self.random.random() < DETOUR:
            moves = first_moves(self.here, goals, lambda cell: is_free(cell) and cell not in self.others)
            move = self.preferred(moves)[0] if moves else STAY
        return move

    def preferred(self, moves: Sequence[tuple[int, Cell]]) -> tuple[int, Cell]:
        """The move to make of several that begin a shortest path: any."""
        return self.random.choice(moves)
