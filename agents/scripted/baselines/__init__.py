"""Weaker rules for SwarmBench's five tasks: the levels `low` and `middle` of the scripted agent.

The idea is that of SwarmBench (arXiv 2505.04364, Appendix S.2), which plays three rule-based agents per task.
It does not give their rules, so these are our choice: `low` reacts to what an agent sees, `middle` also
remembers the map or a common place, and neither makes way for others or plans for them. In Commons the levels
differ in how many apples they leave.
"""

from swarm_env.agents.scripted.baselines import low, middle
from swarm_env.agents.scripted.expert import AgentExpert, TeamExpert
from swarm_env.agents.scripted.experts.mixed import commons
from swarm_env.agents.scripted.sights import CompiledTeam

from swarm_env.errors import RegistryError

BEST = "best"
LEVELS = ("low", "middle", BEST)
_RULES: dict[str, dict[str, type[AgentExpert] | type[CompiledTeam]]] = {
    "flocking": {"low": low.Drifter, "middle": middle.Settler},
    "foraging": {"low": low.Stroller, "middle": middle.Forager},
    "pursuit": {"low": low.Blocker, "middle": middle.Chaser},
    "synchronization": {"low": low.Conformist, "middle": middle.Gatherer},
    "transport": {"low": low.Shover, "middle": middle.Helpers},
    "commons": {"low": commons.Greedy, "middle": commons.Moderate},
}


def find_baseline(scenario: str, level: str) -> type[TeamExpert] | type[CompiledTeam]:
    """The class of a level below `best` for a scenario.

    Raises:
        RegistryError: The scenario has none.
    """
    if scenario not in _RULES:
        raise RegistryError(
            f"The scenario {scenario!r} has no scripted level {level!r}: {', '.join(_RULES)} have. Play "
            f"'scripted' there, which is its expert."
        )

    rule = _RULES[scenario][level]
    if issubclass(rule, CompiledTeam):
        return rule
    of_one: type[AgentExpert] = rule

    class Baseline(TeamExpert):
        member = of_one

    return Baseline
