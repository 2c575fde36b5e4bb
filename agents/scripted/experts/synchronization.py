"""Switch lights by the round number, which all agents know.

After round r (from 0) a light is on if r is even, else off; an agent whose light differs switches. The first
round turns all lights on, and from then on all agents switch every round: one point per round, the maximum.
Agents need only the round and their own light.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import STAY, AgentExpert, TeamExpert

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.envs.perception import Codes


class Clock(AgentExpert):
    """Switches by the round number."""

    def decide(self, perception: Perception) -> Decision:
        """Switch if the light is not as the round wants it."""
        wanted = perception.round % 2 == 0
        right = bool(perception.mark) == wanted
        return Decision(STAY if right else self.brief.actions.index("SWITCH"))


class Expert(TeamExpert):
    """One clock per agent."""

    member = Clock

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode with new members."""
        super().reset(brief, agents, seed)
        self._switch = brief.actions.index("SWITCH")

    def decide_codes(self, codes: Codes) -> tuple[NDArray[np.intp], None]:
        """Decide the same for all members at once."""
        wanted = codes.round % 2 == 0
        return np.where((codes.marks != 0) == wanted, STAY, self._switch), None
