"""Meet at a place that needs no agreement, each agent at its own cell.

Agents perceive their position, and all maps begin at (0, 0): the outline is built with its upper left corner
at (3, 3), with some room around it. Agent k goes to the k-th cell of the outline, clockwise; agents with
higher numbers keep away from it. An agent that sees an obstacle on the outline (a small or custom map) goes
on to the next place of a list that is the same for all.

Agents see the numbers of others, so they know the goals of all agents in sight and make way for each other
(`traffic.py`): the one farthest from its cell goes first, one that has arrived steps aside and returns. An
agent without progress for some rounds randomizes its preferences.
"""

from collections.abc import Mapping
from functools import lru_cache

from swarm_env.agents.scripted.expert import (
    FREE,
    AgentExpert,
    Cell,
    Memory,
    TeamExpert,
    distances,
    is_agent,
    number_of,
)
from swarm_env.agents.scripted.traffic import Patience, Wishes, by_cost, give_way

from swarm_env.agent import Brief, Decision, Perception

FIRST = 3  # row and column of the first meeting place [cells]
SPREAD = 40  # rows and columns over which meeting places are looked for
MARGIN = 2  # distance of agents without a cell from the outline [cells]
FAR = 1_000_000
CHANCE = 8  # maximum random cost of the moves of an agent without progress
OCCUPIED, WAITING = 0.5, 0.75  # extra cost of a move onto an agent, and of staying


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
    """Possible upper left corners of the outline, in the common order of trials."""
    lines = range(1, SPREAD)
    places = [(row, col) for row in lines for col in lines]
    return tuple(sorted(places, key=lambda p: (max(abs(p[0] - FIRST), abs(p[1] - FIRST)), sum(p), p)))


class Member(AgentExpert):
    """Goes to its cell of the outline."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._number = number_of(name)
        self._side = int(brief.facts["side"])
        self._places = iter(meeting_places())
        self._memory = Memory()
        self._patience = Patience()
        self._solid: set[Cell] = set()  # obstacles seen
        self._plan(next(self._places))

    def _plan(self, corner: Cell) -> None:
        """Plan the outline with its upper left corner at a place."""
        self._corner = corner
        self._goals = [(corner[0] + i, corner[1] + j) for i, j in outline(self._side)]
        self._ways: dict[Cell, int] = {}  # steps to its own cell; empty: not yet computed

    def decide(self, perception: Perception) -> Decision:
        """Take a step."""
        view, here = self._memory.look(perception), perception.position
        solid = [cell for cell, symbol in self._memory.fresh.items() if symbol != FREE]
        if solid:
            self._solid.update(solid)
            self._ways = {}
        self._choose_place(here)
        lack = self._patience.lack(self._corner, self._cost(here, self._number), perception.round)
        agents = {cell: int(symbol) for cell, symbol in view.items() if is_agent(symbol)}
        order = sorted(agents, key=lambda cell: (-self._cost(cell, agents[cell]), cell))
        chance = {here: CHANCE * lack}
        return Decision(give_way(here, order, lambda cell: self._wishes(cell, agents, chance.get(cell, 0))))

    def _choose_place(self, here: Cell) -> None:
        """Take the next place of the list until it has no known obstacle and can be reached."""
        while not self._is_possible(here):
            corner = next(self._places, None)
            if corner is None:
                break
            self._plan(corner)

    def _is_possible(self, here: Cell) -> bool:
        """Whether the planned outline is possible, as far as the agent knows."""
        if not self._solid.isdisjoint(self._goals):
            return False
        if self._number < len(self._goals):
            self._ways = self._ways or self._ways_to(self._goals[self._number])
            return here in self._ways
        return True

    def _ways_to(self, goal: Cell) -> dict[Cell, int]:
        """Steps to a cell from all connected cells; unseen cells count as floor."""
        seen = self._memory.cells
        last_row = max(max(row for row, _ in seen), self._corner[0] + self._side) + 1
        last_col = max(max(col for _, col in seen), self._corner[1] + self._side) + 1
        solid = self._solid
        return distances(
            [goal],
            lambda cell: 0 <= cell[0] <= last_row and 0 <= cell[1] <= last_col and cell not in solid,
        )

    def _cost(self, cell: Cell, number: int) -> float:
        """Distance of an agent from its goal."""
        if number >= len(self._goals):
            (row, col), last = self._corner, self._side - 1
            away = max(row - cell[0], cell[0] - row - last, col - cell[1], cell[1] - col - last)
            return max(0, MARGIN + 1 - away)
        if number == self._number:
            return self._ways.get(cell, FAR)
        goal = self._goals[number]
        return abs(cell[0] - goal[0]) + abs(cell[1] - goal[1])

    def _wishes(self, here: Cell, agents: Mapping[Cell, int], chance: float) -> Wishes:
        """The moves of an agent, the best first."""
        number = agents[here]
        own = self._cost(here, number)
        waiting = 0 if own == 0 or number >= len(self._goals) else WAITING

        def cost(cell: Cell) -> float | None:
            if cell in self._solid:
                return None
            by_chance = chance * self.random.random() if chance else 0
            return self._cost(cell, number) + OCCUPIED * (cell in agents) + by_chance

        return by_cost(here, own + waiting, cost)


class Expert(TeamExpert):
    """One member per agent."""

    member = Member
