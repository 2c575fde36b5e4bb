"""Meet at a place that needs no agreement, each at a cell of its own.

Bodies perceive where they are, and all maps begin at (0, 0): the outline is built with its upper left corner
at (3, 3), where there is some room around it. Body number k goes to the k-th cell of the outline, clockwise;
bodies with higher numbers than there are cells keep away from it. Whoever sees that a cell of the outline is
no floor (a small map, or a drawn one) goes on to the next place of a list that is the same for all.

The numbers of others can be seen, so everybody knows where those in sight are going, and they make way for
each other (`_traffic`): who is farthest from its cell goes first, who has arrived steps aside and returns.
Who has got no nearer for some rounds adds chance to its wishes.
"""

from collections.abc import Mapping
from functools import lru_cache

from swarm_env.agents.scripted.expert import (
    FREE,
    STAY,
    Cell,
    Memory,
    Mind,
    Minds,
    beside,
    distances,
    is_agent,
    look,
    number_of,
)
from swarm_env.agents.scripted.traffic import Patience, Wishes, give_way

from swarm_env.agent import Brief, Decision, Perception

FIRST = 3  # row and column of the first meeting place [cells]
SPREAD = 40  # rows and columns over which meeting places are looked for
MARGIN = 2  # how far those without a cell keep away from the outline [cells]
FAR = 1_000_000
CHANCE = 8  # how much chance adds at most to the wishes of who gets no nearer
PATIENCE = 4  # rounds without getting nearer until then
GIVE_UP = 12  # rounds after which the nearest so far is forgotten
OCCUPIED, WAITING = 0.5, 0.75  # what a step onto a body, and staying, cost more than a step


@lru_cache(maxsize=16)
def outline(side: int) -> tuple[Cell, ...]:
    """The cells of the outline of a square, clockwise from its upper left corner at (0, 0)."""
    last = side - 1
    top = [(0, col) for col in range(last)]
    right = [(row, last) for row in range(last)]
    bottom = [(last, col) for col in range(last, 0, -1)]
    left = [(row, 0) for row in range(last, 0, -1)]
    return tuple(top + right + bottom + left)


@lru_cache(maxsize=1)
def meeting_places() -> tuple[Cell, ...]:
    """Where the outline's upper left corner may be, in the order in which all try them."""
    lines = range(1, SPREAD)
    places = [(row, col) for row in lines for col in lines]
    return tuple(sorted(places, key=lambda p: (max(abs(p[0] - FIRST), abs(p[1] - FIRST)), sum(p), p)))


class Member(Mind):
    """Goes to its cell of the outline."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode without a map."""
        super().__init__(brief, name, seed)
        self._number = number_of(name)
        self._side = int(brief.facts["side"])
        self._places = iter(meeting_places())
        self._memory = Memory()
        self._patience = Patience(PATIENCE, GIVE_UP)
        self._solid: set[Cell] = set()  # cells seen that are no floor
        self._plan(next(self._places))

    def _plan(self, corner: Cell) -> None:
        """Plan the outline with its upper left corner at a place."""
        self._corner = corner
        self._goals = [(corner[0] + i, corner[1] + j) for i, j in outline(self._side)]
        self._ways: dict[Cell, int] = {}  # steps to its own cell; empty: to be found

    def decide(self, perception: Perception) -> Decision:
        """Take a step.

        Args:
            perception: What the body perceives.

        Returns:
            The step.
        """
        view, here = look(perception), perception.position
        self._memory.learn(view)
        solid = [cell for cell, symbol in self._memory.fresh.items() if symbol != FREE]
        if solid:
            self._solid.update(solid)
            self._ways = {}
        self._choose_place(here)
        lack = self._patience.lack(self._corner, self._cost(here, self._number), perception.round)
        bodies = {cell: int(symbol) for cell, symbol in view.items() if is_agent(symbol)}
        order = sorted(bodies, key=lambda cell: (-self._cost(cell, bodies[cell]), cell))
        chance = {here: CHANCE * lack}
        return Decision(give_way(here, order, lambda cell: self._wishes(cell, bodies, chance.get(cell, 0))))

    def _choose_place(self, here: Cell) -> None:
        """Go on in the list until all that is known of the place is floor, and there is a way to it."""
        while not self._is_possible(here):
            corner = next(self._places, None)
            if corner is None:
                break
            self._plan(corner)

    def _is_possible(self, here: Cell) -> bool:
        """Whether the outline may be built where it is planned, as far as the body knows."""
        if not self._solid.isdisjoint(self._goals):
            return False
        if self._number < len(self._goals):
            self._ways = self._ways or self._ways_to(self._goals[self._number])
            return here in self._ways
        return True

    def _ways_to(self, goal: Cell) -> dict[Cell, int]:
        """Steps to a cell from wherever a way may lead there; what was not seen counts as floor."""
        seen = self._memory.cells
        last_row = max(max(row for row, _ in seen), self._corner[0] + self._side) + 1
        last_col = max(max(col for _, col in seen), self._corner[1] + self._side) + 1
        solid = self._solid
        return distances(
            [goal],
            lambda cell: 0 <= cell[0] <= last_row and 0 <= cell[1] <= last_col and cell not in solid,
        )

    def _cost(self, cell: Cell, number: int) -> float:
        """How far a body is from where it wants to be."""
        if number >= len(self._goals):
            (row, col), last = self._corner, self._side - 1
            away = max(row - cell[0], cell[0] - row - last, col - cell[1], cell[1] - col - last)
            return max(0, MARGIN + 1 - away)
        if number == self._number:
            return self._ways.get(cell, FAR)
        goal = self._goals[number]
        return abs(cell[0] - goal[0]) + abs(cell[1] - goal[1])

    def _wishes(self, here: Cell, bodies: Mapping[Cell, int], chance: float) -> Wishes:
        """The moves of a body, the best first."""
        number = bodies[here]
        cost = self._cost(here, number)
        waiting = 0 if cost == 0 or number >= len(self._goals) else WAITING
        options = [(cost + waiting, STAY, here)]
        for move, cell in beside(here):
            if cell not in self._solid:
                occupied = OCCUPIED * (cell in bodies)
                by_chance = chance * self.random.random() if chance else 0
                options.append((self._cost(cell, number) + occupied + by_chance, move, cell))
        return [(move, cell) for _, move, cell in sorted(options)]


class Expert(Minds):
    """One member per body."""

    mind = Member
