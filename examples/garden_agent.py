"""Walks to the nearest seed it knows of, waters for a while, then tries another one.

An agent of a third party in one file:

    swarm run examples/garden.py:Garden --agents examples/garden_agent.py
"""

import random
from collections.abc import Sequence

from swarm_env import Brief, Decision, Perception

Cell = tuple[int, int]
STEPS = {1: (-1, 0), 2: (1, 0), 3: (0, -1), 4: (0, 1)}  # move: row, column
PATIENCE = 8  # rounds beside one seed
REST = 12  # rounds until a seed that was given up is tried again


class Gardener:
    """One object drives several bodies; what one of them knows the others are not told."""

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Forget everything."""
        self.water = brief.actions.index("WATER")
        self.random = random.Random(seed)
        self.seeds: dict[str, set[Cell]] = {body: set() for body in agents}
        self.until: dict[str, dict[Cell, int]] = {body: {} for body in agents}
        self.waited = dict.fromkeys(agents, 0)

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """One decision per body."""
        return [Decision(self.move(seen)) for seen in perceptions]

    def move(self, seen: Perception) -> int:
        """Look around, then water, walk or wander."""
        self.look(seen)
        resting = self.until[seen.name]
        goals = [cell for cell in self.seeds[seen.name] if resting.get(cell, 0) <= seen.round]
        row, col = seen.position
        ways = {cell: abs(cell[0] - row) + abs(cell[1] - col) for cell in goals}
        if not goals:
            return self.random.randrange(5)
        goal = min(goals, key=lambda cell: (ways[cell], cell))
        if ways[goal] == 1:
            self.waited[seen.name] += 1
            if self.waited[seen.name] > PATIENCE:
                self.waited[seen.name], resting[goal] = 0, seen.round + REST
            return self.water
        nearer = [
            move
            for move, (down, across) in STEPS.items()
            if abs(goal[0] - row - down) + abs(goal[1] - col - across) < ways[goal]
            and self.at(seen, down, across) == "."
        ]
        return self.random.choice(nearer or list(STEPS))

    def look(self, seen: Perception) -> None:
        """Remember the seeds in view, forget those that are flowers now."""
        half = len(seen.view) // 2
        for down in range(-half, half + 1):
            for across in range(-half, half + 1):
                cell = (seen.position[0] + down, seen.position[1] + across)
                if self.at(seen, down, across) == "s":
                    self.seeds[seen.name].add(cell)
                else:
                    self.seeds[seen.name].discard(cell)

    @staticmethod
    def at(seen: Perception, down: int, across: int) -> str:
        """What stands so many rows and columns away."""
        half = len(seen.view) // 2
        return seen.view[half + down][half + across]


AGENT = Gardener
