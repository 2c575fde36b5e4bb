"""Rounds of debate and a vote among agents of whom some lie, by who hears whom."""

from swarm_env.consensus.debate.debates import Debate, Spoken, debate, endpoint, spoken, tolerated
from swarm_env.consensus.debate.topologies import TOPOLOGIES, neighbours

__all__ = ["TOPOLOGIES", "Debate", "Spoken", "debate", "endpoint", "neighbours", "spoken", "tolerated"]
