"""Advance to the mean phase of the agents nearby; their own frequencies agents do not know."""

from swarm_env.agents.scripted.expert import TeamExpert
from swarm_env.agents.scripted.experts.continuous.vicsek import Follower


class Expert(TeamExpert):
    """One follower per agent."""

    member = Follower
