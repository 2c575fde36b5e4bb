"""Policies trained by PPO: included in the package, or trained by examples/ppo.py."""

from swarm_env.agents.ppo.agent import PpoAgent

AGENT = PpoAgent
