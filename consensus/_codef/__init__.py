"""Guarding what only the sum reveals: the parts behind `consensus/codef.py`."""
