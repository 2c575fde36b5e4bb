"""Particles in continuous space: places, headings, and sums over neighbours in whole numbers."""
