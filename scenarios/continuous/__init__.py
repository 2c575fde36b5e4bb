"""Swarms in continuous space: particles with places and headings, which see the particles within one cell."""
