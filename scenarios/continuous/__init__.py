"""Swarms in continuous space: bodies with places and headings, which see the bodies within one cell."""
