"""Rules of the level `low`: each agent reacts to what it sees now, or moves at random."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from swarm_env.agents.scripted.expert import STAY, AgentExpert, Cell, beside, is_agent, look

from swarm_env.agent import Decision, Perception


class Reacting(AgentExpert):
    """Steps straight towards something in sight; without anything it stays."""

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        view, here = look(perception), perception.position
        moves = straight(here, goals) if (goals := self.goals(perception, view)) else self.otherwise
        return Decision(self.random.choice(moves) if moves else STAY)

    otherwise: ClassVar[Sequence[int]] = (STAY,)

    def goals(self, perception: Perception, view: dict[Cell, str]) -> Collection[Cell]:
        """Cells to go to; empty if none is in sight."""
        raise NotImplementedError


class Drifter(Reacting):
    """Flocking: goes to the mean place of the agents in sight."""

    def goals(self, perception: Perception, view: dict[Cell, str]) -> Collection[Cell]:
        """The mean place of the others."""
        others = [cell for cell, symbol in view.items() if is_agent(symbol) and cell != perception.position]
        if not others:
            return ()
        rows, cols = zip(*others, strict=True)
        return ((round(sum(rows) / len(rows)), round(sum(cols) / len(cols))),)


class Stroller(Reacting):
    """Foraging: goes to the food in sight, or with food to the nest in sight."""

    def goals(self, perception: Perception, view: dict[Cell, str]) -> Collection[Cell]:
        """Cells of the food or of the nest."""
        wanted = "N" if perception.mark else "F"
        return [cell for cell, symbol in view.items() if symbol == wanted]


class Blocker(Reacting):
    """Pursuit: walks at random and keeps its place next to the prey."""

    otherwise = range(1, 5)

    def goals(self, perception: Perception, view: dict[Cell, str]) -> Collection[Cell]:
        """The own cell if the prey is next to it."""
        here = perception.position
        return [here] if "P" in (view.get(cell) for _, cell in beside(here)) else []


class Shover(Reacting):
    """Transport: goes to the box in sight and pushes on."""

    def goals(self, perception: Perception, view: dict[Cell, str]) -> Collection[Cell]:
        """Cells of the box."""
        return [cell for cell, symbol in view.items() if symbol == "B"]


class Conformist(AgentExpert):
    """Synchronization: switches when most lights in sight differ from its own, else takes a random step."""

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        lights = [
            not symbol.startswith("$") for line in perception.view for symbol in line if is_agent(symbol)
        ]
        differing = sum(light != bool(perception.mark) for light in lights)
        if 2 * differing > len(lights):
            return Decision(self.brief.actions.index("SWITCH"))
        return Decision(self.random.randrange(1, 5))


def straight(here: Cell, goals: Collection[Cell]) -> list[int]:
    """The moves that shorten the way to a nearest goal, whatever is in between."""
    nearest = min(_distance(here, goal) for goal in goals)
    targets = [goal for goal in goals if _distance(here, goal) == nearest]
    return [move for move, cell in beside(here) if any(_distance(cell, goal) < nearest for goal in targets)]


def _distance(one: Cell, other: Cell) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])
