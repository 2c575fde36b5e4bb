"""Scouts tell by text where items lie, and carriers fetch the nearest they have heard of; else all search."""

import re

from swarm_env.agents.scripted.expert import Cell
from swarm_env.agents.scripted.experts.mixed.roamer import Roamer, distance, team_of

from swarm_env.agent import Brief, Decision, Perception

PLACE = re.compile(r"item ([0-9]{1,6}) ([0-9]{1,6})")
FRESH = 20  # rounds after which what was heard is forgotten
SCOUT = 2  # marks from here on are scouts


class Porter(Roamer):
    """Scouts or carries."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._nest = (int(brief.facts["nest row"]), int(brief.facts["nest column"]))
        self._heard: dict[Cell, int] = {}  # items, and the round in which they were heard of

    def decide(self, perception: Perception) -> Decision:
        """Take a step, and say where an item is."""
        self.see(perception)
        items = list(self.floor(perception, "item"))
        for text in perception.heard:
            for row, col in PLACE.findall(str(text)):
                self._heard[int(row), int(col)] = perception.round
        self._heard = {
            cell: time
            for cell, time in self._heard.items()
            if perception.round - time < FRESH and (distance(cell, self.here) > 1 or cell in items)
        }
        talks = self.brief.message == "text"
        nearest = min(items, key=lambda cell: distance(cell, self.here), default=None)
        message = f"item {nearest[0]} {nearest[1]}" if talks and nearest else None
        if perception.mark & 1:
            return Decision(self.towards([self._nest]), message)
        if perception.mark >= SCOUT and talks:
            return Decision(self.wander(avoid=items), message)
        goals = items or list(self._heard)
        return Decision(self.towards(goals) if goals else self.wander(), message)


Expert = team_of(Porter)
