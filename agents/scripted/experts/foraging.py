"""Suppose the maze from a few walls, walk its shortest ways on the right-hand side, make way for others.

- Which maze: the maps of this task are drawn by a rule that everybody can read (`_mazes`). A body supposes,
  of all the maps that agree with every cell it has seen, one of the likeliest size, and of those the one
  whose food (or nest, when it carries) is nearest. It keeps to it until a cell it sees is otherwise.
- Which way: the shortest in that maze, but along walls at the right hand rather than at the left (`_lanes`).
- Who goes first: every body knows from the marks of the others where they are going, and reckons their steps
  as well as its own (`_traffic`). Mostly those go first who are nearest to their goal; in some rounds, which
  all know, those who are farthest: that opens the knots that the other order ties.
- Who has got no nearer for some rounds adds chance to its wishes.

On maps that the rule does not draw (pictures) a body walks by what it has seen: to the nearest food or nest
it remembers, else to the nearest cell it has not seen.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from swarm_env.agents.scripted.expert import FREE, STAY, Cell, Memory, Mind, Minds, beside, is_agent, look
from swarm_env.agents.scripted.lanes import STEP, lanes
from swarm_env.agents.scripted.mazes import FOOD, NEST, Maze, supposed
from swarm_env.agents.scripted.traffic import Patience, Wishes, give_way

from swarm_env.agent import Brief, Decision, Perception

FAR = 1_000_000
OCCUPIED = 2  # what a step onto a body costs more
WAITING = 3  # what staying costs more
CHANCE = 6  # how much chance adds at most to the wishes of who gets no nearer
PATIENCE = 4  # rounds without getting nearer until then
GIVE_UP = 12  # rounds after which the nearest so far is forgotten
PERIOD, TURNS = 16, 3  # in the first 3 of every 16 rounds the farthest go first

Ways = Mapping[Cell, int]


@lru_cache(maxsize=512)
def ways_in(maze: Maze, goal: str) -> Ways:
    """Cost of the way to the food or the nest from each cell of a maze."""
    cells = maze.cells()
    return lanes({cell: 0 for cell, symbol in cells.items() if symbol == goal}, cells)


class Carrier(Mind):
    """Carries food."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode without a map."""
        super().__init__(brief, name, seed)
        self._memory = Memory()
        self._maze: Maze | None = None
        self._refuted: set[Maze] = set()
        self._drawn_by_rule = True
        self._known_ways: dict[str, Ways] = {}
        self._patience = Patience(PATIENCE, GIVE_UP)

    def decide(self, perception: Perception) -> Decision:
        """Take a step.

        Args:
            perception: What the body perceives.

        Returns:
            The step.
        """
        view = look(perception)
        self._memory.learn(view)
        goal, other = (NEST, FOOD) if perception.mark else (FOOD, NEST)
        here = perception.position
        self._suppose(here, goal)
        ways = {goal: self._ways(goal, here), other: self._ways(other, here)}
        return Decision(self._step(perception, view, goal, ways))

    def _suppose(self, here: Cell, goal: str) -> None:
        """Choose another maze if the last one is refuted."""
        seen = self._memory
        if self._maze and not self._maze.agrees(seen.fresh):
            self._refuted.add(self._maze)
            self._maze = None
        if self._maze is None and self._drawn_by_rule:
            found = supposed(seen.cells, self._refuted)
            self._maze = min(found, key=lambda maze: ways_in(maze, goal).get(here, FAR), default=None)
            self._drawn_by_rule = self._maze is not None

    def _ways(self, goal: str, here: Cell) -> Ways:
        """Cost of the way to food or nest: in the supposed maze, or as far as the map is known."""
        if self._maze:
            return ways_in(self._maze, goal)
        if self._memory.fresh:
            self._known_ways = {}
        if goal not in self._known_ways:
            cells = self._memory.cells
            seen = [cell for cell, symbol in cells.items() if symbol == goal]
            ways = lanes(dict.fromkeys(seen, 0), cells)
            self._known_ways[goal] = ways if here in ways else self._ways_to_the_unknown(seen)
        return self._known_ways[goal]

    def _ways_to_the_unknown(self, goals: Sequence[Cell]) -> Ways:
        """Cost of the way to a cell not yet seen, and from there straight on to a goal that was seen."""
        cells = self._memory.cells
        edge = {
            near
            for cell, symbol in cells.items()
            if symbol == FREE
            for _, near in beside(cell)
            if near not in cells
        }
        beyond = {
            cell: min((STEP * (abs(cell[0] - row) + abs(cell[1] - col)) for row, col in goals), default=1)
            for cell in edge
        }
        return lanes(beyond, cells)

    def _step(
        self, perception: Perception, view: Mapping[Cell, str], goal: str, ways: Mapping[str, Ways]
    ) -> int:
        """Reckon the steps of all bodies in sight, as far as the own step depends on them."""
        here = perception.position
        lack = self._patience.lack(goal, ways[goal].get(here, FAR), perception.round)
        # Unmarked bodies go to the food, marked ones to the nest.
        bodies = {
            cell: ways[FOOD if symbol.startswith("$") else NEST]
            for cell, symbol in view.items()
            if is_agent(symbol)
        }
        sign = -1 if perception.round % PERIOD < TURNS else 1
        order = sorted(bodies, key=lambda cell: (sign * bodies[cell].get(cell, FAR), cell))
        chance = {here: CHANCE * lack}
        return give_way(here, order, lambda cell: self._wishes(cell, bodies, chance.get(cell, 0)))

    def _wishes(self, here: Cell, bodies: Mapping[Cell, Ways], chance: float) -> Wishes:
        """The moves of a body, the best first."""
        ways = bodies[here]
        options: list[tuple[float, int, Cell]] = [(ways.get(here, FAR) + WAITING, STAY, here)]
        for move, cell in beside(here):
            cost = ways.get(cell, 0)
            if cost > 0:
                occupied = OCCUPIED * (cell in bodies)
                by_chance = chance * self.random.random() if chance else 0
                options.append((cost + occupied + by_chance, move, cell))
        return [(move, cell) for _, move, cell in sorted(options)]


class Expert(Minds):
    """One carrier per body."""

    mind = Carrier
