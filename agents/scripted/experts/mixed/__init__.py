"""Experts of the scenarios in `scenarios/mixed`: opponents, private payoffs, unlike agents, the floor."""
