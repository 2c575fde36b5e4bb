"""Walks in one direction until something is in its way, then in another one.

swarm run pursuit --agents my_entry.py
"""

import random
from collections.abc import Sequence

from swarm_env import Brief, Decision, Perception

STEPS = {1: (-1, 0), 2: (1, 0), 3: (0, -1), 4: (0, 1)}  # move: row, column


class MyEntry:
    """One object controls several agents; each knows only what it perceives."""

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode: `brief` holds the rules, `agents` the names of the agents to control."""
        self.random = random.Random(seed)
        self.moves = {name: self.random.choice(list(STEPS)) for name in agents}

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Return one decision for each perception, in the same order."""
        return [Decision(self.move(seen)) for seen in perceptions]

    def move(self, seen: Perception) -> int:
        """The move of one agent, an index into `brief.actions`."""
        down, across = STEPS[self.moves[seen.name]]
        half = len(seen.view) // 2  # the agent is in the middle of its view
        if seen.view[half + down][half + across] != ".":
            self.moves[seen.name] = self.random.choice(list(STEPS))
        return self.moves[seen.name]


AGENT = MyEntry
