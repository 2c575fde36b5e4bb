"""Walk home with food, leaving scent; without food follow scent away from the nest, else wander.

It remembers no place of food: what it knows of food that is out of sight, it knows from scent.
"""

from swarm_env.agents.scripted.experts.mixed.roamer import Roamer, distance, team_of

from swarm_env.agent import Brief, Decision, Perception


class Ant(Roamer):
    """Carries food home."""

    def __init__(self, brief: Brief, name: str, seed: int) -> None:
        super().__init__(brief, name, seed)
        self._nest = (int(brief.facts["nest row"]), int(brief.facts["nest column"]))

    def decide(self, perception: Perception) -> Decision:
        """Take a step."""
        self.see(perception)
        if perception.mark:
            return Decision(self.towards([self._nest]))
        food = self.floor(perception, "food")
        if food:
            return Decision(self.towards(food))
        scent, away = self.floor(perception, "scent"), distance(self.here, self._nest)
        trail = [
            (scent[cell], self.random.random(), move)
            for move, cell in self.open_moves()
            if cell in scent and distance(cell, self._nest) > away
        ]
        if trail:
            self.heading = max(trail)[2]
            return Decision(self.heading)
        return Decision(self.wander())


Expert = team_of(Ant)
