"""Attackers with memory, a budget and knowledge of the rule: one policy per file, found by its name."""

from swarm_env.consensus.adversaries.policy import Adversary, Outcome, Plan, Scene, View, load, names

__all__ = ["Adversary", "Outcome", "Plan", "Scene", "View", "load", "names"]
