"""Find the box, push it sideways over the corner, then out through the gap, and follow it.

The box has one of eight places (four corners, two orientations; `transport_box.py`), and views rule places
out. A porter goes where it can see the nearest remaining corner until it sees the box. From then on it uses
the coordinates of that place: rows `back` from the side with the gap, columns `across` from the corner.

The box can only move one cell towards the corner first, then out. Porters line up beside it and push sideways
until there are enough; later porters wait above it to push it out as soon as it has moved. Force passes
through porters in line, and pushing a box that does not move yet costs nothing, so all porters in line push
without coordination. The position of the box determines the next action. Once it is out, all walk out through
the gap.
"""

from swarm_env.agents.scripted.expert import FREE, STAY, STEPS, Cell, TeamExpert, is_agent
from swarm_env.agents.scripted.pusher import Pusher
from swarm_env.agents.scripted.transport_box import BOX, BOXES, GAP, GONE, ROUTE, Place

from swarm_env.agent import Brief, Decision, Perception

NEEDED = 5  # porters to move the box
LANES = [(back, across) for back in (1, 2, 3) for across in range(5, 11)]  # beside the box
COLUMNS = (1, 2, 3)  # over which the box leaves
DEPTH = 5  # cells of a column where porters line up
PATIENCE = 10  # rounds of waiting above the box before a porter goes to help beside it


class Porter(Pusher):
    """Finds the box, pushes it, leaves."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self.places: list[Place] = []
        self.place: Place | None = None
        self.lane: set[Cell] = set()
        self.waited = 0

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        self.see(perception)
        if not self.place:  # a gap seen in the border could mislead later
            self.extent.learn(self.view)
        self._locate()
        return Decision(self._work(self.place, self.place.stage or 0) if self.place else self._explore())

    # Finding the box.

    def _locate(self) -> None:
        """Rule out places; choose one whose gap or box in the gap has been seen."""
        height, width = self.extent.sides
        if not self.places:
            self.places = [Place(variant, height, width) for variant in range(8)]
        self.places = [place.resized(height, width) for place in self.places]
        for place in self.places:
            away = max(abs(place.core[0] - self.here[0]), abs(place.core[1] - self.here[1]))
            known = (place.variant & 1 or self.extent.trusts(0)) and (
                place.variant & 2 or self.extent.trusts(1)
            )
            if known and away <= self.reach + 3:
                place.learn(self.view)
        self.left = [place for place in self.places if place.stage is not None]
        if not self.left:
            self.places = []  # not a map of the rules: start again
        self.left.sort(key=lambda place: place.stage or 0)
        if not self.place or self.place not in self.left:
            self.place = next((place for place in self.left if place.shown), None)

    def _explore(self) -> int:
        """Go where the next corner is in sight."""
        if not self.left:
            return self.random.randrange(1, 5)
        early = [place for place in self.left if place.stage is not None and place.stage <= 1]
        near = range(-self.reach, self.reach + 1)
        goals = {(place.core[0] + i, place.core[1] + j) for place in early for i in near for j in near}
        goals = {cell for cell in goals - self.others if self._is_inner(cell)}
        if not goals or self.here in goals:  # the box has left: search the gap
            goals = {place.cell((1, 1)) for place in self.left}
        return self._step_to(goals)

    # Pushing it.

    def _work(self, place: Place, stage: int) -> int:
        back, across = place.local(self.here)
        if stage == GONE:
            return self._leave(place, back, across)
        if stage == 0:
            if self._goes_beside(place, back, across):
                if 1 <= back <= 3 and across > 4:
                    return self._push_aside(place, back)
                return self._step_to({place.cell(local) for local in LANES} - self.others)
            self.waited += 1
        top = 4 - ROUTE[stage][0]
        if across in COLUMNS and back >= top:
            if stage == 0 and across == 1 and back == top:
                return STAY  # the box must move to the cell below
            here, next_to = (self._ahead(place, column, top, back) for column in (across, across - 1))
            return place.aside if stage and across > 1 and next_to < here else place.out
        columns = COLUMNS if stage else COLUMNS[1:]
        queue = {place.cell((b, a)) for b in range(top, top + DEPTH) for a in columns}
        return self._step_to(queue - self.others)

    def _push_aside(self, place: Place, back: int) -> int:
        """Push, or make room if a row beside the box is too short for all."""
        breadth = place.height if place.variant & 4 else place.width
        row, col = self.here
        step = STEPS[place.out]
        if breadth - 6 < NEEDED and back > 1 and self.view.get((row + step[0], col + step[1])) == FREE:
            return place.out
        return place.aside

    def _goes_beside(self, place: Place, back: int, across: int) -> bool:
        """Whether to push sideways: unless enough others do."""
        if 1 <= back <= 3 and across > 4:
            return True
        for local in LANES:
            symbol = self.view.get(place.cell(local))
            if symbol and is_agent(symbol):
                self.lane.add(local)
            elif symbol:
                self.lane.discard(local)
        return len(self.lane) < NEEDED or self.waited > PATIENCE

    def _ahead(self, place: Place, column: int, top: int, back: int) -> int:
        """Number of porters in a column from the box to a row, inclusive."""
        return sum(place.cell((row, column)) in self.others for row in range(top, back + 1))

    def _leave(self, place: Place, back: int, across: int) -> int:
        if across in range(GAP) and (across > 0 or back == 0):
            return place.out
        gap = {place.cell((1, column)) for column in COLUMNS}
        return self._step_to(gap - self.others or gap)

    # Walking.

    def _is_inner(self, cell: Cell) -> bool:
        return 0 < cell[0] < self.extent.sides[0] - 1 and 0 < cell[1] < self.extent.sides[1] - 1

    def _step_to(self, goals: set[Cell]) -> int:
        """A move towards the nearest goal, around other agents if possible."""
        box = {cell for cell, symbol in self.view.items() if symbol == BOX}
        if self.place and self.place.stage is not None:
            box |= {self.place.cell(local) for local in BOXES[self.place.stage]}
        solid = self.walls | box | {cell for cell in self.others if self._is_busy(cell)}
        goals = {cell for cell in goals if self._is_inner(cell)}
        return self.push_towards(goals, lambda cell: self._is_inner(cell) and cell not in solid)

    def _is_busy(self, cell: Cell) -> bool:
        """Whether an agent there is in line and should not be pushed."""
        if not self.place or self.place.stage is None:
            return False
        back, across = self.place.local(cell)
        if self.place.stage == 0 and 1 <= back <= 3 and across > 4:
            return True
        return across in COLUMNS and 4 - ROUTE[self.place.stage][0] <= back


class Expert(TeamExpert):
    """One porter per agent."""

    member = Porter
