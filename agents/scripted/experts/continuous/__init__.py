"""Experts of swarms in continuous space: they turn by what they perceive of those near."""
