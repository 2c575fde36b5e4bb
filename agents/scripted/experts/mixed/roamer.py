"""A base of experts that react to what they see now: friends and foes, the floor, a way that is free."""

from collections.abc import Iterable

from swarm_env.agents.scripted.expert import FREE, STAY, AgentExpert, Cell, TeamExpert, beside, look

from swarm_env.agent import Brief, Perception

TURN = 0.1  # chance to change a heading in a round


class Roamer(AgentExpert):
    """Sees its surroundings by cell, and walks towards goals or straight on."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        teams = list(dict.fromkeys(brief.teams.values())) or [""]
        self.team = brief.teams.get(name, "")
        looks = len(brief.agent_symbols) // len(teams)
        first = teams.index(self.team) * looks
        self.friends = brief.agent_symbols[first : first + looks]
        self.foes = tuple(s for s in brief.agent_symbols if s not in self.friends)
        self._layers = [symbol for symbol, name in brief.symbols.items() if name in brief.floor]
        self.heading = self.random.randint(1, 4)

    def see(self, perception: Perception) -> dict[Cell, str]:
        """The symbols of the view by cell; also sets `here`, `view` and `legal` moves."""
        self.here, self.view = perception.position, look(perception)
        self.legal = [move for move, legal in enumerate(perception.allowed) if legal]
        return self.view

    def floor(self, perception: Perception, name: str) -> dict[Cell, float]:
        """The cells on whose floor something lies, and how much."""
        amounts = perception.floor[list(self.brief.floor).index(name)]
        top, left = self.here[0] - len(amounts) // 2, self.here[1] - len(amounts) // 2
        return {
            (top + i, left + j): amount
            for i, row in enumerate(amounts)
            for j, amount in enumerate(row)
            if amount > 0
        }

    def shown_as(self, symbols: Iterable[str]) -> list[Cell]:
        """The cells with agents of these symbols."""
        return [cell for cell, seen in self.view.items() if seen[0] in symbols and seen[1:].isdigit()]

    def is_open(self, cell: Cell) -> bool:
        """Whether one can step onto a cell that is in view."""
        seen = self.view.get(cell, "*")
        return seen == FREE or (seen[0] in self._layers and not seen[1:].startswith("$"))

    def open_moves(self) -> list[tuple[int, Cell]]:
        """The legal moves onto free cells."""
        return [(move, cell) for move, cell in beside(self.here) if move in self.legal and self.is_open(cell)]

    def towards(self, goals: Iterable[Cell]) -> int:
        """A step that comes nearer to the nearest goal, or around what is in the way."""
        goal = min(goals, key=lambda cell: distance(cell, self.here), default=self.here)
        ways = sorted(self.open_moves(), key=lambda way: (distance(way[1], goal), self.random.random()))
        if not ways or goal == self.here:
            return STAY
        return ways[0][0] if distance(ways[0][1], goal) < distance(self.here, goal) else self.wander()

    def wander(self, avoid: Iterable[Cell] = ()) -> int:
        """A step straight on; another heading at walls and now and then."""
        ways = [move for move, cell in self.open_moves() if cell not in avoid]
        if not ways:
            return STAY
        if self.heading not in ways or self.random.random() < TURN:
            self.heading = self.random.choice(ways)
        return self.heading


def distance(one: Cell, other: Cell) -> int:
    """Steps between two cells of an empty map."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def team_of(kind: type[AgentExpert]) -> type[TeamExpert]:
    """The class of a team whose members are of one kind: `Expert` of the module of `kind`."""
    return type(
        "Expert", (TeamExpert,), {"member": kind, "__doc__": kind.__doc__, "__module__": kind.__module__}
    )
