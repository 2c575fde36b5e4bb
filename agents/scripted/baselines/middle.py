"""Rules of the level `middle`: agents that remember the map or a common place, each for itself."""

from collections.abc import Collection

from swarm_env.agents.scripted.baselines import low
from swarm_env.agents.scripted.baselines.low import straight
from swarm_env.agents.scripted.baselines.walker import Walker
from swarm_env.agents.scripted.expert import FREE, STAY, AgentExpert, Cell, beside, is_agent, look, number_of
from swarm_env.agents.scripted.experts.flocking import FIRST, outline
from swarm_env.agents.scripted.experts.transport import Expert

from swarm_env.agent import Decision, Perception

GATHERING = 20  # rounds in which gatherers walk to their meeting place
MEETING = {(row, col) for row in range(1, 4) for col in range(1, 5)}  # cells of that place


class Settler(AgentExpert):
    """Flocking: goes straight to its own cell of an outline at a common place; waits if others block it."""

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        view, here = look(perception), perception.position
        cells, number = outline(int(self.brief.facts["side"])), number_of(self.name)
        if number >= len(cells):
            return Decision(STAY)
        row, col = cells[number]
        ahead = dict(beside(here))
        ways = straight(here, [(FIRST + row, FIRST + col)])
        moves = [move for move in ways if view.get(ahead[move]) == FREE]
        return Decision(self.random.choice(moves) if moves else STAY)


class Forager(Walker):
    """Foraging: explores, remembers food and nest, and takes shortest paths on the map it knows."""

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        others = self.others(self.see(perception))
        wanted = "N" if perception.mark else "F"
        goals = {
            near
            for cell, symbol in self.memory.cells.items()
            if symbol == wanted
            for _, near in beside(cell)
            if self.memory.cells.get(near, FREE) == FREE
        }
        move = self.towards(goals, others) if goals else STAY
        return Decision(move or self.explore(others))


class Chaser(low.Reacting):
    """Pursuit: walks at random until it sees the prey, then goes straight to it."""

    otherwise = range(1, 5)

    def goals(self, perception: Perception, view: dict[Cell, str]) -> Collection[Cell]:
        """The cell of the prey."""
        return [cell for cell, symbol in view.items() if symbol == "P"]


class Gatherer(Walker):
    """Synchronization: all gather so that they see each other; then they agree and switch in turns.

    In even rounds an agent turns its light on if any in sight is on, in odd rounds it switches if all lights
    in sight are equal.
    """

    def decide(self, perception: Perception) -> Decision:
        """Decide for the agent."""
        view = self.see(perception)
        others = self.others(view)
        if perception.round < GATHERING or not others:
            return Decision(STAY if self.here in MEETING else self.towards(MEETING - others, others))
        lights = [not symbol.startswith("$") for symbol in view.values() if is_agent(symbol)]
        mine, on = bool(perception.mark), sum(lights)
        wanted = on > 0 if perception.round % 2 == 0 else mine ^ (on in (0, len(lights)))
        return Decision(self.brief.actions.index("SWITCH") if wanted != mine else STAY)


class Helpers(Expert):
    """Transport: all push the box as the best rule does, but happen upon it in a walk at random."""

    searches = False
