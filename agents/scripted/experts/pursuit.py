"""Hunt the first prey, then wait where the next ones must appear.

A hunter that sees the prey assigns its free sides to the hunters in sight (the nearest pairs first) and goes
to its own side, if any. Without prey in sight it searches: first the quarter where the prey starts, later
where danger is least.

After a catch the next prey appears where danger is least, and the hunters themselves create danger: on maps
of medium size they can make the least danger lie on cells whose four sides they hold (`ambush.py`). Each
hunter has a post by its number. The core and the decoys keep their posts; some wings hunt the first prey, and
all wings leave their posts after some rounds without prey. A complete camp catches a prey nearly every round.
Without such a camp, or on a map of unknown size, all follow the same tour through the map, to meet the prey
together.
"""

from collections.abc import Iterable, Sequence

from swarm_env.agents.scripted.ambush import Camp, plan_camp, wall_danger
from swarm_env.agents.scripted.expert import STAY, Cell, TeamExpert, beside, number_of
from swarm_env.agents.scripted.pusher import Pusher

from swarm_env.agent import Brief, Decision, Perception

USUAL_HUNTERS = 10
LEAP = 2  # cells that a prey moves in a round at most
PREY = "P"
MEMORY = 5  # rounds for which an occupied side of the prey counts as occupied when out of sight
MISSED = 8  # rounds after which others take the open side of a prey in a trap
ALARM = 4  # rounds without prey in any trap after which a wing leaves its post
PATIENCE = {
    "core": 25,
    "wing": 6,
    "decoy": 1_000,
}  # the same for the other roles, and for wings that see only some traps


def apart(a: Cell, b: Cell) -> int:
    """Steps between two cells on an empty map."""
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


