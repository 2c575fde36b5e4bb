"""Scenarios with opponents, private payoffs, unlike agents, or things on the floor."""
