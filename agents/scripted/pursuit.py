"""Pursuit: hunt the prey down, then wait where the next one has to appear.

A hunter that sees the prey reckons who of the hunters in sight takes which of its sides (the nearest first)
and goes there if one falls to itself. Without prey in sight it searches: first the quarter where the prey
starts, later where danger is least.

After a catch the next prey appears where danger is least, and danger is made by the hunters themselves: on
maps of middling size they can stand so that the least danger lies on cells whose four sides they hold
(`_camp.py`). Each has a post there by its number. The last four numbers are rangers: they hunt the prey while
the others keep their posts, then come back, and leave again when no prey has shown for some rounds. Where
there is no such place (large maps), all hunt all the time.
"""

from collections.abc import Iterable

from agents.scripted._camp import Camp, plan_camp, wall_danger
from agents.scripted._extent import Extent
from agents.scripted._minds import STAY, Cell, Mind, Minds, beside, is_body, look, number_of
from agents.scripted._ways import first_moves
from swarm_env.agent import Brief, Decision, Perception

USUAL_HUNTERS = 10
RANGERS = 4
LEAP = 2  # cells that a prey moves in a round at most
WALL, PREY = "W", "P"
PATIENCE = {"keeper": 30, "ranger": 5, "decoy": 60}  # rounds without prey before a post is left
LONG_SEARCH = 30  # rounds without prey before a searcher goes back to its post
DETOUR = 0.3  # chance to walk round whoever is in the way, instead of pushing on together


def apart(a: Cell, b: Cell) -> int:
    """Steps between two cells on an empty map."""
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


class Hunter(Mind):
    """Hunts, searches, waits."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        """Begin an episode."""
        super().__init__(brief, name, seed)
        self.number = number_of(name)
        self.reach = brief.view_size // 2
        self.extent = Extent()
        self.hunters = USUAL_HUNTERS
        self.camp: Camp | None = None
        self.walls: set[Cell] = set()
        self.seen: dict[Cell, int] = {}  # round of the last sight
        self.suspects: set[Cell] = set()
        self.prey: Cell | None = None
        self.waited = 0
        self.target: Cell | None = None

    def decide(self, perception: Perception) -> Decision:
        """Choose for the body.

        Args:
            perception: What it perceives now.

        Returns:
            A step.
        """
        self.here, self.time = perception.position, perception.round
        self.view = look(perception)
        self.bodies = {cell for cell, symbol in self.view.items() if is_body(symbol) and cell != self.here}
        self.walls |= {cell for cell, symbol in self.view.items() if symbol == WALL}
        self.seen.update(dict.fromkeys(self.view, self.time))
        numbers = (int(self.view[cell].lstrip("$")) + 1 for cell in self.bodies)
        self.hunters = max(self.hunters, self.number + 1, *numbers)
        self.extent.learn(self.view)
        self.camp = plan_camp(*self.extent.sides, self.hunters)
        if perception.round == 0:
            height, width = self.extent.sides
            self.suspects = set(self._inner(height // 2 + 1, width // 2 + 1))
        self._track(next((cell for cell, symbol in self.view.items() if symbol == PREY), None))
        return Decision(self._step_to(self._goal()))

    def _is_inner(self, cell: Cell) -> bool:
        height, width = self.extent.sides
        return 0 < cell[0] < height - 1 and 0 < cell[1] < width - 1 and cell not in self.walls

    def _inner(self, top: int = 1, left: int = 1) -> Iterable[Cell]:
        height, width = self.extent.sides
        return ((row, col) for row in range(top, height - 1) for col in range(left, width - 1))

    def _track(self, prey: Cell | None) -> None:
        """Take note of where the prey is or may be."""
        self.waited += 1
        if prey:
            self.prey, self.suspects, self.waited, self.target = prey, {prey}, 0, None
            return
        if self.prey and self.prey in self.view:
            sides = [cell for _, cell in beside(self.prey) if self._is_inner(cell) and cell in self.view]
            if all(cell in self.bodies or cell == self.here for cell in sides):
                self.waited, self.suspects = 0, set()  # caught
            else:
                self.suspects = {cell for cell in self._inner() if apart(cell, self.prey) <= LEAP}
            self.prey = None
        if self.suspects and self.suspects <= self.view.keys():
            self.waited = 0  # not where it was: caught by others
        self.suspects -= self.view.keys()

    # Where to go.

    def _goal(self) -> Cell:
        side = self._side_to_take()
        if side:
            return side
        camp, number = self.camp, self.number
        if not camp or number >= len(camp.posts):
            return self._hunt()
        post = camp.posts[number]
        near_traps = sum(max(abs(post[0] - r), abs(post[1] - c)) <= self.reach for r, c in camp.traps)
        ranger = number >= self.hunters - RANGERS
        patience = PATIENCE["keeper" if not ranger else "ranger" if near_traps else "decoy"]
        if self.prey in self.view or (self.suspects and not ranger):
            return post
        if self.suspects:
            return self._hunt()
        if self.waited > patience + LONG_SEARCH:
            self.waited = 0
        return self._hunt() if self.waited > patience else post

    def _side_to_take(self) -> Cell | None:
        """Which side of the prey in sight falls to this hunter, the nearest pairs first."""
        if self.prey is None or self.prey not in self.view:
            return None
        free = {cell for _, cell in beside(self.prey) if self._is_inner(cell)}
        busy: set[Cell] = set()
        for _, hunter, cell in sorted((apart(h, c), h, c) for h in (*self.bodies, self.here) for c in free):
            if hunter in busy or cell not in free:
                continue
            if hunter == self.here:
                return cell
            busy.add(hunter)
            free.discard(cell)
        return None

    def _hunt(self) -> Cell:
        """A cell to look for the prey at."""
        if self.suspects:
            return min(self.suspects, key=lambda cell: (apart(cell, self.here), cell))
        if self.target is None or self.target in self.view or not self._is_inner(self.target):
            danger = self.camp.danger if self.camp else wall_danger(*self.extent.sides)
            lost = self.time - self.waited
            fresh = [
                cell for cell in self._inner() if self.seen.get(cell, -1) <= lost and self._is_inner(cell)
            ]
            if not fresh:
                self.waited = 0
                return self.here
            self.target = min(fresh, key=lambda c: (danger[c] + 0.15 * apart(c, self.here), c))
        return self.target

    # Walking.

    def _step_to(self, goal: Cell) -> int:
        if goal == self.here:
            return STAY
        posts = self.camp.posts if self.camp else ()
        firm = {cell for cell in self.bodies if cell in posts or (self.prey and apart(cell, self.prey) == 1)}
        if self.prey:
            firm.add(self.prey)
        firm.discard(goal)

        def is_free(cell: Cell) -> bool:
            return self._is_inner(cell) and cell not in firm

        moves = first_moves(self.here, {goal}, is_free)
        if not moves:
            return STAY
        move, cell = self._outermost(moves)
        if cell in self.bodies and self.random.random() < DETOUR:
            moves = first_moves(self.here, {goal}, lambda cell: is_free(cell) and cell not in self.bodies)
            move = self._outermost(moves)[0] if moves else STAY
        return move

    def _outermost(self, moves: list[tuple[int, Cell]]) -> tuple[int, Cell]:
        """The move that keeps farthest from the traps, so that hunters on their way do not add to danger there."""
        if not self.camp:
            return self.random.choice(moves)
        row, col = self.camp.traps[len(self.camp.traps) // 2]
        return max(
            moves, key=lambda move: (max(abs(move[1][0] - row), abs(move[1][1] - col)), self.random.random())
        )


class Expert(Minds):
    """One hunter per body."""

    mind = Hunter