class Hunter(Pusher):
    """Hunts, searches, waits."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self.number = number_of(name)
        self.hunters = USUAL_HUNTERS
        self.camp: Camp | None = None
        self.seen: dict[Cell, int] = {}  # round of the last view of the cell
        self.suspects: set[Cell] = set()
        self.prey: Cell | None = None
        self.waited = 0
        self.target: Cell | None = None
        self.searching = False
        self.held: dict[Cell, int] = {}  # round in which an agent was last seen at a cell
        self.uncaught = 0  # rounds for which the prey has stayed in sight at its cell
        self.lost = 0  # round of the last sign of the prey

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        self.see(perception)
        self.time = perception.round
        self.held.update(dict.fromkeys(self.others, self.time))
        self.seen.update(dict.fromkeys(self.view, self.time))
        numbers = (int(self.view[cell].lstrip("$")) + 1 for cell in self.others)
        self.hunters = max(self.hunters, self.number + 1, *numbers)
        self.extent.learn(self.view)
        if self.time == 0:
            self._begin()
        known = self.extent.trusts(0) and self.extent.trusts(1)
        self.camp = plan_camp(*self.extent.sides, self.hunters) if known else None
        self._track(next((cell for cell, symbol in self.view.items() if symbol == PREY), None))
        return Decision(self._step_to(self._goal()))

    def _begin(self) -> None:
        """Use the rules: hunters start in rows up to half the width, the prey far from them."""
        for row, col in (*self.others, self.here):
            self.extent.at_least(1, 2 * row)
            self.extent.at_least(0, 2 * col)
        height, width = self.extent.sides
        self.suspects = set(self._inner(height // 2 + 1, width // 2 + 1))

    def _is_inner(self, cell: Cell) -> bool:
        height, width = self.extent.sides
        return 0 < cell[0] < height - 1 and 0 < cell[1] < width - 1 and cell not in self.walls

    def _inner(self, top: int = 1, left: int = 1) -> Iterable[Cell]:
        height, width = self.extent.sides
        return ((row, col) for row in range(top, height - 1) for col in range(left, width - 1))

    def _track(self, prey: Cell | None) -> None:
        """Update where the prey is or may be."""
        self.waited += 1
        self.uncaught = self.uncaught + 1 if prey and prey == self.prey else 0
        if prey:
            self.prey, self.suspects, self.waited, self.target = prey, {prey}, 0, None
            self.searching, self.lost = False, self.time
            return
        if self.prey and self.prey in self.view:
            sides = [cell for _, cell in beside(self.prey) if self._is_inner(cell) and cell in self.view]
            if all(cell in self.others or cell == self.here for cell in sides):
                self.waited, self.suspects, self.lost = 0, set(), self.time  # caught
            else:
                self.suspects = {cell for cell in self._inner() if apart(cell, self.prey) <= LEAP}
            self.prey = None
        if self.suspects and self.suspects <= self.view.keys():
            self.waited, self.lost = 0, self.time  # not where it was: others caught it
        self.suspects -= self.view.keys()

    # Goals.

    def _goal(self) -> Cell:
        camp = self.camp
        post = camp.posts[self.number] if camp and self.number < len(camp.posts) else None
        if self.prey in self.view:
            coming = camp is not None and self.prey in camp.traps and self.uncaught < MISSED
            side = None if coming and post else self._side_to_take()
            return side or post or self._hunt()
        if not camp or not post or (self.suspects and self._hunts_first(camp, post)):
            return self._hunt()
        role = camp.role(post)
        oversees = role == "wing" and camp.oversees(post, self.reach)
        patience = ALARM if oversees else PATIENCE[role]
        self.searching = self.waited > 0 and (self.searching or self.waited > patience)
        return self._hunt() if self.searching else post

    def _hunts_first(self, camp: Camp, post: Cell) -> bool:
        """Whether to hunt the first prey: wings do, unless a prey would escape past the open post."""
        row, col = post
        walls = wall_danger(*self.extent.sides)
        return camp.role(post) == "wing" and bool(walls[row, col - 1] <= walls[row, col])

    def _side_to_take(self) -> Cell | None:
        """This hunter's side of the prey in sight; the nearest pairs are assigned first."""
        assert self.prey
        held = {cell for cell in self.held if cell not in self.view and self.time - self.held[cell] <= MEMORY}
        free = {cell for _, cell in beside(self.prey) if self._is_inner(cell) and cell not in held}
        busy: set[Cell] = set()
        for _, hunter, cell in sorted((apart(h, c), h, c) for h in (*self.others, self.here) for c in free):
            if hunter in busy or cell not in free:
                continue
            if hunter == self.here:
                return cell
            busy.add(hunter)
            free.discard(cell)
        return None

    def _hunt(self) -> Cell:
        """A cell to search."""
        if self.suspects:
            return min(self.suspects, key=lambda cell: (apart(cell, self.here), cell))
        if not self.camp:
            return self._tour()
        if self.target and (self.target in self.view or not self._is_inner(self.target)):
            self.waited, self.searching, self.target = 0, False, None  # not there: back to the post
            return self.here
        if self.target is None:
            cells = [cell for cell in self._inner() if self._is_inner(cell)]
            self.target = min(cells, key=self._doubt, default=self.here)
        return self.target

    def _doubt(self, cell: Cell) -> tuple[float, Cell]:
        """Cost of searching a cell: danger, recent views since the prey was lost, and distance."""
        danger = float(self.camp.danger[cell]) if self.camp else 0.0
        looked = max(self.seen.get(cell, -1) - self.lost, 0)
        return danger + looked + 0.15 * apart(cell, self.here), cell

    def _tour(self) -> Cell:
        """The present stop of the common tour of hunters without prey and camp."""
        height, width = self.extent.sides
        stride = 2 * self.reach + 1
        rows, cols = range(1 + self.reach, height - 1, stride), range(1 + self.reach, width - 1, stride)
        stops = [(row, col) for row in rows for col in (cols if row % (2 * stride) < stride else cols[::-1])]
        return stops[self.time // (stride + 1) % len(stops)] if stops else self.here

    # Walking.

    def _step_to(self, goal: Cell) -> int:
        if goal == self.here:
            return STAY
        posts = self.camp.posts if self.camp else ()
        firm = {cell for cell in self.others if cell in posts or (self.prey and apart(cell, self.prey) == 1)}
        if self.prey:
            firm.add(self.prey)
        firm.discard(goal)
        return self.push_towards({goal}, lambda cell: self._is_inner(cell) and cell not in firm)

    def preferred(self, moves: Sequence[tuple[int, Cell]]) -> tuple[int, Cell]:
        """The move farthest from the traps, so that walking hunters do not add danger there."""
        if not self.camp:
            return super().preferred(moves)
        row, col = self.camp.traps[len(self.camp.traps) // 2]
        outwards = [(max(abs(r - row), abs(c - col)), self.random.random(), move) for move, (r, c) in moves]
        best = max(outwards)[2]
        return next(step for step in moves if step[0] == best)


class Expert(TeamExpert):
    """One hunter per agent."""

    member = Hunter
