"""A policy learned by PPO, from weights that ship with the package or were trained by examples/ppo.py."""

from swarm_env.agents.ppo.agent import PpoAgent

AGENT = PpoAgent
